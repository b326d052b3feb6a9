"""The part of api.kite.trade that a basket host reads: session, profile, funds, orders, trades, instruments."""

import csv
import hashlib
import hmac
import io
from typing import Any

from flask import Blueprint, Response, request

from kite import bundled
from kite.simulator import book, pages, sessions
from kite.simulator.costs import FUNDS
from kite.simulator.desk import desk
from kite.simulator.envelope import Refused, success, success_text
from kite.simulator.moments import stamp
from kite.vocabulary import Exchange

bp = Blueprint("api", __name__)

PERSON: dict[str, Any] = {
    "user_id": sessions.USER_ID,
    "user_type": "individual",
    "email": "demo@simulator.invalid",
    "user_name": "Demo Client",
    "user_shortname": "Demo",
    "broker": "ZERODHA",
    "exchanges": ["BFO", "MCX", "NSE", "CDS", "BSE", "BCD", "MF", "NFO"],
    "products": ["CNC", "NRML", "MIS", "BO", "CO"],
    "order_types": ["MARKET", "LIMIT", "SL", "SL-M"],
    "avatar_url": None,
    "meta": {"demat_consent": "physical"},
}


@bp.post("/session/token")
def create_session() -> Response:
    """Exchange a request token, once. The order of checks is that of the reference: fields, key, checksum, token."""
    api_key, request_token, checksum = (_field(name) for name in ("api_key", "request_token", "checksum"))
    settings = desk().settings
    _check_key(api_key)
    expected = hashlib.sha256((api_key + request_token + settings.api_secret).encode()).hexdigest()
    if not _same(checksum, expected):
        raise Refused(403, "TokenException", "Invalid `checksum`.")
    at = desk().at()
    with desk().ledger.write() as connection:
        opened = sessions.exchange(connection, request_token, at)
    if not opened:
        raise Refused(403, "TokenException", "Token is invalid or has expired.")
    tokens = {"access_token": opened[1], "public_token": sessions.new_token(), "enctoken": sessions.new_token(), "refresh_token": ""}
    return success(PERSON | {"user_id": opened[0], "api_key": api_key, **tokens, "silo": "", "login_time": stamp(at)})


@bp.delete("/session/token")
def end_session() -> Response:
    """End an access token; it is named in the query, as the official clients do."""
    api_key, access_token = _field("api_key"), _field("access_token")
    _check_key(api_key)
    with desk().ledger.write() as connection:
        if not sessions.api_user(connection, access_token, desk().at()):
            raise _no_session()
        sessions.end_session(connection, access_token)
    return success(True)


@bp.get("/user/profile")
def profile() -> Response:
    """Answer who is logged in."""
    return success(PERSON | {"user_id": _user()})


@bp.get("/user/margins", defaults={"segment": None})
@bp.get("/user/margins/<segment>")
def margins(segment: str | None) -> Response:
    """Answer the funds, whole or of one segment. All orders draw on the equity segment."""
    user_id, at = _user(), desk().at()
    with desk().ledger.read() as connection:
        blocked = book.blocked_funds(connection, user_id, at)
    segments = {"equity": _funds(FUNDS, blocked), "commodity": _funds(0, 0)}
    if segment is not None and segment not in segments:
        raise Refused(400, "InputException", "Invalid `segment`.")
    return success(segments[segment] if segment else segments)


@bp.get("/orders")
def orders() -> Response:
    """Answer the order book of the day; as a page to a person, for kite.zerodha.com has one at the same path."""
    if "Authorization" not in request.headers and "text/html" in request.headers.get("Accept", ""):
        return Response(pages.order_book())
    user_id, at = _user(), desk().at()
    with desk().ledger.read() as connection:
        return _list(book.order_list(connection, user_id, at))


@bp.get("/orders/<order_id>")
def order_history(order_id: str) -> Response:
    """Answer what one order went through."""
    user_id, at = _user(), desk().at()
    with desk().ledger.read() as connection:
        history = book.order_history(connection, user_id, order_id, at)
    if not history:
        raise Refused(400, "OrderException", "Couldn't find that `order_id`.")
    return success(history)


@bp.get("/trades", defaults={"order_id": None})
@bp.get("/orders/<order_id>/trades")
def trades(order_id: str | None) -> Response:
    """Answer the trades of the day, or of one order; an empty list when there are none."""
    user_id, at = _user(), desk().at()
    with desk().ledger.read() as connection:
        return _list(book.trade_list(connection, user_id, at, order_id))


@bp.get("/instruments", defaults={"exchange": None})
@bp.get("/instruments/<exchange>")
def instruments(exchange: str | None) -> Response:
    """Answer the instruments file of the day; like Kite's it needs no session."""
    if exchange is not None and exchange not in set(Exchange):
        raise Refused(400, "InputException", "Invalid `exchange`.")
    file = io.StringIO()
    rows = [row for row in bundled.rows(desk().market.today()) if exchange in (None, row["exchange"])]
    writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return Response(file.getvalue(), mimetype="text/csv")


def _user() -> str:
    """Return the user of `Authorization: token api_key:access_token`."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    api_key, _, access_token = credentials.strip().partition(":")
    if scheme.lower() != "token" or not access_token or not _same(api_key, desk().settings.api_key):
        raise _no_session()
    with desk().ledger.read() as connection:
        user_id = sessions.api_user(connection, access_token, desk().at())
    if not user_id:
        raise _no_session()
    return user_id


def _no_session() -> Refused:
    return Refused(403, "TokenException", "Incorrect `api_key` or `access_token`.")


def _check_key(api_key: str) -> None:
    if not _same(api_key, desk().settings.api_key):
        raise Refused(400, "InputException", "Invalid `api_key`.")


def _field(name: str) -> str:
    value = request.values.get(name, "")
    if not value:
        raise Refused(400, "InputException", f"Missing `{name}`.")
    return value


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _list(texts: list[str]) -> Response:
    return success_text(f"[{','.join(texts)}]")


def _funds(cash: int, blocked: int) -> dict[str, Any]:
    opening, net = cash / 100, (cash - blocked) / 100
    available = {"adhoc_margin": 0, "cash": opening, "opening_balance": opening, "live_balance": net, "collateral": 0, "intraday_payin": 0}
    unused = ("exposure", "m2m_realised", "m2m_unrealised", "option_premium", "payout", "span", "holding_sales", "turnover")
    utilised = {"debits": blocked / 100} | dict.fromkeys((*unused, "liquid_collateral", "stock_collateral", "delivery"), 0)
    return {"enabled": True, "net": net, "available": available, "utilised": utilised}
