"""Returns: one row for each request_token that arrived at /redirect, so that it is exchanged once.

The token itself is stored only sealed, for a second try, and only for minutes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, bindparam, func, or_, select, update

from kite.store.base import rows, tables
from kite.store.base.engine import Connection
from kite.vocabulary import ReturnKind, ReturnVerdict, TokenAnswer


@dataclass(frozen=True)
class Return:
    """A token that arrived.

    `token_hash` is its SHA-256 in hex; `id` is random and takes its place in an address.

    `next` is where a login leads. `answer` is Kite's answer to the token, with Kite's `message`.
    """

    token_hash: str
    id: str
    visit_id: str
    execution_id: str | None
    kind: ReturnKind
    verdict: ReturnVerdict
    next: str
    received_at: datetime
    claimed_at: datetime | None
    answered_at: datetime | None
    answer: TokenAnswer
    message: str
    user_id: str | None
    sealed_token: str | None


_c = tables.returns.c
_ROW = select(*rows.columns(tables.returns, Return))
_GET = _ROW.where(_c.id == bindparam("wanted"))
_BY_HASH = _ROW.where(_c.token_hash == bindparam("token"))


def _changed() -> Update:
    return update(tables.returns).where(_c.token_hash == bindparam("token"))


_CLAIM = (
    _changed()
    .where(_c.answered_at.is_(None), or_(_c.claimed_at.is_(None), _c.claimed_at < bindparam("stale_before")))
    .values(claimed_at=bindparam("now"))
)
_RELEASE = _changed().where(_c.answered_at.is_(None)).values(claimed_at=None)
_ANSWER = (
    _changed()
    # Whoever took over a claim gets USED from Kite; that must not hide that the first one got a
    # session.
    .where(
        or_(
            _c.answer != TokenAnswer.EXCHANGED,
            bindparam("said", type_=_c.answer.type) == TokenAnswer.EXCHANGED,
        )
    )
    .values(
        answered_at=bindparam("now"),
        answer=bindparam("said"),
        message=bindparam("words"),
        user_id=func.coalesce(bindparam("user", type_=_c.user_id.type), _c.user_id),
        execution_id=func.coalesce(bindparam("execution", type_=_c.execution_id.type), _c.execution_id),
        sealed_token=None,
    )
)
_FORGET = (
    update(tables.returns)
    .where(_c.sealed_token.is_not(None), _c.received_at < bindparam("before"))
    .values(sealed_token=None)
)


def receive(conn: Connection, row: Return) -> Return:
    """Store a return, and return the one that is stored: this one, or an earlier one of the same
    token.
    """
    rows.insert_unless_present(conn, tables.returns, rows.values(row), "token_hash")
    return by_hash(conn, row.token_hash) or row


def get(conn: Connection, return_id: str) -> Return | None:
    """Return the row of an id, or None."""
    return next((Return(*row) for row in conn.execute(_GET, {"wanted": return_id})), None)


def by_hash(conn: Connection, token_hash: str) -> Return | None:
    """Return the row of a token, or None."""
    return next((Return(*row) for row in conn.execute(_BY_HASH, {"token": token_hash})), None)


def claim(conn: Connection, token_hash: str, at: datetime, stale_before: datetime) -> bool:
    """Claim the exchange.

    True for one caller: nobody has an answer, and no claim is younger than `stale_before`.
    """
    return conn.execute(_CLAIM, {"token": token_hash, "now": at, "stale_before": stale_before}).rowcount == 1


def release(conn: Connection, token_hash: str) -> None:
    """Give up the claim, because no answer came."""
    conn.execute(_RELEASE, {"token": token_hash})


def answer(
    conn: Connection,
    token_hash: str,
    at: datetime,
    answer: TokenAnswer,
    message: str = "",
    user_id: str | None = None,
    execution_id: str | None = None,
) -> None:
    """Store Kite's answer and erase the token.

    A token that was exchanged stays so, whatever answer comes later.
    """
    values = {
        "token": token_hash,
        "now": at,
        "said": answer,
        "words": message,
        "user": user_id,
        "execution": execution_id,
    }
    conn.execute(_ANSWER, values)


def forget_tokens(conn: Connection, before: datetime) -> int:
    """Erase the sealed tokens of returns received before `before`; return how many."""
    return conn.execute(_FORGET, {"before": before}).rowcount
