"""Due: executions that can be read from Kite while nobody looks at them, because their Kite user
has an active session.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, select

from kite.store.base import tables
from kite.store.base.engine import Connection
from kite.store.base.rows import columns
from kite.store.flow.executions import Execution
from kite.vocabulary import State

_e, _s, _p = tables.executions.c, tables.kite_sessions.c, tables.postbacks.c

UNSETTLED = tuple(state for state in State if state is not State.SETTLED)


def _is_active() -> ColumnElement[bool]:
    return and_(_s.ended_at.is_(None), _s.sealed_token.is_not(None), _s.expires_at > bindparam("now"))


_OPEN = (_e.state.in_(UNSETTLED), _e.created_at > bindparam("since"))
_USERS = (
    select(_e.user_id)
    .where(_e.user_id.in_(select(_s.user_id).where(_is_active())), *_OPEN)
    .group_by(_e.user_id)
    .order_by(func.min(func.coalesce(_e.read_claimed_at, _e.created_at)), _e.user_id)
)
_OF_USER = (
    select(*columns(tables.executions, Execution))
    .where(_e.user_id == bindparam("user"), *_OPEN)
    .order_by(_e.created_at.desc(), _e.id)
)
_READABLE = select(_s.id).where(_s.user_id == _e.user_id, _is_active()).exists()
_WITH_UNREAD_POSTBACKS = (
    select(_e.id)
    .join(tables.postbacks, _p.execution_id == _e.id)
    .where(
        _p.read_at.is_(None),
        _p.received_at > bindparam("since"),
        _p.received_at < bindparam("before"),
        _READABLE,
    )
    .group_by(_e.id)
    .order_by(func.max(_p.received_at).desc(), _e.id)
    .limit(bindparam("most"))
)


def users_with_open_executions(conn: Connection, now: datetime, since: datetime) -> list[str]:
    """Return the Kite users with an active session who own an execution composed after `since` that
    is not settled.

    The user whose executions have waited longest comes first.
    """
    return [str(user_id) for user_id in conn.execute(_USERS, {"now": now, "since": since}).scalars()]


def open_executions_of(conn: Connection, user_id: str, since: datetime) -> list[Execution]:
    """Return the executions of a Kite user composed after `since` that are not settled, newest
    first.
    """
    return [Execution(*row) for row in conn.execute(_OF_USER, {"user": user_id, "since": since})]


def with_unread_postbacks(
    conn: Connection, now: datetime, since: datetime, before: datetime, most: int
) -> list[str]:
    """Return up to `most` executions with a postback from between `since` and `before` that was not
    followed by a reading, although the Kite user who owns them has an active session.

    An execution that belongs to nobody yet waits until its person opens the page. The one with the
    latest postback comes first.
    """
    values = {"now": now, "since": since, "before": before, "most": most}
    return list(conn.execute(_WITH_UNREAD_POSTBACKS, values).scalars())
