"""What becomes of a basket when nobody looks at its receipt."""

import json
from dataclasses import replace

import pytest

from kite.connect.client import KiteConnect
from kite.exceptions import Erased, NoAnswer, TokenException
from kite.offsite.account import personal_data
from kite.offsite.base.asking import client_for
from kite.offsite.base.matching import orders_with_tag
from kite.offsite.jobs import polling
from kite.offsite.jobs.expiry import call_unknown
from kite.offsite.jobs.polling import read_due, read_heard
from kite.store.flow import events, executions, postbacks
from kite.store.flow.postbacks import Postback
from kite.store.people import sessions
from tests.support.records import a_session


@pytest.fixture
def books(monkeypatch):
    """How often an order book was asked for."""
    calls, orders = [], KiteConnect.orders

    def counted(self):
        calls.append(self)
        return orders(self)

    monkeypatch.setattr(KiteConnect, "orders", counted)
    return calls


def stored(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id)


def store_postback(site, execution_id):
    """A postback of its order that was kept now and never read after."""
    tag = stored(site, execution_id).tag
    with site.services.store.reading() as conn:
        session = sessions.of_user(conn, "AB1234", site.clock())[0]
    (order,) = orders_with_tag(client_for(site.services, session).orders(), tag)
    row = Postback(
        order.order_id,
        "COMPLETE",
        10,
        "2026-11-20 09:17:42",
        "AB1234",
        tag,
        execution_id,
        json.dumps(order.raw),
        site.clock(),
    )
    with site.services.store.writing() as conn:
        postbacks.keep(conn, row)


def causes(site, execution_id):
    with site.services.store.reading() as conn:
        return [(event.cause, event.actor) for event in events.of(conn, execution_id)]


def test_a_basket_settles_though_nobody_opens_its_receipt(site):
    placed, dropped = site.visitor().buy(), site.visitor().buy({}, {"tradingsymbol": "SIMDROP"})
    for _ in range(2):
        site.clock.advance(60)
        with events.acting("worker"):
            read_due(site.services)
    assert [stored(site, execution_id).state for execution_id in (placed, dropped)] == ["settled", "settled"]
    assert causes(site, placed)[-1] == ("all_ended", "worker")
    assert ("book_read", "worker") in causes(site, dropped)


def test_one_order_book_serves_everything_that_a_user_owns(site, books):
    bought = [site.visitor().buy({"tradingsymbol": "SIMOPEN"}) for _ in range(3)]
    books.clear()
    site.clock.advance(60)
    assert read_due(site.services) == ["AB1234"]
    assert len(books) == 1
    assert {stored(site, execution_id).read_at for execution_id in bought} == {site.clock()}


def test_a_basket_without_a_return_settles_when_the_book_that_is_read_anyway_holds_its_orders(site):
    person = site.visitor()
    person.buy({"tradingsymbol": "SIMOPEN"})
    placed, cancelled, waiting = person.compose({}), person.compose({}), person.compose({})
    person.place(placed)
    person.decide(person.to_kite(cancelled), "cancel")
    person.form_of(waiting)
    site.clock.advance(31 * 60)
    call_unknown(site.services)
    with events.acting("worker"):
        read_due(site.services)
    execution = stored(site, placed)
    assert (execution.user_id, execution.state) == ("AB1234", "settled")
    assert ("found_by_tag", "worker") in causes(site, placed)
    assert [
        (execution.user_id, execution.state) for execution in (stored(site, cancelled), stored(site, waiting))
    ] == [(None, "unknown")] * 2


def test_a_young_basket_is_read_every_minute_and_an_old_one_every_five(site, books):
    site.visitor().buy({"tradingsymbol": "SIMOPEN"})

    def in_minutes(minutes):
        books.clear()
        for _ in range(minutes):
            site.clock.advance(60)
            read_due(site.services)
        return len(books)

    assert in_minutes(3) == 3
    site.clock.advance(27 * 60)
    assert in_minutes(10) == 2


def test_what_somebody_looks_at_is_not_read_again_behind_their_back(site, books):
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(60)
    person.receipt(execution_id)
    books.clear()
    assert read_due(site.services) == []
    assert not books


def test_two_workers_read_once(site, books):
    site.visitor().buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(60)
    books.clear()
    read_due(site.services)
    read_due(site.services)
    assert len(books) == 1


def test_a_settled_basket_is_not_read_any_more(site, books):
    site.visitor().buy()
    for _ in range(2):
        site.clock.advance(60)
        read_due(site.services)
    books.clear()
    site.clock.advance(60)
    assert read_due(site.services) == []
    assert not books


def test_after_a_logout_nobody_reads(site, books):
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    person.post("/session/logout", status=303)
    books.clear()
    site.clock.advance(60)
    assert read_due(site.services) == []
    assert not books and stored(site, execution_id).state == "returned"


def test_a_session_that_ended_at_kite_is_forgotten_and_another_one_reads(site):
    first, second = site.visitor(), site.visitor()
    first.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(1)
    execution_id = second.buy({"tradingsymbol": "SIMOPEN"})
    with site.services.store.reading() as conn:
        newest, older = sessions.of_user(conn, "AB1234", site.clock())
    client_for(site.services, newest).invalidate_access_token()
    site.clock.advance(60)
    assert read_due(site.services) == ["AB1234"]
    with site.services.store.reading() as conn:
        assert sessions.of_user(conn, "AB1234", site.clock()) == [older]
    assert stored(site, execution_id).read_at == site.clock()


def test_a_token_that_cannot_be_opened_any_more_reads_nothing(site):
    site.visitor().buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(60)
    other = replace(site.services, sealer=type(site.services.sealer)("x" * 40, ""))
    assert read_due(other) == []
    with site.services.store.reading() as conn:
        assert sessions.of_user(conn, "AB1234", site.clock()) == []


def test_when_kite_gives_no_answer_the_others_are_not_kept_waiting_for_it(site, monkeypatch):
    site.visitor().buy({"tradingsymbol": "SIMOPEN"})
    second = site.visitor().buy({"tradingsymbol": "SIMOPEN"})
    with site.services.store.writing() as conn:
        fields = {
            "id": "another",
            "user_id": "ZZ9999",
            "visit_id": "v",
            "created_at": site.clock(),
            "expires_at": site.clock().replace(hour=23),
        }
        sessions.add(conn, a_session(**fields, sealed_token=site.services.sealer.seal("token", "another")))
        conn.exec_driver_sql(f"update executions set user_id = 'ZZ9999' where id = '{second}'")
    calls = []

    def silent(self):
        calls.append(1)
        raise NoAnswer("Kite gave no answer.")

    monkeypatch.setattr(KiteConnect, "orders", silent)
    site.clock.advance(60)
    assert read_due(site.services) == []
    assert len(calls) == 1
    assert read_due(site.services) == [], "and the next one has its turn then"
    assert len(calls) == 2


def test_what_is_adopted_is_returned_though_kite_names_no_trades_after_that(site, monkeypatch):
    person = site.visitor()
    person.buy({"tradingsymbol": "SIMOPEN"})
    placed = person.compose({})
    person.place(placed)

    def silent(self):
        raise NoAnswer("Kite gave no answer.")

    monkeypatch.setattr(KiteConnect, "trades", silent)
    site.clock.advance(60)
    assert read_due(site.services) == []
    execution = stored(site, placed)
    assert (execution.user_id, execution.state, execution.read_at) == ("AB1234", "returned", None)


def test_no_connection_is_held_while_kite_is_asked_in_the_background(site, monkeypatch):
    site.visitor().buy()
    with site.services.store.reading() as conn:
        pool = conn.engine.pool
    held, ask = [], KiteConnect._request

    def watched(self, call):
        held.append(pool.checkedout())
        return ask(self, call)

    monkeypatch.setattr(KiteConnect, "_request", watched)
    site.clock.advance(60)
    assert read_due(site.services) == ["AB1234"]
    assert set(held) == {0}


@pytest.mark.parametrize("failure", [TokenException("over"), Erased()])
def test_a_user_who_cannot_be_read_holds_up_nobody(site, monkeypatch, failure):
    site.visitor().buy({"tradingsymbol": "SIMOPEN"})

    def fails(self):
        raise failure

    monkeypatch.setattr(KiteConnect, "orders", fails)
    site.clock.advance(60)
    assert read_due(site.services) == []


def test_erased_data_is_not_looked_for(site, books):
    person = site.visitor()
    person.buy({"tradingsymbol": "SIMOPEN"})
    with site.services.store.reading() as conn:
        (session,) = sessions.of_user(conn, "AB1234", site.clock())
    personal_data.erase(site.services, session.visit_id)
    books.clear()
    site.clock.advance(60)
    assert read_due(site.services) == [] and not books


def test_a_postback_that_nobody_read_after_is_read_by_whoever_works_in_the_background(site):
    execution_id = site.visitor().buy()
    store_postback(site, execution_id)
    assert read_heard(site.services) == [], "whoever took it is at it"
    site.clock.advance(11)
    assert read_heard(site.services) == [execution_id]
    execution = stored(site, execution_id)
    assert (execution.user_id, execution.state) == ("AB1234", "settled")
    assert read_heard(site.services) == [], "once is enough"


@pytest.mark.parametrize("composed_it", [True, False], ids=["by the one who composed it", "by a stranger"])
def test_what_is_nobodys_is_not_read_for_a_postback_whoever_is_logged_in(site, books, composed_it):
    logged_in, person = site.visitor(), site.visitor()
    logged_in.buy()
    person = logged_in if composed_it else person
    execution_id = person.compose({})
    person.place(execution_id)
    store_postback(site, execution_id)
    books.clear()
    site.clock.advance(11)
    assert read_heard(site.services) == [] and not books
    assert stored(site, execution_id).user_id is None


def test_background_calls_are_spread_out_and_those_of_pages_are_not(site):
    paced = polling.with_pacing(site.services)
    assert paced.connect._limiter._limits["other"] == ((2, 1.0),)
    assert site.services.connect._limiter._limits["other"] == ((10, 1.0),)
