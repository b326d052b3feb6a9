"""The future of an order, worked out when it is placed or changed: the statuses it will pass, and
its trades.

Times are milliseconds since 1970. The order of statuses is that of the documentation's order
history.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from kite.simulator.core.items import Item
from kite.simulator.core.scripted_symbols import Script
from kite.simulator.exchange.prices import Path, crosses, triggers
from kite.simulator.exchange.refusals import Refusal, cancelled_at_close
from kite.vocabulary import OrderStatus, OrderType, TransactionType, Validity, has_ended

# milliseconds: short, so that a MARKET order is COMPLETE within half a second, and long enough to
# be polled
PASSING = 40
FILLS_AFTER = 280
CHANGED_FILLS_AFTER = 100
LAPSES_AFTER = 80
MINUTE = 60_000
AUCTION, TTL = "auction", "TTL"


@dataclass(frozen=True)
class Terms:
    """What an order asks for, and the paise of margin that it blocks until it ends."""

    item: Item
    margin: int


@dataclass(frozen=True)
class Case:
    """What an order's future depends on.

    It `begins` at one moment and is in the book `until` another.

    At `closes` the exchange cancels what is left of it; without the market's hours that is `until`.
    """

    path: Path
    script: Script | None
    begins: int
    until: int
    closes: int


@dataclass(frozen=True)
class FilledSoFar:
    """How much of an order is filled so far: a quantity, and its value in rupees."""

    quantity: int = 0
    paid: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal:
        """The average price, or 0 when nothing is filled."""
        if not self.quantity:
            return Decimal(0)
        return (self.paid / self.quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Fill:
    """A trade: a part of the quantity at one price."""

    at: int
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class StatusStep:
    """An order's status from `at` on, with its terms from then on.

    `refusal` comes with REJECTED, or with a modification that was refused.
    """

    at: int
    status: str
    terms: Terms
    filled: FilledSoFar = FilledSoFar()
    refusal: Refusal | None = None
    modified: bool = False


Plan = tuple[list[StatusStep], list[Fill]]


def plan_new_order(case: Case, terms: Terms, refusal: Refusal | None) -> Plan:
    """Return every step of an order that begins, oldest first, and its trades."""
    names = [OrderStatus.PUT_ORDER_REQ_RECEIVED, OrderStatus.VALIDATION_PENDING, OrderStatus.OPEN_PENDING]
    steps = [StatusStep(case.begins + number * PASSING, name, terms) for number, name in enumerate(names)]
    if refusal:
        rejected = StatusStep(steps[2].at, OrderStatus.REJECTED, replace(terms, margin=0), refusal=refusal)
        return [*steps[:2], rejected], []
    opens = case.begins + len(steps) * PASSING
    steps.append(StatusStep(opens, _working_status(triggered_at(case, terms.item, opens) != opens), terms))
    later, fills = plan_working_order(case, steps[-1], FILLS_AFTER)
    return [*steps, *later], fills


def plan_working_order(case: Case, current: StatusStep, delay: int) -> Plan:
    """Return what follows for an order that is OPEN or TRIGGER PENDING.

    What could fill at once fills after `delay`.
    """
    item, opens, steps = current.terms.item, current.at, [current]
    if current.status == OrderStatus.TRIGGER_PENDING:
        triggered = triggered_at(case, item, opens)
        if triggered is None:
            return _lapse_untriggered(case, current), []
        opens = triggered
        steps.append(replace(current, at=opens, status=OrderStatus.OPEN, refusal=None))
    lapses = _lapses_at(case, item, opens)
    fills = [fill for fill in _fills(case, item, current.filled, opens, delay) if fill.at < lapses]
    steps += _fill_steps(steps[-1], fills)
    if not has_ended(steps[-1].status) and lapses < case.until:
        steps.append(_cancelled_step(case, steps[-1], lapses))
    return steps[1:], fills


def modification(current: StatusStep, terms: Terms, waits: bool) -> list[StatusStep]:
    """Return the steps of a modification to new `terms`; `waits` for one that is a stop from then
    on.
    """
    # MODIFIED is in the history and nowhere else, as documented: at the same moment the order has
    # its new terms
    names = (OrderStatus.MODIFY_VALIDATION_PENDING, OrderStatus.MODIFY_PENDING, OrderStatus.MODIFIED)
    steps = _passing_steps(current, names)
    status = current.status
    if status in (OrderStatus.OPEN, OrderStatus.TRIGGER_PENDING):
        status = _working_status(waits)
    return [*steps, replace(steps[-1], status=status, terms=terms, modified=True)]


def refused_modification(current: StatusStep, refusal: Refusal) -> list[StatusStep]:
    """Return the steps of a modification that is refused: the order goes on unchanged, with the
    reason.
    """
    pending, unchanged = _passing_steps(current, (OrderStatus.MODIFY_VALIDATION_PENDING, current.status))
    return [pending, replace(unchanged, refusal=refusal)]


def cancellation(current: StatusStep) -> list[StatusStep]:
    """Return the steps of a cancellation."""
    return _passing_steps(current, (OrderStatus.CANCEL_PENDING, OrderStatus.CANCELLED))


def triggered_at(case: Case, item: Item, begins: int) -> int | None:
    """Return when an order reaches the market: at once, unless it is a stop.

    None means never on this day.
    """
    if case.script or item.order_type not in (OrderType.SL, OrderType.SL_M):
        return begins
    return case.path.first(begins, case.closes, triggers(item.transaction_type, item.trigger_price))


def _working_status(waits: bool) -> OrderStatus:
    return OrderStatus.TRIGGER_PENDING if waits else OrderStatus.OPEN


def _passing_steps(current: StatusStep, statuses: Iterable[str]) -> list[StatusStep]:
    return [
        replace(current, at=current.at + number * PASSING, status=status, refusal=None)
        for number, status in enumerate(statuses)
    ]


def _lapse_untriggered(case: Case, current: StatusStep) -> list[StatusStep]:
    """Return the end of a stop that is never triggered, or nothing when it stays until it leaves
    the book.
    """
    item = current.terms.item
    # "immediate" begins when the stop is triggered, so until then it waits.
    if item.validity == Validity.IOC:
        item = replace(item, validity=Validity.DAY)
    lapses = _lapses_at(case, item, current.at)
    return [_cancelled_step(case, current, lapses)] if lapses < case.until else []


def _cancelled_step(case: Case, current: StatusStep, lapses: int) -> StatusStep:
    # a person who reads the book asks why an order ended in the evening; for other reasons the
    # terms say it
    message = cancelled_at_close(current.terms.item) if lapses == case.closes else None
    return replace(current, at=max(lapses, current.at), status=OrderStatus.CANCELLED, refusal=message)


def _lapses_at(case: Case, item: Item, opens: int) -> int:
    """Return when what is left of an order is cancelled: by its own terms, or when the market
    closes.
    """
    own = case.closes
    if case.script:
        if case.script.cancelled_after is not None:
            own = case.begins + case.script.cancelled_after
    elif item.validity == TTL:
        own = case.begins + item.validity_ttl * MINUTE
    elif item.validity == Validity.IOC:
        own = opens + LAPSES_AFTER
    return min(own, case.closes)


def _fills(case: Case, item: Item, before: FilledSoFar, opens: int, delay: int) -> Iterator[Fill]:
    if case.script:
        yield from _scripted_fills(case, case.script, item, before, opens)
        return
    # The exchange decides auctions apart from its market: the order stays OPEN.
    if item.variety == AUCTION:
        return
    at: int | None = opens
    if item.takes_price:
        at = case.path.first(opens, case.closes, crosses(item.transaction_type, item.price))
    if at is None or (at != opens and item.validity == Validity.IOC):
        return
    at = max(at, opens + delay)
    if item.validity == Validity.IOC:  # before the rest of it lapses
        at = opens + PASSING
    yield Fill(at, item.quantity - before.quantity, _price(case, item, at))


def _scripted_fills(
    case: Case, script: Script, item: Item, before: FilledSoFar, opens: int
) -> Iterator[Fill]:
    filled = before.quantity
    for after, share in script.fills:
        upto = item.quantity * share // 100
        if upto > filled:
            at = max(case.begins + after, opens)
            yield Fill(at, upto - filled, _price(case, item, at))
            filled = upto


def _price(case: Case, item: Item, at: int) -> Decimal:
    """Return the price of a trade: a tick worse than the market's, as for a spread, but within a
    limit.
    """
    tick, price = case.path.instrument.tick_size, case.path.at(at)
    limited = item.takes_price and item.price
    if item.transaction_type == TransactionType.BUY:
        price += tick
        return min(price, item.price) if limited else price
    price = max(price - tick, tick)
    return max(price, item.price) if limited else price


def _fill_steps(current: StatusStep, fills: list[Fill]) -> Iterator[StatusStep]:
    filled = current.filled
    for fill in fills:
        filled = FilledSoFar(filled.quantity + fill.quantity, filled.paid + fill.quantity * fill.price)
        complete = filled.quantity == current.terms.item.quantity
        status = OrderStatus.COMPLETE if complete else OrderStatus.OPEN
        yield replace(current, at=fill.at, status=status, filled=filled, refusal=None)
