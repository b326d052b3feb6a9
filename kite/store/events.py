"""Events: what happened to an execution, and what was refused. Rows are added and never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from kite.store import tables
from kite.store.engine import Connection
from kite.store.rows import columns, values
from kite.vocabulary import State


@dataclass(frozen=True)
class Event:
    """Something that happened. `to_state` is None when no state changed, `from_state` also for the first one.

    `execution_id` is None for what belongs to no execution, such as a return that was refused.
    """

    at: datetime
    execution_id: str | None
    from_state: State | None
    to_state: State | None
    cause: str
    detail: str


_events = tables.events.c
_ADD = insert(tables.events)
_OF = select(*columns(tables.events, Event)).where(_events.execution_id == bindparam("execution")).order_by(_events.at, _events.id)


def add(conn: Connection, event: Event) -> None:
    """Record an event."""
    conn.execute(_ADD, values(event))


def of(conn: Connection, execution_id: str) -> list[Event]:
    """Return the events of an execution, oldest first."""
    return [Event(*row) for row in conn.execute(_OF, {"execution": execution_id})]
