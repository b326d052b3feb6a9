"""Cancels: Kite sends the browser back without token and state, and we find out which basket it
left.

What a visit left at Kite decides; where that leaves a choice, the person is asked.
"""

from datetime import datetime

from kite.offsite.base import states
from kite.offsite.base.kite_day import next_session_end
from kite.offsite.base.services import Services
from kite.offsite.journey.token_exchange import Landing, ReturnResult
from kite.store.base.engine import Connection
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause, EventReason
from kite.store.flow.event_data import ReturnReason
from kite.store.flow.executions import Execution
from kite.vocabulary import State

LATEST = 10
"""Executions of a visit that a cancel may be about."""

BROUGHT_BACK = frozenset({EventCause.CAME_BACK, EventCause.CAME_BACK_LATE, EventCause.TOKEN_EXCHANGED})
"""Causes of events which prove that the person is back from Kite's page."""


def receive_cancel(services: Services, visit_id: str, pending_login: str) -> ReturnResult:
    """Receive a cancel.

    It names no basket: only what the visit left at Kite says what it can be about.

    One basket is cancelled without a question only when the cancel can be of nothing else.
    """
    now = services.now()
    with services.store.writing() as conn:
        waiting = waiting_executions(conn, visit_id, now)
        reported = reported_executions(conn, visit_id, now)
        if len(waiting) == 1 and not reported and not pending_login:
            states.move(conn, waiting[0], State.CANCELLED, now, EventCause.SAID_CANCELLED)
            return ReturnResult(Landing.RECEIPT, waiting[0].id)
        if waiting:
            return ReturnResult(Landing.WHICH, waiting=(*waiting, *reported), next=pending_login)
        if reported and not pending_login:
            return ReturnResult(Landing.RECEIPT, reported[0].id)
        latest = executions.of_visit(conn, visit_id, limit=1)
    if pending_login:
        return ReturnResult(Landing.NEXT, next=pending_login)
    # The same address opened again: it leads to the basket that it cancelled before.
    if latest and latest[0].state is State.CANCELLED:
        return ReturnResult(Landing.RECEIPT, latest[0].id)
    return ReturnResult(Landing.FOREIGN)


def cancel(services: Services, visit_id: str, execution_id: str) -> bool:
    """Cancel the waiting basket that the person names; return whether it is this visit's."""
    now = services.now()
    with services.store.writing() as conn:
        execution = executions.get(conn, execution_id)
        if execution is None or execution.visit_id != visit_id:
            return False
        # One that is not waited for any more stays as it is: the question may have been open for
        # hours.
        if any(waiting.id == execution_id for waiting in waiting_executions(conn, visit_id, now)):
            named = ReturnReason(EventReason.NAMED_BY_PERSON)
            states.move(conn, execution, State.CANCELLED, now, EventCause.SAID_CANCELLED, data=named)
    return True


def waiting_executions(conn: Connection, visit_id: str, now: datetime) -> list[Execution]:
    """Return what a visit handed off and may still come back from, newest first.

    Kite ends every session at 06:00: from a basket that was left at Kite before then nobody comes
    back.
    """
    return [
        execution
        for execution in executions.awaiting_return(conn, visit_id)
        if execution.handed_off_at and now < next_session_end(execution.handed_off_at)
    ]


def reported_executions(conn: Connection, visit_id: str, now: datetime) -> list[Execution]:
    """Return what a visit left at Kite and only postbacks have reported since, newest first.

    A cancel may be about one of these: its person has not come back yet. It changes none of them,
    for something of them was placed.
    """
    latest = executions.of_visit(conn, visit_id, limit=LATEST)
    returned = [
        execution
        for execution in latest
        if execution.state in states.PROVED
        and execution.handed_off_at
        and now < next_session_end(execution.handed_off_at)
    ]
    ids = [execution.id for execution in returned]
    arrivals = events.of_all(conn, ids, {EventCause.POSTBACK, *BROUGHT_BACK})
    return [
        execution
        for execution in returned
        if {event.cause for event in arrivals.get(execution.id, ())} == {EventCause.POSTBACK}
    ]
