"""Loading: receipts built from what is stored. A page of them takes as many queries as one."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from kite.connect.records import order, trade
from kite.offsite.parts import Parts
from kite.offsite.receipt import Receipt, Report, build
from kite.store import books, events, postbacks
from kite.store.books import Book
from kite.store.engine import Connection
from kite.store.executions import Execution
from kite.vocabulary import Cause


def load(parts: Parts, execution: Execution, *, readable: bool = True) -> Receipt:
    """Build the receipt from what is stored."""
    with parts.store.reading() as conn:
        return of(conn, execution, readable=readable)


def of(conn: Connection, execution: Execution, *, readable: bool = True) -> Receipt:
    """Build the receipt from what is stored. `readable` is false when no order book can be read now."""
    return of_all(conn, [execution], readable=readable)[execution.id]


def of_all(conn: Connection, found: Sequence[Execution], *, readable: bool = True, brief: bool = False) -> dict[str, Receipt]:
    """Build the receipts of several executions, by their ids.

    `brief` ones have neither trades nor histories, so no average price: for lists, which say only how each stands.
    """
    ids = [each.id for each in found]
    kept = books.of_all(conn, ids, orders_only=brief)
    concluded = events.that_had(conn, ids, Cause.BOOK_READ)
    heard: defaultdict[str | None, list[Report]] = defaultdict(list)
    for each in postbacks.unread(conn, ids):
        heard[each.execution_id].append(Report(order(json.loads(each.data)), each.received_at))
    return {each.id: _built(each, kept[each.id], readable=readable, concluded=each.id in concluded, reports=heard.get(each.id, ())) for each in found}


def _built(execution: Execution, book: Book, *, readable: bool, concluded: bool, reports: Sequence[Report]) -> Receipt:
    orders, trades = [order(raw) for raw in book.orders], [trade(raw) for raw in book.trades]
    gone = {order_id for order_id, at in book.seen_at.items() if execution.read_at and at < execution.read_at}
    built = build(execution, orders, trades, readable=readable, concluded=concluded, gone=gone, reports=reports)
    return replace(built, histories={order_id: [order(raw) for raw in rows] for order_id, rows in book.histories.items()})
