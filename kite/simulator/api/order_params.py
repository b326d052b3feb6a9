"""What a client sends to place or modify an order, read from form fields (documentation of the orders API).

Only what cannot be read is refused here, with 400. What an order system would refuse becomes an order that
ends REJECTED.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from kite.simulator.core.items import MOST, Iceberg, Item, readable_price
from kite.simulator.core.responses import Refused
from kite.simulator.exchange.lifecycle import AUCTION, TTL
from kite.texts import printable
from kite.vocabulary import Exchange, OrderType, Product, TransactionType, Validity, Variety

ICEBERG = "iceberg"
VARIETIES = (*Variety, ICEBERG, AUCTION)
PRODUCTS = (*Product, "MTF")
VALIDITIES = (*Validity, TTL)

FEWEST_LEGS, MOST_LEGS = 2, 50
"""Legs of an iceberg: the documentation says 2 to 10, and the limit was raised to 50 since."""

LONGEST_TTL = 1440
FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}

_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,8})?")


@dataclass(frozen=True)
class OrderRequest:
    """An order to place. `market_protection` is percent, -1 for an automatic one."""

    item: Item
    market_protection: Decimal
    autoslice: bool


@dataclass(frozen=True)
class OrderChanges:
    """New terms of an order: the `fields` of an Item that were sent."""

    fields: dict[str, Any] = field(default_factory=dict)
    market_protection: Decimal = Decimal(0)


def read_wish(variety: str, form: MultiDict[str, str]) -> OrderRequest:
    """Return the order that a form asks for. Raises Refused."""
    reader = _ParamReader(form)
    check_variety(variety)
    item = Item(
        tradingsymbol=reader.needed("tradingsymbol"),
        exchange=reader.choice("exchange", tuple(Exchange)),
        transaction_type=reader.choice("transaction_type", tuple(TransactionType)),
        order_type=reader.choice("order_type", tuple(OrderType)),
        quantity=reader.quantity(),
        product=reader.choice("product", PRODUCTS),
        variety=variety,
        validity=reader.choice("validity", VALIDITIES, Validity.DAY),
        tag=reader.text("tag") or None,
        disclosed_quantity=reader.whole("disclosed_quantity", 0, MOST),
        auction_number=reader.needed("auction_number") if variety == AUCTION else None,
    )
    return OrderRequest(_with_rest(item, reader), reader.protection(), reader.flag("autoslice"))


def read_changes(form: MultiDict[str, str]) -> OrderChanges:
    """Return the new terms that a form asks for; a field that was not sent stays as it is. Raises Refused."""
    reader = _ParamReader(form)
    fields: dict[str, Any] = {}
    if form.get("order_type"):
        fields["order_type"] = reader.choice("order_type", tuple(OrderType))
    if form.get("validity"):
        fields["validity"] = reader.choice("validity", VALIDITIES)
    if fields.get("validity") == TTL or form.get("validity_ttl"):
        fields["validity_ttl"] = reader.whole("validity_ttl", 1, LONGEST_TTL)
    if form.get("quantity"):
        fields["quantity"] = reader.quantity()
    if form.get("disclosed_quantity"):
        fields["disclosed_quantity"] = reader.whole("disclosed_quantity", 0, MOST)
    fields |= {name: reader.price(name) for name in ("price", "trigger_price") if form.get(name)}
    return OrderChanges(fields, reader.protection())


def check_variety(variety: str) -> None:
    """Raise Refused for a variety that there is not. Bracket orders (`bo`) can no longer be placed."""
    if variety not in VARIETIES:
        raise Refused(400, "InputException", "Invalid `variety`.")


def _with_rest(item: Item, reader: "_ParamReader") -> Item:
    """Read what hangs on other fields: prices by order type, minutes by validity, legs by variety."""
    fields: dict[str, Any] = {}
    if item.takes_price:
        fields["price"] = reader.price("price")
    if item.takes_trigger:
        fields["trigger_price"] = reader.price("trigger_price")
    if item.validity == TTL:
        fields["validity_ttl"] = reader.whole("validity_ttl", 1, LONGEST_TTL)
    if item.variety == ICEBERG:
        fields["iceberg"] = _iceberg(item.quantity, reader)
        fields["quantity"] = fields["iceberg"].leg_quantity
    return Item(**{name: getattr(item, name) for name in item.__dataclass_fields__} | fields)


def _iceberg(total: int, reader: "_ParamReader") -> Iceberg:
    legs, each = (
        reader.whole("iceberg_legs", FEWEST_LEGS, MOST_LEGS),
        reader.whole("iceberg_quantity", 1, MOST),
    )
    if not (legs - 1) * each < total <= legs * each:
        raise reader.invalid("iceberg_quantity")
    return Iceberg(1, legs, each, total)


class _ParamReader:
    """Reads single fields; every refusal names its field, in Kite's manner."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self.form = form

    def text(self, name: str) -> str:
        value = self.form.get(name, "")
        if len(value) > 100 or value != printable(value):
            raise self.invalid(name)
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise Refused(400, "InputException", f"Missing `{name}`.")
        return value

    def choice(self, name: str, taken: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name) or default or self.needed(name)
        if value not in taken:
            raise self.invalid(name)
        return str(value)

    def whole(self, name: str, least: int, most: int) -> int:
        value = self.text(name) if least == 0 else self.needed(name)
        if value and not _WHOLE.fullmatch(value):
            raise _undecoded(name, value, "int")
        if not least <= int(value or 0) <= most:
            raise self.invalid(name)
        return int(value or 0)

    def quantity(self) -> int:
        return self.whole("quantity", 1, MOST)

    def price(self, name: str) -> Decimal:
        value = self.number(name)
        if not readable_price(value):
            raise self.invalid(name)
        return value + 0  # never -0

    def protection(self) -> Decimal:
        value = self.number("market_protection")
        if value != -1 and not 0 <= value <= 100:
            raise self.invalid("market_protection")
        return value

    def number(self, name: str) -> Decimal:
        value = self.text(name) or "0"
        if not _DECIMAL.fullmatch(value):
            raise _undecoded(name, value, "decimal")
        return Decimal(value)

    def flag(self, name: str) -> bool:
        value = self.text(name)
        if value.lower() not in FLAGS:
            raise _undecoded(name, value, "bool")
        return FLAGS[value.lower()]

    def invalid(self, name: str) -> Refused:
        return Refused(400, "InputException", f"Invalid `{name}`.")


def _undecoded(name: str, value: str, kind: str) -> Refused:
    """Word it as a client has met it."""
    return Refused(
        400, "InputException", f"Invalid request (failed to decode {name}, got: {value} (expected {kind}))"
    )
