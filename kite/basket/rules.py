"""What an item must keep to before it is sent to Kite: one small function per rule.

A rule yields a Problem for each thing that is wrong and nothing otherwise. Problems carry a code and parameters; the
words for them belong to the pages.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kite.basket.items import (
    MAX_PRICE,
    MAX_QUANTITY,
    OWN_TAG_LENGTH,
    Instrument,
    Item,
    takes_disclosed_quantity,
    takes_price,
    takes_trigger,
)
from kite.vocabulary import OrderType, Variety


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field of an item. `params` are texts that the sentence for `code` names."""

    code: str
    field: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


Check = Callable[[Item, Instrument | None, datetime], Iterator[Problem]]
"""A rule: the item, its instrument (None when there is no such symbol) and the time of day in IST."""


@dataclass(frozen=True)
class Rule:
    """A check, the fields of the item that it reads, and where the rule comes from."""

    check: Check
    reads: frozenset[str]
    source: str


def problems(item: Item, instrument: Instrument | None, now: datetime, unreadable: Collection[str] = ()) -> list[Problem]:
    """Return everything that is wrong with `item`, in the order of RULES.

    `unreadable` names fields whose value in `item` only stands in for a text that could not be read: no rule that
    reads one of them is asked.
    """
    asked = (rule for rule in RULES if rule.reads.isdisjoint(unreadable))
    return [problem for rule in asked for problem in rule.check(item, instrument, now)]


def tradingsymbol_is_given(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An order names its instrument."""
    if not item.tradingsymbol:
        yield Problem("tradingsymbol_missing", "tradingsymbol")


def tradingsymbol_is_known(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The symbol stands in the day's instruments file, spelled exactly so: Kite drops every other one silently."""
    if item.tradingsymbol and instrument is None:
        yield Problem("tradingsymbol_unknown", "tradingsymbol", {"tradingsymbol": item.tradingsymbol, "exchange": item.exchange})


def index_is_not_ordered(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An index stands in the instruments file for its quotes; it cannot be bought or sold."""
    if instrument is not None and instrument.segment == "INDICES":
        yield Problem("index_not_traded", "tradingsymbol", {"tradingsymbol": item.tradingsymbol})


def quantity_is_positive(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The quantity is a whole number, 1 or more."""
    if item.quantity < 1:
        yield Problem("quantity_not_positive", "quantity")
    elif item.quantity > MAX_QUANTITY:
        yield Problem("too_large", "quantity")


def price_is_given(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A LIMIT or SL order has a price above 0."""
    if not takes_price(item.order_type):
        return
    if item.price is None:
        yield Problem("limit_needs_price" if item.order_type is OrderType.LIMIT else "sl_needs_price", "price")
    else:
        yield from _amount("price", item.price)


def price_is_taken(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A MARKET or SL-M order has no price. It is refused, not dropped: who typed one means it."""
    if item.price is not None and not takes_price(item.order_type):
        yield Problem("market_takes_no_price" if item.order_type is OrderType.MARKET else "sl_m_takes_no_price", "price")


def trigger_price_is_given(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An SL or SL-M order and every cover order has a trigger price above 0."""
    if not takes_trigger(item.order_type, item.variety):
        return
    if item.trigger_price is not None:
        yield from _amount("trigger_price", item.trigger_price)
    elif item.variety is Variety.CO:
        yield Problem("co_needs_trigger", "trigger_price")
    else:
        yield Problem("sl_needs_trigger", "trigger_price", {"order_type": item.order_type})


def trigger_price_is_taken(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A MARKET or LIMIT order that is no cover order has no trigger price."""
    if item.trigger_price is not None and not takes_trigger(item.order_type, item.variety):
        code = "market_takes_no_trigger" if item.order_type is OrderType.MARKET else "limit_takes_no_trigger"
        yield Problem(code, "trigger_price")


def disclosed_quantity_is_taken(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """Only orders for shares disclose a part of their quantity, and then 1 or more."""
    if item.disclosed_quantity is None:
        return
    if not takes_disclosed_quantity(item.exchange):
        yield Problem("disclosed_not_taken", "disclosed_quantity", {"exchange": item.exchange})
    elif item.disclosed_quantity < 1:
        yield Problem("disclosed_not_positive", "disclosed_quantity")
    elif item.disclosed_quantity > MAX_QUANTITY:
        yield Problem("too_large", "disclosed_quantity")


def tag_is_short(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A tag is of letters and digits, short enough to leave room for the execution's own."""
    if item.tag is not None and not (item.tag.isascii() and item.tag.isalnum() and len(item.tag) <= OWN_TAG_LENGTH):
        yield Problem("tag_not_plain", "tag", {"most": str(OWN_TAG_LENGTH)})


def _amount(name: str, amount: Decimal) -> Iterator[Problem]:
    if amount <= 0:
        yield Problem(f"{name}_not_positive", name)
    elif amount > MAX_PRICE:
        yield Problem("too_large", name)


BASKET = "Kite Connect documentation, Offsite order execution"
ORDERS = "Kite Connect documentation, Orders"

RULES = (
    Rule(tradingsymbol_is_given, frozenset({"tradingsymbol"}), BASKET),
    Rule(tradingsymbol_is_known, frozenset({"tradingsymbol", "exchange"}), "Kite Connect documentation, Instruments"),
    Rule(index_is_not_ordered, frozenset({"tradingsymbol", "exchange"}), "Kite Connect documentation, Instruments"),
    Rule(quantity_is_positive, frozenset({"quantity"}), BASKET),
    Rule(price_is_given, frozenset({"price", "order_type"}), BASKET),
    Rule(price_is_taken, frozenset({"price", "order_type"}), BASKET),
    Rule(trigger_price_is_given, frozenset({"trigger_price", "order_type", "variety"}), BASKET),
    Rule(trigger_price_is_taken, frozenset({"trigger_price", "order_type", "variety"}), BASKET),
    Rule(disclosed_quantity_is_taken, frozenset({"disclosed_quantity", "exchange"}), BASKET),
    Rule(tag_is_short, frozenset({"tag"}), ORDERS),
)
"""Every rule, in the order in which its problems are told."""
