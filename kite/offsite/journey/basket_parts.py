"""Sequence: in which order the parts of a basket go to Kite, what a part waits for, and what its person
answered.

A part waits until the one before it came back from Kite. When the sells go first, a part that buys also waits
until every sell is filled: only then is their money there. The person may go on anyway, or stop; both are
recorded.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kite.basket.batches import sells
from kite.basket.items import Item
from kite.offsite.base import receipt_loading
from kite.offsite.base.receipt import Receipt
from kite.offsite.base.services import Services
from kite.offsite.journey import access
from kite.offsite.journey.access import Role, role_of
from kite.store.base.engine import Connection
from kite.store.flow import events, executions
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.vocabulary import EventCause, Mode, State

BACK = frozenset({State.RETURNED, State.SETTLED})
REPLACED = frozenset({State.PREPARED, State.CANCELLED})
"""States in which a part can have been sent as another execution instead: that one then counts."""


class WaitReason(StrEnum):
    """What a part waits for.

    Hidden: this visit may not see the sells. Unseen: a publisher key shows nobody any order.
    """

    STOPPED = "stopped"
    NOT_SENT = "not_sent"
    AT_KITE = "at_kite"
    NOT_KNOWN = "not_known"
    CANCELLED = "cancelled"
    SELLS = "sells"
    HIDDEN = "hidden"
    UNSEEN = "unseen"


BY_STATE = {
    State.PREPARED: WaitReason.NOT_SENT,
    State.HANDED_OFF: WaitReason.AT_KITE,
    State.UNKNOWN: WaitReason.NOT_KNOWN,
    State.CANCELLED: WaitReason.CANCELLED,
}


class PartAnswer(StrEnum):
    """What a person says to a part that waits."""

    GO_ON = "go_on"
    STOP = "stop"
    TAKE_UP = "take_up"


@dataclass(frozen=True)
class Sell:
    """What was to be sold of an instrument and how much of it is."""

    exchange: str
    tradingsymbol: str
    wanted: int
    filled: int


@dataclass(frozen=True)
class PartWait:
    """Why a part waits, and for which earlier one. `sells` are those not filled yet."""

    why: WaitReason
    part: Execution
    sells: tuple[Sell, ...] = ()


@dataclass(frozen=True)
class PartsState:
    """How the parts of a basket stand, as one visit may see it.

    `part` is the one that was asked about, or in whose place that one was sent again. `done` are the ids of
    those that came back, themselves or as what was sent in their place. `receipts` are those of parts that
    came back and are the visit's own, by id. `waits` are the parts that were not sent and may not be yet, by
    id. `tries` are a part and everything that was sent again in its place, by the part's id.
    """

    basket: tuple[Execution, ...]
    part: Execution
    done: frozenset[str]
    sells_first: bool
    stopped_at: datetime | None
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    waits: Mapping[str, PartWait] = field(default_factory=dict)
    tries: Mapping[str, Sequence[Execution]] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far a basket in parts is, whoever asks.

    `tries` are a part and everything that was sent again in its place, by the part's id.
    """

    basket: tuple[Execution, ...]
    tries: Mapping[str, Sequence[Execution]]
    stopped: bool


@dataclass(frozen=True)
class _StoredBasket:
    """What is stored of a basket.

    `families` are a part and everything that was sent again in its place, by the part's id.
    """

    basket: tuple[Execution, ...]
    events: Mapping[str, Sequence[Event]]
    families: Mapping[str, Sequence[Execution]]
    proved: frozenset[str]

    @property
    def sells_first(self) -> bool:
        return any(event.cause == EventCause.SELLS_FIRST for event in self._of_basket)

    @property
    def stops(self) -> list[Event]:
        """Every stop and every taking up, oldest first."""
        return [
            event for event in self._of_basket if event.cause in (EventCause.STOPPED, EventCause.TAKEN_UP)
        ]

    @property
    def _of_basket(self) -> Sequence[Event]:
        """What concerns the whole basket is recorded for its first part."""
        return self.events.get(self.basket[0].basket_id, ())

    @property
    def stopped_at(self) -> datetime | None:
        """When the person stopped, None when they did not or took the basket up again."""
        return self.stops[-1].at if self.stops and self.stops[-1].cause == EventCause.STOPPED else None

    def went_on(self, part: Execution) -> bool:
        """Whether the person said to go on with this part, and has not stopped since."""
        stopped = max((event.at for event in self.stops if event.cause == EventCause.STOPPED), default=None)
        return any(
            event.cause == EventCause.WENT_ON and (stopped is None or event.at > stopped)
            for event in self.events[part.id]
        )


def parts_state(services: Services, execution: Execution, visit_id: str) -> PartsState | None:
    """Say from what is stored how the basket stands of which `execution` is a part; None when it went to Kite
    as a whole.
    """
    if execution.parts == 1 and not execution.parent_id:
        return None
    with services.store.reading() as conn:
        part = _part(conn, execution)
        if part is None:
            return None
        told = _told(conn, part, visit_id)
        family = [each for family in told.families.values() for each in family]
        receipts = receipt_loading.read_receipts(
            conn,
            [
                each
                for each in family
                if each.state in BACK and role_of(each, visit_id, told.proved) is Role.OWNER
            ],
        )
    waits = {
        each.id: found
        for each in told.basket
        if each.state is State.PREPARED and (found := _waits(told, receipts, each))
    }
    done = frozenset(each.id for each in told.basket if _back(told, each) is None)
    return PartsState(
        told.basket, part, done, told.sells_first, told.stopped_at, receipts, waits, told.families
    )


def basket_progress(services: Services, execution: Execution) -> Progress | None:
    """Say how far the basket is of which `execution` is a part, or was sent in place of one; None when it
    went to Kite as a whole.
    """
    if execution.parts == 1 and not execution.parent_id:
        return None
    with services.store.reading() as conn:
        part = _part(conn, execution)
        told = _told(conn, part, execution.visit_id) if part else None
    return Progress(told.basket, told.families, told.stopped_at is not None) if told else None


def refreshed_parts_state(services: Services, execution: Execution, visit_id: str) -> PartsState | None:
    """Say how the basket stands; what `execution` waits for is read from Kite first, as far as this visit
    may.
    """
    standing = parts_state(services, execution, visit_id)
    waits = standing.waits.get(execution.id) if standing else None
    if waits is None or waits.why in (
        WaitReason.STOPPED,
        WaitReason.NOT_SENT,
        WaitReason.HIDDEN,
        WaitReason.UNSEEN,
    ):
        return standing
    with services.store.reading() as conn:
        family = list(_family(conn, waits.part))
    for each in family:
        access.view_execution(services, visit_id, each.id)
    return parts_state(services, execution, visit_id)


def record_answer(services: Services, execution: Execution, visit_id: str, said: PartAnswer) -> bool:
    """Record what the person says to a part that waits, once for any number of presses; False when it is not
    theirs to say.
    """
    with services.store.writing() as conn:
        for each in executions.parts(conn, execution.basket_id):
            executions.touch(
                conn, each.id
            )  # news for every receipt of the basket; of two presses the second waits here
        told = _told(conn, execution, visit_id)
        current = next(each for each in told.basket if each.id == execution.id)
        if (
            role_of(current, visit_id, told.proved) is not Role.OWNER
            or current.state is not State.PREPARED
            or current.parts == 1
        ):
            return False
        if said is PartAnswer.GO_ON and told.stopped_at is None and not told.went_on(current):
            events.add(conn, Event(services.now(), current.id, None, None, EventCause.WENT_ON, ""))
        elif said is PartAnswer.STOP and told.stopped_at is None:
            events.add(
                conn,
                Event(services.now(), current.basket_id, None, None, EventCause.STOPPED, str(current.part)),
            )
        elif said is PartAnswer.TAKE_UP and told.stopped_at is not None:
            events.add(
                conn,
                Event(services.now(), current.basket_id, None, None, EventCause.TAKEN_UP, str(current.part)),
            )
    return True


def _part(conn: Connection, execution: Execution | None) -> Execution | None:
    """Return the part of a basket that an execution is, or in whose place it was sent again."""
    while execution and execution.parts == 1:
        execution = executions.get(conn, execution.parent_id) if execution.parent_id else None
    return execution


def _told(conn: Connection, execution: Execution, visit_id: str) -> _StoredBasket:
    basket = tuple(executions.parts(conn, execution.basket_id))
    return _StoredBasket(
        basket,
        {each.id: events.of(conn, each.id) for each in basket},
        {each.id: list(_family(conn, each)) for each in basket},
        sessions.proved_users(conn, visit_id),
    )


def _family(conn: Connection, execution: Execution) -> Iterator[Execution]:
    """Yield an execution and everything that was sent again from it."""
    yield execution
    for each in executions.again(conn, execution.id):
        yield from _family(conn, each)


def _waits(told: _StoredBasket, receipts: Mapping[str, Receipt], part: Execution) -> PartWait | None:
    """Say what a part that was not sent waits for: the nearest earlier one that is not done, unless the
    person said to go on.
    """
    earlier = [each for each in told.basket if each.part < part.part]
    if not earlier:
        return None
    if told.stopped_at is not None:
        return PartWait(WaitReason.STOPPED, earlier[-1])
    after_sells = told.sells_first and not all(map(sells, part.items))
    answered = told.went_on(part)
    for each in reversed(earlier):
        if answered:
            return None
        waits = _back(told, each) or (_sold(told, receipts, each) if after_sells else None)
        if waits:
            return waits
        answered = told.went_on(each)  # what lies before that part was answered then
    return None


def _back(told: _StoredBasket, part: Execution) -> PartWait | None:
    """Say what keeps an earlier part from having come back, itself or as what was sent in its place."""
    again = told.families[part.id][1:]
    if part.state in BACK or (part.state in REPLACED and any(each.state in BACK for each in again)):
        return None
    return PartWait(BY_STATE[part.state], part)


def _sold(told: _StoredBasket, receipts: Mapping[str, Receipt], part: Execution) -> PartWait | None:
    """Say which sells of an earlier part are not filled, what was sent again for them included."""
    back = [each for each in told.families[part.id] if each.state in BACK]
    if not any(map(sells, part.items)):
        return None
    if part.mode is Mode.PUBLISHER:
        return PartWait(WaitReason.UNSEEN, part)
    if any(each.id not in receipts for each in back):
        return PartWait(WaitReason.HIDDEN, part)
    wanted, filled = _wanted(part, receipts.get(part.id)), Counter[tuple[str, str]]()
    for result in (result for each in back for result in receipts[each.id].items if sells(result.item)):
        filled[_name(result.item)] += result.filled_quantity
    short = tuple(Sell(*name, wanted[name], filled[name]) for name in wanted if filled[name] < wanted[name])
    return PartWait(WaitReason.SELLS, part, short) if short else None


def _wanted(part: Execution, receipt: Receipt | None) -> Counter[tuple[str, str]]:
    """Return how much a part was to sell of every instrument, as the person last set it at Kite."""
    wanted = Counter({_name(item): 0 for item in part.items if sells(item)})
    known = (
        {result.number: result.quantity for result in receipt.items if not result.twice} if receipt else {}
    )
    for number, item in enumerate(part.items):
        if sells(item):
            wanted[_name(item)] += known.get(number, item.quantity)
    return wanted


def _name(item: Item) -> tuple[str, str]:
    return str(item.exchange), item.tradingsymbol
