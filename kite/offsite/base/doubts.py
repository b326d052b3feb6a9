"""Doubts: what an order book holds that may be a basket's and cannot be told.

Such are orders without a tag that look like one of its items, and rows that cannot be read. While there is
one of them, nobody knows that Kite made no order for an item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kite.connect.fields import Rows
from kite.connect.records import Order, Raw, Trade, order
from kite.offsite.base.matching import TAG_LENGTH, could_be_of_item, matches_item, own_tags
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


def find_doubts(execution: Execution, book: Rows[Order], before: Iterable[str]) -> Doubts:
    """Return what an order book leaves in doubt.

    `before` are the numbers of orders that stood in it before the hand-off.
    """
    known = frozenset(before)
    untagged = tuple(each for each in book if each.order_id not in known and _looks_like_one(execution, each))
    return Doubts(untagged, sum(_may_be_one(execution, row) for row in book.spoiled))


def count_unreadable_trades(trades: Rows[Trade], mine: Sequence[Order]) -> int:
    """Count the rows of a list of trades that cannot be read and may be fills of these orders."""
    ids, names = {each.order_id for each in mine}, {each.tradingsymbol for each in mine}
    return sum(_may_be_fill(row, ids, names) for row in trades.spoiled)


def store_doubts(conn: Connection, execution_id: str, before: Book, found: Doubts) -> bool:
    """Keep what a reading left in doubt; return whether that is news.

    An untagged order that was seen once is kept for good: Kite empties its book overnight, and the order was
    placed all the same. A row that cannot be read counts for as long as the book holds it.
    """
    untagged: dict[str, Raw] = {str(each["order_id"]): each for each in before.untagged}
    untagged |= {each.order_id: each.raw for each in found.untagged}
    counts = (found.unreadable_orders, found.unreadable_trades)
    if list(untagged.values()) == before.untagged and counts == (
        before.unreadable_orders,
        before.unreadable_trades,
    ):
        return False
    books.keep_doubts(conn, execution_id, list(untagged.values()), *counts)
    return True


def _looks_like_one(execution: Execution, found: Order) -> bool:
    """Whether an order without a tag looks like an item of the basket and was placed after the hand-off.

    Kite's times are whole seconds. An order whose time cannot be read may have been placed then.
    """
    if own_tags(found) or found.parent_order_id:
        return False
    since = (execution.handed_off_at or execution.created_at).replace(microsecond=0)
    in_time = found.order_timestamp is None or found.order_timestamp >= since
    return in_time and any(matches_item(item, found) for item in execution.items)


def _may_be_one(execution: Execution, row: object) -> bool:
    if not isinstance(row, dict):
        return True
    read = order({**row, "order_id": "?"})
    tags = own_tags(read)
    if tags:
        return any(text[-TAG_LENGTH:] == execution.tag for text in tags)
    return any(could_be_of_item(item, read) for item in execution.items)


def _may_be_fill(row: object, ids: set[str], names: set[str]) -> bool:
    if not isinstance(row, dict):
        return True
    order_id, name = row.get("order_id"), row.get("tradingsymbol")
    if order_id:
        return str(order_id) in ids
    return not name or name in names
