"""Operators: those who run the site and sign in.

Passwords are stored as hashes; a session is stored under the hash of its cookie.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from kite.store.base import publishing_tables, rows
from kite.store.base.engine import Connection


@dataclass(frozen=True)
class Operator:
    """An account.

    `name` is typed to sign in; `password_hash` names the method by which it was made.
    """

    id: str
    name: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True)
class OperatorSession:
    """A sign-in.

    `id` is the SHA-256 of what the cookie holds, `browser` what the browser calls itself,
    shortened.
    """

    id: str
    operator_id: str
    browser: str
    address: str | None
    created_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None


_o, _s = publishing_tables.operators.c, publishing_tables.operator_sessions.c
_OPERATOR = select(*rows.columns(publishing_tables.operators, Operator))
_SESSION = select(*rows.columns(publishing_tables.operator_sessions, OperatorSession))
_BY_NAME = _OPERATOR.where(_o.name == bindparam("called"))
_ALL = _OPERATOR.order_by(_o.name)
_SIGNED_IN = (
    select(*rows.columns(publishing_tables.operators, Operator), _s.seen_at)
    .join(publishing_tables.operator_sessions, _s.operator_id == _o.id)
    .where(
        _s.id == bindparam("session"),
        _s.ended_at.is_(None),
        _s.created_at > bindparam("not_before"),
        _o.disabled_at.is_(None),
    )
)
_SESSIONS = _SESSION.where(_s.operator_id == bindparam("operator"), _s.ended_at.is_(None)).order_by(
    _s.seen_at.desc(), _s.id
)
_NOTE_SEEN = (
    update(publishing_tables.operator_sessions)
    .where(_s.id == bindparam("session"))
    .values(seen_at=bindparam("now"))
)
_END = (
    update(publishing_tables.operator_sessions)
    .where(_s.operator_id == bindparam("operator"), _s.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
_END_ONE = _END.where(_s.id == bindparam("session"))
_DISABLE = (
    update(publishing_tables.operators)
    .where(_o.id == bindparam("operator"), _o.disabled_at.is_(None))
    .values(disabled_at=bindparam("now"))
)
_PASSWORD = (
    update(publishing_tables.operators)
    .where(_o.id == bindparam("operator"))
    .values(password_hash=bindparam("hashed"))
)
_ENABLE = (
    update(publishing_tables.operators)
    .where(_o.id == bindparam("operator"), _o.disabled_at.is_not(None))
    .values(disabled_at=None)
)
_ERASE = delete(publishing_tables.operator_sessions).where(_s.created_at < bindparam("before"))
_FROM = (
    select(_s.id)
    .join(publishing_tables.operators, _s.operator_id == _o.id)
    .where(_o.name == bindparam("called"), _s.address == bindparam("where"))
)


def add(conn: Connection, operator: Operator) -> bool:
    """Keep a new account; False when the name is taken."""
    return rows.insert_unless_present(conn, publishing_tables.operators, rows.values(operator), "name")


def by_name(conn: Connection, name: str) -> Operator | None:
    """Return the account of this name, a disabled one too."""
    return next((Operator(*row) for row in conn.execute(_BY_NAME, {"called": name})), None)


def list_all(conn: Connection) -> list[Operator]:
    """Return all accounts, by name."""
    return [Operator(*row) for row in conn.execute(_ALL)]


def set_password(conn: Connection, operator_id: str, password_hash: str, at: datetime) -> None:
    """Change a password and end every session of the account. A disabled one stays disabled."""
    conn.execute(_PASSWORD, {"operator": operator_id, "hashed": password_hash})
    # Whoever knew the old password must not stay signed in.
    end_all(conn, operator_id, at)


def disable(conn: Connection, operator_id: str, at: datetime) -> None:
    """Close an account and end its sessions; the record of what it did stays."""
    conn.execute(_DISABLE, {"operator": operator_id, "now": at})
    end_all(conn, operator_id, at)


def enable(conn: Connection, operator_id: str) -> bool:
    """Open a disabled account again; its old sessions stay ended.

    False when it was not disabled.
    """
    return bool(conn.execute(_ENABLE, {"operator": operator_id}).rowcount)


def sign_in(conn: Connection, session: OperatorSession) -> None:
    """Keep a new session."""
    conn.execute(insert(publishing_tables.operator_sessions), rows.values(session))


def signed_in(conn: Connection, session_id: str, not_before: datetime) -> tuple[Operator, datetime] | None:
    """Return the operator of a session and when it was last used; None when the session is over,
    unknown, or began before `not_before`.
    """
    row = conn.execute(_SIGNED_IN, {"session": session_id, "not_before": not_before}).first()
    return (Operator(*row[:-1]), row[-1]) if row else None


def note_seen(conn: Connection, session_id: str, at: datetime) -> None:
    """Remember when a session was last used."""
    conn.execute(_NOTE_SEEN, {"session": session_id, "now": at})


def sessions(conn: Connection, operator_id: str) -> list[OperatorSession]:
    """Return the sessions of an operator that were not ended, the one used last first."""
    return [OperatorSession(*row) for row in conn.execute(_SESSIONS, {"operator": operator_id})]


def end(conn: Connection, operator_id: str, session_id: str, at: datetime) -> bool:
    """End one session of an operator. False when it is nobody's, somebody else's, or over."""
    return bool(conn.execute(_END_ONE, {"operator": operator_id, "session": session_id, "now": at}).rowcount)


def end_all(conn: Connection, operator_id: str, at: datetime) -> None:
    """End every session of an operator."""
    conn.execute(_END, {"operator": operator_id, "now": at})


def signed_in_from(conn: Connection, name: str, address: str) -> bool:
    """Whether there is a session of this operator, over or not, that began at this network
    address.
    """
    return conn.execute(_FROM, {"called": name, "where": address}).first() is not None


def erase_sessions(conn: Connection, before: datetime) -> int:
    """Erase the sessions that began before `before`, with their addresses; return how many."""
    return conn.execute(_ERASE, {"before": before}).rowcount
