"""The calls that a site needs after a basket: session, profile, orders, trades."""

import hashlib
from typing import Any

from flask import Response, request
from sqlalchemy import Connection

from kite.simulator.account import order_book
from kite.simulator.core import credentials, sessions
from kite.simulator.core.context import services
from kite.simulator.core.responses import Refused, success, success_text
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface
from kite.simulator.core.switches import AUTHORISED_SALES, REFRESH_TOKENS, is_on
from kite.simulator.core.timestamps import stamp
from kite.simulator.pages import basket_and_login

bp = KiteBlueprint("api", __name__, KiteSurface.API)

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
}


@bp.post("/session/token")
def create_session() -> Response:
    """Exchange a request token, once.

    The order of checks is that of the reference: fields, key, checksum, token.
    """
    api_key, request_token = _signed("request_token")
    at = services().at()
    with services().ledger.write() as connection:
        session = sessions.exchange_request_token(connection, request_token, at)
        if not session:
            raise Refused(403, "TokenException", "Token is invalid or has expired.")
        user_id, access_token = session
        refresh_token = ""
        if is_on(connection, REFRESH_TOKENS):
            refresh_token = sessions.grant_refresh(connection, user_id, at)
        person = _person(connection)
    tokens = {
        "access_token": access_token,
        "public_token": sessions.new_token(),
        "enctoken": sessions.new_token(),
        "refresh_token": refresh_token,
    }
    return success(
        person | {"user_id": user_id, "api_key": api_key, **tokens, "silo": "", "login_time": stamp(at)}
    )


@bp.post("/session/refresh_token")
def renew_session() -> Response:
    """Answer a new access token for a refresh token, which stays valid.

    Only sessions that began with the switch on have one.
    """
    api_key, refresh_token = _signed("refresh_token")
    with services().ledger.write() as connection:
        session = sessions.renew_session(connection, refresh_token, services().at())
    if not session:
        raise Refused(403, "TokenException", "Token is invalid or has expired.")
    user_id, access_token = session
    tokens = {
        "access_token": access_token,
        "public_token": sessions.new_token(),
        "refresh_token": refresh_token,
    }
    return success({"user_id": user_id, "api_key": api_key, **tokens})


@bp.delete("/session/token")
def end_session() -> Response:
    """End an access token or a refresh token, which official clients send in the query."""
    kind = "access_token"
    if "refresh_token" in request.values:
        kind = "refresh_token"
    api_key, token, at = (
        credentials.required_field("api_key"),
        credentials.required_field(kind),
        services().at(),
    )
    credentials.check_key(api_key)
    with services().ledger.write() as connection:
        if kind == "refresh_token":
            good = sessions.end_refresh(connection, token, at)
        elif good := bool(sessions.api_user(connection, token, at)):
            sessions.end_session(connection, token)
    if not good:
        raise credentials.no_session()
    return success(True)


@bp.get("/user/profile")
def profile() -> Response:
    """Answer who is logged in."""
    user_id = credentials.user_id()
    with services().ledger.read() as connection:
        return success(_person(connection) | {"user_id": user_id})


@bp.get("/orders")
def orders() -> Response:
    """Answer the order book of the day; a person's browser gets it as a page."""
    # kite.zerodha.com has a page at the path that api.kite.trade has a call at, and the simulator
    # is both
    if "Authorization" not in request.headers and "text/html" in request.headers.get("Accept", ""):
        return Response(basket_and_login.order_book())
    user_id, at = credentials.user_id(), services().at()
    with services().ledger.read() as connection:
        return _list(order_book.order_list(connection, user_id, at))


@bp.get("/orders/<order_id>")
def order_history(order_id: str) -> Response:
    """Answer the history of one order."""
    user_id, at = credentials.user_id(), services().at()
    with services().ledger.read() as connection:
        history = order_book.order_history(connection, user_id, order_id, at)
    if not history:
        raise Refused(400, "OrderException", "Couldn't find that `order_id`.")
    return success(history)


@bp.get("/trades", defaults={"order_id": None})
@bp.get("/orders/<order_id>/trades")
def trades(order_id: str | None) -> Response:
    """Answer the trades of the day, or of one order; an empty list when there are none."""
    user_id, at = credentials.user_id(), services().at()
    with services().ledger.read() as connection:
        return _list(order_book.trade_list(connection, user_id, at, order_id))


def _person(connection: Connection) -> dict[str, Any]:
    """Return the profile of the demo client."""
    consent = "physical"
    if is_on(connection, AUTHORISED_SALES):
        consent = ""  # without a power of attorney every sale of holdings must be authorised
    return PERSON | {"meta": {"demat_consent": consent}}


def _signed(name: str) -> tuple[str, str]:
    """Return the key and the token in the field `name`.

    Raises Refused unless their checksum is right.
    """
    api_key, token, checksum = (credentials.required_field(field) for field in ("api_key", name, "checksum"))
    credentials.check_key(api_key)
    expected = hashlib.sha256((api_key + token + services().settings.api_secret).encode()).hexdigest()
    if not credentials.equal_secrets(checksum, expected):
        raise Refused(403, "TokenException", "Invalid `checksum`.")
    return api_key, token


def _list(texts: list[str]) -> Response:
    return success_text(f"[{','.join(texts)}]")
