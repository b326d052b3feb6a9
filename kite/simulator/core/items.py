"""Reads the `data` of a basket as Kite's page does: JSON numbers, Kite's spelling, nothing guessed.

The simulator has its own reader. If it shared code with the side that writes baskets, it would
repeat that side's mistakes instead of showing them.
"""

import json
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext

from kite.texts import printable
from kite.vocabulary import EQUITY, OrderType, Product, TransactionType, Validity, Variety

MOST = 10**9
"""The largest price or quantity that is read; anything above it is a mistake."""

NUMBERS = (
    "quantity",
    "price",
    "trigger_price",
    "disclosed_quantity",
    "squareoff",
    "stoploss",
    "trailing_stoploss",
)


class UnreadableBasket(Exception):
    """A basket cannot be read. The message is a sentence for the page."""


@dataclass(frozen=True)
class Iceberg:
    """Which leg of an iceberg an order is, counted from 1; `total` is the quantity of all legs."""

    leg: int
    legs: int
    leg_quantity: int
    total: int


@dataclass(frozen=True)
class Item:
    """One item as it will be placed; a price that was not sent is 0.

    The fields after `tag` come from the API only. `validity_ttl` is in minutes. `system_tags` are
    those that the order system adds.
    """

    tradingsymbol: str
    exchange: str
    transaction_type: str
    quantity: int
    variety: str
    order_type: str
    product: str
    validity: str
    price: Decimal = Decimal(0)
    trigger_price: Decimal = Decimal(0)
    disclosed_quantity: int = 0
    readonly: bool = False
    tag: str | None = None
    validity_ttl: int = 0
    auction_number: str | None = None
    iceberg: Iceberg | None = None
    system_tags: tuple[str, ...] = ()

    @property
    def takes_price(self) -> bool:
        """Whether its order type uses the price."""
        return self.order_type in (OrderType.LIMIT, OrderType.SL)

    @property
    def takes_trigger(self) -> bool:
        """Whether its variety or order type uses the trigger price."""
        return self.variety == Variety.CO or self.order_type in (OrderType.SL, OrderType.SL_M)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for the ledger, prices as text."""
        return asdict(self) | {"price": str(self.price), "trigger_price": str(self.trigger_price)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Item":
        """Return the item that `as_dict` wrote."""
        iceberg = Iceberg(**fields["iceberg"]) if fields["iceberg"] else None
        prices = {"price": Decimal(fields["price"]), "trigger_price": Decimal(fields["trigger_price"])}
        return cls(**fields | prices | {"iceberg": iceberg, "system_tags": tuple(fields["system_tags"])})


def read_items(data: str, most: int) -> list[Item]:
    """Return the items of a basket's `data`.

    Raises UnreadableBasket when it is no list of 1 to `most` readable items.
    """
    try:
        rows = json.loads(data, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableBasket(gettext("The basket is not readable as JSON.")) from error
    if not isinstance(rows, list) or not rows:
        raise UnreadableBasket(gettext("The basket holds no items."))
    if len(rows) > most:
        raise UnreadableBasket(
            gettext(
                "The basket holds %(count)s items. At most %(most)s are taken.", count=len(rows), most=most
            )
        )
    return [_read_item(number, row) for number, row in enumerate(rows, start=1)]


def _read_item(number: int, row: object) -> Item:
    if not isinstance(row, dict):
        raise UnreadableBasket(gettext("Item %(number)s is not an object.", number=number))
    reader = _ItemReader(number, row)
    exchange, variety = reader.text("exchange"), reader.choice("variety", Variety, Variety.REGULAR)
    quantity = reader.whole_number("quantity")
    if quantity < 1:
        raise UnreadableBasket(gettext("Item %(number)s: quantity takes 1 or more.", number=number))
    # numbers that the order does not use are not placed, and must be readable all the same
    for name in NUMBERS:
        reader.number(name)
    item = Item(
        tradingsymbol=reader.text("tradingsymbol"),
        exchange=exchange,
        transaction_type=reader.choice("transaction_type", TransactionType),
        quantity=quantity,
        variety=variety,
        order_type=reader.choice("order_type", OrderType, OrderType.MARKET),
        product=reader.choice("product", Product, _usual_product(exchange, variety)),
        validity=reader.choice("validity", Validity, Validity.DAY),
        disclosed_quantity=reader.whole_number("disclosed_quantity"),
        readonly=reader.flag("readonly"),
        tag=reader.text("tag", "") or None,
    )
    return with_used_prices(
        replace(item, price=reader.number("price"), trigger_price=reader.number("trigger_price"))
    )


def with_used_prices(item: Item) -> Item:
    """Return an item with prices of 0 where its order type takes none."""
    if not item.takes_price:
        item = replace(item, price=Decimal(0))
    if not item.takes_trigger:
        item = replace(item, trigger_price=Decimal(0))
    return item


def _usual_product(exchange: str, variety: str) -> Product:
    """Return the product of an item that names none."""
    if variety == Variety.CO:
        return Product.MIS
    return Product.CNC if exchange in EQUITY else Product.NRML


class _ItemReader:
    """Reads the fields of one item; every refusal names the item and the field."""

    def __init__(self, number: int, row: dict[str, object]) -> None:
        self.item = number
        self.row = row

    def text(self, name: str, default: str | None = None) -> str:
        value = self.row.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not _storable(value):
            raise UnreadableBasket(
                gettext("Item %(number)s: %(field)s takes text.", number=self.item, field=name)
            )
        return value

    def choice(self, name: str, kind: type[StrEnum], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in set(kind):
            choices = ", ".join(kind)
            raise UnreadableBasket(
                gettext(
                    "Item %(number)s: %(field)s takes one of %(taken)s.",
                    number=self.item,
                    field=name,
                    taken=choices,
                )
            )
        return value

    def number(self, name: str) -> Decimal:
        value = self.row.get(name)
        if value is None:
            return Decimal(0)
        if isinstance(value, str):
            raise UnreadableBasket(
                gettext(
                    "Item %(number)s: %(field)s was sent as text. It takes a JSON number.",
                    number=self.item,
                    field=name,
                )
            )
        # Python counts true and false as whole numbers, JSON does not
        if (
            isinstance(value, bool)
            or not isinstance(value, int | Decimal)
            or not readable_price(Decimal(value))
        ):
            raise UnreadableBasket(
                gettext(
                    "Item %(number)s: %(field)s is not a number that can be used.",
                    number=self.item,
                    field=name,
                )
            )
        return Decimal(value) + 0  # JSON can hold -0, and a page would show the sign

    def whole_number(self, name: str) -> int:
        value = self.number(name)
        if value != value.to_integral_value():
            raise UnreadableBasket(
                gettext("Item %(number)s: %(field)s takes a whole number.", number=self.item, field=name)
            )
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.row.get(name)
        if value is not None and not isinstance(value, bool):
            raise UnreadableBasket(
                gettext("Item %(number)s: %(field)s takes true or false.", number=self.item, field=name)
            )
        return bool(value)


def readable_price(value: Decimal) -> bool:
    """Whether a number is 0 or more, not absurdly large and has at most four decimals."""
    return 0 <= value <= MOST and round(value, 4) == value


def _storable(value: str) -> bool:
    return len(value) <= 100 and value == printable(value)


def _no_constant(text: str) -> Decimal:
    raise ValueError(f"{text} is no JSON number")
