"""Market data of api.kite.trade: instruments, quotes, trigger ranges."""

import csv
import gzip
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Response, request
from sqlalchemy import Connection

from kite import bundled
from kite.simulator.core import credentials
from kite.simulator.core.context import services
from kite.simulator.core.responses import Refused, success
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface
from kite.simulator.exchange import quotes
from kite.simulator.exchange.order_json import number
from kite.simulator.exchange.quotes import Quote
from kite.vocabulary import Exchange, TransactionType

bp = KiteBlueprint("market_api", __name__, KiteSurface.API)

MOST_FULL, MOST_SHORT = 500, 1000
"""Keys in one request: 500 for full quotes, 1,000 for prices alone (documentation of market
quotes).
"""

NEAREST, FARTHEST = Decimal("0.005"), Decimal("0.06")
"""The range for the trigger of a cover order, as distances from the price in shares of it.

The recorded ranges are about these.
"""


@bp.get("/instruments", defaults={"exchange": None})
@bp.get("/instruments/<exchange>")
def instruments(exchange: str | None) -> Response:
    """Answer the instruments file of the day. Like Kite's it needs no session."""
    if exchange is not None and exchange not in set(Exchange):
        raise Refused(400, "InputException", "Invalid `exchange`.")
    file = io.StringIO()
    rows = [row for row in bundled.rows(services().market.today()) if exchange in (None, row["exchange"])]
    writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return _compressed(file.getvalue().encode())


@bp.get("/quote")
def whole() -> Response:
    """Answer quotes with volume and depth."""
    at = services().at()
    return _quotes(MOST_FULL, lambda quote: quotes.full(quote, at))


@bp.get("/quote/ohlc")
def ohlc() -> Response:
    """Answer last prices with the day's open, high and low, and yesterday's close."""
    return _quotes(MOST_SHORT, quotes.ohlc)


@bp.get("/quote/ltp")
def ltp() -> Response:
    """Answer last prices."""
    return _quotes(MOST_SHORT, quotes.ltp)


@bp.get("/instruments/trigger_range/<transaction_type>")
def trigger_ranges(transaction_type: str) -> Response:
    """Answer the range for the trigger of a cover order, for each `i`.

    The path has the side in small letters.
    """
    side = _side(transaction_type)
    return _quotes(MOST_SHORT, lambda quote: _range(quote, side))


@bp.get("/instruments/<exchange>/<tradingsymbol>/trigger_range")
def trigger_range(exchange: str, tradingsymbol: str) -> Response:
    """Answer the same for one instrument, at the older address, with its side in the query."""
    credentials.user_id()
    side = _side(request.args.get("transaction_type", TransactionType.BUY))
    with services().ledger.read() as connection:
        quote = _find(connection, f"{exchange}:{tradingsymbol}", services().at())
    if not quote or not quote.instrument:
        raise Refused(400, "InputException", "Invalid `tradingsymbol`.")
    return success(_range(quote, side))


def _quotes(most: int, show: Callable[[Quote], dict[str, Any]]) -> Response:
    """Answer the quote of each key of `i`, in the form of `show`; an unknown key is left out."""
    credentials.user_id()
    keys = list(dict.fromkeys(request.args.getlist("i")))
    if not keys:
        raise Refused(400, "InputException", "Missing `i`.")
    if len(keys) > most:
        raise Refused(400, "InputException", f"`i` takes 1 to {most} instruments.")
    at = services().at()
    with services().ledger.read() as connection:
        by_key = {key: _find(connection, key, at) for key in keys}
    return success({key: show(quote) for key, quote in by_key.items() if quote})


def _find(connection: Connection, key: str, at: int) -> Quote | None:
    exchange, _, tradingsymbol = key.partition(":")
    return quotes.find_quote(connection, services().market, exchange, tradingsymbol, at)


def _side(text: str) -> str:
    if text.upper() not in set(TransactionType):
        raise Refused(400, "InputException", "Invalid `transaction_type`.")
    return text.upper()


def _range(quote: Quote, transaction_type: str) -> dict[str, Any]:
    # the stop of a bought position lies below the price, that of a sold one above
    price, shares = quote.last_price, (NEAREST, FARTHEST)
    if transaction_type == TransactionType.BUY:
        shares = (-FARTHEST, -NEAREST)
    lower, upper = (number(round(price * (1 + share), 4)) for share in shares)
    return {"instrument_token": quote.instrument_token, "lower": lower, "upper": upper}


def _compressed(body: bytes) -> Response:
    # without a charset: the official JavaScript client reads the file as rows only for exactly this
    # type
    answer = Response(body, content_type="text/csv")
    answer.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings["gzip"]:
        answer.set_data(gzip.compress(body, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
