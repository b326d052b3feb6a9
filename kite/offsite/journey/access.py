"""Access: what a visit may see of an execution, read from Kite first where the visit's session
allows it.
"""

from collections.abc import Sequence
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
from kite.store.flow import books, events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
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


def view_execution(
    services: Services, visit_id: str, execution_id: str, *, at_once: bool = False
) -> View | None:
    """Return what this visit may see of an execution, or None when that is nothing.

    `at_once`: a person asked.
    """
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        if execution is None:
            return None
        role = role_of(execution, visit_id, sessions.proved_users(conn, visit_id))
    if role is None:
        return None
    execution = reconcile.mark_overdue(services, execution)
    session = reading = None
    if role is Role.OWNER:
        session = _living_session(services, visit_id, execution)
    if session:
        reading = _read(services, execution, session, at_once)
    # Read anew: the reading may have moved the execution on.
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id) or execution
        trail = tuple(events.of(conn, execution_id))
    logged_in = session is not None and reading is not AnswerVerdict.SESSION_OVER
    if role is Role.COMPOSER:
        return View(role, _without_book(execution), trail, reading, logged_in)
    readable = logged_in and not _is_lost(services, execution, reading)
    receipt = receipt_loading.load_receipt(services, execution, readable=readable)
    return View(role, receipt, trail, reading, logged_in)


def stored_views(
    services: Services,
    listed: Sequence[Execution],
    visit_id: str,
    proved: frozenset[str],
    *,
    brief: bool = False,
) -> list[View]:
    """Return views of what is stored, without asking Kite, of executions that this visit may see.

    What was open when it was last read counts as known only while a session of this visit can read
    it. `brief` ones are for lists: without events, trades and histories.
    """
    current = [reconcile.mark_overdue(services, execution) for execution in listed]
    own = [execution for execution in current if role_of(execution, visit_id, proved) is Role.OWNER]
    with services.store.reading() as conn:
        living = {session.user_id for session in sessions.of_visit(conn, visit_id, services.now())}
        unreadable = [execution.id for execution in own if execution.user_id not in living]
        receipts = receipt_loading.read_receipts(conn, own, brief=brief, unreadable=unreadable)
    return [_stored_view(execution, receipts.get(execution.id)) for execution in current]


def _stored_view(execution: Execution, receipt: Receipt | None) -> View:
    if receipt is None:
        return View(Role.COMPOSER, _without_book(execution), (), None, logged_in=False)
    return View(Role.OWNER, receipt, (), None, logged_in=False)


def role_in(services: Services, visit_id: str, execution_id: str) -> Role | None:
    """Return what a visit is to an execution, or None when it may see nothing of it."""
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        if execution is None:
            return None
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


def _living_session(services: Services, visit_id: str, execution: Execution) -> KiteSession | None:
    """Return the session that can read an execution: its owner's, or the visit's newest."""
    with services.store.reading() as conn:
        if execution.user_id:
            return sessions.active_session(conn, visit_id, execution.user_id, services.now())
        return next(iter(sessions.of_visit(conn, visit_id, services.now())), None)


def _read(
    services: Services, execution: Execution, session: KiteSession, at_once: bool
) -> AnswerVerdict | None:
    if execution.user_id and (at_once or execution.state is State.RETURNED):
        return reconcile.bring_up_to_date(services, execution, session, at_once=at_once)
    if not execution.user_id and (at_once or execution.state in LOOKED_FOR):
        return _look_for_orders(services, execution, session, at_once)
    return None


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
            events.note(conn, services.now(), EventCause.NOT_FOUND, execution.id, detail=session.user_id)


def _is_lost(services: Services, execution: Execution, reading: AnswerVerdict | None) -> bool:
    """Whether Kite has not answered for so long that what was open may have changed unseen."""
    if reading not in (AnswerVerdict.NO_ANSWER, AnswerVerdict.REFUSED):
        return False
    return execution.read_at is None or execution.read_at + LOST_AFTER < services.now()
