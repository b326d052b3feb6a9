"""Baselines: the ids of the orders that were in a person's order book before an execution was
handed off.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select

from kite.store.base import rows, tables
from kite.store.base.engine import Connection

_c = tables.baselines.c
_OF = select(_c.order_ids).where(_c.execution_id == bindparam("execution"))


def keep(conn: Connection, execution_id: str, order_ids: Iterable[str], at: datetime) -> None:
    """Keep the orders of the book at `at`, unless the execution has a baseline already."""
    row = {"execution_id": execution_id, "order_ids": json.dumps(sorted(order_ids)), "at": at}
    rows.insert_unless_present(conn, tables.baselines, row, "execution_id")


def of(conn: Connection, execution_id: str) -> frozenset[str]:
    """Return the ids of the orders that were there before; none when no book could be read then."""
    text = conn.execute(_OF, {"execution": execution_id}).scalar()
    return frozenset(json.loads(text)) if text else frozenset()
