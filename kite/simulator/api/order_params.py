"""Reads the form fields with which a client places or modifies an order (documentation of the
orders API).

Only what cannot be read is refused here, with 400. What the order system would refuse becomes an
order that ends REJECTED.
"""

import re
from dataclasses import dataclass, field, replace
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
"""Legs of an iceberg: the documentation says 2 to 10, but the limit has been raised to 50."""

LONGEST_TTL = 1440
FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}

_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,8})?")


@dataclass(frozen=True)
class OrderRequest:
    """An order to place. `market_protection` is a percentage, or -1 for the automatic one."""

    item: Item
    market_protection: Decimal
    autoslice: bool


@dataclass(frozen=True)
class OrderChanges:
    """New terms of an order: those `fields` of an Item that were sent."""

    fields: dict[str, Any] = field(default_factory=dict)
    market_protection: Decimal = Decimal(0)


def read_order_request(variety: str, form: MultiDict[str, str]) -> OrderRequest:
    """Return the order that a form asks for. Raises Refused."""
    reader = _ParamReader(form)
    check_variety(variety)
    item = Item(
        tradingsymbol=reader.required("tradingsymbol"),
        exchange=reader.choice("exchange", tuple(Exchange)),
        transaction_type=reader.choice("transaction_type", tuple(TransactionType)),
        order_type=reader.choice("order_type", tuple(OrderType)),
        quantity=reader.quantity(),
        product=reader.choice("product", PRODUCTS),
        variety=variety,
        validity=reader.choice("validity", VALIDITIES, Validity.DAY),
        tag=reader.text("tag") or None,
        disclosed_quantity=reader.whole_number("disclosed_quantity", 0, MOST),
    )
    return OrderRequest(_with_dependent_fields(item, reader), reader.protection(), reader.flag("autoslice"))


def read_changes(form: MultiDict[str, str]) -> OrderChanges:
    """Return the new terms that a form asks for; a field that was not sent stays as it is.

    Raises Refused.
    """
    reader = _ParamReader(form)
    fields: dict[str, Any] = {}
    if form.get("order_type"):
        fields["order_type"] = reader.choice("order_type", tuple(OrderType))
    if form.get("validity"):
        fields["validity"] = reader.choice("validity", VALIDITIES)
    if fields.get("validity") == TTL or form.get("validity_ttl"):
        fields["validity_ttl"] = reader.whole_number("validity_ttl", 1, LONGEST_TTL)
    if form.get("quantity"):
        fields["quantity"] = reader.quantity()
    if form.get("disclosed_quantity"):
        fields["disclosed_quantity"] = reader.whole_number("disclosed_quantity", 0, MOST)
    fields |= {name: reader.price(name) for name in ("price", "trigger_price") if form.get(name)}
    return OrderChanges(fields, reader.protection())


def check_variety(variety: str) -> None:
    """Raise Refused for an unknown variety. Bracket orders (`bo`) can no longer be placed."""
    if variety not in VARIETIES:
        raise Refused(400, "InputException", "Invalid `variety`.")


def _with_dependent_fields(item: Item, reader: "_ParamReader") -> Item:
    """Return an item with the fields that depend on its order type, validity or variety."""
    fields: dict[str, Any] = {}
    if item.variety == AUCTION:
        fields["auction_number"] = reader.required("auction_number")
    if item.takes_price:
        fields["price"] = reader.price("price")
    if item.takes_trigger:
        fields["trigger_price"] = reader.price("trigger_price")
    if item.validity == TTL:
        fields["validity_ttl"] = reader.whole_number("validity_ttl", 1, LONGEST_TTL)
    if item.variety == ICEBERG:
        fields["iceberg"] = _iceberg(item.quantity, reader)
        fields["quantity"] = fields["iceberg"].leg_quantity
    return replace(item, **fields)


def _iceberg(total: int, reader: "_ParamReader") -> Iceberg:
    legs = reader.whole_number("iceberg_legs", FEWEST_LEGS, MOST_LEGS)
    leg_quantity = reader.whole_number("iceberg_quantity", 1, MOST)
    # all legs are full but the last one, which has the rest and is not empty
    if not (legs - 1) * leg_quantity < total <= legs * leg_quantity:
        raise reader.invalid("iceberg_quantity")
    return Iceberg(1, legs, leg_quantity, total)


class _ParamReader:
    """Reads single fields; every refusal names its field, in Kite's manner."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self.form = form

    def text(self, name: str) -> str:
        value = self.form.get(name, "")
        if len(value) > 100 or value != printable(value):
            raise self.invalid(name)
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise Refused(400, "InputException", f"Missing `{name}`.")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name) or default or self.required(name)
        if value not in choices:
            raise self.invalid(name)
        return str(value)

    def whole_number(self, name: str, least: int, most: int) -> int:
        value = self.text(name) if least == 0 else self.required(name)
        if value and not _WHOLE.fullmatch(value):
            raise _undecoded(name, value, "int")
        if not least <= int(value or 0) <= most:
            raise self.invalid(name)
        return int(value or 0)

    def quantity(self) -> int:
        return self.whole_number("quantity", 1, MOST)

    def price(self, name: str) -> Decimal:
        value = self.number(name)
        if not readable_price(value):
            raise self.invalid(name)
        return value + 0  # a client can send -0, and the order book would show the sign

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
    # worded as recorded from a client
    return Refused(
        400, "InputException", f"Invalid request (failed to decode {name}, got: {value} (expected {kind}))"
    )
