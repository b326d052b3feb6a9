"""Locks on several executions at once, for transactions that change more than one."""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from kite.store.base import tables
from kite.store.base.engine import Connection

_c = tables.executions.c
_LOCK_ALL = select(_c.id).where(_c.id.in_(bindparam("ids", expanding=True))).order_by(_c.id).with_for_update()


def lock_all(conn: Connection, ids: Collection[str]) -> None:
    """Lock executions until the transaction ends.

    Every transaction that changes several executions locks them here first, in the order of their
    ids: otherwise two of them could wait for each other, and PostgreSQL would end one.
    """
    # SQLite knows no such lock and needs none: one transaction writes at a time.
    if ids and conn.dialect.name != "sqlite":
        conn.execute(_LOCK_ALL, {"ids": list(ids)})
