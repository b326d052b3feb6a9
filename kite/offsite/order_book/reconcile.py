"""Reconcile: read the order book of the Kite user who owns an execution, keep what concerns it, and
settle.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from kite.connect.client import KiteConnect
from kite.connect.fields import Rows
from kite.connect.records import Order, Raw, Trade, order
from kite.exceptions import KiteException, NetworkException, NoAnswer, TokenException
from kite.offsite.base import doubts, receipt_loading, states
from kite.offsite.base.doubts import Doubts
from kite.offsite.base.kite_day import proves_absence
from kite.offsite.base.matching import orders_with_tag
from kite.offsite.base.services import Services
from kite.offsite.order_book import baseline
from kite.store.base.engine import Connection
from kite.store.flow import baselines, books, events, executions, postbacks
from kite.store.flow.books import Book
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import EventCause, State

READ_EVERY = timedelta(seconds=1)
HISTORIES_AT_ONCE = 8
"""Histories read in one pass, so that a page with ten orders does not wait for Kite's ten calls a second."""


class ReadingResult(StrEnum):
    """How an attempt to read the order book ended."""

    READ = "read"
    SESSION_OVER = "session_over"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


def mark_overdue(services: Services, execution: Execution) -> Execution:
    """Call an execution unknown when it was handed off long ago and nobody came back."""
    now = services.now()
    if (
        execution.state is not State.HANDED_OFF
        or execution.handed_off_at is None
        or execution.handed_off_at + services.settings.unknown_after > now
    ):
        return execution
    with services.store.writing() as conn:
        states.move(
            conn,
            execution,
            State.UNKNOWN,
            now,
            EventCause.NO_RETURN,
            str(services.settings.unknown_after // timedelta(minutes=1)),
        )
        return executions.get(conn, execution.id) or execution


def bring_up_to_date(
    services: Services, execution: Execution, session: KiteSession, *, at_once: bool = False
) -> ReadingResult | None:
    """Read Kite for `execution`, at most once a second for all who watch it; None when another reading is
    recent enough.

    `at_once` reads in any case: a person asked, or a new return came.
    """
    now = services.now()
    with services.store.writing() as conn:
        if not executions.claim_read(conn, execution.id, now, now - READ_EVERY) and not at_once:
            return None
    return read_order_book(services, execution, session)


def read_for_postback(services: Services, execution_id: str) -> ReadingResult | None:
    """Read Kite because a postback came, however recent the last reading is; None when no session can read
    it.

    Any living session of the Kite user who owns the execution will do. While it is nobody's, only a page that
    its person opens reads it: a session is there for that and for what its own Kite user owns.
    """
    tried: set[str] = set()
    while True:
        with services.store.reading() as conn:
            execution = executions.get(conn, execution_id)
            living = (
                sessions.of_user(conn, execution.user_id, services.now())
                if execution and execution.user_id
                else []
            )
        found = [each for each in living if each.id not in tried]
        if execution is None or not found:
            return None
        reading = bring_up_to_date(services, execution, found[0], at_once=True)
        if reading is not ReadingResult.SESSION_OVER:
            return reading
        tried.add(found[0].id)


def read_order_book(services: Services, execution: Execution, session: KiteSession) -> ReadingResult:
    """Read orders, then trades (so that no order shows a fill without its trade), keep them, then their
    histories, and settle.

    An execution that is nobody's yet becomes the session's user's when the order book holds orders of it.
    """
    client = client_for(services, session)
    if client is None:
        return ReadingResult.SESSION_OVER
    asked_at = services.now()
    try:
        book = client.orders()
        baseline.remember_book(services, session, book)
        baseline.store_baseline_of_later_parts(services, execution, book, asked_at)
        mine = orders_of(services, execution, book)
        if not _owned(services, execution, session, mine):
            return ReadingResult.READ
        changed = store_reading(services, execution, book, client.trades() if mine else Rows(), asked_at)
        store_histories(services, execution, client, mine, changed)
    except TokenException:
        end_session(services, session)
        return ReadingResult.SESSION_OVER
    except (NoAnswer, NetworkException):
        return ReadingResult.NO_ANSWER
    except KiteException:
        return ReadingResult.REFUSED
    return ReadingResult.READ


def orders_of(services: Services, execution: Execution, book: Sequence[Order]) -> list[Order]:
    """Return an execution's orders of an order book: those with its tag that were not there before it was
    handed off.
    """
    mine = orders_with_tag(book, execution.tag)
    if not mine:
        return []
    before = _before(services, execution)
    return [each for each in mine if each.order_id not in before]


def find_doubts(
    services: Services, execution: Execution, book: Rows[Order], unreadable_trades: int = 0
) -> Doubts:
    """Return what an order book holds that may be an execution's and cannot be told."""
    return replace(
        doubts.find_doubts(execution, book, _before(services, execution)), unreadable_trades=unreadable_trades
    )


def _before(services: Services, execution: Execution) -> frozenset[str]:
    """Return the numbers of the orders that stood in the book before an execution was handed off."""
    with services.store.reading() as conn:
        return baselines.of(conn, execution.id)


def store_reading(
    services: Services, execution: Execution, book: Rows[Order], trades: Rows[Trade], asked_at: datetime
) -> frozenset[str]:
    """Keep an execution's orders and their trades as an order book asked for at `asked_at` held them, and
    settle.

    `book` and `trades` are the whole of what Kite sent. What of it may be the execution's and cannot be told
    is kept as well. The version counts up when there is news. Return the ids of orders that have other terms
    than when they were read before.
    """
    mine = orders_of(services, execution, book)
    left_open = find_doubts(services, execution, book, doubts.count_unreadable_trades(trades, mine))
    ids = [each.order_id for each in mine]
    fills = [each.raw for each in trades if each.order_id in ids]
    with services.store.writing() as conn:
        before = books.of(conn, execution.id)
        books.keep(conn, execution.id, [each.raw for each in mine], fills, asked_at)
        postbacks.join_orders(conn, ids, execution.id)
        confirmed = postbacks.note_read(conn, execution.id, ids, asked_at, services.now())
        executions.note_read(conn, execution.id, asked_at)
        if mine:
            _prove(conn, services, execution.id)
        doubted = doubts.store_doubts(conn, execution.id, before, left_open)
        late_enough = not left_open.unreadable_orders and _conclude(conn, services, execution, asked_at)
        if late_enough or doubted or confirmed or _news(before, execution.read_at, mine, fills):
            executions.touch(conn, execution.id)
        settle(conn, services, execution.id)
    terms = {each.order_id: _terms(each) for each in map(order, before.orders)}
    return frozenset(each.order_id for each in mine if terms.get(each.order_id, _terms(each)) != _terms(each))


def store_histories(
    services: Services,
    execution: Execution,
    client: KiteConnect,
    mine: Sequence[Order],
    changed: Collection[str],
) -> None:
    """Read and keep the histories of orders that have moved on, a few at a time, and settle.

    `changed` are the ids of those with new terms. Orders and fills are kept before: Kite takes ten calls a
    second, and nobody should wait for histories to see a fill. Raises TokenException.
    """
    with services.store.reading() as conn:
        kept = books.of(conn, execution.id).histories
    asked_at = services.now()
    wanted = [each for each in mine if each.order_id in changed or _behind(kept.get(each.order_id), each)]
    histories = _histories(client, wanted[:HISTORIES_AT_ONCE])
    if not histories:
        return
    with services.store.writing() as conn:
        for order_id, rows in histories.items():
            books.keep_history(conn, execution.id, order_id, rows, asked_at)
        executions.touch(conn, execution.id)
        settle(conn, services, execution.id)


def settle(conn: Connection, services: Services, execution_id: str) -> None:
    """Move a returned execution to settled when nothing can change any more, and back when an order works
    again or Kite reports a new one.

    A settled execution is not read again by itself, so it waits until every order's history has been read
    once.
    """
    execution = executions.get(conn, execution_id)
    if execution is None or execution.state not in (State.RETURNED, State.SETTLED):
        return
    receipt = receipt_loading.read_receipt(conn, execution)
    outcomes = [str(each.outcome) for each in receipt.items if each.outcome]
    executions.note_outcomes(conn, execution.id, outcomes, receipt.traded("BUY"), receipt.traded("SELL"))
    told = all(receipt.histories.get(each.order_id) for each in receipt.orders)
    if execution.state is State.RETURNED and receipt.complete and told:
        states.move(
            conn,
            execution,
            State.SETTLED,
            services.now(),
            EventCause.ALL_ENDED if receipt.orders else EventCause.NOTHING_PLACED,
        )
    elif execution.state is State.SETTLED and receipt.working:
        states.move(conn, execution, State.RETURNED, services.now(), EventCause.WORKS_AGAIN)
    elif execution.state is State.SETTLED and any(each.reports and not each.orders for each in receipt.items):
        states.move(conn, execution, State.RETURNED, services.now(), EventCause.POSTBACK)


def client_for(services: Services, session: KiteSession) -> KiteConnect | None:
    """Return a client that acts in `session`; None, with the session ended, when its token cannot be opened
    any more.
    """
    token = services.sealer.open(session.sealed_token or "", session.id)
    if token is None:
        end_session(services, session)
        return None
    return services.connect.with_token(token)


def end_session(services: Services, session: KiteSession) -> None:
    """Remember that a session is over and forget its token."""
    with services.store.writing() as conn:
        sessions.end(conn, session.id, services.now())


def _owned(services: Services, execution: Execution, session: KiteSession, mine: Sequence[Order]) -> bool:
    """Whether the execution is that of the session's user, who gets it when it is nobody's and the book holds
    orders of it.
    """
    if execution.user_id:
        return execution.user_id == session.user_id
    if not mine:
        return False
    with services.store.writing() as conn:
        return executions.own(conn, execution.id, session.user_id)


def _prove(conn: Connection, services: Services, execution_id: str) -> None:
    """Orders in the book prove that the basket reached Kite, whatever was told of it before."""
    current = executions.get(conn, execution_id)
    if current and current.state not in (State.RETURNED, State.SETTLED):
        states.move(conn, current, State.RETURNED, services.now(), EventCause.FOUND_BY_TAG)


def _news(before: Book, read_at: datetime | None, mine: Sequence[Order], fills: Sequence[Raw]) -> bool:
    """Whether a reading says something that the one before, at `read_at`, did not."""
    if read_at is None:
        return True
    stood = {
        str(each["order_id"]): each
        for each in before.orders
        if before.seen_at[str(each["order_id"])] >= read_at
    }
    told = {each["trade_id"] for each in before.trades}
    return stood != {each.order_id: each.raw for each in mine} or any(
        each["trade_id"] not in told for each in fills
    )


def _conclude(conn: Connection, services: Services, execution: Execution, read_at: datetime) -> bool:
    """Record, once, that a reading was late enough to say what is missing; say whether this one was the
    first.
    """
    current = executions.get(conn, execution.id)
    if current is None or not proves_absence(current, read_at, services.settings.missing_after):
        return False
    if events.that_had(conn, [execution.id], EventCause.BOOK_READ):
        return False
    events.add(
        conn,
        Event(
            at=read_at,
            execution_id=execution.id,
            from_state=None,
            to_state=None,
            cause=EventCause.BOOK_READ,
            detail="",
        ),
    )
    return True


def _histories(client: KiteConnect, orders: Sequence[Order]) -> dict[str, list[Raw]]:
    """Read histories; the book stands without them too.

    An order of which Kite tells no history has its present state as the only station.
    """
    histories: dict[str, list[Raw]] = {}
    for each in orders:
        try:
            told = [entry.raw for entry in client.order_history(each.order_id)]
        except TokenException:
            raise
        except (NoAnswer, NetworkException):
            break
        except KiteException:
            told = []
        histories[each.order_id] = told or [each.raw]
    return histories


def _behind(history: list[Raw] | None, current: Order) -> bool:
    if not history:
        return True
    last = order(history[-1])
    return (last.status, last.filled_quantity) != (current.status, current.filled_quantity)


def _terms(order: Order) -> tuple[int, Decimal, Decimal]:
    """Return what an order's person can change: new terms end in the same status as the ones before."""
    return order.quantity, order.price, order.trigger_price
