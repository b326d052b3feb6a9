"""Reconcile: read the order book of the Kite user who owns an execution, and have it recorded."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kite.connect.fields import RecordList
from kite.connect.records import Order, Trade
from kite.offsite.base import states
from kite.offsite.base.asking import Answer, AnswerVerdict, ask
from kite.offsite.base.matching import orders_with_tag
from kite.offsite.base.services import Services
from kite.offsite.order_book import baseline, recording
from kite.offsite.order_book.adoption import adopt
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import Overdue
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State

READ_EVERY = timedelta(seconds=1)


def is_overdue(services: Services, execution: Execution) -> bool:
    """Whether an execution was handed off so long ago that nobody knows what became of it."""
    if execution.state is not State.HANDED_OFF or execution.handed_off_at is None:
        return False
    return execution.handed_off_at + services.settings.unknown_after <= services.now()


def mark_overdue(services: Services, execution: Execution) -> Execution:
    """Call an execution unknown when it was handed off long ago and nobody came back; return it as
    it is then.
    """
    if not is_overdue(services, execution):
        return execution
    now = services.now()
    overdue = Overdue(services.settings.unknown_after // timedelta(minutes=1))
    with services.store.writing() as conn:
        states.move(conn, execution, State.UNKNOWN, now, EventCause.NO_RETURN, data=overdue)
        # Read anew also when this call did not move it: then somebody else did, and it is in
        # another state.
        return executions.get(conn, execution.id) or execution


def bring_up_to_date(
    services: Services, execution: Execution, session: KiteSession, *, at_once: bool = False
) -> AnswerVerdict | None:
    """Read Kite for `execution`, at most once a second for all who watch it; None when another
    reading is recent enough.

    `at_once` reads in any case: a person asked, or a new return came.
    """
    if not claim_reading(services, execution, at_once=at_once):
        return None
    return read_order_book(services, session, [execution])


def claim_reading(services: Services, execution: Execution, *, at_once: bool) -> bool:
    """Claim the reading of this second, in whatever process; False when somebody else did, and not
    `at_once`.
    """
    now = services.now()
    with services.store.writing() as conn:
        # `at_once` takes the claim as well: whoever else watches need not read a moment later.
        return executions.claim_read(conn, execution.id, now, now - READ_EVERY) or at_once


def read_for_postback(services: Services, execution_id: str) -> AnswerVerdict | None:
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
        if reading is not AnswerVerdict.SESSION_OVER:
            return reading
        tried.add(session.id)


def read_order_book(
    services: Services, session: KiteSession, owned: Sequence[Execution], *, adopts: bool = False
) -> AnswerVerdict:
    """Read the order book of the session's user, and record it for the executions `owned` by that
    user.

    With `adopts`, executions without an owner of which the book holds orders become the user's and
    are recorded too.
    """
    asked_at = services.now()
    answer = read_book(services, session)
    if answer.value is None:
        return answer.verdict
    adopted = adopt(services, session, answer.value).adopted if adopts else ()
    return record_book(services, session, [*owned, *adopted], answer.value, asked_at)


def read_book(services: Services, session: KiteSession) -> Answer[RecordList[Order]]:
    """Ask for the order book of the session's user. It is remembered as what was there before the
    next hand-off.
    """
    answer = ask(services, session, lambda client: client.orders())
    if answer.value is not None:
        baseline.remember_book(services, session, answer.value)
    return answer


def record_book(
    services: Services,
    session: KiteSession,
    owned: Sequence[Execution],
    book: RecordList[Order],
    asked_at: datetime,
) -> AnswerVerdict:
    """Record the order book that Kite sent at `asked_at` for executions of the session's user; read
    the trades, when it holds orders of them, and the histories, and settle.
    """
    # A book says nothing of what another Kite user owns, even where it holds orders with its tag.
    owned = [execution for execution in owned if execution.user_id == session.user_id]
    for execution in owned:
        baseline.store_baseline_of_later_parts(services, execution, book, asked_at)
    # Asked after the orders, so that no order shows a fill without its trade.
    trades = _read_trades(services, session, owned, book)
    if trades.value is None:
        return trades.verdict
    readings = [
        recording.store_reading(services, execution.id, book, trades.value, asked_at) for execution in owned
    ]
    # Histories only when every book is recorded: each is a further call, and any may end in no
    # answer.
    for stored in readings:
        verdict = recording.store_histories(services, session, stored)
        if verdict is AnswerVerdict.SESSION_OVER:
            return verdict
        if verdict is AnswerVerdict.NO_ANSWER:
            break
    return AnswerVerdict.ANSWERED


def _read_trades(
    services: Services, session: KiteSession, owned: Sequence[Execution], book: Sequence[Order]
) -> Answer[RecordList[Trade]]:
    """Ask for the trades of the session's user, unless the book holds no order of these executions."""
    if any(orders_with_tag(book, execution.tag) for execution in owned):
        return ask(services, session, lambda client: client.trades())
    return Answer(AnswerVerdict.ANSWERED, RecordList())
