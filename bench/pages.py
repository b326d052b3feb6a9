"""The pages of the flow on the real site, with ten items, and what each costs."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from bench.archive import ITEM, ORDER
from bench.harness import ROUNDS, Browser, Cost, Request
from tests.support.live import ROOT, Live
from tests.support.ports import free_port
from tests.support.postbacks import message
from tests.support.site import BUY_INFY, hidden_fields

SYMBOLS = ("INFY", "SBIN", "RELIANCE", "HDFCBANK", "TCS", "ITC", "WIPRO", "NTPC", "LT", "M&M")
TIMES = 80 * ROUNDS


def measure() -> Iterator[tuple[str, Cost]]:
    """Yield the yardstick first, then every page."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Live("bench.bare:app", Path(folder, "bare"), free_port(), {})
        site = Live("app:app", Path(folder, "site"), free_port(), {})
        site.prepare()
        bare.start()
        site.start()
        try:
            yardstick = Browser(bare)
            yield "bare Flask page of ten rows", yardstick.cost([Request("/")] * TIMES)
            form = Request("/form", 303, basket_form(yardstick.ask(Request("/form"))[1].decode()))
            yield "bare WTForms list of ten items, POST", yardstick.cost([form] * TIMES)
            yield from _pages(Browser(site))
            yield from _presses(site)
        finally:
            bare.stop()
            site.stop()


def _pages(browser: Browser) -> Iterator[tuple[str, Cost]]:
    basket = Request("/", 303, basket_form(browser.ask(Request("/"))[1].decode()))
    receipt = _settled(browser, basket)
    yield "composer page", browser.cost([Request("/")] * TIMES)
    # Every press is of a form of its own: posted again, one would lead to the basket that is there.
    form = basket_form(browser.ask(Request("/"))[1].decode())
    yield (
        "composer POST, ten items",
        browser.cost([Request("/", 303, form | {"form_token": f"{number:022}"}) for number in range(TIMES)]),
    )
    handed_off = [Request(browser.ask(basket)[0]) for _ in range(TIMES)]
    yield "hand-off page, ten items, first opening", browser.cost(handed_off)
    yield "receipt, ten items, settled", browser.cost([Request(receipt)] * TIMES)
    yield "receipt as JSON", browser.cost([Request(f"{receipt}.json")] * TIMES)
    yield "archive page, fifty receipts", browser.cost([Request("/executions")] * TIMES)
    waiting = [request.path.replace("/handoff/", "/executions/") for request in handed_off[: TIMES // 10]]
    tags = [json.loads(browser.ask(Request(f"{path}.json"))[1])["tag"] for path in waiting]
    orders = (ORDER | {"order_id": f"20{number:017d}", "tag": tags[number // 10]} for number in range(TIMES))
    yield (
        "postback, kept and joined",
        browser.cost([Request("/postback", json=message(order)) for order in orders]),
    )


def _presses(site: Live) -> Iterator[tuple[str, Cost]]:
    """Publish a basket of ten orders, and press it."""
    items = [ITEM | {"tradingsymbol": symbol} for symbol in SYMBOLS]
    draft = {
        "slug": "ten",
        "title": "Ten",
        "author": "A. Author",
        "rationale": "Held long.",
        "disclosure": "Risk.",
        "items": items,
    }
    file = Path(site.instance, "ten.json")
    file.write_text(json.dumps(draft))
    command = [sys.executable, "-m", "flask", "--app", "app", "publish", str(file)]
    subprocess.run(command, cwd=ROOT, env=site.environ, check=True, capture_output=True)
    reader = Browser(site)
    yield "published basket, ten items", reader.cost([Request("/b/ten")] * TIMES)
    tokens = [hidden(reader.ask(Request("/b/ten"))[1].decode(), "token") for _ in range(TIMES)]
    presses = [Request("/b/ten/handoff", 303, {"token": token}) for token in tokens]
    yield "press of a published basket, ten items", reader.cost(presses)
    pressed = [Request(reader.ask(press)[0]) for press in presses]
    yield "its hand-off page, first opening", reader.cost(pressed)


def hidden(page: str, name: str) -> str:
    """Return what a hidden field of a page holds."""
    match = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    if match is None:
        raise SystemExit(f"the page has no {name}")
    return unescape(match[1])


def basket_form(page: str) -> dict[str, str]:
    """Return the composer's form with ten items, ready to be sent."""
    fields = {"csrf_token": hidden(page, "csrf_token"), "action": "hand_off"}
    for number, symbol in enumerate(SYMBOLS):
        fields |= {
            f"items-{number}-{name}": value for name, value in (BUY_INFY | {"tradingsymbol": symbol}).items()
        }
    return fields


def _settled(browser: Browser, basket: Request) -> str:
    """Place the basket at the simulator, come back, and wait until the receipt is settled; return
    its path.
    """
    path = browser.ask(basket)[0]
    form = hidden_fields(browser.ask(Request(path))[1].decode())
    visit = browser.cookie
    at_kite, _ = browser.ask(Request("/simulator/connect/basket", 303, form))
    _press(browser, at_kite, "approve", 303)
    back = _press(browser, at_kite, "place", 302)
    browser.cookie = visit
    receipt, _ = browser.ask(Request(back, 303))
    for _ in range(60):
        if b'"state": "settled"' in browser.ask(Request(f"{receipt}.json"))[1]:
            return receipt
        time.sleep(0.5)
    raise SystemExit("the basket did not settle")


def _press(browser: Browser, path: str, decision: str, status: int) -> str:
    page = unescape(browser.ask(Request(path))[1].decode())
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    return browser.ask(Request(path, status, fields | {"decision": decision}))[0]
