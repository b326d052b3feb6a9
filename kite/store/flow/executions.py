"""Executions: one hand-off and what became of it.

A change of state is guarded in the database, so only one of many callers makes it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, bindparam, case, func, insert, or_, select, update

from kite.basket.basket_data import from_data
from kite.basket.items import Item
from kite.store.base import tables
from kite.store.base.engine import Connection
from kite.store.base.rows import columns, values
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import EventData
from kite.vocabulary import Mode, Outcome, State


@dataclass(frozen=True)
class Execution:
    """An execution.

    A basket of several has the same `basket_id` in every part; `part` counts from 1.

    `parent_id` is the execution whose missing orders this one sends again. `user_id` is the Kite
    user it belongs to, once one is known. `data` is the JSON of the items without the execution's
    tag. `read_at` is the last time the order book was read for it. `version` goes up with
    everything that a receipt would show.
    """

    id: str
    basket_id: str
    part: int
    parts: int
    parent_id: str | None
    tag: str
    visit_id: str
    user_id: str | None
    mode: Mode
    state: State
    data: str
    created_at: datetime
    handed_off_at: datetime | None
    returned_at: datetime | None
    cancelled_at: datetime | None
    settled_at: datetime | None
    read_at: datetime | None
    version: int = 0

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items as they were composed."""
        return _parsed(self.data)


@lru_cache(maxsize=1024)
def _parsed(data: str) -> tuple[Item, ...]:
    """Read the items of `data` once: receipts that refresh themselves ask for them every two
    seconds.
    """
    return tuple(from_data(data))


_c = tables.executions.c
_ROW = columns(tables.executions, Execution)
_STAMPS = {
    State.HANDED_OFF: "handed_off_at",
    State.RETURNED: "returned_at",
    State.CANCELLED: "cancelled_at",
    State.SETTLED: "settled_at",
}
"""The time that entering a state sets."""


def _select(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(*_ROW).where(*conditions)


def _update(*conditions: ColumnElement[bool]) -> Update:
    return update(tables.executions).where(_c.id == bindparam("execution"), *conditions)


def _guarded_move(to_state: State) -> Update:
    """Build the guarded change to `to_state`.

    The first time of a state counts; only a settled execution has settled_at.
    """
    stamps: dict[str, object] = {"settled_at": None, "version": _c.version + 1}
    if name := _STAMPS.get(to_state):
        stamps[name] = func.coalesce(_c[name], bindparam("moved_at", type_=_c[name].type))
    return _update(_c.state == bindparam("from_state")).values(state=to_state, **stamps)


# Statements are built once: building one costs more than running it.
_NEWEST_FIRST = (_c.created_at.desc(), _c.part.desc(), _c.id)
_ADD = insert(tables.executions)
_GET = _select(_c.id == bindparam("execution"))
_GET_WITH_RESENDS = _select(or_(_c.id == bindparam("execution"), _c.parent_id == bindparam("execution")))
_GET_WITH_RESENDS = _GET_WITH_RESENDS.order_by(*_NEWEST_FIRST)
_LOCK = _GET.with_for_update()
_MOVE = {state: _guarded_move(state) for state in State}
_OWN = _update(or_(_c.user_id.is_(None), _c.user_id == bindparam("user")))
_OWN = _OWN.values(user_id=bindparam("user")).returning(*_ROW)
_CLAIM = _update(or_(_c.read_claimed_at.is_(None), _c.read_claimed_at < bindparam("not_since"))).values(
    read_claimed_at=bindparam("now")
)
_IS_LATER = or_(_c.read_at.is_(None), _c.read_at < bindparam("now"))
_NOTE = _update().values(
    read_at=case((_IS_LATER, bindparam("now", type_=_c.read_at.type)), else_=_c.read_at),
    version=_c.version + bindparam("news", type_=_c.version.type),
)
_TOUCH = _update().values(version=_c.version + 1)
_SUMMED = ("outcomes", "bought", "sold", "filled")
_OUTCOMES = _update(or_(*(_c[name] != bindparam(f"new_{name}") for name in _SUMMED)))
_OUTCOMES = _OUTCOMES.values({name: bindparam(f"new_{name}") for name in _SUMMED})
_VERSIONS = select(_c.id, _c.version, _c.read_at).where(_c.id.in_(bindparam("ids", expanding=True)))
_OF_VISIT = _select(_c.visit_id == bindparam("visit")).order_by(*_NEWEST_FIRST)
_WAITING = _OF_VISIT.where(_c.state.in_([State.HANDED_OFF, State.UNKNOWN]))
_OF_VISIT_LATEST = _OF_VISIT.limit(bindparam("most"))
_PARTS = _select(_c.basket_id == bindparam("basket")).order_by(_c.part)
_AGAIN = _select(_c.parent_id == bindparam("parent")).order_by(*_NEWEST_FIRST)
_SENT = select(_c.id).where(_c.basket_id == bindparam("basket")).cte("sent", recursive=True)
# UNION, which ends also when rows named each other as parents.
_SENT = _SENT.union(select(_c.id).where(_c.parent_id == _SENT.c.id))
_BASKET_WITH_RESENDS = _select(_c.id.in_(select(_SENT.c.id))).order_by(*_NEWEST_FIRST)
_BY_TAGS = _select(_c.tag.in_(bindparam("tags", expanding=True))).order_by(*_NEWEST_FIRST)
_OVERDUE = _select(_c.state == State.HANDED_OFF, _c.handed_off_at < bindparam("before")).order_by(
    _c.handed_off_at
)


def add(conn: Connection, execution: Execution, cause: EventCause) -> None:
    """Record a new execution and its first event."""
    row = values(execution)
    row["symbols"] = _comma_list(item.tradingsymbol for item in execution.items)
    row["orders"] = len(execution.items)
    conn.execute(_ADD, row)
    events.note_move(conn, execution.created_at, cause, execution.id, (None, execution.state))


def get(conn: Connection, execution_id: str) -> Execution | None:
    """Return an execution, or None when there is none of this id."""
    return next(iter(_all(conn, _GET, execution=execution_id)), None)


def get_with_resends(conn: Connection, execution_id: str) -> tuple[Execution | None, list[Execution]]:
    """Return what `get` and `resends` do, with one query."""
    rows = _all(conn, _GET_WITH_RESENDS, execution=execution_id)
    execution = next((row for row in rows if row.id == execution_id), None)
    return execution, [row for row in rows if row.parent_id == execution_id]


def lock(conn: Connection, execution_id: str) -> Execution | None:
    """Return an execution as it is now, or None; nobody else changes it before the transaction
    ends.
    """
    # SQLite knows no such lock and needs none: one transaction writes at a time.
    return next(iter(_all(conn, _LOCK, execution=execution_id)), None)


def move(
    conn: Connection,
    execution_id: str,
    from_state: State,
    to_state: State,
    at: datetime,
    cause: EventCause,
    *,
    order_id: str | None = None,
    data: EventData | None = None,
) -> bool:
    """Change the state, with its time and an event, which may name an order and say more.

    True for the one caller that made the change.
    """
    if not _changes_one(conn, _MOVE[to_state], execution=execution_id, from_state=from_state, moved_at=at):
        return False
    events.note_move(conn, at, cause, execution_id, (from_state, to_state), order_id=order_id, data=data)
    return True


def assign_owner(conn: Connection, execution_id: str, user_id: str) -> Execution | None:
    """Give the execution to a Kite user unless it is somebody else's.

    Return it as it is now when it is that user's, None otherwise.
    """
    row = conn.execute(_OWN, {"execution": execution_id, "user": user_id}).first()
    return Execution(*row) if row else None


def claim_read(conn: Connection, execution_id: str, at: datetime, not_since: datetime) -> bool:
    """Claim the next reading of the order book.

    True for one caller, when the last claim is before `not_since`.
    """
    return _changes_one(conn, _CLAIM, execution=execution_id, now=at, not_since=not_since)


def note_read(conn: Connection, execution_id: str, at: datetime, *, news: bool = False) -> None:
    """Remember that the order book was read, and raise the version when that brought news.

    Of two readings that overlap the later one counts.
    """
    _changes_one(conn, _NOTE, execution=execution_id, now=at, news=int(news))


def touch(conn: Connection, execution_id: str) -> None:
    """Raise the version for news that does not change the state: an order, a trade, a postback."""
    _changes_one(conn, _TOUCH, execution=execution_id)


def versions(conn: Connection, ids: Collection[str]) -> dict[str, tuple[int, datetime | None]]:
    """Return the present `version` and `read_at` of each of these executions that exists."""
    if not ids:
        return {}
    return {row.id: (row.version, row.read_at) for row in conn.execute(_VERSIONS, {"ids": list(ids)})}


def note_outcomes(
    conn: Connection, execution_id: str, outcomes: Sequence[str], bought: Decimal, sold: Decimal
) -> None:
    """Store the outcomes of an execution's items, how many are filled, and the rupees of its
    trades.

    Lists are filtered by them, and figures are added up from them.
    """
    sums = {
        "new_bought": round(bought * 100),
        "new_sold": round(sold * 100),
        "new_filled": outcomes.count(Outcome.FILLED),
    }
    _changes_one(
        conn, _OUTCOMES, execution=execution_id, new_outcomes=_comma_list(sorted(set(outcomes))), **sums
    )


def awaiting_return(conn: Connection, visit_id: str) -> list[Execution]:
    """Return the executions that a visit handed off and that have not returned, newest first."""
    return _all(conn, _WAITING, visit=visit_id)


def of_visit(conn: Connection, visit_id: str, limit: int = 50) -> list[Execution]:
    """Return the executions that a visit composed, newest first."""
    return _all(conn, _OF_VISIT_LATEST, visit=visit_id, most=limit)


def parts(conn: Connection, basket_id: str) -> list[Execution]:
    """Return every part of a basket, the first part first."""
    return _all(conn, _PARTS, basket=basket_id)


def resends(conn: Connection, parent_id: str) -> list[Execution]:
    """Return the executions that send orders of this one again, newest first."""
    return _all(conn, _AGAIN, parent=parent_id)


def basket_with_resends(conn: Connection, basket_id: str) -> list[Execution]:
    """Return every part of a basket, and everything that was sent again from any of them, newest first."""
    return _all(conn, _BASKET_WITH_RESENDS, basket=basket_id)


def by_tags(conn: Connection, tags: Collection[str]) -> list[Execution]:
    """Return the executions that carry one of these tags, newest first."""
    return _all(conn, _BY_TAGS, tags=list(tags)) if tags else []


def overdue(conn: Connection, before: datetime) -> list[Execution]:
    """Return the executions that were handed off before `before` and have not returned, oldest
    first.
    """
    return _all(conn, _OVERDUE, before=before)


def _comma_list(words: Iterable[str]) -> str:
    """Return ",INFY,SBIN,", a text in which a query can find ",INFY,"."""
    joined = ",".join(dict.fromkeys(words))
    return f",{joined}," if joined else ""


def _all(conn: Connection, statement: Select[*tuple[Any, ...]], **values: object) -> list[Execution]:
    return [Execution(*row) for row in conn.execute(statement, values)]


def _changes_one(conn: Connection, statement: Update, **values: object) -> bool:
    """Run an update and say whether it changed its row: False when a guard kept it from doing
    so.
    """
    return conn.execute(statement, values).rowcount == 1
