"""Baselines: the ids of the orders that were in a person's order book before an execution was
handed off.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam, select

from kite.store.base import rows, tables
from kite.store.base.engine import Connection

_c = tables.baselines.c
_OF = select(_c.execution_id, _c.order_ids).where(_c.execution_id.in_(bindparam("ids", expanding=True)))


def keep(conn: Connection, execution_id: str, order_ids: Iterable[str], at: datetime) -> None:
    """Keep the orders of the book at `at`, unless the execution has a baseline already."""
    row = {"execution_id": execution_id, "order_ids": json.dumps(sorted(order_ids)), "at": at}
    rows.insert_unless_present(conn, tables.baselines, row, "execution_id")


def of(conn: Connection, execution_id: str) -> frozenset[str]:
    """Return the ids of the orders that were there before; none when no book could be read then."""
    return of_all(conn, [execution_id])[execution_id]


def of_all(conn: Connection, ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return for each of these executions the ids of the orders that were there before."""
    before: dict[str, frozenset[str]] = dict.fromkeys(ids, frozenset())
    if ids:
        rows_by_id = conn.execute(_OF, {"ids": list(ids)})
        before |= {row.execution_id: frozenset(json.loads(row.order_ids)) for row in rows_by_id}
    return before
