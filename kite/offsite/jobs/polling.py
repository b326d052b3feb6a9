"""Polling: Kite is read also when nobody looks, as long as a session of the Kite user who owns an
execution lives.

One order book serves everything that a Kite user owns. How often it is read depends on the youngest
of it. Everything here may be done twice, by two processes at once, or be cut off at any point:
nothing is stored twice, and claims run out.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kite.connect.pacing import LIMITS, Limiter, Limits
from kite.exceptions import Erased
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.services import Services
from kite.offsite.order_book import reconcile
from kite.offsite.order_book.reconcile import READ_EVERY
from kite.store.flow import due, executions, locks
from kite.store.flow.executions import Execution
from kite.store.people import sessions

YOUNG = timedelta(minutes=30)
SLACK = timedelta(seconds=5)
"""The clock of the worker is not exact: what is due within this time counts as due."""
YOUNG_EVERY, OLD_EVERY = timedelta(minutes=1), timedelta(minutes=5)

LOOKED_AT_FOR = timedelta(days=7)
"""An order placed after market hours before a long weekend comes into the market days later;
nothing waits longer.
"""

POSTBACKS_COUNT_FOR = timedelta(hours=1)
LEFT_TO_RECEIVER_FOR = timedelta(seconds=10)
"""The process that received a postback reads Kite at once; only after this long another one
does.
"""
AT_ONCE = 50

CALLS_A_SECOND = 2
"""Of the ten that Kite takes of one key, so that people at their pages never wait for what nobody
looks at.
"""
PACE: Limits = LIMITS | {"other": ((CALLS_A_SECOND, 1.0),)}


def with_pacing(services: Services) -> Services:
    """Return services with slower calls of Kite, for a process that works in the background."""
    return replace(services, connect=services.connect.with_limiter(Limiter(limits=PACE)))


def read_due(services: Services) -> list[str]:
    """Read the order book of every Kite user who owns something that is due; return the ids of
    those that were read.
    """
    with services.store.reading() as conn:
        users = due.users_with_open_executions(conn, services.now(), services.now() - LOOKED_AT_FOR)
    read_users = []
    for user_id in users:
        try:
            reading = _read_user(services, user_id)
        except Erased:
            continue
        # No answer at all: the others wait for the next time, since each might take as long.
        if reading is AnswerVerdict.NO_ANSWER:
            break
        if reading is AnswerVerdict.ANSWERED:
            read_users.append(user_id)
    return read_users


# Tasks wait in the worker's queue under this function's name: a new name would lose those of an
# update.
def read_heard(services: Services) -> list[str]:
    """Read what a postback reported and nobody read since; return the executions' ids."""
    now = services.now()
    with services.store.reading() as conn:
        reported = due.with_unread_postbacks(
            conn, now, now - POSTBACKS_COUNT_FOR, now - LEFT_TO_RECEIVER_FOR, AT_ONCE
        )
    return [
        execution_id
        for execution_id in reported
        if reconcile.read_for_postback(services, execution_id) is AnswerVerdict.ANSWERED
    ]


def _read_user(services: Services, user_id: str) -> AnswerVerdict | None:
    """Read for a Kite user in the first session that still lives; None when nothing of theirs is
    due or no session lives.
    """
    now = services.now()
    with services.store.reading() as conn:
        owned = due.open_executions_of(conn, user_id, now - LOOKED_AT_FOR)
        living = sessions.of_user(conn, user_id, now)
    if not _claim(services, owned, now):
        return None
    readings = (reconcile.read_order_book(services, session, owned, adopts=True) for session in living)
    return next((reading for reading in readings if reading is not AnswerVerdict.SESSION_OVER), None)


def _claim(services: Services, owned: Sequence[Execution], now: datetime) -> bool:
    """Claim the reading when one of the executions is due: of two workers, and of a worker and a
    page, one reads.
    """
    with services.store.writing() as conn:
        locks.lock_all(conn, [execution.id for execution in owned])
        if not any(
            executions.claim_read(conn, execution.id, now, now - _interval(execution, now))
            for execution in owned
        ):
            return False
        # The same book serves the others: claimed as well, so that no page reads it again this
        # second.
        for execution in owned:
            executions.claim_read(conn, execution.id, now, now - READ_EVERY)
    return True


def _interval(execution: Execution, now: datetime) -> timedelta:
    """Return how long to wait between two readings of an execution."""
    since = execution.returned_at or execution.handed_off_at or execution.created_at
    return (YOUNG_EVERY if since + YOUNG > now else OLD_EVERY) - SLACK
