"""An order's terms in a line, ready to be laid out: "10 at 1,412.00 · MIS · Cover".

One call for each line of a page.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Flask

from kite.basket.items import Item
from kite.connect.records import Order
from kite.vocabulary import OrderType, TransactionType, Validity, Variety
from kite.web.wording.labels import label, price, quantity, translated

SIDES = {TransactionType.BUY: "buy", TransactionType.SELL: "sell"}
AT_MARKET = (OrderType.MARKET, OrderType.SL_M)
STOPS = (OrderType.SL, OrderType.SL_M)


class OrderTerms(NamedTuple):
    """Texts of a line; `side` is the class of its flag: buy, sell or none.

    What is not there is "" or a dash.
    """

    side: str
    flag: str
    quantity: str
    price: str
    product: str
    trigger: str


def terms(item: Item | Order | Mapping[str, Any]) -> OrderTerms:
    """Return the terms of an item or order, or of texts that a person typed, which may be empty or wrong:
    they stand as typed.
    """
    if not isinstance(item, Item | Order):
        return _terms(*(item.get(name) or "" for name in READ))
    return _terms(
        item.transaction_type,
        item.order_type,
        item.variety,
        item.product,
        item.validity,
        item.quantity,
        item.price,
        item.trigger_price,
    )


READ = (
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
    known = SIDES.get(side)
    words = [product] if product else []
    if variety and variety != Variety.REGULAR:
        words.append(label(variety))
    if order_type in STOPS:
        words.append(order_type)
    if validity == Validity.IOC:
        words.append(Validity.IOC)
    return OrderTerms(
        side=known or "none",
        flag=side if known else "–",
        quantity=_figure(number, quantity),
        price=translated("market") if order_type in AT_MARKET else _figure(limit, price),
        product=" · ".join(words),
        trigger=translated("trigger %(price)s") % {"price": _figure(trigger, price)} if trigger else "",
    )


def _figure(value: str | int | Decimal | None, write: Callable[[Any], str]) -> str:
    if value is None or value == "":
        return "–"
    return value if isinstance(value, str) else write(value)


def install(app: Flask) -> None:
    """Make this a filter of every template."""
    app.jinja_env.filters["terms"] = terms
