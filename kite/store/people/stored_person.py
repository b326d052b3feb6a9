"""Everything that is stored of a person: to hand it over, and to erase it, when they ask or when it
is old.

A person is a visit and the Kite users of whom that visit has exchanged a token.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, not_, or_, select, update

from kite.store.base import publishing_tables, rows, tables
from kite.store.base.engine import Connection
from kite.store.base.old_events import old_texts
from kite.store.flow.event_causes import OPERATORS_ACTS
from kite.store.flow.executions import Execution
from kite.store.flow.locks import lock_all
from kite.store.flow.returns import Return
from kite.store.people.sessions import KiteSession

_executions, _returns, _sessions, _events = (
    tables.executions.c,
    tables.returns.c,
    tables.kite_sessions.c,
    tables.events.c,
)
_postbacks = tables.postbacks.c
_DEPENDENT_TABLES = (
    tables.events,
    tables.returns,
    tables.book_orders,
    tables.book_trades,
    tables.book_histories,
    tables.book_doubts,
    tables.postbacks,
    tables.baselines,
    tables.copies,
    tables.form_posts,
    publishing_tables.presses,
    publishing_tables.codes,
)
_OPERATORS_ACT = or_(
    func.coalesce(_events.cause, "").in_(OPERATORS_ACTS),
    _events.old_cause.in_(old_texts(OPERATORS_ACTS)),
)


def executions(conn: Connection, visit_id: str, user_ids: Collection[str]) -> list[Execution]:
    """Return the executions that the visit composed or that belong to one of its Kite users, oldest
    first.
    """
    query = select(*rows.columns(tables.executions, Execution)).where(
        _belongs_to(_executions.visit_id, _executions.user_id, visit_id, user_ids)
    )
    return [Execution(*row) for row in conn.execute(query.order_by(_executions.created_at, _executions.id))]


def returns(conn: Connection, visit_id: str, user_ids: Collection[str]) -> list[Return]:
    """Return the returns from Kite to the visit, or as one of its Kite users, oldest first."""
    query = select(*rows.columns(tables.returns, Return)).where(
        _belongs_to(_returns.visit_id, _returns.user_id, visit_id, user_ids)
    )
    return [Return(*row) for row in conn.execute(query.order_by(_returns.received_at))]


def sessions(conn: Connection, visit_id: str, user_ids: Collection[str]) -> list[KiteSession]:
    """Return the Kite sessions of the visit and of its Kite users in every browser, oldest first,
    ended ones too.
    """
    query = select(*rows.columns(tables.kite_sessions, KiteSession)).where(
        _belongs_to(_sessions.visit_id, _sessions.user_id, visit_id, user_ids)
    )
    return [KiteSession(*row) for row in conn.execute(query.order_by(_sessions.created_at))]


def erase(conn: Connection, ids: Sequence[str]) -> None:
    """Erase executions with everything that belongs to them.

    An execution that sent orders of one again stays, without its parent.
    """
    # So that no rows are added to them meanwhile.
    lock_all(conn, ids)
    for table in _DEPENDENT_TABLES:
        conn.execute(delete(table).where(table.c.execution_id.in_(ids)))
    conn.execute(delete(tables.copies).where(tables.copies.c.original_id.in_(ids)))
    conn.execute(update(tables.executions).where(_executions.parent_id.in_(ids)).values(parent_id=None))
    conn.execute(delete(tables.executions).where(_executions.id.in_(ids)))


def erase_logins(conn: Connection, visit_id: str, user_ids: Collection[str]) -> None:
    """Erase the returns and the Kite sessions of a person, and Kite's messages to them that belong
    to no execution.
    """
    conn.execute(
        delete(tables.returns).where(_belongs_to(_returns.visit_id, _returns.user_id, visit_id, user_ids))
    )
    conn.execute(
        delete(tables.kite_sessions).where(
            _belongs_to(_sessions.visit_id, _sessions.user_id, visit_id, user_ids)
        )
    )
    conn.execute(
        delete(tables.postbacks).where(_postbacks.execution_id.is_(None), _postbacks.user_id.in_(user_ids))
    )


def forget_composer(conn: Connection, visit_id: str, user_ids: Collection[str]) -> None:
    """Take a person out of the executions that they composed and somebody else placed: the visit,
    and client ids in events.
    """
    composed = (_executions.visit_id == visit_id, _executions.user_id.is_not(None))
    ids = select(_executions.id).where(*composed)
    conn.execute(
        update(tables.events)
        .where(_events.execution_id.in_(ids), _events.user_id.in_(user_ids))
        .values(user_id=None)
    )
    # The version before has a client id as the detail of some events.
    conn.execute(
        update(tables.events)
        .where(_events.execution_id.in_(ids), _events.old_detail.in_(user_ids))
        .values(old_detail="")
    )
    conn.execute(update(tables.executions).where(*composed).values(visit_id=""))
    conn.execute(delete(tables.copies).where(tables.copies.c.visit_id == visit_id))


def older(conn: Connection, before: datetime, most: int) -> list[str]:
    """Return up to `most` executions that were composed before `before`, the oldest first."""
    return list(
        conn.execute(
            select(_executions.id)
            .where(_executions.created_at < before)
            .order_by(_executions.created_at)
            .limit(most)
        ).scalars()
    )


def erase_older_returns(conn: Connection, before: datetime, most: int) -> int:
    """Erase up to `most` returns, and as many events of no execution and no operator, from before
    `before`; return how many rows were erased.
    """
    returned = select(_returns.token_hash).where(_returns.received_at < before).limit(most)
    happened = (
        select(_events.id)
        .where(_events.execution_id.is_(None), _events.at < before, not_(_OPERATORS_ACT))
        .limit(most)
    )
    erased = conn.execute(delete(tables.returns).where(_returns.token_hash.in_(returned))).rowcount
    return erased + conn.execute(delete(tables.events).where(_events.id.in_(happened))).rowcount


def erase_older_acts(conn: Connection, before: datetime, most: int) -> int:
    """Erase up to `most` of what operators did before `before`; return how many."""
    acts = (
        select(_events.id)
        .where(_events.execution_id.is_(None), _events.at < before, _OPERATORS_ACT)
        .limit(most)
    )
    return conn.execute(delete(tables.events).where(_events.id.in_(acts))).rowcount


def erase_older_sessions(conn: Connection, before: datetime, most: int) -> int:
    """Erase up to `most` Kite sessions that were over before `before`, which then no longer prove
    anybody's client id; return how many.
    """
    over = select(_sessions.id).where(_sessions.expires_at < before).limit(most)
    return conn.execute(delete(tables.kite_sessions).where(_sessions.id.in_(over))).rowcount


def _belongs_to(
    visit: ColumnElement[str], user: ColumnElement[str | None], visit_id: str, user_ids: Collection[str]
) -> ColumnElement[bool]:
    return or_(visit == visit_id, user.in_(user_ids))
