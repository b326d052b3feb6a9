"""The return: Kite sends the browser back, and we find out to which basket it belongs.

Kite's query string proves nothing by itself: the state that we signed and the visit's cookie must
agree before a token is exchanged without a question. A cancel comes without token and state.
Source: Kite Connect documentation, pages "Offsite order execution" and "User" (login flow).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from kite.offsite.base import states
from kite.offsite.base.kite_day import next_session_end
from kite.offsite.base.services import Services, new_id
from kite.offsite.journey.cancels import BROUGHT_BACK, receive_cancel, waiting_executions
from kite.offsite.journey.handoff import BasketState, visit_nonce
from kite.offsite.journey.token_exchange import (
    Landing,
    ReturnResult,
    earlier_result,
    exchange,
    exchange_claimed,
    find_by_tag,
    receive_and_claim,
    token_hash,
)
from kite.payloads import Payload
from kite.store.base.engine import Connection
from kite.store.flow import events, executions, returns
from kite.store.flow.event_causes import EventCause, EventReason
from kite.store.flow.event_data import ReturnReason
from kite.store.flow.executions import Execution
from kite.store.flow.returns import Return
from kite.store.people import sessions
from kite.vocabulary import Mode, ReturnKind, ReturnVerdict, State, TokenAnswer


@dataclass(frozen=True)
class LoginState(Payload):
    """The state that Kite brings back with a login: the path of this site that the login leads to,
    the visit that pressed log in, and when.
    """

    PURPOSE = "login"

    next_path: str
    visit_nonce: str
    pressed_at: datetime


def login_state(services: Services, visit_id: str, next_path: str) -> str:
    """Return the signed state of a login that leads back to `next_path`."""
    return services.sealer.sign(LoginState(next_path, visit_nonce(visit_id), services.now()))


def receive(
    services: Services,
    visit_id: str,
    *,
    status: str,
    request_token: str,
    state: str,
    kinds: Collection[str] = (),
    pending_login: str = "",
    by_another_site: bool = False,
) -> ReturnResult:
    """Receive a return, and say where it leads.

    `kinds` are what the query calls itself, login or basket, as its type and its action.
    `pending_login` is the page on which this visit pressed log in and has not come back, or "".
    `by_another_site`: a page that is neither ours nor Kite's led here.
    """
    if status == "cancelled" and by_another_site:
        # A cancel carries nothing that only Kite can know, so any page could cancel a basket with a
        # link.
        _note_refusal(services, EventReason.ANOTHER_SITE)
        return ReturnResult(Landing.ANOTHER_SITE)
    if status == "cancelled":
        return receive_cancel(services, visit_id, pending_login)
    if status != "success" or not request_token:
        _note_refusal(services, EventReason.UNDOCUMENTED_STATUS)
        return ReturnResult(Landing.STATUS)
    return _receive_token(services, visit_id, request_token, state, kinds)


def _receive_token(
    services: Services, visit_id: str, request_token: str, state: str, kinds: Collection[str]
) -> ReturnResult:
    login = services.sealer.verify(LoginState, state)
    # Kite leaves out type or action; what it does send must be what we signed the state for.
    expected_kind = ReturnKind.LOGIN if login else ReturnKind.BASKET
    if state and not {*kinds} <= {expected_kind}:
        _note_refusal(services, EventReason.CONTRADICTS_STATE)
        return ReturnResult(Landing.STATUS)
    if login:
        return _receive_login(services, visit_id, request_token, login)
    return _receive_basket(services, visit_id, request_token, state)


def confirm(services: Services, visit_id: str, row: Return) -> ReturnResult:
    """Act on a person's answer "I placed this", or on "try again"."""
    if services.settings.mode is Mode.PUBLISHER:
        return _returned_without_exchange(services, visit_id, row)
    if row.answer is TokenAnswer.EXCHANGED and row.user_id and row.kind is ReturnKind.BASKET:
        with services.store.reading() as conn:
            session = sessions.active_session(conn, visit_id, row.user_id, services.now())
        if session is None:
            return ReturnResult(Landing.LATE, row=row)
        return find_by_tag(services, session, row)
    return exchange(
        services, visit_id, row, own=row.verdict is ReturnVerdict.OWN and row.visit_id == visit_id
    )


def _receive_login(services: Services, visit_id: str, request_token: str, login: LoginState) -> ReturnResult:
    # A login that another visit began would log this visit in as somebody else.
    if login.visit_nonce != visit_nonce(visit_id):
        _note_refusal(services, EventReason.ANOTHER_VISITS_LOGIN)
        return ReturnResult(Landing.FOREIGN)
    row = _new_return(services, visit_id, request_token, ReturnVerdict.OWN, login=login)
    with services.store.writing() as conn:
        row, is_claimed = receive_and_claim(conn, row)
    if not is_claimed:
        return earlier_result(row, own=False)
    return exchange_claimed(services, visit_id, row, own=False)


def _receive_basket(services: Services, visit_id: str, request_token: str, state: str) -> ReturnResult:
    signed = services.sealer.verify(BasketState, state)
    execution, waiting, is_own = None, [], False
    with services.store.reading() as conn:
        if signed:
            execution = executions.get(conn, signed.execution_id)
            is_own = execution is not None and _is_of_visit(execution, signed, visit_id)
        if not is_own:
            waiting = waiting_executions(conn, visit_id, services.now())
    if state and execution is None:
        _note_refusal(services, EventReason.FORGED_STATE)
        return ReturnResult(Landing.FOREIGN)
    if execution and signed and is_own:
        return _receive_own(services, visit_id, request_token, execution, sent_at=signed.made_at)
    return _ask(services, visit_id, request_token, execution, waiting)


def _is_of_visit(execution: Execution, state: BasketState, visit_id: str) -> bool:
    # State and cookie must agree, or a link with somebody else's token would log this visit in as
    # them.
    return execution.visit_id == visit_id and state.visit_nonce == visit_nonce(visit_id)


def _ask(
    services: Services,
    visit_id: str,
    request_token: str,
    named: Execution | None,
    waiting: Sequence[Execution],
) -> ReturnResult:
    """Keep a return that proves no basket of this visit, and ask the person about it.

    `named` is the execution that its state names, if it has one.
    """
    if named and waiting and all(execution.id != named.id for execution in waiting):
        _note_refusal(services, EventReason.BASKETS_DIFFER, named.id)
        return ReturnResult(Landing.CONFLICT)
    supposed = named or _only(waiting)
    row = _new_return(services, visit_id, request_token, ReturnVerdict.ASK, execution=supposed)
    with services.store.writing() as conn:
        row = returns.receive(conn, row)
    if row.answered_at and row.answer is TokenAnswer.EXCHANGED and row.execution_id:
        return ReturnResult(Landing.RECEIPT, row.execution_id)
    return ReturnResult(Landing.ASK, execution_id=supposed.id if supposed else None, row=row)


def _receive_own(
    services: Services, visit_id: str, request_token: str, execution: Execution, *, sent_at: datetime
) -> ReturnResult:
    """Go on with a return of this visit.

    One with a state from before Kite's last 06:00 is recorded as late, not refused.
    """
    now = services.now()
    cause = EventCause.CAME_BACK if now < next_session_end(sent_at) else EventCause.CAME_BACK_LATE
    row = _new_return(services, visit_id, request_token, ReturnVerdict.OWN, execution=execution)
    # Committed before Kite is asked: whatever it answers, the person did come back.
    with services.store.writing() as conn:
        _record_arrival(conn, execution, now, cause)
        if services.settings.mode is Mode.PUBLISHER:
            return ReturnResult(Landing.RECEIPT, execution.id)
        row, is_claimed = receive_and_claim(conn, row)
    if not is_claimed:
        # The token may have come before, with another basket.
        return earlier_result(row, own=row.execution_id == execution.id)
    return exchange_claimed(services, visit_id, row, own=True)


def _record_arrival(conn: Connection, execution: Execution, now: datetime, cause: EventCause) -> None:
    """Move an execution to returned.

    One that is settled stays so; that its person came back is recorded.
    """
    if execution.state is not State.SETTLED and states.move(conn, execution, State.RETURNED, now, cause):
        return
    # Somebody may have moved it since it was read.
    current = executions.get(conn, execution.id) or execution
    if current.state is State.SETTLED or not states.move(conn, current, State.RETURNED, now, cause):
        _note_return(conn, current, now, cause)


def _note_return(conn: Connection, execution: Execution, now: datetime, cause: EventCause) -> None:
    """Record the first return of an execution that a postback had called returned before."""
    if not BROUGHT_BACK & {event.cause for event in events.of(conn, execution.id)}:
        events.note(conn, now, cause, execution.id)
        executions.touch(conn, execution.id)


def _new_return(
    services: Services,
    visit_id: str,
    request_token: str,
    verdict: ReturnVerdict,
    *,
    execution: Execution | None = None,
    login: LoginState | None = None,
) -> Return:
    """Return the row of a return that arrives now, its token sealed: of a login, or of a basket."""
    digest = token_hash(request_token)
    sealed_token = None
    # A publisher key exchanges no token: it needs none.
    if services.settings.mode is not Mode.PUBLISHER:
        sealed_token = services.sealer.seal(request_token, digest)
    return Return(
        token_hash=digest,
        id=new_id(),
        visit_id=visit_id,
        execution_id=execution.id if execution else None,
        kind=ReturnKind.LOGIN if login else ReturnKind.BASKET,
        verdict=verdict,
        next=login.next_path if login else "",
        received_at=services.now(),
        claimed_at=None,
        answered_at=None,
        answer=TokenAnswer.NONE_YET,
        message="",
        user_id=None,
        sealed_token=sealed_token,
    )


def _returned_without_exchange(services: Services, visit_id: str, row: Return) -> ReturnResult:
    """Record a return in publisher mode. That somebody came back is all that is known there."""
    with services.store.writing() as conn:
        execution = executions.get(conn, row.execution_id or "")
        if execution is None:
            return ReturnResult(Landing.FOREIGN)
        elsewhere = ReturnReason(EventReason.IN_ANOTHER_BROWSER)
        states.move(conn, execution, State.RETURNED, services.now(), EventCause.CAME_BACK, data=elsewhere)
    landing = Landing.RECEIPT if execution.visit_id == visit_id else Landing.ELSEWHERE
    return ReturnResult(landing, execution.id)


def _only(waiting: Sequence[Execution]) -> Execution | None:
    return waiting[0] if len(waiting) == 1 else None


def _note_refusal(services: Services, reason: EventReason, execution_id: str | None = None) -> None:
    with services.store.writing() as conn:
        events.note(conn, services.now(), EventCause.RETURN_REFUSED, execution_id, data=ReturnReason(reason))
