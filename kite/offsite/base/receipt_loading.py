"""Loading: receipts built from what is stored. A page of them takes as many queries as one."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kite.connect.records import order, trade
from kite.offsite.base import modifications
from kite.offsite.base.doubts import Doubts
from kite.offsite.base.receipt import Receipt, Report, build_receipt
from kite.offsite.base.services import Services
from kite.store.base.engine import Connection
from kite.store.flow import books, events, postbacks
from kite.store.flow.books import Book
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.vocabulary import EventCause


def load_receipt(services: Services, execution: Execution, *, readable: bool = True) -> Receipt:
    """Build the receipt from what is stored."""
    with services.store.reading() as conn:
        return read_receipt(conn, execution, readable=readable)


def read_receipt(conn: Connection, execution: Execution, *, readable: bool = True) -> Receipt:
    """Build the receipt from what is stored. `readable` is false when no order book can be read now."""
    return read_receipts(conn, [execution], readable=readable)[execution.id]


def read_receipts(
    conn: Connection,
    found: Sequence[Execution],
    *,
    readable: bool = True,
    unreadable: Collection[str] = (),
    brief: bool = False,
) -> dict[str, Receipt]:
    """Build the receipts of several executions, by their ids.

    Of those whose ids are `unreadable` no order book can be read now, of none when not `readable`. `brief`
    ones have neither trades nor histories, so no average price: for lists, which say only how each stands.
    """
    ids = [each.id for each in found]
    kept = books.of_all(conn, ids, orders_only=brief)
    concluded = events.that_had(conn, ids, EventCause.BOOK_READ)
    heard: defaultdict[str | None, list[Report]] = defaultdict(list)
    for each in postbacks.unread(conn, ids):
        heard[each.execution_id].append(Report(order(json.loads(each.data)), each.received_at))
    modified = events.of_all(conn, ids, modifications.CAUSES)
    told = {
        each.id: ExecutionFacts(each.id in concluded, heard.get(each.id, ()), modified.get(each.id, ()))
        for each in found
    }
    return {
        each.id: _built(each, kept[each.id], told[each.id], readable=readable and each.id not in unreadable)
        for each in found
    }


@dataclass(frozen=True)
class ExecutionFacts:
    """What is known of an execution beside its order book."""

    concluded: bool
    reports: Sequence[Report]
    modified: Sequence[Event]


def _built(execution: Execution, book: Book, heard: ExecutionFacts, *, readable: bool) -> Receipt:
    orders, trades = [order(raw) for raw in book.orders], [trade(raw) for raw in book.trades]
    gone = {order_id for order_id, at in book.seen_at.items() if execution.read_at and at < execution.read_at}
    doubts = Doubts(tuple(map(order, book.untagged)), book.unreadable_orders, book.unreadable_trades)
    given = modifications.accepted_terms(heard.modified)
    built = build_receipt(
        execution,
        orders,
        trades,
        readable=readable,
        concluded=heard.concluded,
        gone=gone,
        reports=heard.reports,
        doubts=doubts,
        given=given,
    )
    return replace(
        built, histories={order_id: [order(raw) for raw in rows] for order_id, rows in book.histories.items()}
    )
