"""Margins and charges of api.kite.trade: what the orders of a JSON list would need and cost."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Response, request

from kite.simulator.account import margins
from kite.simulator.account.margins import MarginRequest
from kite.simulator.account.positions import positions
from kite.simulator.api.order_params import PRODUCTS
from kite.simulator.core import credentials
from kite.simulator.core.context import services
from kite.simulator.core.items import MOST, Item, readable_price
from kite.simulator.core.responses import Refused, success
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface
from kite.simulator.exchange.quotes import price_of
from kite.vocabulary import OrderType, TransactionType, Validity, Variety

bp = KiteBlueprint("margins_api", __name__, KiteSurface.API)

CHOICES: dict[str, tuple[str, ...]] = {
    "transaction_type": tuple(TransactionType),
    "variety": (*Variety, "iceberg", "auction", "bo"),
    "product": PRODUCTS,
    "order_type": tuple(OrderType),
}


@bp.post("/margins/orders")
def order_margins() -> Response:
    """Answer the margin of each order by itself."""
    credentials.user_id()
    compact, orders = _compact(), _orders(_rows())
    return success([_cut(margins.order_margin(order), compact) for order in orders])


@bp.post("/margins/basket")
def basket_margins() -> Response:
    """Answer the margin of orders together, on top of open positions when `consider_positions` is
    true.
    """
    user_id, at = credentials.user_id(), services().at()
    compact, orders, open_quantities = _compact(), _orders(_rows()), {}
    if request.args.get("consider_positions", "").lower() in ("true", "1"):
        with services().ledger.read() as connection:
            day_positions = positions(connection, user_id, at)
        open_quantities = {key: position.quantity for key, position in day_positions.items()}
    whole = margins.basket_margin(orders, open_quantities)
    cut = {name: _cut(whole[name], compact) for name in ("initial", "final")}
    return success(whole | cut | {"orders": [_cut(row, compact) for row in whole["orders"]]})


@bp.post("/charges/orders")
def order_charges() -> Response:
    """Answer the charges of orders that were filled at their `average_price`: a virtual contract
    note.
    """
    credentials.user_id()
    rows = _rows()
    prices_paid = [_price(row, "average_price") for row in rows]
    if not all(prices_paid):
        raise Refused(400, "InputException", "Invalid `average_price`.")
    orders = zip(_orders(rows), prices_paid, strict=True)
    return success([margins.contract_note(order, price) for order, price in orders])


def _rows() -> list[dict[str, Any]]:
    try:
        rows = json.loads(request.get_data(), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Refused(400, "InputException", "Invalid JSON in the request body.") from error
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Refused(400, "InputException", "The request body takes a JSON list of orders.")
    return rows


def _orders(rows: list[dict[str, Any]]) -> list[MarginRequest]:
    """Return the orders of a request, with the prices at which orders placed now would be
    valued.
    """
    at, orders = services().at(), [_order(row) for row in rows]
    with services().ledger.read() as connection:
        # every instrument once: a list of a thousand orders often has few of them
        prices = {order.instrument: price_of(connection, order.instrument, at) for order in orders}
    return [
        replace(order, instrument=replace(order.instrument, last_price=prices[order.instrument]))
        for order in orders
    ]


def _order(row: dict[str, Any]) -> MarginRequest:
    exchange, tradingsymbol = _text(row, "exchange"), _text(row, "tradingsymbol")
    instrument = services().market.find(exchange, tradingsymbol)
    if not instrument:
        raise Refused(400, "InputException", "Invalid `tradingsymbol`.")
    chosen = {name: _text(row, name) for name in CHOICES}
    for name, choices in CHOICES.items():
        if chosen[name] not in choices:
            raise Refused(400, "InputException", f"Invalid `{name}`.")
    quantity = _number(row, "quantity")
    if quantity != quantity.to_integral_value() or not 1 <= quantity <= MOST:
        raise Refused(400, "InputException", "Invalid `quantity`.")
    prices = {name: _price(row, name) for name in ("price", "trigger_price")}
    return MarginRequest(
        Item(tradingsymbol, exchange, quantity=int(quantity), validity=Validity.DAY, **chosen, **prices),  # type: ignore[arg-type]
        instrument,
    )


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or value == "":
        raise Refused(400, "InputException", f"Missing `{name}`.")
    if not isinstance(value, str):
        raise Refused(400, "InputException", f"Invalid `{name}`.")
    return value


def _number(row: dict[str, Any], name: str) -> Decimal:
    value = row.get(name, 0)
    if value is None:
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused(400, "InputException", f"Invalid `{name}`.")
    return Decimal(value)


def _price(row: dict[str, Any], name: str) -> Decimal:
    price = _number(row, name)
    if not readable_price(price):
        raise Refused(400, "InputException", f"Invalid `{name}`.")
    return price


def _compact() -> bool:
    mode = request.args.get("mode", "")
    if mode not in ("", "compact"):
        raise Refused(400, "InputException", "Invalid `mode`.")
    return bool(mode)


def _cut(row: dict[str, Any], compact: bool) -> dict[str, Any]:
    return margins.compact(row) if compact else row


def _no_constant(text: str) -> Decimal:
    raise ValueError(f"{text} is no JSON number")
