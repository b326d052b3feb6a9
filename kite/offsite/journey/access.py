"""Access: what a visit may see of an execution, read from Kite first where the visit's session
allows it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kite.connect.fields import RecordList
from kite.connect.records import Order
from kite.offsite.base import doubts, receipt_loading
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.receipt import ItemResult, Receipt
from kite.offsite.base.services import Services
from kite.offsite.order_book import reconcile, recording
from kite.offsite.order_book.adoption import adopt
from kite.store.base.engine import Connection
from kite.store.flow import books, events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession, VisitSessions
from kite.vocabulary import State

LOST_AFTER = timedelta(seconds=60)
"""An open order counts as known for this long after the last successful reading; then it is not
known any more.
"""

LOOKED_FOR = frozenset({State.HANDED_OFF, State.UNKNOWN, State.CANCELLED, State.RETURNED})
"""States in which an execution without an owner is looked for in the order book of whoever is
logged in.
"""


class Role(StrEnum):
    """Owner: everything. Composer: the items and the state, for somebody else placed the orders."""

    OWNER = "owner"
    COMPOSER = "composer"


@dataclass(frozen=True)
class View:
    """What a visit sees. `reading` is how the attempt to read Kite ended, None when none was made.

    `logged_in` says whether this visit has a living Kite session that can read this execution.
    """

    role: Role
    receipt: Receipt
    events: tuple[Event, ...]
    reading: AnswerVerdict | None
    logged_in: bool


@dataclass(frozen=True)
class Snapshot:
    """What was read of an execution for one visit, and the connection on which more can be read of the
    same moment.

    `role` is None when the visit may see nothing of it. `resends` are what was sent again from it,
    newest first.
    """

    conn: Connection
    execution: Execution
    resends: tuple[Execution, ...]
    sessions: VisitSessions
    role: Role | None

    @property
    def session(self) -> KiteSession | None:
        """The session that can read the execution: its owner's, or the visit's newest."""
        if self.role is not Role.OWNER:
            return None
        return self.sessions.active_of(self.execution.user_id)


def view_execution(
    services: Services, visit_id: str, execution_id: str, *, at_once: bool = False
) -> View | None:
    """Return what this visit may see of an execution, or None when that is nothing.

    `at_once`: a person asked.
    """
    with open_view(services, visit_id, execution_id, at_once=at_once) as opened:
        return opened and opened[1]


@contextmanager
def open_view(
    services: Services, visit_id: str, execution_id: str, *, at_once: bool = False
) -> Iterator[tuple[Snapshot, View] | None]:
    """Yield what `view_execution` returns, with the snapshot that it was made of: whatever else a page
    says is read on its connection.
    """
    with services.store.reading() as conn:
        before = take_snapshot(conn, services, visit_id, execution_id)
        if before is None or before.role is None:
            yield None
            return
        if not _may_change(services, before, at_once=at_once):
            yield before, _view(services, before, reading=None)
            return
    # No connection is held from here on: Kite may take seconds to answer.
    reading = _bring_up_to_date(services, before, at_once=at_once)
    with services.store.reading() as conn:
        # Read anew: the reading may have moved the execution on, and given it an owner.
        after = take_snapshot(conn, services, visit_id, execution_id)
        if after is None or after.role is None:
            yield None
        else:
            yield after, _view(services, after, reading)


def take_snapshot(conn: Connection, services: Services, visit_id: str, execution_id: str) -> Snapshot | None:
    """Return what is stored of an execution for a visit, None when there is no such execution."""
    execution, resends = executions.get_with_resends(conn, execution_id)
    if execution is None:
        return None
    known = sessions.known_of_visit(conn, visit_id, services.now())
    role = role_of(execution, visit_id, known.proved)
    return Snapshot(conn, execution, tuple(resends), known, role)


def _may_change(services: Services, before: Snapshot, *, at_once: bool) -> bool:
    """Whether time or a reading of Kite may move the execution on, before it is shown."""
    if reconcile.is_overdue(services, before.execution):
        return True
    return before.session is not None and _is_to_read(services, before.execution, at_once=at_once)


def _bring_up_to_date(services: Services, before: Snapshot, *, at_once: bool) -> AnswerVerdict | None:
    """Return how the attempt to read Kite ended, None when none was made."""
    execution = reconcile.mark_overdue(services, before.execution)
    session = before.session
    if session is None or not _is_to_read(services, execution, at_once=at_once):
        return None
    if execution.user_id:
        return reconcile.bring_up_to_date(services, execution, session, at_once=at_once)
    return _look_for_orders(services, execution, session, at_once)


def _is_to_read(services: Services, execution: Execution, *, at_once: bool) -> bool:
    if at_once:
        return True
    if execution.user_id is None:
        return execution.state in LOOKED_FOR
    # Just read: whoever only looks takes no lock to find out that there is nothing to claim.
    read_after = services.now() - reconcile.READ_EVERY
    just_read = execution.read_at is not None and execution.read_at >= read_after
    return execution.state is State.RETURNED and not just_read


def _view(services: Services, snapshot: Snapshot, reading: AnswerVerdict | None) -> View:
    execution = snapshot.execution
    trail = tuple(events.of(snapshot.conn, execution.id))
    logged_in = snapshot.session is not None and reading is not AnswerVerdict.SESSION_OVER
    if snapshot.role is not Role.OWNER:
        return View(Role.COMPOSER, _without_book(execution), trail, reading, logged_in)
    readable = logged_in and not _is_lost(services, execution, reading)
    receipt = receipt_loading.read_receipt(snapshot.conn, execution, readable=readable, trail=trail)
    return View(Role.OWNER, receipt, trail, reading, logged_in)


FindExecutions = Callable[[Connection, frozenset[str]], list[Execution]]
"""Finds executions that a visit may see; it gets the Kite users of whom the visit has exchanged a token."""


def stored_views(
    services: Services, visit_id: str, find: FindExecutions, *, brief: bool = False
) -> list[View]:
    """Return views of what is stored, without asking Kite, of the executions that `find` finds.

    What was open when it was last read counts as known only while a session of this visit can read
    it. `brief` ones are for lists: without events, trades and histories.
    """
    with services.store.reading() as conn:
        known = sessions.known_of_visit(conn, visit_id, services.now())
        listed = find(conn, known.proved)
        overdue = [execution for execution in listed if reconcile.is_overdue(services, execution)]
        if not overdue:
            return _stored_views(conn, visit_id, known, listed, brief=brief)
    for execution in overdue:
        reconcile.mark_overdue(services, execution)
    # Found anew: what is unknown now may not be what was asked for.
    with services.store.reading() as conn:
        listed = find(conn, known.proved)
        return _stored_views(conn, visit_id, known, listed, brief=brief)


def _stored_views(
    conn: Connection, visit_id: str, known: VisitSessions, listed: Sequence[Execution], *, brief: bool
) -> list[View]:
    own = [execution for execution in listed if role_of(execution, visit_id, known.proved) is Role.OWNER]
    living = {session.user_id for session in known.active}
    unreadable = [execution.id for execution in own if execution.user_id not in living]
    receipts = receipt_loading.read_receipts(conn, own, brief=brief, unreadable=unreadable)
    return [_stored_view(execution, receipts.get(execution.id)) for execution in listed]


def _stored_view(execution: Execution, receipt: Receipt | None) -> View:
    if receipt is None:
        return View(Role.COMPOSER, _without_book(execution), (), None, logged_in=False)
    return View(Role.OWNER, receipt, (), None, logged_in=False)


def role_in(services: Services, visit_id: str, execution_id: str) -> Role | None:
    """Return what a visit is to an execution, or None when it may see nothing of it."""
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        return role_in_visit(conn, visit_id, execution) if execution else None


def role_in_visit(conn: Connection, visit_id: str, execution: Execution) -> Role | None:
    """Return what `role_of` does, from what is stored of a visit."""
    return role_of(execution, visit_id, sessions.proved_users(conn, visit_id))


def role_of(execution: Execution, visit_id: str, proved: frozenset[str]) -> Role | None:
    """Return what a visit is to an execution.

    `proved` are the Kite users of whom it has itself exchanged a token.
    """
    composed = execution.visit_id == visit_id
    # Nobody's yet: who composed it may see all. As soon as it is another Kite user's, only the
    # items.
    if execution.user_id is None:
        return Role.OWNER if composed else None
    if execution.user_id in proved:
        return Role.OWNER
    return Role.COMPOSER if composed else None


def _without_book(execution: Execution) -> Receipt:
    """Return what somebody who only composed may see: the items, and nothing of Kite's."""
    items = (
        ItemResult(number, item, None, (), (), item.quantity, 0, None)
        for number, item in enumerate(execution.items)
    )
    return Receipt(execution, tuple(items), (), (), ())


def _look_for_orders(
    services: Services, execution: Execution, session: KiteSession, at_once: bool
) -> AnswerVerdict | None:
    """Look for orders of an execution without an owner in the order book of whoever is logged in.

    What of the book belongs to other executions without an owner becomes theirs as well.
    """
    if not reconcile.claim_reading(services, execution, at_once=at_once):
        return None
    asked_at = services.now()
    answer = reconcile.read_book(services, session)
    if answer.value is None:
        return answer.verdict
    book = answer.value
    adoption = adopt(services, session, book)
    own = [candidate for candidate in adoption.own if candidate.id == execution.id]
    if own:
        return reconcile.record_book(services, session, own, book, asked_at)
    is_another_users = any(other.id == execution.id for other in adoption.others)
    if not is_another_users and not _store_doubts(services, execution, book):
        _note_not_found(services, execution, session, at_once)
    return AnswerVerdict.ANSWERED


def _store_doubts(services: Services, execution: Execution, book: RecordList[Order]) -> bool:
    """Store what a book without an order of an execution leaves in doubt; return whether it holds
    something that may be one all the same.
    """
    with services.store.writing() as conn:
        open_doubts = recording.find_doubts(conn, execution, book)
        if doubts.store_doubts(conn, execution.id, books.of(conn, execution.id), open_doubts):
            executions.touch(conn, execution.id)
    return open_doubts.any


def _note_not_found(services: Services, execution: Execution, session: KiteSession, at_once: bool) -> None:
    """Record that a book holds no order of an execution: each time that a person asked, and
    otherwise once for every session.
    """
    with services.store.writing() as conn:
        trail = events.of(conn, execution.id)
        earlier = (event.at for event in trail if event.cause == EventCause.NOT_FOUND)
        if at_once or all(at < session.created_at for at in earlier):
            events.note(conn, services.now(), EventCause.NOT_FOUND, execution.id, user_id=session.user_id)


def _is_lost(services: Services, execution: Execution, reading: AnswerVerdict | None) -> bool:
    """Whether Kite has not answered for so long that what was open may have changed unseen."""
    if reading not in (AnswerVerdict.NO_ANSWER, AnswerVerdict.REFUSED):
        return False
    return execution.read_at is None or execution.read_at + LOST_AFTER < services.now()
