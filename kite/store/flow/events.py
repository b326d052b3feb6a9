"""Events: what happened to an execution, and what was refused.

Rows are added and never changed, except that old network addresses are dropped.

The actor is set once for a whole request or a whole job (`acting`), not by every function that adds
a row.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from kite.store.base import tables
from kite.store.base.engine import Connection
from kite.store.base.rows import columns, values
from kite.vocabulary import State


@dataclass(frozen=True)
class Event:
    """Something that happened.

    `to_state` is None when no state changed, `from_state` also for the first one.

    `execution_id` is None for what belongs to no execution, such as a return that was refused.
    `actor` is who did it ("visit 1f0c…", "Kite", "worker"), `address` the network address it came
    from, None once that is dropped.
    """

    at: datetime
    execution_id: str | None
    from_state: State | None
    to_state: State | None
    cause: str
    detail: str
    actor: str = ""
    address: str | None = None


_ACTING: ContextVar[tuple[str, str | None]] = ContextVar("acting", default=("", None))


@contextmanager
def acting(actor: str, address: str | None = None) -> Iterator[None]:
    """Set the actor, and the network address, of the events that are recorded inside."""
    before = _ACTING.set((actor, address))
    try:
        yield
    finally:
        _ACTING.reset(before)


def act_as(actor: str, address: str | None = None) -> None:
    """Set the actor from here on, in this thread: for a request, which ends in another function."""
    _ACTING.set((actor, address))


_events = tables.events.c
_ADD = insert(tables.events)
_OF = (
    select(*columns(tables.events, Event))
    .where(_events.execution_id == bindparam("execution"))
    .order_by(_events.at, _events.id)
)
_OF_NONE = (
    select(*columns(tables.events, Event))
    .where(_events.execution_id.is_(None), _events.cause.in_(bindparam("causes", expanding=True)))
    .order_by(_events.at.desc(), _events.id.desc())
    .limit(bindparam("most"))
)
_WITH = select(_events.execution_id).where(
    _events.execution_id.in_(bindparam("executions", expanding=True)), _events.cause == bindparam("cause")
)
_OF_ALL = (
    select(*columns(tables.events, Event))
    .where(_events.execution_id.in_(bindparam("executions", expanding=True)))
    .order_by(_events.at, _events.id)
)
_OF_ALL_WITH = _OF_ALL.where(_events.cause.in_(bindparam("causes", expanding=True)))
_DROP = (
    update(tables.events)
    .where(_events.address.is_not(None), _events.at < bindparam("before"))
    .values(address=None)
)


def note(
    conn: Connection, at: datetime, cause: str, execution_id: str | None = None, *, detail: str = ""
) -> None:
    """Record something that changes no state, done by the present actor."""
    _add(conn, Event(at, execution_id, None, None, cause, detail))


def note_move(
    conn: Connection,
    at: datetime,
    cause: str,
    execution_id: str,
    from_state: State | None,
    to_state: State,
    detail: str = "",
) -> None:
    """Record a change of state, done by the present actor."""
    _add(conn, Event(at, execution_id, from_state, to_state, cause, detail))


def _add(conn: Connection, event: Event) -> None:
    row = values(event)
    row["actor"], row["address"] = _ACTING.get()
    conn.execute(_ADD, row)


def drop_addresses(conn: Connection, before: datetime) -> int:
    """Drop the network addresses of events before `before`; return how many."""
    return conn.execute(_DROP, {"before": before}).rowcount


def of(conn: Connection, execution_id: str) -> list[Event]:
    """Return the events of an execution, oldest first."""
    return [Event(*row) for row in conn.execute(_OF, {"execution": execution_id})]


def with_cause(conn: Connection, ids: Collection[str], cause: str) -> frozenset[str]:
    """Return those of these executions that have an event of this cause."""
    if not ids:
        return frozenset()
    return frozenset(conn.execute(_WITH, {"executions": list(ids), "cause": cause}).scalars())


def of_all(
    conn: Connection, ids: Collection[str], causes: Collection[str] | None = None
) -> dict[str, list[Event]]:
    """Return the events of each of these executions, oldest first; only those with one of `causes`,
    when there are any.
    """
    by_execution: dict[str, list[Event]] = {execution_id: [] for execution_id in ids}
    if not ids:
        return by_execution
    values = {"executions": list(ids)}
    statement = _OF_ALL
    if causes is not None:
        statement, values = _OF_ALL_WITH, values | {"causes": list(causes)}
    for row in conn.execute(statement, values):
        by_execution[row.execution_id].append(Event(*row))
    return by_execution


def without_execution(conn: Connection, causes: Collection[str], most: int) -> list[Event]:
    """Return the events with one of these causes that belong to no execution, newest first."""
    return [Event(*row) for row in conn.execute(_OF_NONE, {"causes": list(causes), "most": most})]
