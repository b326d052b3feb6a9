"""Copies: the executions of people who pressed on somebody else's hand-off page, one for each visit
and original.
"""

from sqlalchemy import bindparam, select

from kite.store.base import rows, tables
from kite.store.base.engine import Connection

_c = tables.copies.c
_OF = select(_c.execution_id).where(
    _c.original_id == bindparam("original"), _c.visit_id == bindparam("visit")
)


def add(conn: Connection, original_id: str, visit_id: str, execution_id: str) -> bool:
    """Record that a visit's execution copies another; False when that visit has a copy already."""
    row = {"original_id": original_id, "visit_id": visit_id, "execution_id": execution_id}
    return rows.insert_unless_present(conn, tables.copies, row, "original_id", "visit_id")


def of(conn: Connection, original_id: str, visit_id: str) -> str | None:
    """Return the id of a visit's own execution of somebody else's basket, None when it has none."""
    return conn.execute(_OF, {"original": original_id, "visit": visit_id}).scalar()
