"""Watching: what a visit may see of an execution, brought up to date first where that visit's Kite session
allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kite.connect.fields import Rows
from kite.connect.records import Order
from kite.exceptions import KiteException, TokenException
from kite.offsite.base import doubts, receipt_loading
from kite.offsite.base.receipt import ItemResult, Receipt
from kite.offsite.base.services import Services
from kite.offsite.journey.token_exchange import adopt_by_tag, read_book
from kite.offsite.order_book import reconcile
from kite.offsite.order_book.reconcile import READ_EVERY, ReadingResult
from kite.store.flow import books, events, executions
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import EventCause, State

LOST_AFTER = timedelta(seconds=60)
"""An open order counts as known for this long after the last successful reading; then it is not known any
more.
"""

LOOKED_FOR = frozenset({State.HANDED_OFF, State.UNKNOWN, State.CANCELLED, State.RETURNED})
"""States in which an execution without an owner is looked for in the order book of whoever is logged in."""


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
    reading: ReadingResult | None
    logged_in: bool


def view_execution(
    services: Services, visit_id: str, execution_id: str, *, at_once: bool = False
) -> View | None:
    """Return what this visit may see of an execution, or None when that is nothing.

    `at_once`: a person asked.
    """
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        role = role_of(execution, visit_id, sessions.proved_users(conn, visit_id)) if execution else None
    if execution is None or role is None:
        return None
    execution = reconcile.mark_overdue(services, execution)
    session = _session(services, visit_id, execution) if role is Role.OWNER else None
    reading = _read(services, execution, session, at_once) if session else None
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id) or execution
        told = events.of(conn, execution_id)
    readable = (
        session is not None
        and reading is not ReadingResult.SESSION_OVER
        and not _lost(services, execution, reading)
    )
    receipt = (
        receipt_loading.load_receipt(services, execution, readable=readable)
        if role is Role.OWNER
        else _without_book(execution)
    )
    return View(
        role, receipt, tuple(told), reading, session is not None and reading is not ReadingResult.SESSION_OVER
    )


def stored_views(
    services: Services,
    found: Sequence[Execution],
    visit_id: str,
    proved: frozenset[str],
    *,
    brief: bool = False,
) -> list[View]:
    """Return views of what is stored, without asking Kite: of executions that this visit may see.

    What was open when it was last seen counts as known only while a session of this visit can read it.
    `brief` ones are for lists: without events, trades and histories.
    """
    now = [reconcile.mark_overdue(services, each) for each in found]
    own = [each for each in now if role_of(each, visit_id, proved) is Role.OWNER]
    with services.store.reading() as conn:
        living = {session.user_id for session in sessions.of_visit(conn, visit_id, services.now())}
        unreadable = [each.id for each in own if each.user_id not in living]
        receipts = receipt_loading.read_receipts(conn, own, brief=brief, unreadable=unreadable)
    return [_stored(each, receipts.get(each.id)) for each in now]


def _stored(execution: Execution, receipt: Receipt | None) -> View:
    role = Role.OWNER if receipt else Role.COMPOSER
    return View(role, receipt or _without_book(execution), (), None, logged_in=False)


def role_in(services: Services, visit_id: str, execution_id: str) -> Role | None:
    """Say what a visit is to an execution, or None when it may see nothing of it."""
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        return role_of(execution, visit_id, sessions.proved_users(conn, visit_id)) if execution else None


def role_of(execution: Execution, visit_id: str, proved: frozenset[str]) -> Role | None:
    """Say what a visit is to an execution.

    `proved` are the Kite users of whom it has itself exchanged a token.
    """
    composed = execution.visit_id == visit_id
    if execution.user_id is None:
        return Role.OWNER if composed else None
    if execution.user_id in proved:
        return Role.OWNER
    return Role.COMPOSER if composed else None


def _without_book(execution: Execution) -> Receipt:
    """Return what somebody who only composed may see: the items, and nothing that Kite said of them."""
    items = (
        ItemResult(number, item, None, (), (), item.quantity, 0, None)
        for number, item in enumerate(execution.items)
    )
    return Receipt(execution, tuple(items), (), (), ())


def _session(services: Services, visit_id: str, execution: Execution) -> KiteSession | None:
    with services.store.reading() as conn:
        if execution.user_id:
            return sessions.living(conn, visit_id, execution.user_id, services.now())
        return next(iter(sessions.of_visit(conn, visit_id, services.now())), None)


def _read(
    services: Services, execution: Execution, session: KiteSession, at_once: bool
) -> ReadingResult | None:
    if execution.user_id:
        wanted = at_once or execution.state is State.RETURNED
        return reconcile.bring_up_to_date(services, execution, session, at_once=at_once) if wanted else None
    if not at_once and execution.state not in LOOKED_FOR:
        return None
    with services.store.writing() as conn:
        if (
            not executions.claim_read(conn, execution.id, services.now(), services.now() - READ_EVERY)
            and not at_once
        ):
            return None
    try:
        book = read_book(services, session)
        found, others = adopt_by_tag(services, session, book)
    except TokenException:
        reconcile.end_session(services, session)
        return ReadingResult.SESSION_OVER
    except KiteException:
        return ReadingResult.NO_ANSWER
    mine = next((each for each in found if each.id == execution.id), None)
    if mine:
        return reconcile.read_order_book(services, mine, session)
    if all(each.id != execution.id for each in others) and not _left_in_doubt(services, execution, book):
        _note_not_found(services, execution, session, at_once)
    return ReadingResult.READ


def _left_in_doubt(services: Services, execution: Execution, book: Rows[Order]) -> bool:
    """Whether a book without an order of an execution holds something that may be one all the same.

    Keeps what it is.
    """
    found = reconcile.find_doubts(services, execution, book)
    with services.store.writing() as conn:
        if doubts.store_doubts(conn, execution.id, books.of(conn, execution.id), found):
            executions.touch(conn, execution.id)
    return found.any


def _note_not_found(services: Services, execution: Execution, session: KiteSession, at_once: bool) -> None:
    """Remember that a book holds no order of an execution: each time that a person asked, and once for every
    session.
    """
    with services.store.writing() as conn:
        told = (each for each in events.of(conn, execution.id) if each.cause == EventCause.NOT_FOUND)
        if at_once or all(each.at < session.created_at for each in told):
            events.add(
                conn, Event(services.now(), execution.id, None, None, EventCause.NOT_FOUND, session.user_id)
            )


def _lost(services: Services, execution: Execution, reading: ReadingResult | None) -> bool:
    """Whether Kite has not answered for so long that what was open may have changed unseen."""
    if reading not in (ReadingResult.NO_ANSWER, ReadingResult.REFUSED):
        return False
    return execution.read_at is None or execution.read_at + LOST_AFTER < services.now()
