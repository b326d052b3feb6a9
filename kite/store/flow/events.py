"""Events: what happened to an execution, and what was refused.

Rows are added and never changed. Only old network addresses are dropped, and events of the version
before are converted.

The actor is set once for a whole request or a whole job (`acting`), not by every function that adds
a row.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import and_, bindparam, insert, or_, select, update

from kite.store.base import old_events, tables
from kite.store.base.engine import Connection
from kite.store.base.rows import columns
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import KINDS, EventData
from kite.vocabulary import State

Data = TypeVar("Data", bound=EventData)


@dataclass(frozen=True)
class Event:
    """Something that happened, and what it says: `data` is the JSON of an EventData.

    `to_state` is None when no state changed, `from_state` also for the first one.

    `execution_id` is None for what belongs to no execution, such as a return that was refused.
    `order_id` and `user_id` are the order and the Kite user that it names. `actor` is who did it
    ("visit 1f0c…", "Kite", "worker"), `address` the network address it came from, None once that is
    dropped.
    """

    id: int = field(compare=False)
    at: datetime
    execution_id: str | None
    from_state: State | None
    to_state: State | None
    cause: str
    order_id: str | None = None
    user_id: str | None = None
    data: str | None = None
    actor: str = ""
    address: str | None = None

    def unpack(self, kind: type[Data]) -> Data:
        """Return what it says beside its cause, as `kind`, with defaults for what is missing."""
        return kind.unpack(self.data)


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
_SELECT = select(*columns(tables.events, Event), _events.old_cause, _events.old_detail)
_CAUSED = or_(
    _events.cause.in_(bindparam("causes", expanding=True)),
    # Events of the version before that are not converted yet.
    and_(_events.cause.is_(None), _events.old_cause.in_(bindparam("old_causes", expanding=True))),
)
_OF_EXECUTIONS = _events.execution_id.in_(bindparam("executions", expanding=True))
_OLDEST_FIRST = (_events.at, _events.id)
_OF = _SELECT.where(_events.execution_id == bindparam("execution")).order_by(*_OLDEST_FIRST)
_OF_NONE = (
    _SELECT.where(_events.execution_id.is_(None), _CAUSED)
    .order_by(_events.at.desc(), _events.id.desc())
    .limit(bindparam("most"))
)
_OF_ALL = _SELECT.where(_OF_EXECUTIONS).order_by(*_OLDEST_FIRST)
_OF_ALL_WITH = _OF_ALL.where(_CAUSED)
_DROP = (
    update(tables.events)
    .where(_events.address.is_not(None), _events.at < bindparam("before"))
    .values(address=None)
)


def note(
    conn: Connection,
    at: datetime,
    cause: EventCause,
    execution_id: str | None = None,
    *,
    order_id: str | None = None,
    user_id: str | None = None,
    data: EventData | None = None,
) -> int:
    """Record something that changes no state, done by the present actor; return the event's id.

    Raises ValueError for data of another kind than events of this cause have.
    """
    row = {"at": at, "execution_id": execution_id, "order_id": order_id, "user_id": user_id}
    return _add(conn, cause, data, row)


def note_move(
    conn: Connection,
    at: datetime,
    cause: EventCause,
    execution_id: str,
    states: tuple[State | None, State],
    *,
    order_id: str | None = None,
    data: EventData | None = None,
) -> int:
    """Record a change between two states, done by the present actor; return the event's id."""
    from_state, to_state = states
    row = {"at": at, "execution_id": execution_id, "from_state": from_state, "to_state": to_state}
    return _add(conn, cause, data, row | {"order_id": order_id})


def _add(conn: Connection, cause: EventCause, data: EventData | None, row: dict[str, Any]) -> int:
    if data is not None and type(data) is not KINDS.get(cause):
        raise ValueError(f"{cause} does not say {type(data).__name__}")
    actor, address = _ACTING.get()
    row |= {"cause": cause, "data": data and data.pack(), "actor": actor, "address": address}
    result = conn.execute(_ADD, row | {"old_cause": "", "old_detail": ""})
    return int(result.inserted_primary_key[0])  # type: ignore[index]  # a row that was added has a key


def drop_addresses(conn: Connection, before: datetime) -> int:
    """Drop the network addresses of events before `before`; return how many."""
    return conn.execute(_DROP, {"before": before}).rowcount


def of(conn: Connection, execution_id: str) -> list[Event]:
    """Return the events of an execution, oldest first."""
    return [_read(row) for row in conn.execute(_OF, {"execution": execution_id})]


def of_all(
    conn: Connection, ids: Collection[str], causes: Collection[EventCause] | None = None
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
        statement, values = _OF_ALL_WITH, values | _named(causes)
    for row in conn.execute(statement, values):
        by_execution[row.execution_id].append(_read(row))
    return by_execution


def without_execution(conn: Connection, causes: Collection[EventCause], most: int) -> list[Event]:
    """Return the events with one of these causes that belong to no execution, newest first."""
    return [_read(row) for row in conn.execute(_OF_NONE, _named(causes) | {"most": most})]


def _named(causes: Collection[EventCause]) -> dict[str, list[str]]:
    codes = [cause.value for cause in causes]
    return {"causes": codes, "old_causes": old_events.old_texts(codes)}


def _read(row: Sequence[Any]) -> Event:
    *stored, old_cause, old_detail = row
    event = Event(*stored)
    if not event.cause:  # of the version before, and not converted yet
        return replace(event, **old_events.convert(old_cause, old_detail)._asdict())
    return event
