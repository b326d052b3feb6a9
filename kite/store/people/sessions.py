"""Kite sessions: who logged in from which visit, and until when.

Access tokens are stored sealed, until they expire.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, insert, select, update

from kite.store.base import tables
from kite.store.base.engine import Connection
from kite.store.base.rows import columns, values


@dataclass(frozen=True)
class KiteSession:
    """A session at Kite.

    It is active while it is not ended, not expired, and its sealed access token is there.
    """

    id: str
    visit_id: str
    user_id: str
    user_name: str
    login_time: datetime
    sealed_token: str | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class VisitSessions:
    """What a visit has proved at Kite.

    `proved` are the Kite users of whom it ever exchanged a token; `active` are its active sessions,
    newest first.
    """

    proved: frozenset[str]
    active: tuple[KiteSession, ...]

    def active_of(self, user_id: str | None) -> KiteSession | None:
        """Return the newest active session as a Kite user, of any of them for None; None without one."""
        return next((session for session in self.active if user_id in (None, session.user_id)), None)


_c = tables.kite_sessions.c
_ADD = insert(tables.kite_sessions)
_COLUMNS = columns(tables.kite_sessions, KiteSession)
_IS_ACTIVE = and_(_c.ended_at.is_(None), _c.sealed_token.is_not(None), _c.expires_at > bindparam("now"))
_NEWEST_FIRST = (_c.created_at.desc(), _c.id)
_OF_VISIT = select(*_COLUMNS).where(_c.visit_id == bindparam("visit"), _IS_ACTIVE).order_by(*_NEWEST_FIRST)
_ACTIVE = _OF_VISIT.where(_c.user_id == bindparam("user")).limit(1)
_OF_USER = select(*_COLUMNS).where(_c.user_id == bindparam("user"), _IS_ACTIVE).order_by(*_NEWEST_FIRST)
_PROVED = select(_c.user_id).where(_c.visit_id == bindparam("visit")).distinct()
_PROVED_USER = _PROVED.subquery().c.user_id
# Not every row of a visit: it may have logged in on ninety days, and one session of them is active.
_KNOWN = (
    select(_PROVED_USER, *_COLUMNS)
    .outerjoin(
        tables.kite_sessions,
        and_(_c.visit_id == bindparam("visit"), _c.user_id == _PROVED_USER, _IS_ACTIVE),
    )
    .order_by(*_NEWEST_FIRST)
)
_END = update(tables.kite_sessions).where(_c.id == bindparam("session"), _c.ended_at.is_(None))
_END = _END.values(ended_at=bindparam("now"), sealed_token=None)
_FORGET = (
    update(tables.kite_sessions)
    .where(_c.sealed_token.is_not(None), _c.expires_at <= bindparam("now"))
    .values(sealed_token=None)
)


def add(conn: Connection, session: KiteSession) -> None:
    """Keep a new session."""
    conn.execute(_ADD, values(session))


def active_session(conn: Connection, visit_id: str, user_id: str, now: datetime) -> KiteSession | None:
    """Return the newest active session of a visit as a Kite user, or None."""
    row = conn.execute(_ACTIVE, {"visit": visit_id, "user": user_id, "now": now}).first()
    return KiteSession(*row) if row else None


def of_visit(conn: Connection, visit_id: str, now: datetime) -> list[KiteSession]:
    """Return the active sessions of a visit, newest first."""
    return [KiteSession(*row) for row in conn.execute(_OF_VISIT, {"visit": visit_id, "now": now})]


def of_user(conn: Connection, user_id: str, now: datetime) -> list[KiteSession]:
    """Return the active sessions of a Kite user in every browser, newest first: for reading what
    that user owns.
    """
    return [KiteSession(*row) for row in conn.execute(_OF_USER, {"user": user_id, "now": now})]


def proved_users(conn: Connection, visit_id: str) -> frozenset[str]:
    """Return every Kite user of whom this visit ever exchanged a token, whether or not the session
    is still active.
    """
    return frozenset(conn.execute(_PROVED, {"visit": visit_id}).scalars())


def known_of_visit(conn: Connection, visit_id: str, now: datetime) -> VisitSessions:
    """Return what `proved_users` and `of_visit` say of a visit, with one query."""
    rows = conn.execute(_KNOWN, {"visit": visit_id, "now": now}).all()
    active = (KiteSession(*session) for _, *session in rows if session[0] is not None)
    return VisitSessions(frozenset(user_id for user_id, *_ in rows), tuple(active))


def end(conn: Connection, session_id: str, at: datetime) -> None:
    """Remember that a session is over and erase its token."""
    conn.execute(_END, {"session": session_id, "now": at})


def forget_expired(conn: Connection, now: datetime) -> int:
    """Erase the tokens of sessions that have expired; return how many."""
    return conn.execute(_FORGET, {"now": now}).rowcount
