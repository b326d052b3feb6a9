"""An order's terms in a line, ready to be laid out: "10 at 1,412.00 · MIS · Cover"."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from flask import Flask

from kite.basket.items import Item
from kite.connect.records import Order
from kite.vocabulary import OrderType, TransactionType, Validity, Variety
from kite.web.wording.labels import DASH, label, price, quantity, translated

SIDES = {TransactionType.BUY: "buy", TransactionType.SELL: "sell"}
AT_MARKET = tuple(order_type for order_type in OrderType if not order_type.facts.takes_price)
STOPS = tuple(order_type for order_type in OrderType if order_type.facts.takes_trigger)


class OrderTerms(NamedTuple):
    """The texts of a line; `side` is the class of its flag: buy, sell or none.

    A missing text is "" or a dash.
    """

    side: str
    flag: str
    quantity: str
    price: str
    product: str
    trigger: str


def terms(item: Item | Order | Mapping[str, Any]) -> OrderTerms:
    """Return the terms of an item or order, or of texts that a person typed, which may be empty or
    wrong.
    """
    if isinstance(item, Item | Order):
        return _terms(*_FIELDS_OF(item))
    return _terms(*(item.get(name) or "" for name in TERM_FIELDS))


TERM_FIELDS = (
    "transaction_type",
    "order_type",
    "variety",
    "product",
    "validity",
    "quantity",
    "price",
    "trigger_price",
)
"""The fields that `_terms` takes, in its order."""

_FIELDS_OF = attrgetter(*TERM_FIELDS)


def _terms(
    side: Any,
    order_type: Any,
    variety: Any,
    product: Any,
    validity: Any,
    number: Any,
    limit: Any,
    trigger: Any,
) -> OrderTerms:
    words = []
    if product:
        words.append(product)
    if variety and variety != Variety.REGULAR:
        words.append(label(variety))
    if order_type in STOPS:
        words.append(order_type)
    if validity == Validity.IOC:
        words.append(Validity.IOC)
    return OrderTerms(
        side=SIDES.get(side, "none"),
        flag=side if side in SIDES else DASH,
        quantity=_figure(number, quantity),
        price=translated("market") if order_type in AT_MARKET else _figure(limit, price),
        product=" · ".join(words),
        trigger=_trigger(trigger),
    )


def _trigger(trigger: Any) -> str:
    if not trigger:
        return ""
    return translated("trigger %(price)s") % {"price": _figure(trigger, price)}


def _figure(value: str | int | Decimal | None, write: Callable[[Any], str]) -> str:
    if value is None or value == "":
        return DASH
    # A text that a person typed and that cannot be read is shown as it was typed.
    if isinstance(value, str):
        return value
    return write(value)


def install(app: Flask) -> None:
    """Make this a filter of every template."""
    app.jinja_env.filters["terms"] = terms
