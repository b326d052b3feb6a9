"""Reads the day's order book and trades: of every order's events, those that are due by now.

Orders and trades are kept as the JSON that Kite would send, so a book of any size is put together
without parsing it. An order leaves the book at the first 06:00 IST after it began; one that waits
as AMO REQ RECEIVED begins at 09:15.
"""

import json
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from kite.simulator.core.ledger_tables import order_events, orders, trades

NOT_IN_HISTORY = frozenset(
    {
        "account_id",
        "auction_number",
        "exchange_update_timestamp",
        "guid",
        "market_protection",
        "meta",
        "status_message_raw",
        "tags",
        "validity_ttl",
    }
)
"""Keys of the order book that an entry of a recorded order history, which has 26 keys, lacks."""


def order_list(connection: Connection, user_id: str, at: int) -> list[str]:
    """Return the user's orders at `at`, each as JSON, in the order of their ids."""
    query = select(order_events.c.state).join(orders).where(*in_book(user_id, at), is_newest_event(at))
    return list(connection.scalars(query.order_by(orders.c.order_id)))


def order_history(connection: Connection, user_id: str, order_id: str, at: int) -> list[dict[str, Any]]:
    """Return the history of an order by `at`, oldest first; empty when there is no such order."""
    query = (
        select(order_events.c.state)
        .join(orders)
        .where(*in_book(user_id, at), orders.c.order_id == order_id, order_events.c.at <= at)
    )
    states = (json.loads(text) for text in connection.scalars(query.order_by(order_events.c.number)))
    return [{key: value for key, value in state.items() if key not in NOT_IN_HISTORY} for state in states]


def trade_list(connection: Connection, user_id: str, at: int, order_id: str | None = None) -> list[str]:
    """Return the user's trades by `at`, or those of one order, each as JSON, oldest first."""
    query = (
        select(trades.c.trade)
        .join(orders)
        .where(*in_book(user_id, at), trades.c.at <= at)
        .order_by(trades.c.at, trades.c.trade_id)
    )
    if order_id is not None:
        query = query.where(orders.c.order_id == order_id)
    return list(connection.scalars(query))


def in_book(user_id: str, at: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the orders in the user's book at `at`."""
    return orders.c.user_id == user_id, orders.c.gone_at > at


def is_newest_event(at: int) -> ColumnElement[bool]:
    """Return the condition for an order's newest event at `at`, in a query that joins the
    orders.
    """
    other = order_events.alias()
    newest = select(func.max(other.c.number)).where(other.c.order_id == orders.c.order_id, other.c.at <= at)
    # by number, not by time: events of one moment keep their order, and the last of them counts
    return order_events.c.number == newest.correlate(orders).scalar_subquery()
