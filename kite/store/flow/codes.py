"""One-time codes, which an integrator's server redeems for an execution's result, and the tokens
that allow it to.

Only the SHA-256 of codes and tokens is stored, so nobody can use what they read in the database.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from kite.store.base import publishing_tables, rows
from kite.store.base.engine import Connection


@dataclass(frozen=True)
class ApiToken:
    """A token that an operator made for an integrator's server."""

    id: str
    name: str
    token_hash: str
    created_at: datetime
    operator: str
    used_at: datetime | None = None
    revoked_at: datetime | None = None


_t, _c = publishing_tables.api_tokens.c, publishing_tables.codes.c
_TOKEN = select(*rows.columns(publishing_tables.api_tokens, ApiToken))
_BY_HASH = _TOKEN.where(_t.token_hash == bindparam("hashed"), _t.revoked_at.is_(None))
_ALL = _TOKEN.order_by(_t.created_at.desc(), _t.id)
_USED = (
    update(publishing_tables.api_tokens).where(_t.id == bindparam("token")).values(used_at=bindparam("now"))
)
_REVOKE = (
    update(publishing_tables.api_tokens)
    .where(_t.id == bindparam("token"), _t.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
# One statement, so that only one of two callers redeems a code.
_REDEEM = (
    update(publishing_tables.codes)
    .where(
        _c.code_hash == bindparam("hashed"), _c.redeemed_at.is_(None), _c.made_at > bindparam("not_before")
    )
    .values(redeemed_at=bindparam("now"), token_id=bindparam("token"))
    .returning(_c.execution_id)
)
_KNOWN = select(_c.code_hash).where(_c.code_hash == bindparam("hashed"))


def add_token(conn: Connection, token: ApiToken) -> None:
    """Store a new token."""
    conn.execute(insert(publishing_tables.api_tokens), rows.values(token))


def token(conn: Connection, token_hash: str, at: datetime) -> ApiToken | None:
    """Return a token that is not revoked, and remember that it was used; None for any other."""
    row = conn.execute(_BY_HASH, {"hashed": token_hash}).first()
    if row is None:
        return None
    api_token = ApiToken(*row)
    conn.execute(_USED, {"token": api_token.id, "now": at})
    return api_token


def tokens(conn: Connection) -> list[ApiToken]:
    """Return all tokens, revoked ones too, newest first."""
    return [ApiToken(*row) for row in conn.execute(_ALL)]


def revoke_token(conn: Connection, token_id: str, at: datetime) -> bool:
    """Make a token invalid. True for the one caller that did."""
    return bool(conn.execute(_REVOKE, {"token": token_id, "now": at}).rowcount)


def add(conn: Connection, code_hash: str, execution_id: str, at: datetime) -> None:
    """Store a code; one that is stored already stays as it is, with its time."""
    rows.insert_unless_present(
        conn,
        publishing_tables.codes,
        {"code_hash": code_hash, "execution_id": execution_id, "made_at": at},
        "code_hash",
    )


def was_issued(conn: Connection, code_hash: str) -> bool:
    """Whether such a code was ever issued, also a redeemed or an old one."""
    return conn.execute(_KNOWN, {"hashed": code_hash}).first() is not None


def redeem(conn: Connection, code_hash: str, token_id: str, at: datetime, not_before: datetime) -> str | None:
    """Redeem a code made after `not_before` and return its execution: once, for one caller; None
    otherwise.
    """
    return conn.execute(
        _REDEEM, {"hashed": code_hash, "token": token_id, "now": at, "not_before": not_before}
    ).scalar()
