"""Events: what happened to an execution, and what was refused.

Rows are added and never changed, but for old addresses.

Who does something is said once for a whole request or a whole job (`acting`), not by each of those who write
a row.
"""

from collections import defaultdict
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
    """Something that happened. `to_state` is None when no state changed, `from_state` also for the first one.

    `execution_id` is None for what belongs to no execution, such as a return that was refused. `actor` is who
    did it ("visit 1f0c…", "Kite", "worker"), `address` the network address it came from, None once that was
    dropped.
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
    """Say who does what is recorded within, and from which network address."""
    before = _ACTING.set((actor, address))
    try:
        yield
    finally:
        _ACTING.reset(before)


def act_as(actor: str, address: str | None = None) -> None:
    """Say who acts from here on, in this thread: for a request, whose end does not come in the same
    function.
    """
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
_ALL_WITH = select(*columns(tables.events, Event)).where(
    _events.execution_id.in_(bindparam("executions", expanding=True))
)
_ALL_WITH = _ALL_WITH.where(_events.cause.in_(bindparam("causes", expanding=True))).order_by(
    _events.at, _events.id
)
_DROP = (
    update(tables.events)
    .where(_events.address.is_not(None), _events.at < bindparam("before"))
    .values(address=None)
)


def add(conn: Connection, event: Event) -> None:
    """Record an event, with who is acting unless it says so itself."""
    actor, address = _ACTING.get()
    conn.execute(_ADD, values(event) | ({} if event.actor else {"actor": actor, "address": address}))


def drop_addresses(conn: Connection, before: datetime) -> int:
    """Forget the network addresses of what happened before `before`; return how many."""
    return conn.execute(_DROP, {"before": before}).rowcount


def of(conn: Connection, execution_id: str) -> list[Event]:
    """Return the events of an execution, oldest first."""
    return [Event(*row) for row in conn.execute(_OF, {"execution": execution_id})]


def that_had(conn: Connection, ids: Collection[str], cause: str) -> frozenset[str]:
    """Return those of these executions that have an event of this cause."""
    return (
        frozenset(conn.execute(_WITH, {"executions": list(ids), "cause": cause}).scalars())
        if ids
        else frozenset()
    )


def of_all(conn: Connection, ids: Collection[str], causes: Collection[str]) -> dict[str, list[Event]]:
    """Return the events of these executions that have one of these causes, by execution and oldest first."""
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for row in conn.execute(_ALL_WITH, {"executions": list(ids), "causes": list(causes)}) if ids else ():
        found[row.execution_id].append(Event(*row))
    return found


def of_none(conn: Connection, causes: Collection[str], most: int) -> list[Event]:
    """Return what happened for one of these causes and belongs to no execution, newest first."""
    return [Event(*row) for row in conn.execute(_OF_NONE, {"causes": list(causes), "most": most})]
