"""An item of a basket, an instrument, and the JSON of the form field `data` in which a basket
travels to Kite.

Nothing else in the project serialises items. Fields and their JSON types are those of the
documentation's page "Offsite order execution"; numbers must be JSON numbers, or Kite refuses the
basket.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from kite.exceptions import BasketError
from kite.vocabulary import N_, Exchange, OrderType, Product, TransactionType, Validity, Variety

MAX_ITEMS = 100
"""Items in all parts of one basket together."""

MAX_QUANTITY = 10**9
MAX_PRICE = Decimal(10**9)
"""Bounds that no real order reaches; within them a price survives its way through a JSON number
unchanged.
"""

OWN_TAG_LENGTH = 12
"""Letters and digits that a person's own tag may have: 20 at Kite, less the 8 of the
execution's.
"""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A row of Kite's daily instruments file.

    `lot_size` is in units on NFO and BFO and 1 for shares; `strike`, `tick_size` and `last_price`
    (the last close) are in rupees. `expiry` is None for what does not expire.
    """

    tradingsymbol: str
    exchange: str
    name: str
    segment: str
    instrument_type: str
    expiry: date | None
    strike: Decimal
    tick_size: Decimal
    lot_size: int
    last_price: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """One order of a basket as a person wants it.

    `quantity` is in shares, in units (a multiple of the lot) on NFO and BFO, in contracts on CDS,
    BCD and MCX; prices are in rupees. None means "not sent": Kite's page then decides. `tag` is the
    person's own, without the execution's.
    """

    tradingsymbol: str
    exchange: Exchange
    transaction_type: TransactionType
    order_type: OrderType
    quantity: int
    variety: Variety = Variety.REGULAR
    product: Product | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int | None = None
    validity: Validity | None = None
    readonly: bool = False
    tag: str | None = None


FIELDS = (
    "variety",
    "tradingsymbol",
    "exchange",
    "transaction_type",
    "order_type",
    "product",
    "price",
    "quantity",
    "trigger_price",
    "disclosed_quantity",
    "validity",
    "readonly",
    "tag",
)
"""Every field of an item, in the order in which `data` has them."""


FOREIGN_FIELDS = (
    "squareoff",
    "stoploss",
    "trailing_stoploss",
    "iceberg_legs",
    "iceberg_quantity",
    "auction_number",
    "validity_ttl",
    "market_protection",
    "autoslice",
)
"""Fields of Kite's order API that its basket page does not take."""


def takes_price(order_type: str) -> bool:
    """Whether an order of this type carries a price."""
    return order_type in _PRICED


def takes_trigger(order_type: str, variety: str) -> bool:
    """Whether an order of this type and variety carries a trigger price."""
    return order_type in _TRIGGERED or variety == Variety.CO


def takes_disclosed_quantity(exchange: str) -> bool:
    """Whether an order may disclose only a part of its quantity."""
    return exchange in _DISCLOSING


_PRICED = frozenset(order_type for order_type in OrderType if order_type.facts.takes_price)
_TRIGGERED = frozenset(order_type for order_type in OrderType if order_type.facts.takes_trigger)
_DISCLOSING = frozenset(exchange for exchange in Exchange if exchange.facts.least_disclosed is not None)


def to_data(items: Iterable[Item], execution_tag: str = "") -> str:
    """Serialise `items` as the text of the field `data`.

    With `execution_tag` (8 letters and digits) every item carries a tag that ends in it, after the
    person's own.
    """
    rows = [to_dict(item) for item in items]
    if execution_tag:
        # At the end, because an order is recognised by the last letters of its tag.
        for row in rows:
            row["tag"] = f"{row.get('tag', '')}{execution_tag}"
    return _WRITER.encode(rows)


def to_dict(item: Item) -> dict[str, str | int | float | bool]:
    """Return the JSON object of one item: only fields that are set, in Kite's spelling and JSON
    types.
    """
    values = ((name, getattr(item, name)) for name in FIELDS)
    return {
        name: _json_number(value) if isinstance(value, Decimal) else value
        for name, value in values
        if value is not None
    }


def from_data(text: str) -> list[Item]:
    """Read back what `to_data` wrote.

    Raises BasketError for anything else. Baskets that others wrote are read by
    kite.basket.formats.json_orders.
    """
    return [_item(row) for row in _rows(text)]


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        # As Decimal: a float would change a price such as 0.1.
        rows = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise BasketError(N_("This is not JSON.")) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BasketError(N_("A basket is a JSON list of objects."))
    if not 1 <= len(rows) <= MAX_ITEMS:
        raise BasketError(N_("A basket holds 1 to 100 items."))
    return rows


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _json_number(value: Decimal) -> int | float:
    # Kite's documentation writes whole prices without a point, and `json` writes no Decimal.
    return int(value) if value == value.to_integral_value() else float(value)


_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_READERS: Mapping[str, tuple[tuple[type, ...], Callable[[Any], object]]] = {
    "variety": ((str,), Variety),
    "tradingsymbol": ((str,), str),
    "exchange": ((str,), Exchange),
    "transaction_type": ((str,), TransactionType),
    "order_type": ((str,), OrderType),
    "product": ((str,), Product),
    "price": ((int, Decimal), Decimal),
    "quantity": ((int,), int),
    "trigger_price": ((int, Decimal), Decimal),
    "disclosed_quantity": ((int,), int),
    "validity": ((str,), Validity),
    "readonly": ((bool,), bool),
    "tag": ((str,), str),
}
"""By field: the JSON types it may have, and what makes its value of them."""


def _item(row: dict[str, Any]) -> Item:
    try:
        return Item(**{name: _read(name, row[name]) for name in FIELDS if name in row})
    except (TypeError, ValueError) as error:
        raise BasketError(N_("This is not an item of a basket.")) from error


def _read(name: str, value: object) -> Any:
    kinds, read = _READERS[name]
    if type(value) not in kinds:  # exactly so: a bool is an int in Python, not at Kite
        raise TypeError(name)
    return read(value)
