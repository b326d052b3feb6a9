"""Who is logged in, by the simulator's cookie, a request token or an access token.

The ledger holds only the hashes of them.
"""

import hashlib
import secrets
import string

from sqlalchemy import Column, Connection, Table, delete, insert, select, update

from kite.simulator.core.ledger_tables import refresh_tokens, request_tokens, sessions, web_logins
from kite.simulator.core.timestamps import DAY_TURNS, next_at

USER_ID = "AB1234"
"""The demo client."""

CLIENTS = (USER_ID, "CD5678")
"""The clients that may log in: the demo client, and a second one to rehearse what two people do."""

REQUEST_TOKEN_LIVES = 300_000
"""Milliseconds: a request token is valid for five minutes."""

REFRESH_TOKEN_LIVES = 30 * 86_400_000
"""Milliseconds: a refresh token is valid for thirty days. Kite names no figure."""

_ALPHABET = string.ascii_letters + string.digits


def new_token() -> str:
    """Return 32 random letters and digits, the length of Kite's tokens."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(32))


def hash_of(token: str) -> str:
    """Return the SHA-256 of a token in hex."""
    # no salt: tokens are random and long, so no list of hashes can be made beforehand
    return hashlib.sha256(token.encode()).hexdigest()


def log_in(connection: Connection, user_id: str, at: int) -> str:
    """Log a browser in until the next 06:00 IST. Returns the value of its cookie."""
    return _open(connection, web_logins, user_id, next_at(at, DAY_TURNS))


def web_user(connection: Connection, cookie: str, at: int) -> str | None:
    """Return the user who is logged in with `cookie`, or None."""
    return _user(connection, web_logins, cookie, at)


def grant_request_token(
    connection: Connection, user_id: str, at: int, tag: str | None = None, lives: int = REQUEST_TOKEN_LIVES
) -> str:
    """Return a new request token, for one exchange within `lives` milliseconds.

    `tag` is that of the basket whose return carries it.
    """
    token = new_token()
    connection.execute(
        insert(request_tokens).values(token_hash=hash_of(token), user_id=user_id, ends_at=at + lives, tag=tag)
    )
    return token


def exchange_request_token(connection: Connection, request_token: str, at: int) -> tuple[str, str] | None:
    """Return user_id and a new access token for a request token, or None when it is unknown, used
    or too old.

    Needs a writing connection.
    """
    # one statement checks the token and uses it up, so two exchanges at once cannot both succeed
    good = (
        request_tokens.c.token_hash == hash_of(request_token),
        request_tokens.c.used_at.is_(None),
        request_tokens.c.ends_at > at,
    )
    statement = (
        update(request_tokens)
        .where(*good)
        .values(used_at=at)
        .returning(request_tokens.c.user_id, request_tokens.c.tag)
    )
    row = connection.execute(statement).one_or_none()
    if not row:
        return None
    token = _open(connection, sessions, row.user_id, next_at(at, DAY_TURNS))
    connection.execute(update(sessions).where(sessions.c.token_hash == hash_of(token)).values(tag=row.tag))
    return row.user_id, token


def tag_of(connection: Connection, access_token: str, request_token: str) -> str | None:
    """Return the tag of the basket that a session or a request token came from, or None."""
    tag: str | None = connection.scalar(
        select(sessions.c.tag).where(sessions.c.token_hash == hash_of(access_token))
    )
    return tag or connection.scalar(
        select(request_tokens.c.tag).where(request_tokens.c.token_hash == hash_of(request_token))
    )


def api_user(connection: Connection, access_token: str, at: int) -> str | None:
    """Return the user of an access token, or None when it is unknown or has ended."""
    return _user(connection, sessions, access_token, at)


def end_session(connection: Connection, access_token: str) -> None:
    """End an access token."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == hash_of(access_token)))


def grant_refresh(connection: Connection, user_id: str, at: int) -> str:
    """Return a new refresh token."""
    return _open(connection, refresh_tokens, user_id, at + REFRESH_TOKEN_LIVES)


def renew_session(connection: Connection, refresh_token: str, at: int) -> tuple[str, str] | None:
    """Return user_id and a new access token for a refresh token, or None when it is not valid."""
    user_id = _user(connection, refresh_tokens, refresh_token, at)
    if not user_id:
        return None
    return user_id, _open(connection, sessions, user_id, next_at(at, DAY_TURNS))


def end_refresh(connection: Connection, refresh_token: str, at: int) -> bool:
    """End a refresh token. Returns whether it was valid until now."""
    good = refresh_tokens.c.token_hash == hash_of(refresh_token), refresh_tokens.c.ends_at > at
    return connection.execute(delete(refresh_tokens).where(*good)).rowcount > 0


def forget_old(connection: Connection, before: int) -> None:
    """Remove what ended before `before`."""
    for table in (web_logins, sessions, request_tokens, refresh_tokens):
        connection.execute(delete(table).where(_column(table, "ends_at") < before))


def _open(connection: Connection, table: Table, user_id: str, ends_at: int) -> str:
    token = new_token()
    connection.execute(insert(table).values(token_hash=hash_of(token), user_id=user_id, ends_at=ends_at))
    return token


def _user(connection: Connection, table: Table, token: str, at: int) -> str | None:
    return connection.scalar(
        select(_column(table, "user_id")).where(
            _column(table, "token_hash") == hash_of(token), _column(table, "ends_at") > at
        )
    )


def _column(table: Table, name: str) -> Column[str]:
    return table.c[name]
