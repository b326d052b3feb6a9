"""What a part of a basket waits for, judged from what is stored of the basket.

It asks and stores nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kite.basket.batches import sells
from kite.basket.items import Item
from kite.offsite.base.receipt import Receipt
from kite.offsite.base.states import PROVED
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State

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
"""What later parts wait for while a part is in one of these states."""


@dataclass(frozen=True)
class Sell:
    """How much of an instrument was to be sold, and how much of it is."""

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
class StoredBasket:
    """What is stored of a basket, for any visit.

    `part` is the one that was asked about, or in whose place that one was sent again. `events` are
    those of its parts, by id. `attempts` are a part and everything that was sent again in its place,
    by the part's id.
    """

    basket: tuple[Execution, ...]
    part: Execution
    events: Mapping[str, Sequence[Event]]
    attempts: Mapping[str, Sequence[Execution]]

    @property
    def sells_first(self) -> bool:
        """Whether the person chose that the sells go before the buys."""
        return any(event.cause == EventCause.SELLS_FIRST for event in self._basket_events)

    @property
    def stopped_at(self) -> datetime | None:
        """When the person stopped, None when they did not or took the basket up again."""
        return self._stops[-1].at if self._stops and self._stops[-1].cause == EventCause.STOPPED else None

    @property
    def _basket_events(self) -> Sequence[Event]:
        """Events about the whole basket; they are recorded for its first part."""
        return self.events.get(self.basket[0].basket_id, ())

    @property
    def _stops(self) -> list[Event]:
        """Every time that the person stopped or took the basket up again, oldest first."""
        causes = (EventCause.STOPPED, EventCause.TAKEN_UP)
        return [event for event in self._basket_events if event.cause in causes]

    def went_on(self, part: Execution) -> bool:
        """Whether the person answered to go on with this part, and has not stopped since."""
        stops = (event.at for event in self._stops if event.cause == EventCause.STOPPED)
        last_stop = max(stops, default=None)
        return any(
            event.cause == EventCause.WENT_ON and (last_stop is None or event.at > last_stop)
            for event in self.events[part.id]
        )


def find_waits(stored: StoredBasket, receipts: Mapping[str, Receipt]) -> dict[str, PartWait]:
    """Return what each part waits for that was not sent and may not be yet, by id.

    `receipts` are those that the visit may see, by execution id.
    """
    unsent = (part for part in stored.basket if part.state is State.PREPARED)
    waits = ((part.id, _find_wait(stored, receipts, part)) for part in unsent)
    return {part_id: wait for part_id, wait in waits if wait}


def _find_wait(stored: StoredBasket, receipts: Mapping[str, Receipt], part: Execution) -> PartWait | None:
    """Return what a part waits for, the nearest earlier part first; None when it may go."""
    earlier_parts = [earlier for earlier in stored.basket if earlier.part < part.part]
    if not earlier_parts:
        return None
    if stored.stopped_at is not None:
        return PartWait(WaitReason.STOPPED, earlier_parts[-1])
    after_sells = stored.sells_first and not all(map(sells, part.items))
    answered_part = part
    for earlier in reversed(earlier_parts):
        # To go on with a part answers for everything before it, so nothing earlier is looked at.
        if stored.went_on(answered_part):
            return None
        wait = _wait_for_part(stored, receipts, earlier, after_sells=after_sells)
        if wait:
            return wait
        answered_part = earlier
    return None


def _wait_for_part(
    stored: StoredBasket, receipts: Mapping[str, Receipt], part: Execution, *, after_sells: bool
) -> PartWait | None:
    """Return the wait for an earlier part to come back, and then `after_sells` for its sells."""
    wait = wait_for_return(stored, part)
    if wait is None and after_sells:
        return _wait_for_sells(stored, receipts, part)
    return wait


def wait_for_return(stored: StoredBasket, part: Execution) -> PartWait | None:
    """Return the wait for a part to come back; None when it did, itself or as what was sent in its
    place.
    """
    sent_again = stored.attempts[part.id][1:]
    if part.state in PROVED:
        return None
    if part.state in REPLACED and any(execution.state in PROVED for execution in sent_again):
        return None
    return PartWait(BY_STATE[part.state], part)


def _wait_for_sells(
    stored: StoredBasket, receipts: Mapping[str, Receipt], part: Execution
) -> PartWait | None:
    """Return the wait for the sells of an earlier part that are not filled, also as sent again."""
    if not any(map(sells, part.items)):
        return None
    if part.mode is Mode.PUBLISHER:
        return PartWait(WaitReason.UNSEEN, part)
    returned = [execution.id for execution in stored.attempts[part.id] if execution.state in PROVED]
    if any(execution_id not in receipts for execution_id in returned):
        return PartWait(WaitReason.HIDDEN, part)
    wanted = _wanted_quantities(part, receipts.get(part.id))
    filled = _filled_quantities([receipts[execution_id] for execution_id in returned])
    unfilled = _unfilled_sells(wanted, filled)
    return PartWait(WaitReason.SELLS, part, unfilled) if unfilled else None


def _unfilled_sells(wanted: Counter[tuple[str, str]], filled: Counter[tuple[str, str]]) -> tuple[Sell, ...]:
    short = (name for name in wanted if filled[name] < wanted[name])
    return tuple(Sell(*name, wanted[name], filled[name]) for name in short)


def _wanted_quantities(part: Execution, receipt: Receipt | None) -> Counter[tuple[str, str]]:
    """Return how much a part was to sell of every instrument, as the person last set it at Kite."""
    ordered: dict[int, int] = {}
    if receipt:
        # Of an item that was placed twice, the sum of its orders is more than anybody wanted.
        ordered = {result.number: result.quantity for result in receipt.items if not result.twice}
    wanted: Counter[tuple[str, str]] = Counter()
    for number, item in enumerate(part.items):
        if sells(item):
            wanted[_name(item)] += ordered.get(number, item.quantity)
    return wanted


def _filled_quantities(receipts: Iterable[Receipt]) -> Counter[tuple[str, str]]:
    """Return how much of every instrument the sells of these receipts have sold."""
    filled: Counter[tuple[str, str]] = Counter()
    for receipt in receipts:
        for result in receipt.items:
            if sells(result.item):
                filled[_name(result.item)] += result.filled_quantity
    return filled


def _name(item: Item) -> tuple[str, str]:
    return str(item.exchange), item.tradingsymbol
