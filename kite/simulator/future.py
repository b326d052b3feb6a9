"""The future of an order, worked out once when it is placed: the statuses it passes, and its trades.

Times are milliseconds after the order begins. A passing status lasts 40 ms, so an unscripted MARKET order is COMPLETE
after less than half a second. The order of statuses is that of the documentation's order history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kite.simulator.items import Item
from kite.simulator.market import Instrument
from kite.simulator.refusals import Refusal
from kite.simulator.scripts import Script
from kite.vocabulary import OrderStatus, OrderType, TransactionType, Validity, Variety

PASSING = 40
FILLED_AFTER = 400
LAPSES_AFTER = 200


@dataclass(frozen=True)
class Fill:
    """A part of the quantity traded at one price."""

    after: int
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class Step:
    """An order's status from `after` on. `average` is the price of what is `filled`; `refusal` comes with REJECTED."""

    after: int
    status: str
    filled: int = 0
    average: Decimal = Decimal(0)
    refusal: Refusal | None = None


def future(item: Item, instrument: Instrument, script: Script | None, refused: Refusal | None) -> tuple[list[Step], list[Fill]]:
    """Return every step of an order that begins now, oldest first, and the trades that belong to them."""
    steps = [Step(0, OrderStatus.PUT_ORDER_REQ_RECEIVED), Step(PASSING, OrderStatus.VALIDATION_PENDING)]
    if refused:
        return [*steps, Step(2 * PASSING, OrderStatus.REJECTED, refusal=refused)], []
    steps.append(Step(2 * PASSING, OrderStatus.OPEN_PENDING))
    if not script and _waits_for_trigger(item, instrument):
        return [*steps, Step(3 * PASSING, OrderStatus.TRIGGER_PENDING)], []
    fills = list(_fills(item, instrument, script))
    steps.append(Step(3 * PASSING, OrderStatus.OPEN))
    steps += _filled(item, fills)
    done = steps[-1]
    cancelled_after = script.cancelled_after if script else LAPSES_AFTER if item.validity == Validity.IOC else None
    if cancelled_after is not None and done.filled < item.quantity:
        steps.append(Step(cancelled_after, OrderStatus.CANCELLED, done.filled, done.average))
    return steps, fills


def waiting_leg() -> list[Step]:
    """Return the steps of a cover order's second leg: it waits for its trigger."""
    names = (OrderStatus.PUT_ORDER_REQ_RECEIVED, OrderStatus.VALIDATION_PENDING, OrderStatus.OPEN_PENDING, OrderStatus.TRIGGER_PENDING)
    return [Step(number * PASSING, name) for number, name in enumerate(names)]


def _waits_for_trigger(item: Item, instrument: Instrument) -> bool:
    return item.variety != Variety.CO and item.takes_trigger and not instrument.triggered(item.transaction_type, item.trigger_price)


def _fills(item: Item, instrument: Instrument, script: Script | None) -> Iterator[Fill]:
    price = _price(item, instrument)
    if script:
        done = 0
        for after, share in script.fills:
            upto = item.quantity * share // 100
            if upto > done:
                yield Fill(after, upto - done, price)
            done = upto
    elif not item.takes_price or instrument.crosses(item.transaction_type, item.price):
        yield Fill(FILLED_AFTER, item.quantity, price)


def _price(item: Item, instrument: Instrument) -> Decimal:
    """Return what a trade is made at: the market's price, and never a worse one than a limit allows."""
    price = instrument.market_price(item.transaction_type)
    if item.order_type not in (OrderType.LIMIT, OrderType.SL) or not item.price:
        return price
    return min(price, item.price) if item.transaction_type == TransactionType.BUY else max(price, item.price)


def _filled(item: Item, fills: list[Fill]) -> Iterator[Step]:
    filled, paid = 0, Decimal(0)
    for fill in fills:
        filled += fill.quantity
        paid += fill.quantity * fill.price
        average = (paid / filled).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        yield Step(fill.after, OrderStatus.COMPLETE if filled == item.quantity else OrderStatus.OPEN, filled, average)
