"""Excerpt: what concerns one execution in what Kite listed, compared with what was stored before.

It asks nothing and stores nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from kite.connect.fields import RecordList
from kite.connect.records import Order, Raw, Trade
from kite.connect.records import order as read_order
from kite.offsite.base.doubts import Doubts, count_unreadable_trades, find_doubts
from kite.offsite.base.matching import orders_with_tag
from kite.store.flow.books import Book
from kite.store.flow.executions import Execution


@dataclass(frozen=True)
class Excerpt:
    """What Kite listed at `at`, as far as it concerns one execution.

    `trades` are raw, and the fills of `orders`.
    """

    orders: tuple[Order, ...]
    trades: tuple[Raw, ...]
    doubts: Doubts
    at: datetime

    @property
    def order_ids(self) -> list[str]:
        """The ids of the execution's orders."""
        return [order.order_id for order in self.orders]


def excerpt_of(
    execution: Execution,
    book: RecordList[Order],
    trades: RecordList[Trade],
    asked_at: datetime,
    earlier_ids: Collection[str],
) -> Excerpt:
    """Return what concerns an execution; `earlier_ids` are of orders that were in the book before
    its hand-off.
    """
    orders = tuple(orders_with_tag(book, execution.tag, earlier_ids))
    ids = {order.order_id for order in orders}
    open_doubts = replace(
        find_doubts(execution, book, earlier_ids),
        unreadable_trades=count_unreadable_trades(trades, orders),
    )
    return Excerpt(
        orders, tuple(trade.raw for trade in trades if trade.order_id in ids), open_doubts, asked_at
    )


def is_news(before: Book, read_at: datetime | None, excerpt: Excerpt) -> bool:
    """Whether a reading shows something that the reading before it, at `read_at`, did not."""
    if read_at is None:
        return True
    raws = {str(raw["order_id"]): raw for raw in before.orders}
    # Orders that the reading before did not hold any more are stored too; only those that it held
    # compare.
    last_read = {order_id: raw for order_id, raw in raws.items() if before.seen_at[order_id] >= read_at}
    if last_read != {order.order_id: order.raw for order in excerpt.orders}:
        return True
    trade_ids = {raw["trade_id"] for raw in before.trades}
    return any(raw["trade_id"] not in trade_ids for raw in excerpt.trades)


def outdated_orders(before: Book, orders: Sequence[Order]) -> tuple[Order, ...]:
    """Return the orders that have moved on since their histories were stored, or have other terms
    than at the reading before.
    """
    changed = _ids_with_new_terms(before, orders)
    return tuple(
        order
        for order in orders
        if order.order_id in changed or _is_behind(before.histories.get(order.order_id), order)
    )


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
