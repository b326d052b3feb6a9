"""Rules for one field of an order by itself, or for a price beside the order type that takes it.

Whether an item is right beside its instrument, `listing_rules` says; what fits together in one
order, `combination_rules`.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from kite.basket.checking import listing_rules
from kite.basket.fields import takes_price, takes_trigger
from kite.basket.items import MAX_PRICE, MAX_QUANTITY, OWN_TAG_LENGTH, Instrument, Item
from kite.basket.problem import Fix, Problem
from kite.vocabulary import Exchange, OrderType, Variety
from kite.vocabulary.order_types import with_price, with_trigger


def price_code(order_type: OrderType) -> str:
    """Return the code for an order of this type without the price that it takes, or with one that it
    does not take.
    """
    return f"{order_type.name.lower()}_{'needs' if takes_price(order_type) else 'takes_no'}_price"


def trigger_code(order_type: OrderType) -> str:
    """Return the code for an order of this type without the trigger that it takes, or with one that
    it does not take.
    """
    takes = order_type.facts.takes_trigger
    return f"{order_type.name.lower()}_{'needs' if takes else 'takes_no'}_trigger"


def tradingsymbol_is_given(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An order names its instrument."""
    if not item.tradingsymbol:
        yield Problem("tradingsymbol_missing", "tradingsymbol")


def tradingsymbol_is_known(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The symbol is in the day's instruments file, spelled exactly so: Kite silently drops every
    other one.
    """
    if item.tradingsymbol and instrument is None:
        yield Problem(
            "tradingsymbol_unknown",
            "tradingsymbol",
            {"tradingsymbol": item.tradingsymbol, "exchange": item.exchange},
        )


def index_is_not_ordered(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An index is in the instruments file for its quotes; it cannot be bought or sold."""
    if instrument is not None and instrument.segment == "INDICES":
        yield Problem("index_not_traded", "tradingsymbol", {"tradingsymbol": item.tradingsymbol})


def quantity_is_positive(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The quantity is a whole number, 1 or more."""
    if item.quantity < 1:
        yield Problem("quantity_not_positive", "quantity")
    elif item.quantity > MAX_QUANTITY:
        yield Problem("too_large", "quantity")


def price_is_given(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An order of a type that takes a price has one above 0."""
    if not takes_price(item.order_type):
        return
    if item.price is not None:
        yield from _amount_problems("price", item.price)
    else:
        yield Problem(price_code(item.order_type), "price")


def price_is_taken(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An order of any other type has no price. One that was typed is refused and not dropped: the
    person meant something by it.
    """
    if item.price is None or takes_price(item.order_type):
        return
    fixes = ({"price": ""}, *_made_into(with_price(item.order_type)))
    yield Problem(price_code(item.order_type), "price", fixes=fixes)


def price_has_few_decimals(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A price has no more decimals than its exchange.

    Where the tick is known, it says more.
    """
    if takes_price(item.order_type) and not listing_rules.has_ticks(instrument):
        yield from _decimals_problems("price", item.price, item.exchange)


def trigger_price_is_given(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An order of a type that takes a trigger and every cover order has one above 0."""
    if not takes_trigger(item.order_type, item.variety):
        return
    if item.trigger_price is not None:
        yield from _amount_problems("trigger_price", item.trigger_price)
    elif item.variety is Variety.CO:
        yield Problem("co_needs_trigger", "trigger_price")
    else:
        yield Problem(trigger_code(item.order_type), "trigger_price")


def trigger_price_is_taken(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An order of any other type that is no cover order has no trigger price."""
    if item.trigger_price is None or takes_trigger(item.order_type, item.variety):
        return
    fixes = ({"trigger_price": ""}, *_made_into(with_trigger(item.order_type)))
    yield Problem(trigger_code(item.order_type), "trigger_price", fixes=fixes)


def trigger_price_has_few_decimals(
    item: Item, instrument: Instrument | None, now: datetime
) -> Iterator[Problem]:
    """A trigger price has no more decimals than its exchange.

    Where the tick is known, it says more.
    """
    if takes_trigger(item.order_type, item.variety) and not listing_rules.has_ticks(instrument):
        yield from _decimals_problems("trigger_price", item.trigger_price, item.exchange)


def tag_is_short(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A tag is of letters and digits, short enough to leave room for the execution's own."""
    if item.tag is None or (item.tag.isascii() and item.tag.isalnum() and len(item.tag) <= OWN_TAG_LENGTH):
        return
    # What is pasted into the field may be megabytes long; the letters of a tag come first.
    letters = [letter for letter in item.tag[:1000] if letter.isascii() and letter.isalnum()]
    plain = "".join(letters[:OWN_TAG_LENGTH])
    yield Problem("tag_not_plain", "tag", {"most": str(OWN_TAG_LENGTH)}, ({"tag": plain},))


def _made_into(order_type: OrderType | None) -> tuple[Fix, ...]:
    """Return the fix that makes an order one of this type, none where there is no such type."""
    return ({"order_type": order_type.value},) if order_type else ()


def _amount_problems(name: str, amount: Decimal) -> Iterator[Problem]:
    if amount <= 0:
        yield Problem(f"{name}_not_positive", name)
    elif amount > MAX_PRICE:
        yield Problem("too_large", name)


def _decimals_problems(name: str, amount: Decimal | None, exchange: Exchange) -> Iterator[Problem]:
    """Offer the amounts on both sides of one that is written too finely."""
    if amount is None or not 0 < amount <= MAX_PRICE:
        return
    most = exchange.facts.decimals
    if around := listing_rules.steps_around(amount, Decimal(1).scaleb(-most)):
        yield Problem(
            "too_many_decimals", name, {"most": str(most)}, tuple({name: f"{price:f}"} for price in around)
        )
