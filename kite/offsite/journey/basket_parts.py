"""The parts of a basket: in which order they go to Kite, what each waits for, and what its person
answered.

A part waits until the one before it came back from Kite. When the sells go first, a part that buys
also waits until every sell is filled: only then is their money there. The person may go on anyway,
or stop; both are recorded.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

from kite.offsite.base import receipt_loading
from kite.offsite.base.receipt import Receipt
from kite.offsite.base.services import Services
from kite.offsite.base.states import PROVED
from kite.offsite.journey import access
from kite.offsite.journey.access import Role, role_of
from kite.offsite.journey.part_waits import (
    PartWait,
    StoredBasket,
    WaitReason,
    find_waits,
    wait_for_return,
)
from kite.store.base.engine import Connection
from kite.store.flow import events, executions, locks
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import PartNumber
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.vocabulary import State

NOT_AT_KITE = frozenset({WaitReason.STOPPED, WaitReason.NOT_SENT, WaitReason.HIDDEN, WaitReason.UNSEEN})
"""Reasons to wait that no reading of Kite can change."""


class PartAnswer(StrEnum):
    """What a person answers about a part that waits."""

    GO_ON = "go_on"
    STOP = "stop"
    TAKE_UP = "take_up"


@dataclass(frozen=True)
class PartsState:
    """The parts of a basket as one visit may see them.

    `part` is the one that was asked about, or in whose place that one was sent again. `returned`
    are the ids of those that came back, themselves or as what was sent in their place. `receipts`
    are those of parts that came back and are the visit's own, by id. `waits` are the parts that
    were not sent and may not be yet, by id. `attempts` are a part and everything that was sent again
    in its place, by the part's id.
    """

    basket: tuple[Execution, ...]
    part: Execution
    returned: frozenset[str]
    sells_first: bool
    stopped_at: datetime | None
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    waits: Mapping[str, PartWait] = field(default_factory=dict)
    attempts: Mapping[str, Sequence[Execution]] = field(default_factory=dict)


def load_basket(conn: Connection, execution: Execution) -> StoredBasket | None:
    """Return what is stored of the basket to which `execution` belongs; None when it went to Kite as a
    whole.
    """
    part = _part_of(conn, execution)
    return _stored_basket(conn, part) if part else None


def parts_state(conn: Connection, stored: StoredBasket, visit_id: str, proved: frozenset[str]) -> PartsState:
    """Return the parts of a basket as a visit may see them.

    `proved` are the Kite users of whom it has exchanged a token.
    """
    receipts = receipt_loading.read_receipts(conn, _own_returned(stored, visit_id, proved))
    return PartsState(
        stored.basket,
        stored.part,
        frozenset(earlier.id for earlier in stored.basket if wait_for_return(stored, earlier) is None),
        stored.sells_first,
        stored.stopped_at,
        receipts,
        find_waits(stored, receipts),
        stored.attempts,
    )


def load_parts_state(conn: Connection, execution: Execution, visit_id: str) -> PartsState | None:
    """Return the parts of the basket of `execution` as a visit may see them; None when it went to Kite as
    a whole.
    """
    stored = load_basket(conn, execution)
    if stored is None:
        return None
    return parts_state(conn, stored, visit_id, sessions.proved_users(conn, visit_id))


def _own_returned(stored: StoredBasket, visit_id: str, proved: frozenset[str]) -> list[Execution]:
    """Return which executions of a basket came back and are the visit's own."""
    all_attempts = (execution for attempts in stored.attempts.values() for execution in attempts)
    return [
        execution
        for execution in all_attempts
        if execution.state in PROVED and role_of(execution, visit_id, proved) is Role.OWNER
    ]


def refreshed_parts_state(
    services: Services, execution: Execution, visit_id: str, stored_state: PartsState
) -> PartsState:
    """Return the state of the parts after reading from Kite what `execution` waits for; `stored_state`
    when no reading can change it.

    It is read as far as this visit may see it.
    """
    wait = stored_state.waits.get(execution.id)
    if wait is None or wait.why in NOT_AT_KITE:
        return stored_state
    for earlier in stored_state.attempts[wait.part.id]:
        access.view_execution(services, visit_id, earlier.id)
    with services.store.reading() as conn:
        return load_parts_state(conn, execution, visit_id) or stored_state


def record_answer(services: Services, execution: Execution, visit_id: str, answer: PartAnswer) -> bool:
    """Record what the person answers about a part that waits, once for any number of presses.

    False when the part is not theirs to decide about.
    """
    with services.store.writing() as conn:
        # News for every receipt of the basket. It locks them as well: of two presses the second
        # waits here, and then reads the answer of the first.
        parts = executions.parts(conn, execution.basket_id)
        locks.lock_all(conn, [part.id for part in parts])
        for part in parts:
            executions.touch(conn, part.id)
        stored = _stored_basket(conn, execution)
        current = next(part for part in stored.basket if part.id == execution.id)
        is_owner = access.role_in_visit(conn, visit_id, current) is Role.OWNER
        if not is_owner or current.state is not State.PREPARED or current.parts == 1:
            return False
        _note_answer(conn, answer, stored, current, services.now())
    return True


def _note_answer(
    conn: Connection, answer: PartAnswer, stored: StoredBasket, part: Execution, now: datetime
) -> None:
    """Record an answer, unless it changes nothing any more."""
    is_stopped = stored.stopped_at is not None
    if answer is PartAnswer.GO_ON and not is_stopped and not stored.went_on(part):
        events.note(conn, now, EventCause.WENT_ON, part.id)
    # A stop holds for all later parts, so it is recorded for the basket.
    elif answer is PartAnswer.STOP and not is_stopped:
        events.note(conn, now, EventCause.STOPPED, part.basket_id, data=PartNumber(part.part))
    elif answer is PartAnswer.TAKE_UP and is_stopped:
        events.note(conn, now, EventCause.TAKEN_UP, part.basket_id, data=PartNumber(part.part))


def _part_of(conn: Connection, execution: Execution | None) -> Execution | None:
    """Return the part of a basket that an execution is, or in whose place it was sent again."""
    while execution and execution.parts == 1:
        execution = executions.get(conn, execution.parent_id) if execution.parent_id else None
    return execution


def _stored_basket(conn: Connection, part: Execution) -> StoredBasket:
    """Return what is stored of the basket of a part, the part itself as it is now."""
    again_from: defaultdict[str | None, list[Execution]] = defaultdict(list)
    basket: list[Execution] = []
    for execution in executions.basket_with_resends(conn, part.basket_id):
        if execution.basket_id == part.basket_id:
            basket.append(execution)
        else:
            again_from[execution.parent_id].append(execution)
    basket.sort(key=attrgetter("part"))
    return StoredBasket(
        tuple(basket),
        next((current for current in basket if current.id == part.id), part),
        events.of_all(conn, [current.id for current in basket]),
        {current.id: list(_attempts(current, again_from)) for current in basket},
    )


def _attempts(
    execution: Execution, again_from: Mapping[str | None, Sequence[Execution]]
) -> Iterator[Execution]:
    """Yield an execution and everything that was sent again from it."""
    yield execution
    for later in again_from.get(execution.id, ()):
        yield from _attempts(later, again_from)
