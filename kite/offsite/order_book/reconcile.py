"""Reconcile: read the order book of the Kite user who owns an execution, and have it recorded."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from kite.connect.client import KiteConnect
from kite.connect.fields import RecordList
from kite.connect.records import Order, Trade
from kite.exceptions import KiteException, NetworkException, NoAnswer, TokenException
from kite.offsite.base import states
from kite.offsite.base.services import Services
from kite.offsite.order_book import baseline, recording
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State

READ_EVERY = timedelta(seconds=1)


class ReadingResult(StrEnum):
    """How an attempt to read the order book ended."""

    READ = "read"
    SESSION_OVER = "session_over"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


def mark_overdue(services: Services, execution: Execution) -> Execution:
    """Call an execution unknown when it was handed off long ago and nobody came back; return it as
    it is then.
    """
    now, unknown_after = services.now(), services.settings.unknown_after
    if (
        execution.state is not State.HANDED_OFF
        or execution.handed_off_at is None
        or execution.handed_off_at + unknown_after > now
    ):
        return execution
    minutes = str(unknown_after // timedelta(minutes=1))
    with services.store.writing() as conn:
        states.move(conn, execution, State.UNKNOWN, now, EventCause.NO_RETURN, minutes)
        # Read anew also when this call did not move it: then somebody else did, and it is in
        # another state.
        return executions.get(conn, execution.id) or execution


def bring_up_to_date(
    services: Services, execution: Execution, session: KiteSession, *, at_once: bool = False
) -> ReadingResult | None:
    """Read Kite for `execution`, at most once a second for all who watch it; None when another
    reading is recent enough.

    `at_once` reads in any case: a person asked, or a new return came.
    """
    if not claim_reading(services, execution, at_once=at_once):
        return None
    return read_order_book(services, execution, session)


def claim_reading(services: Services, execution: Execution, *, at_once: bool) -> bool:
    """Claim the reading of this second, in whatever process; False when somebody else did, and not
    `at_once`.
    """
    now = services.now()
    with services.store.writing() as conn:
        # `at_once` takes the claim as well: whoever else watches need not read a moment later.
        return executions.claim_read(conn, execution.id, now, now - READ_EVERY) or at_once


def read_for_postback(services: Services, execution_id: str) -> ReadingResult | None:
    """Read Kite because a postback came, however recent the last reading is; None when no session
    can read it.

    Any living session of the Kite user who owns the execution will do. An execution without an
    owner is read only for a page that its person opens: a session is there for that and for what
    its own Kite user owns.
    """
    tried: set[str] = set()
    while True:
        living: list[KiteSession] = []
        with services.store.reading() as conn:
            execution = executions.get(conn, execution_id)
            if execution and execution.user_id:
                living = sessions.of_user(conn, execution.user_id, services.now())
        session = next((session for session in living if session.id not in tried), None)
        if execution is None or session is None:
            return None
        reading = bring_up_to_date(services, execution, session, at_once=True)
        if reading is not ReadingResult.SESSION_OVER:
            return reading
        tried.add(session.id)


def read_order_book(services: Services, execution: Execution, session: KiteSession) -> ReadingResult:
    """Read orders and trades, record them, then read histories, and settle.

    An execution without an owner becomes the session's user's when the order book holds orders of
    it.
    """
    client = client_for(services, session)
    if client is None:
        return ReadingResult.SESSION_OVER
    asked_at = services.now()
    try:
        # Orders before trades, so that no order shows a fill without its trade.
        book = client.orders()
        baseline.remember_book(services, session, book)
        baseline.store_baseline_of_later_parts(services, execution, book, asked_at)
        orders = recording.orders_of(services, execution, book)
        if not _is_owner(services, execution, session, orders):
            return ReadingResult.READ
        trades: RecordList[Trade] = client.trades() if orders else RecordList()
        changed = recording.store_reading(services, execution, book, trades, asked_at)
        recording.store_histories(services, execution, client, orders, changed)
    except TokenException:
        end_session(services, session)
        return ReadingResult.SESSION_OVER
    except (NoAnswer, NetworkException):
        return ReadingResult.NO_ANSWER
    except KiteException:
        return ReadingResult.REFUSED
    return ReadingResult.READ


def client_for(services: Services, session: KiteSession) -> KiteConnect | None:
    """Return a client that acts in `session`; None, with the session ended, when its token cannot
    be opened any more.
    """
    token = services.sealer.open(session.sealed_token or "", session.id)
    if token is None:
        end_session(services, session)
        return None
    return services.connect.with_token(token)


def end_session(services: Services, session: KiteSession) -> None:
    """Record that a session is over and erase its token."""
    with services.store.writing() as conn:
        sessions.end(conn, session.id, services.now())


def _is_owner(
    services: Services, execution: Execution, session: KiteSession, orders: Sequence[Order]
) -> bool:
    """Whether the session's user owns the execution; orders of an unowned one make it theirs."""
    if execution.user_id:
        return execution.user_id == session.user_id
    if not orders:
        return False
    with services.store.writing() as conn:
        return executions.assign_owner(conn, execution.id, session.user_id)
