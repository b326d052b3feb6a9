"""Loading receipts from the store. A page of them takes as many queries as one."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from kite.connect.records import order as read_order
from kite.connect.records import trade as read_trade
from kite.offsite.base import recorded_acts
from kite.offsite.base.doubts import Doubts
from kite.offsite.base.receipt import Receipt, Report
from kite.offsite.base.receipt_building import build_receipt
from kite.store.base.engine import Connection
from kite.store.flow import books, events, postbacks
from kite.store.flow.books import Book
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.flow.postbacks import Postback

CAUSES = (EventCause.BOOK_READ, *recorded_acts.CAUSES)
"""The events that say something about a receipt's outcomes."""


def read_receipt(
    conn: Connection, execution: Execution, *, readable: bool = True, trail: Sequence[Event] | None = None
) -> Receipt:
    """Return the receipt as stored.

    `readable` is false when no order book can be read now. `trail` are the execution's events, when
    the caller has read them already.
    """
    trails = None
    if trail is not None:
        trails = {execution.id: trail}
    return read_receipts(conn, [execution], readable=readable, trails=trails)[execution.id]


def read_receipts(
    conn: Connection,
    listed: Sequence[Execution],
    *,
    readable: bool = True,
    unreadable: Collection[str] = (),
    brief: bool = False,
    trails: Mapping[str, Sequence[Event]] | None = None,
) -> dict[str, Receipt]:
    """Return the receipts of the executions `listed`, by their ids.

    Of those whose ids are `unreadable` no order book can be read now, of none when not `readable`.
    `brief` ones have neither trades nor histories, so no average price: they are for lists, which
    show only outcomes. `trails` are the events of each, when the caller has read them already.
    """
    ids = [execution.id for execution in listed]
    stored_books = books.of_all(conn, ids, orders_only=brief)
    if trails is None:
        trails = events.of_all(conn, ids, CAUSES)
    reports: defaultdict[str | None, list[Report]] = defaultdict(list)
    for postback in postbacks.unread(conn, ids):
        reports[postback.execution_id].append(_report(postback))
    return {
        execution.id: _receipt(
            execution,
            stored_books[execution.id],
            _facts(trails[execution.id], reports.get(execution.id, ())),
            readable=readable and execution.id not in unreadable,
        )
        for execution in listed
    }


def receipt_of(
    execution: Execution, book: Book, trail: Sequence[Event], messages: Sequence[Postback]
) -> Receipt:
    """Return the receipt that `read_receipt` would, of what the caller has read or just written:
    the execution's book, all its events, and the postbacks that no reading has followed.
    """
    reports = [_report(message) for message in messages]
    return _receipt(execution, book, _facts(trail, reports), readable=True)


def _report(message: Postback) -> Report:
    return Report(read_order(json.loads(message.data)), message.received_at)


@dataclass(frozen=True)
class ExecutionFacts:
    """What is known of an execution beside its order book."""

    concluded: bool
    reports: Sequence[Report]
    acts: Sequence[Event]


def _facts(trail: Sequence[Event], reports: Sequence[Report]) -> ExecutionFacts:
    return ExecutionFacts(
        concluded=any(event.cause == EventCause.BOOK_READ for event in trail),
        reports=reports,
        acts=[event for event in trail if event.cause in recorded_acts.CAUSES],
    )


def _receipt(execution: Execution, book: Book, facts: ExecutionFacts, *, readable: bool) -> Receipt:
    read_at = execution.read_at
    receipt = build_receipt(
        execution,
        [read_order(raw) for raw in book.orders],
        [read_trade(raw) for raw in book.trades],
        readable=readable,
        concluded=facts.concluded,
        gone={order_id for order_id, at in book.seen_at.items() if read_at and at < read_at},
        reports=facts.reports,
        doubts=Doubts(tuple(map(read_order, book.untagged)), book.unreadable_orders, book.unreadable_trades),
        accepted_terms=recorded_acts.accepted_terms(facts.acts),
    )
    return replace(
        receipt,
        histories={order_id: [read_order(raw) for raw in rows] for order_id, rows in book.histories.items()},
    )
