"""Recording: store what an order book shows of an execution, and settle the execution when all has
ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kite.connect.fields import RecordList
from kite.connect.records import Order, Raw, Trade
from kite.exceptions import Erased
from kite.offsite.base import doubts, receipt_loading, states
from kite.offsite.base.asking import Answer, AnswerVerdict, ask
from kite.offsite.base.doubts import Doubts
from kite.offsite.base.kite_day import proves_absence
from kite.offsite.base.receipt import Receipt
from kite.offsite.base.services import Services
from kite.offsite.order_book.excerpt import Excerpt, excerpt_of, is_news, outdated_orders
from kite.store.base.engine import Connection
from kite.store.flow import baselines, books, events, executions, postbacks
from kite.store.flow.books import Book
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.flow.postbacks import Postback
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State

HISTORIES_AT_ONCE = 8
"""Histories read in one pass, so that a page with ten orders does not wait for Kite's ten calls a
second.
"""


@dataclass(frozen=True)
class StoredReading:
    """What is stored of an execution after a reading, as the transaction that wrote it left it.

    `trail` are its events, without the one that settles it. `messages` are postbacks that no
    reading has followed. `outdated` are the orders whose stored histories are behind.
    """

    execution: Execution
    book: Book
    trail: tuple[Event, ...]
    messages: tuple[Postback, ...]
    outdated: tuple[Order, ...]

    @property
    def receipt(self) -> Receipt:
        """What became of every item."""
        return receipt_loading.receipt_of(self.execution, self.book, self.trail, self.messages)


def find_doubts(conn: Connection, execution: Execution, book: RecordList[Order]) -> Doubts:
    """Return what an order book leaves in doubt about an execution."""
    return doubts.find_doubts(execution, book, baselines.of(conn, execution.id))


def store_reading(
    services: Services,
    execution_id: str,
    book: RecordList[Order],
    trades: RecordList[Trade],
    asked_at: datetime,
) -> StoredReading:
    """Store an execution's orders and trades as Kite listed them at `asked_at`, with all doubts,
    and settle.

    `book` and `trades` are all that Kite sent. The execution's version counts up when there is
    news. Raises Erased when it was erased while Kite was asked.
    """
    # One transaction: whoever looks at the execution sees this reading whole, or the one before.
    with services.store.writing() as conn:
        # Read anew and locked: the return, from which the time counts, may have come while Kite was
        # asked.
        execution = _lock(conn, execution_id)
        excerpt = excerpt_of(execution, book, trades, asked_at, baselines.of(conn, execution_id))
        if excerpt.orders:
            execution = _prove_sent(conn, services, execution)
        stored = _store_excerpt(conn, services, execution, excerpt)
        if _settle(conn, services, stored.execution, stored.receipt):
            return replace(stored, execution=_lock(conn, execution_id))
    return stored


def store_histories(services: Services, session: KiteSession, stored: StoredReading) -> AnswerVerdict:
    """Read and store the histories that are behind, a few at a time and as far as Kite answers, and
    settle. Return how the last question ended. Raises Erased.
    """
    # Orders and fills were stored before: Kite takes ten calls a second, and nobody should wait for
    # histories to see a fill.
    asked_at = services.now()
    histories, verdict = _read_histories(services, session, stored.outdated[:HISTORIES_AT_ONCE])
    if not histories:
        return verdict
    with services.store.writing() as conn:
        execution = _lock(conn, stored.execution.id)
        books.keep_histories(conn, execution.id, histories, asked_at)
        executions.touch(conn, execution.id)
        _settle(conn, services, execution, _receipt_with(conn, execution, stored, histories))
    return verdict


def _lock(conn: Connection, execution_id: str) -> Execution:
    execution = executions.lock(conn, execution_id)
    if execution is None:
        raise Erased("The execution was erased while Kite was asked.")
    return execution


def _receipt_with(
    conn: Connection, execution: Execution, stored: StoredReading, histories: Mapping[str, list[Raw]]
) -> Receipt:
    """Return the receipt with histories that were just stored. `execution` is as it is now, without
    them.
    """
    # Whatever a receipt shows raises the version: with the same one, nothing came while Kite was
    # asked.
    if (execution.version, execution.read_at) != (stored.execution.version, stored.execution.read_at):
        return receipt_loading.read_receipt(conn, execution)
    book = replace(stored.book, histories={**stored.book.histories, **histories})
    return replace(stored, execution=execution, book=book).receipt


def settle(conn: Connection, services: Services, execution_id: str) -> None:
    """Move a returned execution to settled when nothing can change any more, and back when
    something does.
    """
    execution = executions.get(conn, execution_id)
    if execution and execution.state in states.PROVED:
        _settle(conn, services, execution, receipt_loading.read_receipt(conn, execution))


def _settle(conn: Connection, services: Services, execution: Execution, receipt: Receipt) -> bool:
    """Do what `settle` does, with the receipt of the execution as it is now; return whether it
    moved.
    """
    if execution.state not in states.PROVED:
        return False
    outcomes = [str(result.outcome) for result in receipt.items if result.outcome]
    executions.note_outcomes(conn, execution.id, outcomes, receipt.traded("BUY"), receipt.traded("SELL"))
    if execution.state is State.RETURNED:
        to, cause = State.SETTLED, _why_settled(receipt)
    else:
        to, cause = State.RETURNED, _why_open_again(receipt)
    return cause is not None and states.move(conn, execution, to, services.now(), cause)


def _why_settled(receipt: Receipt) -> EventCause | None:
    """Return why an execution is settled; None while something of it can change."""
    # A settled execution is not read again by itself, so it waits for every order's history as
    # well.
    has_histories = all(receipt.histories.get(order.order_id) for order in receipt.orders)
    if not receipt.complete or not has_histories:
        return None
    return EventCause.ALL_ENDED if receipt.orders else EventCause.NOTHING_PLACED


def _why_open_again(receipt: Receipt) -> EventCause | None:
    """Return why a settled execution is open again; None while it is not."""
    if receipt.working:
        return EventCause.WORKS_AGAIN
    if any(result.reports and not result.orders for result in receipt.items):
        return EventCause.POSTBACK
    return None


def _prove_sent(conn: Connection, services: Services, execution: Execution) -> Execution:
    """Call an execution returned: orders in the book prove that it reached Kite. Return it as it is
    then.
    """
    if execution.state in states.PROVED:
        return execution
    states.move(conn, execution, State.RETURNED, services.now(), EventCause.FOUND_BY_TAG)
    return executions.get(conn, execution.id) or execution


def _store_excerpt(
    conn: Connection, services: Services, execution: Execution, excerpt: Excerpt
) -> StoredReading:
    """Store what a reading shows of an execution, which is locked."""
    before = books.of(conn, execution.id)
    raws = [order.raw for order in excerpt.orders]
    book = books.keep(conn, execution.id, raws, excerpt.trades, excerpt.at, before=before)
    is_doubted = doubts.store_doubts(conn, execution.id, book, excerpt.doubts)
    is_confirmed, messages = _follow_messages(conn, services, execution.id, excerpt)
    trail = events.of(conn, execution.id)
    is_concluded = _conclude(conn, services, execution, trail, excerpt)
    if is_concluded:
        trail = events.of(conn, execution.id)
    has_news = is_doubted or is_confirmed or is_concluded or is_news(before, execution.read_at, excerpt)
    executions.note_read(conn, execution.id, excerpt.at, news=has_news)
    read_at = max(execution.read_at or excerpt.at, excerpt.at)
    return StoredReading(
        execution=replace(execution, read_at=read_at, version=execution.version + has_news),
        book=doubts.with_doubts(book, excerpt.doubts),
        trail=tuple(trail),
        messages=messages,
        outdated=outdated_orders(before, excerpt.orders),
    )


def _follow_messages(
    conn: Connection, services: Services, execution_id: str, excerpt: Excerpt
) -> tuple[bool, tuple[Postback, ...]]:
    """Remember which postbacks the reading has followed; return whether it has any, and the others
    of the execution.
    """
    ids = excerpt.order_ids
    unread = postbacks.unread_or_unjoined(conn, execution_id, ids)
    if any(message.execution_id is None for message in unread):
        postbacks.join_orders(conn, ids, execution_id)
    followed = [
        message for message in unread if message.order_id in ids and message.received_at <= excerpt.at
    ]
    if followed:
        postbacks.note_read(conn, execution_id, ids, excerpt.at, services.now())
    return bool(followed), tuple(message for message in unread if message not in followed)


def _conclude(
    conn: Connection, services: Services, execution: Execution, trail: Sequence[Event], excerpt: Excerpt
) -> bool:
    """Record, once, that a reading was late enough to prove what is missing; return whether this
    one did.

    While a row that cannot be read may be an order of the execution, no reading proves that.
    """
    if excerpt.doubts.unreadable_orders:
        return False
    if not proves_absence(execution, excerpt.at, services.settings.missing_after):
        return False
    if any(event.cause == EventCause.BOOK_READ for event in trail):
        return False
    events.note(conn, excerpt.at, EventCause.BOOK_READ, execution.id)
    return True


def _read_histories(
    services: Services, session: KiteSession, orders: Sequence[Order]
) -> tuple[dict[str, list[Raw]], AnswerVerdict]:
    """Read the histories of orders from Kite, as far as it answers; return them by the orders' ids,
    and how the last question ended.

    An order without a history at Kite has its present state as the only one.
    """
    histories: dict[str, list[Raw]] = {}
    for order in orders:
        answer = _ask_history(services, session, order)
        # The next question would wait as long, or be refused too. The receipt can do without
        # histories.
        if answer.verdict in (AnswerVerdict.NO_ANSWER, AnswerVerdict.SESSION_OVER):
            return histories, answer.verdict
        histories[order.order_id] = answer.value or [order.raw]
    return histories, AnswerVerdict.ANSWERED


def _ask_history(services: Services, session: KiteSession, order: Order) -> Answer[list[Raw]]:
    return ask(
        services, session, lambda client: [entry.raw for entry in client.order_history(order.order_id)]
    )
