"""The archive: finds executions by day, state, outcome and symbol, newest first, page by page.

A page begins after the last line of the one before it (by time and id), so the thousandth page
costs no more than the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from sqlalchemy import ColumnElement, and_, or_, select

from kite.store.base import tables
from kite.store.base.engine import Connection
from kite.store.base.rows import columns
from kite.store.flow.executions import Execution
from kite.vocabulary import Outcome, State

Place = tuple[datetime, str]
"""Where a page ends: the time and the id of its last execution."""


@dataclass(frozen=True)
class Filter:
    """Which executions to find: composed from `since` on and before `until`, in `state`, with an
    item of `outcome`, with `symbol`.
    """

    since: datetime | None = None
    until: datetime | None = None
    state: State | None = None
    outcome: Outcome | None = None
    symbol: str = ""


_c = tables.executions.c
_ROW = select(*columns(tables.executions, Execution)).order_by(_c.created_at.desc(), _c.id.desc())


def find(
    conn: Connection, visit_id: str, user_ids: Iterable[str], wanted: Filter, after: Place | None, most: int
) -> list[Execution]:
    """Return up to `most` executions that the visit composed or that belong to one of its Kite
    users.

    The composer may not know what became of a basket that somebody else placed, so no outcome finds
    it.
    """
    # One query for each owner, each along its own index: an OR over two indexes would sort a whole
    # past for every page.
    pages = [_page(conn, _c.user_id == user_id, wanted, after, most) for user_id in user_ids]
    composed = _c.visit_id == visit_id
    if wanted.outcome:
        composed = and_(composed, _c.user_id.is_(None))
    pages.append(_page(conn, composed, wanted, after, most))
    # The same execution may be on two pages: the person both composed and placed it.
    executions = {execution.id: execution for execution in merge(*pages, key=_place, reverse=True)}
    return list(islice(executions.values(), most))


def _page(
    conn: Connection, owner: ColumnElement[bool], wanted: Filter, after: Place | None, most: int
) -> list[Execution]:
    return [
        Execution(*row) for row in conn.execute(_ROW.where(owner, *_conditions(wanted, after)).limit(most))
    ]


def _conditions(wanted: Filter, after: Place | None) -> Iterable[ColumnElement[bool]]:
    if wanted.since:
        yield _c.created_at >= wanted.since
    if wanted.until:
        yield _c.created_at < wanted.until
    if wanted.state:
        yield _c.state == wanted.state
    if wanted.outcome is Outcome.UNKNOWN:
        # The person came back, and no order book was read yet.
        unread = and_(_c.state == State.RETURNED, _c.outcomes == "")
        yield or_(
            _c.state == State.UNKNOWN, unread, _c.outcomes.contains(f",{Outcome.UNKNOWN},", autoescape=True)
        )
    elif wanted.outcome:
        yield and_(_c.state != State.UNKNOWN, _c.outcomes.contains(f",{wanted.outcome},", autoescape=True))
    if wanted.symbol:
        yield _c.symbols.contains(f",{wanted.symbol},", autoescape=True)
    if after:
        at, execution_id = after
        yield or_(_c.created_at < at, and_(_c.created_at == at, _c.id < execution_id))


def _place(execution: Execution) -> Place:
    return execution.created_at, execution.id
