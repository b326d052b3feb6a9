"""The future of an order, worked out once when it is placed or changed: the statuses it passes, and its
trades.

Times are milliseconds since 1970. A passing status lasts 40 ms, so an unscripted MARKET order is COMPLETE
after less than half a second. The order of statuses is that of the documentation's order history.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from kite.simulator.core.items import Item
from kite.simulator.core.scripted_symbols import Script
from kite.simulator.exchange.prices import Path, crosses, triggers
from kite.simulator.exchange.refusals import Refusal, day_over
from kite.vocabulary import OrderStatus, OrderType, TransactionType, Validity, has_ended

PASSING = 40
FILLS_AFTER = 280
CHANGED_FILLS_AFTER = 100
LAPSES_AFTER = 80
MINUTE = 60_000
AUCTION, TTL = "auction", "TTL"


@dataclass(frozen=True)
class Terms:
    """What an order asks for, and the paise of margin that it blocks while it stands."""

    item: Item
    margin: int


@dataclass(frozen=True)
class Case:
    """What an order's future hangs on. It `begins` at one moment and leaves the book `until` another.

    At `closes` the exchange cancels what is left of it; without hours that is `until`.
    """

    path: Path
    script: Script | None
    begins: int
    until: int
    closes: int


@dataclass(frozen=True)
class FilledSoFar:
    """What was filled so far: a quantity, and the rupees that it came to."""

    quantity: int = 0
    paid: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal:
        """The average price."""
        return (
            (self.paid / self.quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            if self.quantity
            else Decimal(0)
        )


@dataclass(frozen=True)
class Fill:
    """A part of the quantity traded at one price."""

    at: int
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class StatusStep:
    """An order's status from `at` on, with its terms then.

    `refusal` comes with REJECTED, or with a modification refused.
    """

    at: int
    status: str
    terms: Terms
    done: FilledSoFar = FilledSoFar()
    refusal: Refusal | None = None
    modified: bool = False


Plan = tuple[list[StatusStep], list[Fill]]


def beginning(case: Case, terms: Terms, refused: Refusal | None) -> Plan:
    """Return every step of an order that begins, oldest first, and the trades that belong to them."""
    names = [OrderStatus.PUT_ORDER_REQ_RECEIVED, OrderStatus.VALIDATION_PENDING, OrderStatus.OPEN_PENDING]
    steps = [StatusStep(case.begins + number * PASSING, name, terms) for number, name in enumerate(names)]
    if refused:
        return [
            *steps[:2],
            StatusStep(steps[2].at, OrderStatus.REJECTED, replace(terms, margin=0), refusal=refused),
        ], []
    opens = case.begins + len(steps) * PASSING
    waits = triggered_at(case, terms.item, opens) != opens
    steps.append(StatusStep(opens, OrderStatus.TRIGGER_PENDING if waits else OrderStatus.OPEN, terms))
    later, fills = working(case, steps[-1], FILLS_AFTER)
    return [*steps, *later], fills


def working(case: Case, standing: StatusStep, delay: int) -> Plan:
    """Return what follows for an order that is OPEN or TRIGGER PENDING; what it fills at once, it fills after
    `delay`.
    """
    terms, opens, steps = standing.terms, standing.at, []
    if standing.status == OrderStatus.TRIGGER_PENDING:
        triggered = triggered_at(case, terms.item, opens)
        if triggered is None:
            return _lapsed(case, standing), []
        opens = triggered
        steps.append(replace(standing, at=opens, status=OrderStatus.OPEN, refusal=None))
    lapses = _lapses_at(case, terms.item, opens)
    fills = [fill for fill in _fills(case, terms.item, standing.done, opens, delay) if fill.at < lapses]
    steps += _filled(steps[-1] if steps else standing, fills)
    ending = steps[-1] if steps else standing
    if not has_ended(ending.status) and lapses < case.until:
        steps.append(_cancelled(case, ending, lapses))
    return steps, fills


def modification(standing: StatusStep, changed: Terms, waits: bool) -> list[StatusStep]:
    """Return the steps of a modification: two that pass, and the order with its new terms.

    MODIFIED stands in the history alone, as documented: in the same moment the order has its new terms.
    """
    names = (OrderStatus.MODIFY_VALIDATION_PENDING, OrderStatus.MODIFY_PENDING, OrderStatus.MODIFIED)
    steps = [
        replace(standing, at=standing.at + number * PASSING, status=name, refusal=None)
        for number, name in enumerate(names)
    ]
    status = standing.status
    if status in (OrderStatus.OPEN, OrderStatus.TRIGGER_PENDING):
        status = OrderStatus.TRIGGER_PENDING if waits else OrderStatus.OPEN
    return [*steps, replace(steps[-1], status=status, terms=changed, modified=True)]


def refused_modification(standing: StatusStep, refused: Refusal) -> list[StatusStep]:
    """Return the steps of a modification that the order system refuses: the order stands as before, with the
    reason.
    """
    names = (OrderStatus.MODIFY_VALIDATION_PENDING, standing.status)
    steps = [
        replace(standing, at=standing.at + number * PASSING, status=name, refusal=None)
        for number, name in enumerate(names)
    ]
    return [steps[0], replace(steps[1], refusal=refused)]


def cancellation(standing: StatusStep) -> list[StatusStep]:
    """Return the steps of a cancellation."""
    pending = replace(standing, status=OrderStatus.CANCEL_PENDING, refusal=None)
    return [pending, replace(pending, at=pending.at + PASSING, status=OrderStatus.CANCELLED)]


def triggered_at(case: Case, item: Item, begins: int) -> int | None:
    """Return when an order is at the market: at once, unless it is a stop. None is never, on this day."""
    if case.script or item.order_type not in (OrderType.SL, OrderType.SL_M):
        return begins
    return case.path.first(begins, case.closes, triggers(item.transaction_type, item.trigger_price))


def _lapsed(case: Case, standing: StatusStep) -> list[StatusStep]:
    lapses = _lapses_at(
        case, replace(standing.terms.item, validity=_waiting(standing.terms.item)), standing.at
    )
    return [_cancelled(case, standing, lapses)] if lapses < case.until else []


def _cancelled(case: Case, standing: StatusStep, lapses: int) -> StatusStep:
    """Return the end of what lapses. What the close of the market ended says so, all else has no words."""
    words = day_over(standing.terms.item) if lapses == case.closes else None
    return replace(standing, at=max(lapses, standing.at), status=OrderStatus.CANCELLED, refusal=words)


def _waiting(item: Item) -> str:
    """Now or never counts from the moment at which a stop is set off."""
    return Validity.DAY if item.validity == Validity.IOC else item.validity


def _lapses_at(case: Case, item: Item, opens: int) -> int:
    """Return when what is left of an order is cancelled: by itself, or when the market closes."""
    own = case.closes
    if case.script:
        own = (
            case.closes if case.script.cancelled_after is None else case.begins + case.script.cancelled_after
        )
    elif item.validity == TTL:
        own = case.begins + item.validity_ttl * MINUTE
    elif item.validity == Validity.IOC:
        own = opens + LAPSES_AFTER
    return min(own, case.closes)


def _fills(case: Case, item: Item, done: FilledSoFar, opens: int, delay: int) -> Iterator[Fill]:
    if case.script:
        yield from _scripted(case, case.script, item, done, opens)
    elif item.variety != AUCTION:
        at = (
            case.path.first(opens, case.closes, crosses(item.transaction_type, item.price))
            if item.takes_price
            else opens
        )
        if at is not None and (at == opens or item.validity != Validity.IOC):
            at = opens + PASSING if item.validity == Validity.IOC else max(at, opens + delay)
            yield Fill(at, item.quantity - done.quantity, _price(case, item, at))


def _scripted(case: Case, script: Script, item: Item, done: FilledSoFar, opens: int) -> Iterator[Fill]:
    filled = done.quantity
    for after, share in script.fills:
        upto = item.quantity * share // 100
        if upto > filled:
            at = max(case.begins + after, opens)
            yield Fill(at, upto - filled, _price(case, item, at))
            filled = upto


def _price(case: Case, item: Item, at: int) -> Decimal:
    """Return what a trade is made at: a tick to the market's side of its price, and never worse than a limit
    allows.
    """
    buying = item.transaction_type == TransactionType.BUY
    tick = case.path.instrument.tick_size
    price = max(case.path.at(at) + (tick if buying else -tick), tick)
    if not item.takes_price or not item.price:
        return price
    return min(price, item.price) if buying else max(price, item.price)


def _filled(standing: StatusStep, fills: list[Fill]) -> Iterator[StatusStep]:
    done = standing.done
    for fill in fills:
        done = FilledSoFar(done.quantity + fill.quantity, done.paid + fill.quantity * fill.price)
        whole = done.quantity == standing.terms.item.quantity
        yield replace(
            standing,
            at=fill.at,
            status=OrderStatus.COMPLETE if whole else OrderStatus.OPEN,
            done=done,
            refusal=None,
        )
