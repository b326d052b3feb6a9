"""Faults and rate limits of the API side, around every call of it."""

import json
import time
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy import Connection

from kite.simulator.core import faults, rate_limits, sessions
from kite.simulator.core.context import services
from kite.simulator.core.faults import API, FAULTS, ActiveFault
from kite.simulator.core.responses import Refused
from kite.simulator.core.surfaces import Surface, current_policy
from kite.simulator.core.switches import RATE_LIMITS, is_on

IN_PROCESS = "kite.in_process"
"""Set in the WSGI environment by a caller of this process: it cannot be kept waiting, and is told how long it
would have been.
"""

WAITS = "X-Kite-Simulator-Waits"
"""Header with the seconds that an answer is held back, for a caller of this process."""

EXCHANGE = "/session/token"
LISTS = {"status_renamed": "/orders", "order_spoiled": "/orders", "trade_spoiled": "/trades"}
"""The list in whose answer a fault changes something."""
GATEWAYS = {"gateway_502": (502, "502 Bad Gateway"), "gateway_504": (504, "504 Gateway Time-out")}
HTML = (
    "<html>\r\n<head><title>{0}</title></head>\r\n"
    "<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
)


def install(app: Flask) -> None:
    """Put the faults around every call of the API."""
    app.before_request(_before)
    app.after_request(_after)


def _before() -> Response | None:
    g.struck = []
    policy = current_policy()
    if policy.surface is not Surface.FILES:
        services().at()  # the clock is read before any transaction begins
    if not policy.api_faults:
        return None
    at = services().at()
    with services().ledger.write() as connection:
        kind = rate_limits.kind_of(request.method, request.path)
        within = rate_limits.count_call(connection, kind, at)
        limited = is_on(connection, RATE_LIMITS) and (
            not within or rate_limits.used_up(connection, kind, at, request.method == "POST")
        )
        g.struck = _struck(connection) if faults.any_of(connection, API) else []
        if any(struck.name == "token_dead" for struck in g.struck):
            sessions.end_session(connection, _access_token())
    if limited:
        raise Refused(429, "NetworkException", "Too many requests")
    return next((answer for struck in g.struck if (answer := _answer(struck))), None)


def _struck(connection: Connection) -> list[ActiveFault]:
    tags = [
        sessions.tag_of(connection, _access_token(), request.values.get("request_token", "")),
        request.form.get("tag"),
    ]
    names = [name for name, fault in FAULTS.items() if fault.side == API and _concerns(name)]
    return [struck for name in names if (struck := faults.strike(connection, name, tags, request.path))]


def _concerns(name: str) -> bool:
    exchanging = request.path == EXCHANGE and request.method == "POST"
    if name in ("exchange_silent", "exchange_refused"):
        return exchanging
    if name == "address_not_allowed":
        return rate_limits.kind_of(request.method, request.path) == rate_limits.ORDERS
    if name in LISTS:
        return request.method == "GET" and request.path == LISTS[name]
    return not (exchanging and name in ("token_dead", "publisher_key"))


def _answer(struck: ActiveFault) -> Response | None:
    """Return what a fault answers in the place of the call, or None when it works on the call's own
    answer.
    """
    refusals = {
        "exchange_refused": (400, "InputException", "The user is not enabled for the app."),
        "rate_limited": (429, "NetworkException", "Too many requests"),
        "unavailable": (503, "NetworkException", "The order system is not reachable."),
        "publisher_key": (403, "PermissionException", "Insufficient permission for that call."),
        "address_not_allowed": (403, "PermissionException", "IP not allowed to place orders for this app"),
    }
    if struck.name in refusals:
        raise Refused(*refusals[struck.name])
    return _gateway(struck.name) if struck.name in GATEWAYS and not _works_behind(struck.name) else None


def _gateway(name: str) -> Response:
    code, words = GATEWAYS[name]
    return Response(HTML.format(words), status=code, mimetype="text/html")


def _works_behind(name: str) -> bool:
    """Whether the call is done although its answer is lost: an order can be placed behind a 504, as has been
    met.
    """
    return name == "gateway_504" and rate_limits.kind_of(request.method, request.path) == rate_limits.ORDERS


def _after(answer: Response) -> Response:
    for struck in g.get("struck", []):
        if struck.name in ("slow", "exchange_silent"):
            _wait(answer, struck.params["seconds"])
        elif struck.name == "truncated" and answer.mimetype == "application/json":
            body = answer.get_data()
            answer.set_data(body[: len(body) // 2])
        elif struck.name in LISTS and answer.status_code == 200:
            _change_list(answer, struck)
        elif _works_behind(struck.name):
            answer = _gateway(struck.name)
    return answer


def _change_list(answer: Response, struck: ActiveFault) -> None:
    """Rename the status of every row, or take a field from one row, of which 1 is the first."""
    envelope = answer.get_json()
    rows: list[dict[str, Any]] = envelope["data"]
    if struck.name == "status_renamed":
        for row in rows:
            row["status"] = struck.params["word"]
    elif 1 <= struck.params["row"] <= len(rows):
        rows[struck.params["row"] - 1].pop(struck.params["field"], None)
    answer.set_data(json.dumps(envelope))


def _wait(answer: Response, seconds: int) -> None:
    if request.environ.get(IN_PROCESS):
        answer.headers[WAITS] = str(seconds)
    else:
        time.sleep(min(seconds, faults.LONGEST_WAIT))


def _access_token() -> str:
    return request.headers.get("Authorization", "").rpartition(":")[2]
