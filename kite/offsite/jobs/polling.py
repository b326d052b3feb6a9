"""Background: Kite is read also when nobody looks, as long as a session of the Kite user who owns an
execution lives.

One order book serves everything that a Kite user owns. How often depends on what is youngest of it.
Everything here may be done twice, by two processes at once, or be cut off at any point: what is kept is kept
once, and claims run out.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kite.connect.fields import Rows
from kite.connect.pacing import LIMITS, Limiter, Limits
from kite.connect.records import Order
from kite.exceptions import Erased, KiteException, NetworkException, NoAnswer, TokenException
from kite.offsite.base.matching import TAG_LENGTH
from kite.offsite.base.services import Services
from kite.offsite.order_book import baseline, reconcile
from kite.offsite.order_book.reconcile import READ_EVERY, ReadingResult
from kite.store.flow import due, executions
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession

YOUNG = timedelta(minutes=30)
SLACK = timedelta(seconds=5)
"""The clock that calls is not exact: what is due within so many seconds is due."""
YOUNG_EVERY, OLD_EVERY = timedelta(minutes=1), timedelta(minutes=5)

LOOKED_AT_FOR = timedelta(days=7)
"""An order placed after market hours before a long weekend comes into the market days later; nothing waits
longer.
"""

HEARD_FOR = timedelta(hours=1)
LEFT_ALONE_FOR = timedelta(seconds=10)
"""Whoever took a postback reads Kite at once; only later is it anybody else's."""
AT_ONCE = 50

CALLS_A_SECOND = 2
"""Of the ten that Kite takes of one key, so that people at their pages never wait for what nobody looks
at.
"""
PACE: Limits = LIMITS | {"other": ((CALLS_A_SECOND, 1.0),)}


def with_pacing(services: Services) -> Services:
    """Return services whose calls of Kite are spread out, for a process that only works in the background."""
    return replace(services, connect=services.connect.with_limiter(Limiter(limits=PACE)))


def read_due(services: Services) -> list[str]:
    """Read the order book of every Kite user who owns something that is due; return the ids of those that
    were read.

    When no answer comes at all, the others wait for the next time: each might take as long.
    """
    with services.store.reading() as conn:
        users = due.users(conn, services.now(), services.now() - LOOKED_AT_FOR)
    done = []
    for user_id in users:
        try:
            reading = _read_user(services, user_id)
        except Erased:
            continue
        if reading is ReadingResult.NO_ANSWER:
            break
        if reading is ReadingResult.READ:
            done.append(user_id)
    return done


def read_after_postbacks(services: Services) -> list[str]:
    """Read the orders that a postback told of and that nobody read since; return the executions' ids."""
    now = services.now()
    with services.store.reading() as conn:
        heard = due.heard(conn, now, now - HEARD_FOR, now - LEFT_ALONE_FOR, AT_ONCE)
    return [
        execution_id
        for execution_id in heard
        if reconcile.read_for_postback(services, execution_id) is ReadingResult.READ
    ]


def read_all(services: Services, session: KiteSession, owned: Sequence[Execution]) -> ReadingResult:
    """Read one order book, and the trades when it holds orders of ours, for several executions of one Kite
    user.

    What the book shows to be that user's too, though nobody came back with it, is kept with them.
    """
    client = reconcile.client_for(services, session)
    if client is None:
        return ReadingResult.SESSION_OVER
    asked_at = services.now()
    try:
        book = client.orders()
        baseline.remember_book(services, session, book)
        theirs = [*owned, *_found(services, session, book)]
        mine = {each.id: reconcile.orders_of(services, each, book) for each in theirs}
        trades = client.trades() if any(mine.values()) else Rows()
        changed = {
            each.id: reconcile.store_reading(services, each, book, trades, asked_at) for each in theirs
        }
        for each in theirs:
            reconcile.store_histories(services, each, client, mine[each.id], changed[each.id])
    except TokenException:
        reconcile.end_session(services, session)
        return ReadingResult.SESSION_OVER
    except (NoAnswer, NetworkException):
        return ReadingResult.NO_ANSWER
    except KiteException:
        return ReadingResult.REFUSED
    return ReadingResult.READ


def _found(services: Services, session: KiteSession, book: Sequence[Order]) -> list[Execution]:
    """Give the session's user what was nobody's until now and has orders in that user's book; return it."""
    tags = {text[-TAG_LENGTH:] for order in book for text in order.tag_list}
    with services.store.reading() as conn:
        nobodys = [each for each in executions.by_tags(conn, tags) if each.user_id is None]
    placed = [each for each in nobodys if reconcile.orders_of(services, each, book)]
    if not placed:
        return []
    with services.store.writing() as conn:
        return [each for each in placed if executions.own(conn, each.id, session.user_id)]


def _read_user(services: Services, user_id: str) -> ReadingResult | None:
    """Read for a Kite user in the first session that still lives; None when nothing of theirs is due or no
    session lives.
    """
    now = services.now()
    with services.store.reading() as conn:
        owned = due.of_user(conn, user_id, now - LOOKED_AT_FOR)
        living = sessions.of_user(conn, user_id, now)
    if not _claim(services, owned, now):
        return None
    readings = (read_all(services, session, owned) for session in living)
    return next((reading for reading in readings if reading is not ReadingResult.SESSION_OVER), None)


def _claim(services: Services, owned: Sequence[Execution], now: datetime) -> bool:
    """Claim the reading when one of them is due: of two workers, and of a worker and a page, one reads."""
    with services.store.writing() as conn:
        if not any(executions.claim_read(conn, each.id, now, now - _pace(each, now)) for each in owned):
            return False
        for each in owned:
            executions.claim_read(conn, each.id, now, now - READ_EVERY)
    return True


def _pace(execution: Execution, now: datetime) -> timedelta:
    since = execution.returned_at or execution.handed_off_at or execution.created_at
    return (YOUNG_EVERY if since + YOUNG > now else OLD_EVERY) - SLACK
