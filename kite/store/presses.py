"""Presses: what led to an execution when it was not the composer, and where its ending is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select

from kite.store import offered, rows, tables
from kite.store.engine import Connection
from kite.vocabulary import State


@dataclass(frozen=True)
class Press:
    """A press of a page, a link or a button.

    `hash` is that of the published version, "" for items that nobody published. `origin` is the origin of the page
    whose script wants to hear the ending ("" for none), `handle` the SHA-256 of the random name that it made, by
    which it may ask; `return_to` is an allowed address for the way back. `campaign` is JSON, name to text.
    """

    execution_id: str
    published_id: str | None
    version: int | None
    hash: str
    link_id: str | None
    reference: str
    campaign: str
    origin: str
    handle: str | None
    return_to: str
    at: datetime


_c, _e = offered.presses.c, tables.executions.c
_ROW = select(*rows.columns(offered.presses, Press))
_OF = _ROW.where(_c.execution_id == bindparam("execution"))
_BY_HANDLE = _ROW.where(_c.handle == bindparam("named"))
_STATES = (
    select(_c.published_id, _e.state, func.count())
    .join(tables.executions, _e.id == _c.execution_id)
    .where(_c.published_id.is_not(None))
    .group_by(_c.published_id, _e.state)
)


def add(conn: Connection, press: Press) -> None:
    """Keep what led to an execution."""
    conn.execute(insert(offered.presses), rows.values(press))


def of(conn: Connection, execution_id: str) -> Press | None:
    """Return what led to an execution, None when it was composed here."""
    return next((Press(*row) for row in conn.execute(_OF, {"execution": execution_id})), None)


def by_handle(conn: Connection, handle: str) -> Press | None:
    """Return the press whose page made this handle (its SHA-256)."""
    return next((Press(*row) for row in conn.execute(_BY_HANDLE, {"named": handle})), None)


def states(conn: Connection) -> dict[str, dict[State, int]]:
    """Count the executions of every published basket, by state."""
    found: dict[str, dict[State, int]] = {}
    for published_id, state, count in conn.execute(_STATES):
        found.setdefault(published_id, {})[state] = count
    return found
