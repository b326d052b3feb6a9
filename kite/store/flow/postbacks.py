"""Postbacks: Kite's messages about orders, each stored once and exactly as received, also those
about orders that we do not know (yet).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, or_, select, update

from kite.store.base import rows, tables
from kite.store.base.engine import Connection


@dataclass(frozen=True)
class Postback:
    """A message.

    `tag` holds the last 8 characters of the order's tag, `order_timestamp` Kite's text, `data` the
    raw JSON.

    Quantities are as Kite counts them (shares, or lots on MCX, CDS and BCD); the checksum covers
    none of them, nor the status. `read_at` says when the order was read from Kite after it. Order,
    status, filled quantity and timestamp together are unique.
    """

    order_id: str
    status: str
    filled_quantity: int
    order_timestamp: str
    user_id: str
    tag: str
    execution_id: str | None
    data: str
    received_at: datetime
    read_at: datetime | None = None


_c = tables.postbacks.c
_ROW = select(*rows.columns(tables.postbacks, Postback))
_OF = _ROW.where(_c.execution_id == bindparam("execution")).order_by(_c.received_at, _c.id)
_UNREAD = _ROW.where(
    _c.execution_id.in_(bindparam("executions", expanding=True)), _c.read_at.is_(None)
).order_by(_c.received_at, _c.id)
_OF_ORDERS = _c.order_id.in_(bindparam("orders", expanding=True))
_UNREAD_OR_UNJOINED = _ROW.where(
    _c.read_at.is_(None),
    or_(_c.execution_id == bindparam("execution"), and_(_c.execution_id.is_(None), _OF_ORDERS)),
).order_by(_c.received_at, _c.id)
_KNOWN = select(_c.execution_id).where(_OF_ORDERS, _c.execution_id.is_not(None)).limit(1)
_JOIN_ORDERS = (
    update(tables.postbacks)
    .where(_OF_ORDERS, _c.execution_id.is_(None))
    .values(execution_id=bindparam("execution"))
)
_READ = update(tables.postbacks).where(
    _c.execution_id == bindparam("execution"),
    _c.read_at.is_(None),
    _c.received_at <= bindparam("heard_until"),
)
_READ = _READ.where(_OF_ORDERS).values(read_at=bindparam("now"))


def keep(conn: Connection, postback: Postback) -> bool:
    """Store a message; False when the same one is stored already."""
    return rows.insert_unless_present(
        conn,
        tables.postbacks,
        rows.values(postback),
        "order_id",
        "status",
        "filled_quantity",
        "order_timestamp",
    )


def of(conn: Connection, execution_id: str) -> list[Postback]:
    """Return the messages about an execution's orders, in the order of arrival."""
    return [Postback(*row) for row in conn.execute(_OF, {"execution": execution_id})]


def unread(conn: Connection, ids: Collection[str]) -> list[Postback]:
    """Return the messages about these executions' orders that no reading from Kite has followed, in
    the order of arrival.
    """
    if not ids:
        return []
    return [Postback(*row) for row in conn.execute(_UNREAD, {"executions": list(ids)})]


def unread_or_unjoined(conn: Connection, execution_id: str, order_ids: Collection[str]) -> list[Postback]:
    """Return the messages about an execution's orders that no reading from Kite has followed, in the
    order of arrival; with them those about these orders that were assigned to no execution.
    """
    values = {"execution": execution_id, "orders": list(order_ids)}
    return [Postback(*row) for row in conn.execute(_UNREAD_OR_UNJOINED, values)]


def join_orders(conn: Connection, order_ids: Collection[str], execution_id: str) -> int:
    """Assign messages about these orders to their execution; return how many had none until now."""
    if not order_ids:
        return 0
    return conn.execute(_JOIN_ORDERS, {"orders": list(order_ids), "execution": execution_id}).rowcount


def execution_of_orders(conn: Connection, order_ids: Collection[str]) -> str | None:
    """Return the execution to which an earlier message about one of these orders was assigned, or
    None.
    """
    return conn.execute(_KNOWN, {"orders": list(order_ids)}).scalar()


def note_read(
    conn: Connection, execution_id: str, order_ids: Collection[str], heard_until: datetime, at: datetime
) -> int:
    """Remember that these orders were read at `at`, after every message of an execution received up
    to `heard_until`.
    """
    if not order_ids:
        return 0
    values = {"execution": execution_id, "orders": list(order_ids), "heard_until": heard_until, "now": at}
    return conn.execute(_READ, values).rowcount


def erase_older(conn: Connection, before: datetime, most: int) -> int:
    """Erase up to `most` messages of no execution received before `before`; return how many."""
    old = select(_c.id).where(_c.execution_id.is_(None), _c.received_at < before).limit(most)
    return conn.execute(delete(tables.postbacks).where(_c.id.in_(old))).rowcount
