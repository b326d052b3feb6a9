"""The return: Kite sends the browser back, and we find out what belongs to it.

Kite's query string proves nothing by itself: the state that we signed and the visit's cookie must agree
before a token is exchanged without a question. Cancelled comes bare, without token and state. Source: Kite
Connect documentation, pages "Offsite order execution" and "User" (login flow).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from kite.offsite.base import states
from kite.offsite.base.kite_day import next_session_end
from kite.offsite.base.services import Services, new_id
from kite.offsite.journey.handoff import STATE_PURPOSE, visit_nonce
from kite.offsite.journey.token_exchange import (
    Landing,
    ReturnResult,
    adopt,
    earlier_result,
    exchange,
    stateless_event,
    token_hash,
)
from kite.store.base.engine import Connection
from kite.store.flow import events, executions, returns
from kite.store.flow.executions import Execution
from kite.store.flow.returns import Return
from kite.vocabulary import IST, EventCause, Mode, State

LOGIN_PURPOSE = "login"
"""What the signed state of a login is signed for."""

LATEST = 10
"""Executions of a visit that a bare cancel may be about."""

BROUGHT_BACK = frozenset({EventCause.CAME_BACK, EventCause.CAME_BACK_LATE, EventCause.TOKEN_EXCHANGED})
"""Causes that say that the person is back from Kite's page."""


def login_state(services: Services, visit_id: str, next_path: str) -> str:
    """Return the signed state of a login that leads back to `next_path`."""
    return services.sealer.sign(
        LOGIN_PURPOSE, [next_path, visit_nonce(visit_id), int(services.now().timestamp())]
    )


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
    """Receive a return.

    `pending_login` is the page on which this visit pressed log in and has not come back, or "".

    `kinds` are what the query calls itself, login or basket, as its type and its action. Kite leaves out
    either; what it says must be what we signed the state for. `by_another_site`: a page that is neither ours
    nor Kite's led here. A cancel carries nothing that only Kite can know, so from there it counts for
    nothing.
    """
    if status == "cancelled" and by_another_site:
        _record(services, None, EventCause.RETURN_REFUSED, "a cancel that another site caused")
        return ReturnResult(Landing.ANOTHER_SITE)
    if status == "cancelled":
        return _cancelled(services, visit_id, pending_login)
    if status != "success" or not request_token:
        _record(services, None, EventCause.RETURN_REFUSED, "a status Kite does not document, or no token")
        return ReturnResult(Landing.STATUS)
    login = services.sealer.verify(LOGIN_PURPOSE, state) if state else None
    if state and not {*kinds} <= {"login" if login else "basket"}:
        _record(services, None, EventCause.RETURN_REFUSED, "type or action say something else than the state")
        return ReturnResult(Landing.STATUS)
    if login:
        return _login_returned(services, visit_id, request_token, str(login[0]), str(login[1]))
    return _basket_returned(services, visit_id, request_token, state)


def confirm(services: Services, visit_id: str, row: Return) -> ReturnResult:
    """Act on a person's answer "I placed this", or on "try again"."""
    if services.settings.mode is Mode.PUBLISHER:
        return _returned_without_exchange(services, visit_id, row)
    if row.answer == "exchanged" and row.user_id and row.kind == "basket":
        return adopt(services, visit_id, row, row.user_id)
    return exchange(services, visit_id, row, own=row.verdict == "own" and row.visit_id == visit_id)


def cancel(services: Services, visit_id: str, execution_id: str) -> bool:
    """Cancel the one of several waiting baskets that the person names; say whether it is this visit's."""
    with services.store.writing() as conn:
        execution = executions.get(conn, execution_id)
        if execution is None or execution.visit_id != visit_id:
            return False
        if any(each.id == execution_id for each in waiting_executions(conn, visit_id, services.now())):
            states.move(
                conn,
                execution,
                State.CANCELLED,
                services.now(),
                EventCause.SAID_CANCELLED,
                "the person named this basket",
            )
    return True


def waiting_executions(conn: Connection, visit_id: str, now: datetime) -> list[Execution]:
    """Return what a visit handed off and may still come back from, newest first.

    Kite ends every session at 06:00: a basket that was left there before then is not waited for any more.
    """
    return [
        each
        for each in executions.waiting(conn, visit_id)
        if each.handed_off_at and now < next_session_end(each.handed_off_at)
    ]


def _cancelled(services: Services, visit_id: str, pending_login: str) -> ReturnResult:
    now = services.now()
    with services.store.writing() as conn:
        waiting = waiting_executions(conn, visit_id, now)
        heard = reported_executions(conn, visit_id, now)
        if len(waiting) == 1 and not heard and not pending_login:
            states.move(conn, waiting[0], State.CANCELLED, now, EventCause.SAID_CANCELLED)
            return ReturnResult(Landing.RECEIPT, waiting[0].id)
        if waiting:
            return ReturnResult(Landing.WHICH, waiting=(*waiting, *heard), next=pending_login)
        if heard and not pending_login:
            return ReturnResult(Landing.RECEIPT, heard[0].id)
        latest = executions.of_visit(conn, visit_id, limit=1)
    if pending_login:
        return ReturnResult(Landing.NEXT, next=pending_login)
    if latest and latest[0].state is State.CANCELLED:
        return ReturnResult(Landing.RECEIPT, latest[0].id)
    return ReturnResult(Landing.FOREIGN)


def reported_executions(conn: Connection, visit_id: str, now: datetime) -> list[Execution]:
    """Return what a visit left at Kite and only postbacks have told of, newest first: a cancel may be about
    one of these.

    It changes nothing of them, for something of them was placed.
    """
    latest = executions.of_visit(conn, visit_id, limit=LATEST)
    back = [
        each
        for each in latest
        if each.state in (State.RETURNED, State.SETTLED)
        and each.handed_off_at
        and now < next_session_end(each.handed_off_at)
    ]
    causes = {each.id: {event.cause for event in events.of(conn, each.id)} for each in back}
    return [
        each for each in back if EventCause.POSTBACK in causes[each.id] and not causes[each.id] & BROUGHT_BACK
    ]


def _login_returned(
    services: Services, visit_id: str, request_token: str, next_path: str, for_visit: str
) -> ReturnResult:
    if for_visit != visit_nonce(visit_id):
        _record(services, None, EventCause.RETURN_REFUSED, "a login that another visit began")
        return ReturnResult(Landing.FOREIGN)
    row = _keep(services, visit_id, request_token, kind="login", verdict="own", next_path=next_path)
    return (
        exchange(services, visit_id, row, own=False)
        if row.kind == "login"
        else earlier_result(row, own=False)
    )


def _basket_returned(services: Services, visit_id: str, request_token: str, state: str) -> ReturnResult:
    payload = services.sealer.verify(STATE_PURPOSE, state) if state else None
    with services.store.reading() as conn:
        execution = executions.get(conn, str(payload[0])) if payload else None
        waiting = waiting_executions(conn, visit_id, services.now())
    if state and execution is None:
        _record(services, None, EventCause.RETURN_REFUSED, "a state that was not signed here")
        return ReturnResult(Landing.FOREIGN)
    if execution and payload and execution.visit_id == visit_id and payload[1] == visit_nonce(visit_id):
        return _own_return(
            services, visit_id, request_token, execution, sent_at=datetime.fromtimestamp(int(payload[2]), IST)
        )
    if execution and waiting and all(each.id != execution.id for each in waiting):
        _record(services, execution.id, EventCause.RETURN_REFUSED, "state and visit name different baskets")
        return ReturnResult(Landing.CONFLICT)
    supposed = execution or _only(waiting)
    row = _keep(services, visit_id, request_token, verdict="ask", execution=supposed)
    if row.answered_at and row.answer == "exchanged" and row.execution_id:
        return ReturnResult(Landing.RECEIPT, row.execution_id)
    return ReturnResult(Landing.ASK, execution_id=supposed.id if supposed else None, row=row)


def _own_return(
    services: Services, visit_id: str, request_token: str, execution: Execution, *, sent_at: datetime
) -> ReturnResult:
    """Go on with a return of this visit. A state that is older than the day at Kite is told, not refused."""
    now = services.now()
    cause = EventCause.CAME_BACK if now < next_session_end(sent_at) else EventCause.CAME_BACK_LATE
    with services.store.writing() as conn:
        current = executions.get(conn, execution.id) or execution
        if current.state is State.SETTLED or not states.move(conn, current, State.RETURNED, now, cause):
            _note_return(conn, current, now, cause)
    if services.settings.mode is Mode.PUBLISHER:
        return ReturnResult(Landing.RECEIPT, execution.id)
    row = _keep(services, visit_id, request_token, verdict="own", execution=execution)
    if row.execution_id != execution.id:
        return earlier_result(row, own=False)
    return exchange(services, visit_id, row, own=True)


def _note_return(conn: Connection, execution: Execution, now: datetime, cause: EventCause) -> None:
    """Record the first return of an execution that a postback had called returned before."""
    if not BROUGHT_BACK & {event.cause for event in events.of(conn, execution.id)}:
        events.add(conn, stateless_event(now, execution.id, cause, ""))
        executions.touch(conn, execution.id)


def _keep(
    services: Services,
    visit_id: str,
    request_token: str,
    *,
    verdict: str,
    kind: str = "basket",
    execution: Execution | None = None,
    next_path: str = "",
) -> Return:
    """Write the return down, the token sealed; a token that came before keeps its first row."""
    digest = token_hash(request_token)
    exchanges = services.settings.mode is not Mode.PUBLISHER
    row = Return(
        token_hash=digest,
        id=new_id(),
        visit_id=visit_id,
        execution_id=execution.id if execution else None,
        kind=kind,
        verdict=verdict,
        next=next_path,
        received_at=services.now(),
        claimed_at=None,
        answered_at=None,
        answer="",
        message="",
        user_id=None,
        sealed_token=services.sealer.seal(request_token, digest) if exchanges else None,
    )
    with services.store.writing() as conn:
        return returns.receive(conn, row)


def _returned_without_exchange(services: Services, visit_id: str, row: Return) -> ReturnResult:
    """Publisher mode: there is no session and no order book; that somebody came back is all that is known."""
    with services.store.writing() as conn:
        execution = executions.get(conn, row.execution_id or "")
        if execution is None:
            return ReturnResult(Landing.FOREIGN)
        states.move(
            conn, execution, State.RETURNED, services.now(), EventCause.CAME_BACK, "in another browser"
        )
    return ReturnResult(
        Landing.RECEIPT if execution.visit_id == visit_id else Landing.ELSEWHERE, execution.id
    )


def _only(waiting: Sequence[Execution]) -> Execution | None:
    return waiting[0] if len(waiting) == 1 else None


def _record(services: Services, execution_id: str | None, cause: EventCause, detail: str) -> None:
    with services.store.writing() as conn:
        events.add(conn, stateless_event(services.now(), execution_id, cause, detail))
