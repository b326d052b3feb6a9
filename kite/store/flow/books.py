"""Books: the orders, trades and histories that Kite sent for an execution, kept as JSON exactly as
received.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Table,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from kite.store.base import rows, tables
from kite.store.base.engine import Connection


@dataclass(frozen=True)
class Book:
    """What is stored of Kite's answers about an execution: orders as they first appeared, trades by
    the time of the fill.

    `seen_at` says by order_id when a reading last had the order; `histories` has its states, oldest
    first. `untagged` are orders without a tag that may be the execution's; the counts are those of
    rows that could not be read and may be the execution's.
    """

    orders: list[dict[str, Any]]
    seen_at: dict[str, datetime]
    trades: list[dict[str, Any]]
    histories: dict[str, list[dict[str, Any]]]
    untagged: list[dict[str, Any]] = field(default_factory=list)
    unreadable_orders: int = 0
    unreadable_trades: int = 0


_executions, _orders = tables.executions.c, tables.book_orders.c
_Rows = Sequence[Row[*tuple[Any, ...]]]
_EXECUTION: BindParameter[str] = bindparam("execution")
_LOCK = select(_executions.id).where(_executions.id == _EXECUTION).with_for_update()
_LAST_PLACE = select(func.max(_orders.place)).where(_orders.execution_id == _EXECUTION)
_IDS: BindParameter[str] = bindparam("executions", expanding=True)


def _rows_of(table: Table, place: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    kind = literal(table.name).label("kind")
    columns = (kind, table.c.execution_id, table.c.order_id, table.c.data, table.c.at, place.label("place"))
    return select(*columns).where(table.c.execution_id.in_(_IDS))


_ORDERS = _rows_of(tables.book_orders, _orders.place).order_by("place")
# One query in place of three: whoever shows a receipt needs all of them.
_WHOLE_BOOKS = union_all(
    _rows_of(tables.book_orders, _orders.place),
    _rows_of(tables.book_trades, literal(0)),
    _rows_of(tables.book_histories, literal(0)),
).order_by("place", "order_id")
_doubts = tables.book_doubts.c
_DOUBTS = select(*tables.book_doubts.columns).where(_doubts.execution_id.in_(_IDS))


def keep(
    conn: Connection,
    execution_id: str,
    orders: Sequence[Mapping[str, Any]],
    trades: Sequence[Mapping[str, Any]],
    at: datetime,
    *,
    before: Book | None = None,
) -> Book:
    """Keep the rows of a reading at `at`, and return the book as it is then.

    Rows known already are replaced, unless a later reading wrote them. `before` is the book until
    now, where the caller has read it after locking the execution.
    """
    if before is None:
        # On PostgreSQL, so that two readers number their orders one after the other.
        conn.execute(_LOCK, {"execution": execution_id})
        before = of(conn, execution_id)
    place = _last_place(conn, execution_id, before, orders)
    order_rows = [
        {
            "execution_id": execution_id,
            "order_id": str(order["order_id"]),
            "place": place + number,
            "data": _text(order),
            "at": at,
        }
        for number, order in enumerate(orders, 1)
    ]
    trade_rows = [
        {
            "execution_id": execution_id,
            "order_id": str(trade["order_id"]),
            "trade_id": str(trade["trade_id"]),
            "data": _text(trade),
            "at": at,
        }
        for trade in trades
    ]
    _replace(conn, tables.book_orders, order_rows)
    _replace(conn, tables.book_trades, trade_rows)
    if any(seen_at > at for seen_at in before.seen_at.values()):
        return of(conn, execution_id)  # which rows were replaced, only the database knows
    return _with_reading(before, orders, trades, at)


def _last_place(
    conn: Connection, execution_id: str, before: Book, orders: Sequence[Mapping[str, Any]]
) -> int:
    """Return the place after which new orders come; 0 also when it does not matter, since a known
    order keeps its own.
    """
    has_new = any(str(order["order_id"]) not in before.seen_at for order in orders)
    if not has_new or not before.orders:
        return 0
    return conn.execute(_LAST_PLACE, {"execution": execution_id}).scalar() or 0


def _with_reading(
    before: Book, orders: Sequence[Mapping[str, Any]], trades: Sequence[Mapping[str, Any]], at: datetime
) -> Book:
    """Return a book with the rows of a reading that is later than all its own."""
    order_rows = {str(order["order_id"]): dict(order) for order in (*before.orders, *orders)}
    fills = {
        (str(trade["order_id"]), str(trade["trade_id"])): dict(trade) for trade in (*before.trades, *trades)
    }
    return replace(
        before,
        orders=list(order_rows.values()),
        seen_at=before.seen_at | {str(order["order_id"]): at for order in orders},
        trades=sorted(fills.values(), key=_by_fill),
    )


def keep_histories(
    conn: Connection,
    execution_id: str,
    histories: Mapping[str, Sequence[Mapping[str, Any]]],
    at: datetime,
) -> None:
    """Keep the histories of orders, by the orders' ids, in place of earlier ones."""
    history_rows = [
        {"execution_id": execution_id, "order_id": order_id, "data": _text(rows), "at": at}
        for order_id, rows in histories.items()
    ]
    _replace(conn, tables.book_histories, history_rows)


def keep_doubts(
    conn: Connection,
    execution_id: str,
    untagged: Sequence[Mapping[str, Any]],
    unreadable_orders: int,
    unreadable_trades: int,
) -> None:
    """Keep the doubts that a reading leaves, in place of those of an earlier one."""
    counts = {"unreadable_orders": unreadable_orders, "unreadable_trades": unreadable_trades}
    row = {"execution_id": execution_id, "untagged": _text(untagged)} | counts
    conn.execute(_upsert_doubts(conn.dialect.name), row)


def of(conn: Connection, execution_id: str) -> Book:
    """Return the book of an execution; an empty one when nothing is stored."""
    return of_all(conn, [execution_id])[execution_id]


def of_all(conn: Connection, ids: Collection[str], *, orders_only: bool = False) -> dict[str, Book]:
    """Return the book of each of these executions, with as many queries as for one.

    `orders_only` leaves trades and histories empty.
    """
    if not ids:
        return {}
    values = {"executions": list(ids)}
    doubts = {row.execution_id: row for row in conn.execute(_DOUBTS, values)}
    rows_by_kind: defaultdict[tuple[str, str], list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in conn.execute(_ORDERS if orders_only else _WHOLE_BOOKS, values):
        rows_by_kind[row.execution_id, row.kind].append(row)
    return {
        execution_id: _book(
            orders=rows_by_kind[execution_id, tables.book_orders.name],
            trades=rows_by_kind[execution_id, tables.book_trades.name],
            histories=rows_by_kind[execution_id, tables.book_histories.name],
            doubts=doubts.get(execution_id),
        )
        for execution_id in ids
    }


def _book(*, orders: _Rows, trades: _Rows, histories: _Rows, doubts: Row[*tuple[Any, ...]] | None) -> Book:
    return Book(
        orders=[json.loads(row.data) for row in orders],
        seen_at={row.order_id: row.at for row in orders},
        trades=sorted((json.loads(row.data) for row in trades), key=_by_fill),
        histories={row.order_id: json.loads(row.data) for row in histories},
        **_doubt_fields(doubts),
    )


def _doubt_fields(row: Row[*tuple[Any, ...]] | None) -> dict[str, Any]:
    if row is None:
        return {}
    counts = {"unreadable_orders": row.unreadable_orders, "unreadable_trades": row.unreadable_trades}
    return {"untagged": json.loads(row.untagged)} | counts


def _replace(conn: Connection, table: Table, new_rows: list[dict[str, Any]]) -> None:
    """Insert rows, or replace `data` and `at` of those that an earlier reading wrote.

    The `place` of an order never changes.
    """
    if new_rows:
        conn.execute(_upsert(conn.dialect.name, table), new_rows)


@cache
def _upsert(dialect: str, table: Table) -> Any:
    statement = rows.insert(dialect, table)
    new = statement.excluded
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys, set_={"data": new.data, "at": new.at}, where=table.c.at <= new.at
    )


@cache
def _upsert_doubts(dialect: str) -> Any:
    statement = rows.insert(dialect, tables.book_doubts)
    new = statement.excluded
    replaced = {name: new[name] for name in ("untagged", "unreadable_orders", "unreadable_trades")}
    return statement.on_conflict_do_update(index_elements=["execution_id"], set_=replaced)


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _by_fill(trade: Mapping[str, Any]) -> tuple[str, int, str]:
    """Return the key for sorting by time, then by number: a longer id is a higher number."""
    trade_id = str(trade["trade_id"])
    return str(trade.get("fill_timestamp") or trade.get("exchange_timestamp") or ""), len(trade_id), trade_id
