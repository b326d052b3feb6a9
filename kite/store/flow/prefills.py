"""Orders that another page posted for the composer, under a handle, for a short while."""

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from kite.store.base import tables
from kite.store.base.engine import Connection

_c = tables.prefills.c
_GET = select(_c.data).where(_c.id == bindparam("handle"), _c.created_at > bindparam("after"))
_ERASE = delete(tables.prefills).where(_c.created_at <= bindparam("before"))


def add(conn: Connection, handle: str, data: str, at: datetime) -> None:
    """Keep the text of a basket under a new handle."""
    conn.execute(insert(tables.prefills), {"id": handle, "data": data, "created_at": at})


def get(conn: Connection, handle: str, after: datetime) -> str | None:
    """Return what was kept under a handle later than `after`, None when there is nothing."""
    return conn.execute(_GET, {"handle": handle, "after": after}).scalar()


def erase_older(conn: Connection, before: datetime) -> int:
    """Erase what was kept at `before` or earlier; return how many there were."""
    return conn.execute(_ERASE, {"before": before}).rowcount
