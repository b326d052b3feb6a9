"""Returns: one row for each request_token that arrived at /redirect, so that it is exchanged once.

The token itself is stored only sealed, for a second try, and only for minutes.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, and_, bindparam, func, or_, select, update

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
_COLUMNS = rows.columns(tables.returns, Return)
_ROW = select(*_COLUMNS)
_GET = _ROW.where(_c.id == bindparam("wanted"))
_BY_HASH = _ROW.where(_c.token_hash == bindparam("token"))


def _changed() -> Update:
    return update(tables.returns).where(_c.token_hash == bindparam("token"))


_CLAIMABLE = and_(
    _c.answered_at.is_(None),
    or_(_c.claimed_at.is_(None), _c.claimed_at < bindparam("stale_before", type_=_c.claimed_at.type)),
)
"""There is no answer of Kite, and no caller has asked for one lately."""
_CLAIM = _changed().where(_CLAIMABLE).values(claimed_at=bindparam("now")).returning(*_COLUMNS)
_RELEASE = _changed().where(_c.answered_at.is_(None)).values(claimed_at=None)
_ANSWER = (
    _changed()
    # Whoever took over a claim gets USED from Kite; that must not hide that the first one got a
    # session.
    .where(
        or_(
            _c.answer != TokenAnswer.EXCHANGED,
            bindparam("new_answer", type_=_c.answer.type) == TokenAnswer.EXCHANGED,
        )
    )
    .values(
        answered_at=bindparam("now"),
        answer=bindparam("new_answer"),
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
    if rows.insert_unless_present(conn, tables.returns, rows.values(row), "token_hash"):
        return row
    return by_hash(conn, row.token_hash) or row


def receive_and_claim(conn: Connection, row: Return, stale_before: datetime) -> tuple[Return, bool]:
    """Store a return and claim the exchange of its token, at the time it was received.

    Return the row that is stored, and whether this call made the claim. It does for one caller, as
    `claim` does, and not when the token came before with another basket, or as something else.
    """
    values = {**rows.values(row), "claimed_at": row.received_at, "stale_before": stale_before}
    claimed_row = conn.execute(_receive_and_claim(conn.dialect.name), values).first()
    if claimed_row:
        return Return(*claimed_row), True
    return by_hash(conn, row.token_hash) or row, False


# Building a statement costs more than running it.
@cache
def _receive_and_claim(dialect: str) -> Any:
    add = rows.insert(dialect, tables.returns)
    add = add.values({column.name: bindparam(column.name, type_=column.type) for column in _COLUMNS})
    return add.on_conflict_do_update(
        index_elements=[_c.token_hash],
        set_={"claimed_at": add.excluded.claimed_at},
        where=and_(
            _CLAIMABLE,
            _c.kind == add.excluded.kind,
            _c.execution_id.is_not_distinct_from(add.excluded.execution_id),
        ),
    ).returning(*_COLUMNS)


def get(conn: Connection, return_id: str) -> Return | None:
    """Return the row of an id, or None."""
    return next((Return(*row) for row in conn.execute(_GET, {"wanted": return_id})), None)


def by_hash(conn: Connection, token_hash: str) -> Return | None:
    """Return the row of a token, or None."""
    return next((Return(*row) for row in conn.execute(_BY_HASH, {"token": token_hash})), None)


def claim(conn: Connection, token_hash: str, at: datetime, stale_before: datetime) -> Return | None:
    """Claim the exchange of a return's token.

    Return the row to one caller, when there is no answer and no claim is younger than
    `stale_before`; None to all others.
    """
    values = {"token": token_hash, "now": at, "stale_before": stale_before}
    claimed_row = conn.execute(_CLAIM, values).first()
    return Return(*claimed_row) if claimed_row else None


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
        "new_answer": answer,
        "words": message,
        "user": user_id,
        "execution": execution_id,
    }
    conn.execute(_ANSWER, values)


def forget_tokens(conn: Connection, before: datetime) -> int:
    """Erase the sealed tokens of returns received before `before`; return how many."""
    return conn.execute(_FORGET, {"before": before}).rowcount
