"""Doubts: the rows of an order book that may belong to a basket without any proof.

They are orders without a tag that look like one of its items, and rows that cannot be read. While
there is one of them, nobody knows that Kite made no order for an item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kite.connect.fields import RecordList
from kite.connect.records import Order, Raw, Trade
from kite.connect.records import order as read_order
from kite.offsite.base.matching import could_be_of_item, matches_item, own_tags, tags_of
from kite.store.base.engine import Connection
from kite.store.flow import books
from kite.store.flow.books import Book
from kite.store.flow.executions import Execution


@dataclass(frozen=True)
class Doubts:
    """What one reading leaves in doubt.

    Both counts are of rows that cannot be read and may be this basket's.
    """

    untagged: tuple[Order, ...] = ()
    unreadable_orders: int = 0
    unreadable_trades: int = 0

    @property
    def any(self) -> bool:
        """Whether there is anything that may be an order of the basket."""
        return bool(self.untagged or self.unreadable_orders)


CERTAIN = Doubts()


def find_doubts(execution: Execution, book: RecordList[Order], before: Iterable[str]) -> Doubts:
    """Return the doubts about an execution that an order book raises.

    `before` are the ids of the orders that the book held before the hand-off.
    """
    known = frozenset(before)
    untagged = tuple(
        order for order in book if order.order_id not in known and _may_be_untagged_order(execution, order)
    )
    return Doubts(untagged, sum(_may_be_order(execution, row) for row in book.unreadable_rows))


def count_unreadable_trades(trades: RecordList[Trade], orders: Sequence[Order]) -> int:
    """Count the rows of a list of trades that cannot be read and may be fills of these orders."""
    ids, names = {order.order_id for order in orders}, {order.tradingsymbol for order in orders}
    return sum(_may_be_fill(row, ids, names) for row in trades.unreadable_rows)


def with_doubts(before: Book, doubts: Doubts) -> Book:
    """Return a book with the doubts of a reading.

    An untagged order that was seen once stays in it for good: Kite empties its book overnight, and
    the order was placed all the same. A row that cannot be read counts for as long as the book
    holds it.
    """
    untagged: dict[str, Raw] = {str(raw["order_id"]): raw for raw in before.untagged}
    untagged |= {order.order_id: order.raw for order in doubts.untagged}
    return replace(
        before,
        untagged=list(untagged.values()),
        unreadable_orders=doubts.unreadable_orders,
        unreadable_trades=doubts.unreadable_trades,
    )


def store_doubts(conn: Connection, execution_id: str, before: Book, doubts: Doubts) -> bool:
    """Store the doubts of a reading; return whether they are new."""
    book = with_doubts(before, doubts)
    if book == before:
        return False
    books.keep_doubts(conn, execution_id, book.untagged, book.unreadable_orders, book.unreadable_trades)
    return True


def _may_be_untagged_order(execution: Execution, order: Order) -> bool:
    """Whether an order has no tag, looks like an item and was placed after the hand-off."""
    if own_tags(order) or order.parent_order_id:
        return False
    # Kite's times are whole seconds: an order of the same second may have been placed after the
    # hand-off.
    since = (execution.handed_off_at or execution.created_at).replace(microsecond=0)
    # An order whose time cannot be read may have been placed after the hand-off too.
    in_time = order.order_timestamp is None or order.order_timestamp >= since
    return in_time and any(matches_item(item, order) for item in execution.items)


def _may_be_order(execution: Execution, row: object) -> bool:
    """Whether a row that cannot be read as an order may be one of the basket's."""
    if not isinstance(row, dict):
        return True
    # Most of such rows lack only an id. With one they can be read, and what they do hold can be
    # compared.
    readable = read_order({**row, "order_id": "?"})
    if own_tags(readable):
        return execution.tag in tags_of(readable)
    return any(could_be_of_item(item, readable) for item in execution.items)


def _may_be_fill(row: object, ids: set[str], names: set[str]) -> bool:
    if not isinstance(row, dict):
        return True
    order_id, name = row.get("order_id"), row.get("tradingsymbol")
    if order_id:
        return str(order_id) in ids
    return not name or name in names
