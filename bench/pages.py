"""The pages of the flow on the real site, with ten items, and what each costs."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.bare import bare_app
from bench.harness import Cost, call, cost, request
from tests.support.site import BUY_INFY, HOST, Clock, Site

SYMBOLS = ("INFY", "SBIN", "RELIANCE", "HDFCBANK", "TCS", "ITC", "WIPRO", "NTPC", "LT", "M&M")
TIMES = 100


def measure() -> Iterator[tuple[str, Cost]]:
    """Yield the yardstick first, then every page."""
    yield "bare Flask page of ten rows", cost(bare_app().wsgi_app, lambda: request("GET", "/"), 200, TIMES)
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), Clock())
        visitor = site.visitor()
        execution_id = visitor.buy(*({"tradingsymbol": symbol} for symbol in SYMBOLS))
        for _ in range(12):  # past every order's end and every history
            site.clock.advance(2)
            settled = visitor.receipt(execution_id)
        if settled["state"] != "settled":
            raise SystemExit(f"the basket did not settle: {settled['state']}")
        cookie = f"visit={visitor.client.get_cookie('visit', domain='127.0.0.1').value}"
        wsgi, token = site.app.wsgi_app, visitor.csrf_token()

        def get(path: str) -> dict[str, Any]:
            return request("GET", path, cookie=cookie)

        def post() -> dict[str, Any]:
            return request("POST", "/", body=_basket(token), cookie=cookie)

        yield "composer page", cost(wsgi, lambda: get("/"), 200, TIMES)
        yield "composer POST, ten items", cost(wsgi, post, 303, TIMES)
        yield "hand-off page, ten items, first opening", cost(wsgi, lambda: get(_handed_off(wsgi, post())), 200, TIMES)
        yield "receipt, ten items, settled", cost(wsgi, lambda: get(f"/executions/{execution_id}"), 200, TIMES)
        yield "receipt as JSON", cost(wsgi, lambda: get(f"/executions/{execution_id}.json"), 200, TIMES)


def _basket(token: str) -> bytes:
    fields = {"csrf_token": token, "action": "hand_off"}
    for number, symbol in enumerate(SYMBOLS):
        fields |= {f"items-{number}-{name}": value for name, value in (BUY_INFY | {"tradingsymbol": symbol}).items()}
    return urlencode(fields).encode()


def _handed_off(wsgi: Any, posted: dict[str, Any]) -> str:
    _, headers, _ = call(wsgi, posted)
    return headers["Location"].removeprefix(HOST)
