"""Recording: store what an order book shows of an execution, and settle the execution when all has
ended.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from kite.connect.fields import RecordList
from kite.connect.records import Order, Raw, Trade
from kite.connect.records import order as read_order
from kite.offsite.base import doubts, receipt_loading, states
from kite.offsite.base.asking import Answer, AnswerVerdict, ask
from kite.offsite.base.doubts import Doubts
from kite.offsite.base.kite_day import proves_absence
from kite.offsite.base.matching import orders_with_tag
from kite.offsite.base.receipt import Receipt
from kite.offsite.base.services import Services
from kite.store.base.engine import Connection
from kite.store.flow import baselines, books, events, executions, postbacks
from kite.store.flow.books import Book
from kite.store.flow.event_causes import EventCause
from kite.store.flow.executions import Execution
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State

HISTORIES_AT_ONCE = 8
"""Histories read in one pass, so that a page with ten orders does not wait for Kite's ten calls a
second.
"""


def find_doubts(
    conn: Connection, execution: Execution, book: RecordList[Order], unreadable_trades: int = 0
) -> Doubts:
    """Return what an order book leaves in doubt about an execution."""
    in_book = doubts.find_doubts(execution, book, baselines.of(conn, execution.id))
    return replace(in_book, unreadable_trades=unreadable_trades)


def store_reading(
    services: Services,
    execution: Execution,
    book: RecordList[Order],
    trades: RecordList[Trade],
    asked_at: datetime,
) -> list[Order]:
    """Store an execution's orders and trades as Kite listed them at `asked_at`, with all doubts,
    and settle.

    `book` and `trades` are all that Kite sent. The execution's version counts up when there is
    news. Return the orders whose stored histories are behind.
    """
    # One transaction: whoever looks at the execution sees this reading whole, or the one before.
    with services.store.writing() as conn:
        orders = orders_with_tag(book, execution.tag, baselines.of(conn, execution.id))
        open_doubts = find_doubts(conn, execution, book, doubts.count_unreadable_trades(trades, orders))
        ids = [order.order_id for order in orders]
        fills = [trade.raw for trade in trades if trade.order_id in ids]
        before = books.of(conn, execution.id)
        books.keep(conn, execution.id, [order.raw for order in orders], fills, asked_at)
        postbacks.join_orders(conn, ids, execution.id)
        confirmed = postbacks.note_read(conn, execution.id, ids, asked_at, services.now())
        executions.note_read(conn, execution.id, asked_at)
        if orders:
            _prove_sent(conn, services, execution.id)
        doubted = doubts.store_doubts(conn, execution.id, before, open_doubts)
        concluded = _conclude(conn, services, execution, asked_at, open_doubts)
        if concluded or doubted or confirmed or _is_news(before, execution.read_at, orders, fills):
            executions.touch(conn, execution.id)
        settle(conn, services, execution.id)
    return _outdated_orders(before, orders)


def store_histories(
    services: Services, session: KiteSession, execution_id: str, outdated: Sequence[Order]
) -> AnswerVerdict:
    """Read and store the histories of orders, a few at a time and as far as Kite answers, and
    settle. Return how the last question ended.
    """
    # Orders and fills were stored before: Kite takes ten calls a second, and nobody should wait for
    # histories to see a fill.
    asked_at = services.now()
    histories, verdict = _read_histories(services, session, outdated[:HISTORIES_AT_ONCE])
    if not histories:
        return verdict
    with services.store.writing() as conn:
        for order_id, rows in histories.items():
            books.keep_history(conn, execution_id, order_id, rows, asked_at)
        executions.touch(conn, execution_id)
        settle(conn, services, execution_id)
    return verdict


def settle(conn: Connection, services: Services, execution_id: str) -> None:
    """Move a returned execution to settled when nothing can change any more, and back when
    something does.
    """
    execution = executions.get(conn, execution_id)
    if execution is None or execution.state not in (State.RETURNED, State.SETTLED):
        return
    receipt = receipt_loading.read_receipt(conn, execution)
    outcomes = [str(result.outcome) for result in receipt.items if result.outcome]
    executions.note_outcomes(conn, execution.id, outcomes, receipt.traded("BUY"), receipt.traded("SELL"))
    if execution.state is State.RETURNED and (cause := _why_settled(receipt)):
        states.move(conn, execution, State.SETTLED, services.now(), cause)
    elif execution.state is State.SETTLED and (cause := _why_open_again(receipt)):
        states.move(conn, execution, State.RETURNED, services.now(), cause)


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


def _prove_sent(conn: Connection, services: Services, execution_id: str) -> None:
    """Call an execution returned: orders in the book prove that it reached Kite."""
    current = executions.get(conn, execution_id)
    if current and current.state not in (State.RETURNED, State.SETTLED):
        states.move(conn, current, State.RETURNED, services.now(), EventCause.FOUND_BY_TAG)


def _is_news(before: Book, read_at: datetime | None, orders: Sequence[Order], fills: Sequence[Raw]) -> bool:
    """Whether a reading shows something that the reading before it, at `read_at`, did not."""
    if read_at is None:
        return True
    raws = {str(raw["order_id"]): raw for raw in before.orders}
    # Orders that the reading before did not hold any more are stored too; only those that it held
    # compare.
    last_read = {order_id: raw for order_id, raw in raws.items() if before.seen_at[order_id] >= read_at}
    if last_read != {order.order_id: order.raw for order in orders}:
        return True
    trade_ids = {raw["trade_id"] for raw in before.trades}
    return any(raw["trade_id"] not in trade_ids for raw in fills)


def _conclude(
    conn: Connection, services: Services, execution: Execution, read_at: datetime, open_doubts: Doubts
) -> bool:
    """Record, once, that a reading was late enough to prove what is missing; return whether this
    one did.

    While a row that cannot be read may be an order of the execution, no reading proves that.
    """
    if open_doubts.unreadable_orders:
        return False
    # Read anew: the return, from which the time counts, may have come while Kite was asked.
    current = executions.get(conn, execution.id)
    if current is None or not proves_absence(current, read_at, services.settings.missing_after):
        return False
    if events.with_cause(conn, [execution.id], EventCause.BOOK_READ):
        return False
    events.note(conn, read_at, EventCause.BOOK_READ, execution.id)
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


def _outdated_orders(before: Book, orders: Sequence[Order]) -> list[Order]:
    """Return the orders that have moved on since their histories were stored, or have other terms
    than at the reading before.
    """
    changed = _ids_with_new_terms(before, orders)
    return [
        order
        for order in orders
        if order.order_id in changed or _is_behind(before.histories.get(order.order_id), order)
    ]


def _is_behind(history: list[Raw] | None, current: Order) -> bool:
    """Whether a stored history does not reach an order's present state."""
    if not history:
        return True
    last = read_order(history[-1])
    return (last.status, last.filled_quantity) != (current.status, current.filled_quantity)


def _ids_with_new_terms(before: Book, orders: Sequence[Order]) -> frozenset[str]:
    """Return the ids of orders whose terms are not those of the reading before."""
    terms = {earlier.order_id: _terms(earlier) for earlier in map(read_order, before.orders)}
    return frozenset(
        current.order_id
        for current in orders
        if terms.get(current.order_id, _terms(current)) != _terms(current)
    )


def _terms(order: Order) -> tuple[int, Decimal, Decimal]:
    """Return the terms that a person can change; a status alone does not show that they were."""
    return order.quantity, order.price, order.trigger_price
