"""What operators allow to others' sites: to send items that nobody published, and to be returned
to.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from kite.store.base import publishing_tables, rows
from kite.store.base.engine import Connection

INLINE = "inline"
"""The value is an origin, whose pages may hand off items of their own under this site's key."""
RETURN_TO = "return_to"
"""The value is an address (https or an app's own scheme) that a finished basket may lead to."""


@dataclass(frozen=True)
class Allowed:
    """A line of the operator's list.

    `kind` is INLINE or RETURN_TO, `operator` the name of who added it.
    """

    kind: str
    value: str
    created_at: datetime
    operator: str


_c = publishing_tables.allowed.c
_ALL = select(*rows.columns(publishing_tables.allowed, Allowed)).order_by(_c.kind, _c.value)
_HAS = select(_c.value).where(_c.kind == bindparam("which"), _c.value == bindparam("said"))
_DELETE = delete(publishing_tables.allowed).where(
    _c.kind == bindparam("which"), _c.value == bindparam("said")
)


def add(conn: Connection, line: Allowed) -> bool:
    """Allow something; False when it was allowed already."""
    return rows.insert_unless_present(conn, publishing_tables.allowed, rows.values(line), "kind", "value")


def has(conn: Connection, kind: str, value: str) -> bool:
    """Whether exactly this is allowed."""
    return conn.execute(_HAS, {"which": kind, "said": value}).first() is not None


def list_all(conn: Connection) -> list[Allowed]:
    """Return all that is allowed."""
    return [Allowed(*row) for row in conn.execute(_ALL)]


def remove(conn: Connection, kind: str, value: str) -> bool:
    """Stop allowing something. True for the one caller that did."""
    return bool(conn.execute(_DELETE, {"which": kind, "said": value}).rowcount)
