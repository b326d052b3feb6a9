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
from kite.simulator.core.surfaces import KiteSurface, current_policy
from kite.simulator.core.switches import RATE_LIMITS, is_on

IN_PROCESS = "kite.in_process"
"""Set in the WSGI environment by a caller in the same process.

Such a caller is not kept waiting, for with one worker nobody else would be served. It reads in
WAITS how long it would have waited.
"""

WAITS = "X-Kite-Simulator-Waits"
"""Header with the seconds that an answer is held back, for a caller of this process."""

EXCHANGE = "/session/token"
LISTS = {"status_renamed": "/orders", "order_spoiled": "/orders", "trade_spoiled": "/trades"}
"""Faults that change the answer of a list, with the path of that list."""
GATEWAYS = {"gateway_502": (502, "502 Bad Gateway"), "gateway_504": (504, "504 Gateway Time-out")}
HTML = (
    "<html>\r\n<head><title>{0}</title></head>\r\n"
    "<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
)


def install(app: Flask) -> None:
    """Apply the faults before and after every call of the API."""
    app.before_request(_before_request)
    app.after_request(_after_request)


def _before_request() -> Response | None:
    g.active_faults = []
    policy = current_policy()
    if policy.surface is not KiteSurface.FILES:
        services().at()  # the clock is read before any transaction begins
    if not policy.api_faults:
        return None
    at = services().at()
    with services().ledger.write() as connection:
        limited = _over_limit(connection, at)
        if faults.any_set(connection, API):
            g.active_faults = _strike_faults(connection)
    if limited:
        raise Refused(429, "NetworkException", "Too many requests")
    return next((answer for fault in g.active_faults if (answer := _answer(fault))), None)


def _over_limit(connection: Connection, at: int) -> bool:
    """Count this call, and return whether it is beyond a limit that is enforced."""
    kind = rate_limits.kind_of(request.method, request.path)
    within_second = rate_limits.count_call(connection, kind, at)
    if not is_on(connection, RATE_LIMITS):
        return False
    return not within_second or rate_limits.used_up(connection, kind, at, request.method == "POST")


def _strike_faults(connection: Connection) -> list[ActiveFault]:
    """Return the faults that strike this call, and end its session if one of them does that."""
    tags = [
        sessions.tag_of(connection, _access_token(), request.values.get("request_token", "")),
        request.form.get("tag"),
    ]
    names = [name for name, fault in FAULTS.items() if fault.side == API and _concerns(name)]
    active = [fault for name in names if (fault := faults.strike(connection, name, tags, request.path))]
    if any(fault.name == "token_dead" for fault in active):
        sessions.end_session(connection, _access_token())
    return active


def _concerns(name: str) -> bool:
    """Whether a fault can strike this call at all."""
    exchanging = request.path == EXCHANGE and request.method == "POST"
    if name in ("exchange_silent", "exchange_refused"):
        return exchanging
    if name == "address_not_allowed":
        return rate_limits.kind_of(request.method, request.path) == rate_limits.ORDERS
    if name in LISTS:
        return request.method == "GET" and request.path == LISTS[name]
    return not (exchanging and name in ("token_dead", "publisher_key"))


def _answer(fault: ActiveFault) -> Response | None:
    """Return the answer that a fault gives instead of the call, or None if it changes the call's
    own answer.
    """
    refusals = {
        "exchange_refused": (400, "InputException", "The user is not enabled for the app."),
        "rate_limited": (429, "NetworkException", "Too many requests"),
        "unavailable": (503, "NetworkException", "The order system is not reachable."),
        "publisher_key": (403, "PermissionException", "Insufficient permission for that call."),
        "address_not_allowed": (403, "PermissionException", "IP not allowed to place orders for this app"),
    }
    if fault.name in refusals:
        raise Refused(*refusals[fault.name])
    if fault.name in GATEWAYS and not _works_behind(fault.name):
        return _gateway(fault.name)
    return None


def _gateway(name: str) -> Response:
    code, words = GATEWAYS[name]
    return Response(HTML.format(words), status=code, mimetype="text/html")


def _works_behind(name: str) -> bool:
    """Whether the call takes effect although its answer is lost."""
    # clients have reported orders that were placed although the answer was a 504
    return name == "gateway_504" and rate_limits.kind_of(request.method, request.path) == rate_limits.ORDERS


def _after_request(answer: Response) -> Response:
    for fault in g.get("active_faults", []):
        if fault.name in ("slow", "exchange_silent"):
            _wait(answer, fault.params["seconds"])
        elif fault.name == "truncated" and answer.mimetype == "application/json":
            body = answer.get_data()
            answer.set_data(body[: len(body) // 2])
        elif fault.name in LISTS and answer.status_code == 200:
            _change_list(answer, fault)
        elif _works_behind(fault.name):
            answer = _gateway(fault.name)
    return answer


def _change_list(answer: Response, fault: ActiveFault) -> None:
    """Rename the status of every row, or remove a field from one row, counted from 1."""
    envelope = answer.get_json()
    rows: list[dict[str, Any]] = envelope["data"]
    if fault.name == "status_renamed":
        for row in rows:
            row["status"] = fault.params["word"]
    elif 1 <= fault.params["row"] <= len(rows):
        rows[fault.params["row"] - 1].pop(fault.params["field"], None)
    answer.set_data(json.dumps(envelope))


def _wait(answer: Response, seconds: int) -> None:
    if request.environ.get(IN_PROCESS):
        answer.headers[WAITS] = str(seconds)
    else:
        time.sleep(min(seconds, faults.LONGEST_WAIT))


def _access_token() -> str:
    return request.headers.get("Authorization", "").rpartition(":")[2]
