"""The exchange of a request_token for a session: once, however many windows and processes have the
same address.

The token's SHA-256 is claimed by a unique row before Kite is asked. The state that we signed names
the basket of a return, or else the tag in the order book of the person who logged in does. Source:
Kite Connect documentation, page "User" (token exchange).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kite.connect.records import Session
from kite.exceptions import TokenException
from kite.offsite.base.asking import AnswerVerdict, answer_of
from kite.offsite.base.kite_day import next_session_end
from kite.offsite.base.services import Services, new_id
from kite.offsite.order_book import reconcile
from kite.offsite.order_book.adoption import Adoption, adopt_placed, placed_executions
from kite.store.base.engine import Connection
from kite.store.flow import events, executions, returns
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import TokenFailure
from kite.store.flow.executions import Execution
from kite.store.flow.returns import Return
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import ReturnKind, State, TokenAnswer

TOKEN_LIFE = timedelta(minutes=5)
"""A request_token lives for minutes at Kite; we keep it sealed no longer than this, for a second
try.
"""
TAKEN_OVER_AFTER = timedelta(seconds=15)
"""A claim this old without an answer was made by a process that is gone."""

TOO_OLD = "The token is too old."
"""What is recorded instead of an answer of Kite when it was not asked."""


class Landing(StrEnum):
    """Where a return leads."""

    RECEIPT = "receipt"
    NEXT = "next"
    """The page that the login was pressed on."""
    ASK = "ask"
    """A question, whose answer alone exchanges the token."""
    WHICH = "which"
    """A cancel without a state, and several baskets it may belong to."""
    FOREIGN = "foreign"
    """It does not belong to a basket sent from here by this visit."""
    CONFLICT = "conflict"
    """State and visit name different baskets."""
    STATUS = "status"
    """A status that Kite does not document."""
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    LATE = "late"
    """The token was used up or too old."""
    SOMEBODY_ELSES = "somebody_elses"
    """The person who logged in has orders of a basket that another Kite user had placed before."""
    NOT_FOUND = "not_found"
    """The order book of the person who logged in holds no order of a basket sent from here."""
    ANOTHER_SITE = "another_site"
    """A cancel that a page of another site caused."""
    ELSEWHERE = "elsewhere"
    """Publisher mode: only the browser that composed the basket may see the receipt."""


@dataclass(frozen=True)
class ReturnResult:
    """A landing with what it needs: an execution's id, a path of this site, the row of the return,
    waiting baskets.
    """

    landing: Landing
    execution_id: str | None = None
    next: str = ""
    row: Return | None = None
    waiting: tuple[Execution, ...] = ()


def token_hash(request_token: str) -> str:
    """Return the name under which a request_token is claimed."""
    return hashlib.sha256(request_token.encode()).hexdigest()


def exchange(services: Services, visit_id: str, row: Return, *, own: bool) -> ReturnResult:
    """Exchange a return's token. Of any number of openings one does; the others get its result.

    `own`: state and visit agree on the basket, so it belongs to the Kite user of this token from
    now on. Otherwise only the tag in that user's order book decides.
    """
    now = services.now()
    with services.store.writing() as conn:
        returns.forget_tokens(conn, now - TOKEN_LIFE)
        claimed = returns.claim(conn, row.token_hash, now, now - TAKEN_OVER_AFTER)
        if claimed is None:
            return earlier_result(returns.by_hash(conn, row.token_hash) or row, own=own)
    return exchange_claimed(services, visit_id, claimed, own=own)


def receive_and_claim(conn: Connection, row: Return) -> tuple[Return, bool]:
    """Store a return that arrives, and claim its token in the same transaction.

    Return what returns.receive_and_claim returns. Whoever made the claim goes on with
    `exchange_claimed` once the transaction is committed: Kite takes a token once, and refuses it to
    the loser of a race.
    """
    returns.forget_tokens(conn, row.received_at - TOKEN_LIFE)
    return returns.receive_and_claim(conn, row, row.received_at - TAKEN_OVER_AFTER)


def exchange_claimed(services: Services, visit_id: str, row: Return, *, own: bool) -> ReturnResult:
    """Exchange a return's token, of which this caller has committed the claim. See `exchange`."""
    session = _generate_session(services, row, own=own)
    if isinstance(session, ReturnResult):
        return session
    kite_session = _kite_session(services, visit_id, session)
    owned = None
    with services.store.writing() as conn:
        # The execution before the return: whoever erases a person locks them in this order.
        if own and row.execution_id:
            owned = executions.assign_owner(conn, row.execution_id, session.user_id)
        returns.answer(conn, row.token_hash, services.now(), TokenAnswer.EXCHANGED, user_id=session.user_id)
        sessions.add(conn, kite_session)
        # The event names the user only to the owner: the basket of the return may be another
        # person's.
        owner = session.user_id if owned else None
        events.note(conn, services.now(), EventCause.TOKEN_EXCHANGED, row.execution_id, user_id=owner)
    if row.kind is ReturnKind.LOGIN:
        return ReturnResult(Landing.NEXT, next=row.next)
    if owned:
        # A second return may mean that the basket was placed a second time.
        if owned.state is State.SETTLED:
            reconcile.read_order_book(services, kite_session, [owned])
        return ReturnResult(Landing.RECEIPT, owned.id)
    return find_by_tag(services, kite_session, row)


def _generate_session(services: Services, row: Return, *, own: bool) -> Session | ReturnResult:
    """Ask Kite for the session of a return's token; return where the return leads when there is
    none.
    """
    token = services.sealer.open(row.sealed_token or "", row.token_hash)
    if token is None:
        return _record_failure(services, row, TokenAnswer.USED, TOO_OLD, own=own)
    answer = answer_of(lambda: services.connect.generate_session(token))
    if answer.value is not None:
        return answer.value
    if answer.verdict is AnswerVerdict.NO_ANSWER:
        # Released, so that the person can try again: Kite may not have seen the token at all.
        with services.store.writing() as conn:
            returns.release(conn, row.token_hash)
        return ReturnResult(Landing.NO_ANSWER, execution_id=row.execution_id, row=row)
    token_answer = TokenAnswer.REFUSED
    if isinstance(answer.error, TokenException) and not answer.error.is_about_checksum:
        token_answer = TokenAnswer.USED
    return _record_failure(services, row, token_answer, answer.message, own=own)


def _kite_session(services: Services, visit_id: str, session: Session) -> KiteSession:
    """Return Kite's session as it is stored: its token sealed, for one visit, until the next
    06:00.
    """
    session_id, now = new_id(), services.now()
    return KiteSession(
        id=session_id,
        visit_id=visit_id,
        user_id=session.user_id,
        user_name=session.user_name,
        login_time=session.login_time or now,
        sealed_token=services.sealer.seal(session.access_token, session_id),
        created_at=now,
        expires_at=next_session_end(now),
        ended_at=None,
    )


def find_by_tag(services: Services, session: KiteSession, row: Return) -> ReturnResult:
    """Find, after an exchange, the basket of a return by the tags in the person's own order
    book.
    """
    book = reconcile.read_book(services, session)
    if book.value is None:
        is_over = book.verdict is AnswerVerdict.SESSION_OVER
        return ReturnResult(Landing.LATE if is_over else Landing.NO_ANSWER, row=row)
    with services.store.reading() as conn:
        placed = placed_executions(conn, book.value)
    # One transaction: a basket becomes theirs and is the one that the return leads to, or neither.
    with services.store.writing() as conn:
        adoption = adopt_placed(conn, services, session, placed)
        candidates = _candidates(adoption, row)
        if not candidates:
            is_another_users = any(row.execution_id in (None, other.id) for other in adoption.others)
            return ReturnResult(Landing.SOMEBODY_ELSES if is_another_users else Landing.NOT_FOUND, row=row)
        newest = max(candidates, key=lambda execution: execution.created_at)
        # The executions are locked by now: whoever erases a person locks them before the return.
        returns.answer(
            *(conn, row.token_hash, services.now(), TokenAnswer.EXCHANGED),
            user_id=session.user_id,
            execution_id=newest.id,
        )
    return ReturnResult(Landing.RECEIPT, newest.id)


def _candidates(adoption: Adoption, row: Return) -> Sequence[Execution]:
    """Return which of the executions found by tag a return may be of: the one it names, or else new
    ones.
    """
    named = [execution for execution in adoption.own if execution.id == row.execution_id]
    if named or adoption.adopted:
        return named or adoption.adopted
    # Baskets that have been theirs for long count only when the return names none.
    return () if row.execution_id else adoption.earlier


def _record_failure(
    services: Services, row: Return, answer: TokenAnswer, message: str, *, own: bool
) -> ReturnResult:
    """Record that a token gave no session, and return where the return leads."""
    cause = EventCause.TOKEN_USED if answer is TokenAnswer.USED else EventCause.TOKEN_REFUSED
    failure = TokenFailure(too_old=True) if message == TOO_OLD else TokenFailure(message)
    with services.store.writing() as conn:
        # The event locks the execution, and that comes before the return (see exchange_claimed).
        events.note(conn, services.now(), cause, row.execution_id, data=failure)
        returns.answer(conn, row.token_hash, services.now(), answer, message)
        # Another opening may have answered first, when it took the claim over: its answer counts.
        return earlier_result(returns.by_hash(conn, row.token_hash) or row, own=own)


def earlier_result(row: Return, *, own: bool) -> ReturnResult:
    """Return where a token leads that somebody else claimed, or that was answered before."""
    if row.answer is TokenAnswer.REFUSED:
        return ReturnResult(Landing.REFUSED, row=row)
    if row.kind is ReturnKind.LOGIN and row.answer is TokenAnswer.USED:
        return ReturnResult(Landing.LATE, row=row)
    if row.kind is ReturnKind.LOGIN:
        return ReturnResult(Landing.NEXT, next=row.next)
    # Its own basket: the receipt is there whether or not this token gave a session.
    if row.execution_id and (own or row.answer is TokenAnswer.EXCHANGED):
        return ReturnResult(Landing.RECEIPT, row.execution_id)
    return ReturnResult(Landing.LATE if row.answer is TokenAnswer.USED else Landing.NO_ANSWER, row=row)
