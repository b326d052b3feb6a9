"""Rules that need the day's instruments file: the contract has not expired, the quantity is in
whole lots, prices are on the tick.

Each is silent while the instrument is not known or a value is out of all bounds: another rule
reports that. The exchanges enforce these steps; the file has them per instrument (Kite Connect
documentation, "Market quotes and instruments").
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, localcontext

from kite.basket.fields import takes_price, takes_trigger
from kite.basket.items import MAX_PRICE, MAX_QUANTITY, Instrument, Item
from kite.basket.problem import Fix, Problem
from kite.vocabulary import IST

_EXACT = 60
"""Digits of a calculation: more than any price that fits a rule has."""

_ROUNDING_ERROR = Decimal("0.0001")
"""Parts of a step: whoever misses a step by less has calculated in binary."""


def contract_lives(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A contract trades up to and on the day of its expiry.

    The list of instruments can be a day or two old.
    """
    if instrument is None or instrument.expiry is None:
        return
    if instrument.expiry < now.astimezone(IST).date():
        params = {
            "tradingsymbol": instrument.tradingsymbol,
            "exchange": instrument.exchange,
            "expiry": instrument.expiry.isoformat(),
        }
        yield Problem("contract_expired", "tradingsymbol", params)


def quantity_is_in_whole_lots(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The quantity is a multiple of the lot: units on NFO and BFO, contracts where a lot is one,
    shares by the piece.
    """
    if instrument is None or instrument.lot_size < 2 or not 1 <= item.quantity <= MAX_QUANTITY:
        return
    lot, lots = instrument.lot_size, item.quantity // instrument.lot_size
    if item.quantity % lot:
        around = [count * lot for count in (lots, lots + 1) if 0 < count * lot <= MAX_QUANTITY]
        fixes: tuple[Fix, ...] = tuple({"quantity": str(quantity)} for quantity in around)
        yield Problem("quantity_not_in_lots", "quantity", {"lot": str(lot)}, fixes)


def price_is_on_the_tick(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A price is a whole number of ticks."""
    if takes_price(item.order_type):
        yield from _on_the_tick("price", item.price, instrument)


def trigger_price_is_on_the_tick(
    item: Item, instrument: Instrument | None, now: datetime
) -> Iterator[Problem]:
    """A trigger price is a whole number of ticks."""
    if takes_trigger(item.order_type, item.variety):
        yield from _on_the_tick("trigger_price", item.trigger_price, instrument)


def has_ticks(instrument: Instrument | None) -> bool:
    """Whether the step of an instrument's prices is known: an index has none."""
    return instrument is not None and instrument.tick_size > 0


def _on_the_tick(name: str, amount: Decimal | None, instrument: Instrument | None) -> Iterator[Problem]:
    """Offer the prices on both sides of one that lies between two."""
    if instrument is None or not has_ticks(instrument) or amount is None or not 0 < amount <= MAX_PRICE:
        return
    if around := steps_around(amount, instrument.tick_size):
        tick = f"{instrument.tick_size.normalize():f}"
        yield Problem(
            "not_on_tick", name, {"tick": tick}, tuple({name: f"{price.normalize():f}"} for price in around)
        )


def steps_around(amount: Decimal, step: Decimal) -> list[Decimal]:
    """Return the whole numbers of steps on both sides of an amount, none for one that is such a
    number itself.

    For an amount that misses one by next to nothing only that one is returned: 824.3499999999999 is
    what a program makes of 824.35.
    """
    # Python's usual 28 digits would round a long amount onto a step that it misses.
    with localcontext(prec=_EXACT):
        below = amount // step * step
        if below == amount:
            return []
        around = [price for price in (below, below + step) if 0 < price <= MAX_PRICE]
        nearest = [price for price in around if abs(price - amount) < step * _ROUNDING_ERROR]
    return nearest or around
