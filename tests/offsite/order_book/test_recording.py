"""What a reading stores, and what it does when something else happens while Kite is asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kite.connect.client import KiteConnect
from kite.connect.records import Order
from kite.exceptions import Erased, InputException, KiteException, NoAnswer, TokenException
from kite.offsite.base import receipt_loading
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.order_book import reconcile, recording
from kite.offsite.order_book.recording import StoredReading
from kite.store.flow import books, executions
from kite.store.flow.executions import Execution
from kite.store.people import sessions, stored_person
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State
from tests.support.site import Site


@pytest.fixture(scope="module")
def site(module_site: Site) -> Site:
    return module_site


@pytest.fixture
def returned(site: Site) -> Execution:
    """An execution whose person is back, of which nothing was read yet."""
    return stored(site, site.visitor().buy({}, {"tradingsymbol": "SBIN"}))


def stored(site: Site, execution_id: str) -> Execution:
    with site.services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
    assert execution
    return execution


def session_of(site: Site, execution: Execution) -> KiteSession:
    with site.services.store.reading() as conn:
        session = sessions.active_session(conn, execution.visit_id, "AB1234", site.clock())
    assert session
    return session


def read(site: Site, execution: Execution) -> None:
    reconcile.read_order_book(site.services, session_of(site, execution), [execution])


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]) -> None:
    """Let something happen while Kite is asked for the first history."""
    ask, changes = KiteConnect.order_history, [change]

    def ask_after_change(client: KiteConnect, order_id: str) -> Any:
        if changes:
            changes.pop()()
        return ask(client, order_id)

    monkeypatch.setattr(KiteConnect, "order_history", ask_after_change)


def test_what_a_reading_returns_is_what_is_stored(
    site: Site, returned: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[StoredReading] = []
    store_histories = recording.store_histories

    def noted(services: Any, session: KiteSession, reading: StoredReading) -> Any:
        readings.append(reading)
        with services.store.reading() as conn:
            current = executions.get(conn, returned.id)
            assert reading.execution == current
            assert reading.receipt == receipt_loading.read_receipt(conn, reading.execution)
        return store_histories(services, session, reading)

    monkeypatch.setattr(recording, "store_histories", noted)
    for _ in range(3):
        read(site, returned)
        site.clock.advance(2)
    # The orders are open at first, then filled.
    assert [len(reading.outdated) for reading in readings] == [2, 2, 0]


def test_an_order_that_works_again_while_histories_are_asked_keeps_the_execution_open(
    site: Site, returned: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work_again() -> None:
        with site.services.store.writing() as conn:
            (first, *_) = books.of(conn, returned.id).orders
            books.keep(conn, returned.id, [first | {"status": "OPEN"}], [], site.clock())
            executions.touch(conn, returned.id)

    site.clock.advance(2)
    meanwhile(monkeypatch, work_again)
    read(site, returned)
    assert stored(site, returned.id).state is State.RETURNED


def test_without_news_in_between_it_settles_with_its_histories(site: Site, returned: Execution) -> None:
    site.clock.advance(2)
    read(site, returned)
    assert stored(site, returned.id).state is State.SETTLED


@pytest.mark.parametrize("place", ["orders", "order_history"])
def test_what_is_erased_while_kite_is_asked_stays_erased(
    site: Site, returned: Execution, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    ask = getattr(KiteConnect, place)
    session = session_of(site, returned)

    def erasing(client: KiteConnect, *order_id: str) -> list[Order]:
        with site.services.store.writing() as conn:
            stored_person.erase(conn, [returned.id])
        return ask(client, *order_id)  # type: ignore[no-any-return]

    monkeypatch.setattr(KiteConnect, place, erasing)
    with pytest.raises(Erased):
        reconcile.read_order_book(site.services, session, [returned])
    with site.services.store.reading() as conn:
        assert executions.get(conn, returned.id) is None
        assert books.of(conn, returned.id) == books.Book([], {}, [], {})


@pytest.mark.parametrize(
    ("error", "verdict", "stored_ids"),
    [
        (NoAnswer("nothing came"), AnswerVerdict.ANSWERED, 1),
        (TokenException("over"), AnswerVerdict.SESSION_OVER, 1),
        (InputException("no such order"), AnswerVerdict.ANSWERED, 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_histories_are_stored_as_far_as_kite_answers(
    site: Site,
    returned: Execution,
    monkeypatch: pytest.MonkeyPatch,
    error: KiteException,
    verdict: AnswerVerdict,
    stored_ids: int,
) -> None:
    ask, order_ids = KiteConnect.order_history, []

    def failing(client: KiteConnect, order_id: str) -> Any:
        order_ids.append(order_id)
        if len(order_ids) == 2:
            raise error
        return ask(client, order_id)

    monkeypatch.setattr(KiteConnect, "order_history", failing)
    session = session_of(site, returned)
    assert reconcile.read_order_book(site.services, session, [returned]) is verdict
    with site.services.store.reading() as conn:
        book = books.of(conn, returned.id)
        living = sessions.active_session(conn, returned.visit_id, "AB1234", site.clock())
    assert len(book.orders) == 2 and set(book.histories) == set(order_ids[:stored_ids])
    assert (living is None) is (verdict is AnswerVerdict.SESSION_OVER)
    if stored_ids == 2:
        (current,) = (raw for raw in book.orders if raw["order_id"] == order_ids[1])
        assert book.histories[order_ids[1]] == [current], "its present state is all that is known"


def test_where_kite_is_silent_to_a_history_no_other_execution_waits_for_its_own(
    site: Site, returned: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = stored(site, site.visitor().buy())
    order_ids: list[str] = []

    def silent(client: KiteConnect, order_id: str) -> Any:
        order_ids.append(order_id)
        raise NoAnswer("nothing came")

    monkeypatch.setattr(KiteConnect, "order_history", silent)
    session = session_of(site, returned)
    verdict = reconcile.read_order_book(site.services, session, [returned, another])
    assert verdict is AnswerVerdict.ANSWERED and len(order_ids) == 1
    assert stored(site, returned.id).read_at == stored(site, another.id).read_at == site.clock()


def test_a_book_says_nothing_of_what_another_kite_user_owns(site: Site, returned: Execution) -> None:
    others = replace(returned, user_id="CD5678")
    read(site, others)
    with site.services.store.reading() as conn:
        assert books.of(conn, returned.id).orders == []
    assert stored(site, returned.id).read_at is None
