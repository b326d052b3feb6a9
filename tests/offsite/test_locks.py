"""Who changes several executions in one transaction locks them in one order, so that none of two waits
for the other. PostgreSQL locks rows; SQLite lets one transaction write at a time.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kite.offsite.jobs import polling
from kite.offsite.journey.basket_parts import PartAnswer, record_answer
from kite.offsite.order_book import baseline
from kite.offsite.order_book.adoption import adopt
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.executions import Execution
from kite.store.people import sessions, stored_person
from kite.vocabulary import State
from tests.support.kite_orders import order
from tests.support.records import a_session, an_execution
from tests.support.site import Site

LOW, HIGH = "a" * 22, "z" * 22
"""Ids. Each caller would come to the higher one first, by its part or because it is newer."""

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
IS_FREE = f"SELECT id FROM executions WHERE id = '{HIGH}' FOR UPDATE SKIP LOCKED"

USER = "AB1234"


def answer(site: Site, high: Execution, low: Execution) -> None:
    record_answer(site.services, low, low.visit_id, PartAnswer.STOP)


def claim(site: Site, high: Execution, low: Execution) -> None:
    polling.read_due(site.services)


def adopt_both(site: Site, high: Execution, low: Execution) -> None:
    book = [order(order_id=execution.id, tag=execution.tag, tags=None) for execution in (high, low)]
    adopt(site.services, a_session(user_id=USER), book)


def remember_book(site: Site, high: Execution, low: Execution) -> None:
    baseline.store_baseline_of_later_parts(site.services, high, [order()], site.clock())


def erase(site: Site, high: Execution, low: Execution) -> None:
    with site.services.store.writing() as conn:
        stored_person.erase(conn, [high.id, low.id])


@pytest.mark.parametrize(
    ("act", "state", "user_id"),
    [
        (answer, State.PREPARED, None),
        (claim, State.RETURNED, USER),
        (adopt_both, State.HANDED_OFF, None),
        (remember_book, State.PREPARED, None),
        (erase, State.SETTLED, USER),
    ],
)
def test_nobody_holds_a_higher_execution_while_waiting_for_a_lower_one(
    sites: Callable[..., Site],
    postgres_url: str,
    act: Callable[[Site, Execution, Execution], None],
    state: State,
    user_id: str | None,
) -> None:
    site = sites(DATABASE_URL=postgres_url)
    store, now = site.services.store, site.clock()
    facts = {"state": state, "user_id": user_id, "basket_id": HIGH, "parts": 2}
    high = an_execution(id=HIGH, part=1, created_at=now, **facts)
    low = an_execution(id=LOW, part=2, created_at=now - timedelta(seconds=1), **facts)
    with store.writing() as conn:
        sessions.add(conn, a_session(user_id=USER, created_at=now, expires_at=now.replace(hour=23)))
        for execution in (high, low):
            executions.add(conn, execution, EventCause.COMPOSED)
    with ThreadPoolExecutor(1) as pool:
        with store.writing() as conn:
            executions.lock(conn, LOW)
            acting = pool.submit(act, site, high, low)
            until = time.monotonic() + 20
            while not acting.done() and time.monotonic() < until:
                if conn.exec_driver_sql(WAITING).scalar():
                    break
                time.sleep(0.01)
            assert not acting.done(), "it does not wait for the lower one"
            assert conn.exec_driver_sql(IS_FREE).scalar() == HIGH
        acting.result(20)
