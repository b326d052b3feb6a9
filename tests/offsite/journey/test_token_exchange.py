"""The exchange of a token: once, taken over from a process that is gone, and not with an old token."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kite.connect.client import KiteConnect
from kite.exceptions import StoreUnavailable, TokenException
from kite.offsite.journey.token_exchange import token_hash
from kite.store.flow import executions, returns
from kite.store.people import stored_person
from tests.support.site import HOST, query


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.fixture
def asked_tokens(monkeypatch):
    """The tokens that Kite was asked to exchange."""
    tokens, generate_session = [], KiteConnect.generate_session

    def note_and_ask(connect, request_token):
        tokens.append(request_token)
        return generate_session(connect, request_token)

    monkeypatch.setattr(KiteConnect, "generate_session", note_and_ask)
    return tokens


def row_of(site, address):
    with site.services.store.reading() as conn:
        return returns.by_hash(conn, token_hash(query(address)["request_token"]))


def die_while_asking(person, monkeypatch, address):
    """Open a return in a process that is gone before Kite has answered."""
    with monkeypatch.context() as patch:
        patch.setattr(KiteConnect, "generate_session", lambda *_: 1 / 0)
        assert person.client.get(address.removeprefix(HOST), base_url=HOST).status_code == 500


def test_a_claim_of_a_process_that_is_gone_is_taken_over_after_fifteen_seconds(
    person, site, monkeypatch, asked_tokens
):
    execution_id = person.compose({})
    address = person.place(execution_id)
    die_while_asking(person, monkeypatch, address)
    claimed_at = row_of(site, address).claimed_at
    site.clock.advance(15)
    assert person.get(address, status=303).location == f"/executions/{execution_id}"
    assert asked_tokens == [] and row_of(site, address).claimed_at == claimed_at
    site.clock.advance(1)
    assert person.get(address, status=303).location == f"/executions/{execution_id}"
    assert asked_tokens == [query(address)["request_token"]]
    assert row_of(site, address).claimed_at == site.clock()


def test_a_token_is_kept_for_five_minutes_and_erased_by_whichever_return_comes_next(person, site):
    question = person.place(person.compose({}))
    site.visitor().get(question, status=303)  # another browser, which is asked first
    site.clock.advance(300)
    site.visitor().buy()
    assert row_of(site, question).sealed_token
    site.clock.advance(1)
    site.visitor().buy()
    assert row_of(site, question).sealed_token is None


def test_an_answer_after_more_than_five_minutes_asks_nobody_and_offers_a_login(person, site, asked_tokens):
    address = person.place(person.compose({}))
    other = site.visitor()
    question = other.get(address, status=303).location
    site.clock.advance(301)
    answer = other.post(question, status=303)
    assert "Kite’s answer came after its 5 minutes" in other.get(answer.location, status=400).text
    assert asked_tokens == []


def test_a_token_that_came_before_with_another_basket_leads_to_neither_receipt(
    person, monkeypatch, asked_tokens
):
    address = person.place(person.compose({}))
    die_while_asking(person, monkeypatch, address)
    state = person.form_of(person.compose({"quantity": "3"}))["redirect_params"]
    token = query(address)["request_token"]
    answer = person.get(f"/redirect?status=success&request_token={token}&{state}", status=303)
    assert "Kite does not answer" in person.get(answer.location, status=504).text
    assert asked_tokens == []


def control(site, *changes):
    answer = site.app.test_client().post("/simulator/control", json=list(changes), base_url=HOST)
    assert answer.status_code == 200, answer.text


def owner_of(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id).user_id


def test_a_press_in_another_browser_owns_a_basket_by_its_tag_alone(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    control(site, {"action": "set", "fault": "unavailable", "path": "/session/token"})
    assert "Kite does not answer" in person.get(person.get(address, status=303).location, status=504).text
    control(site, {"action": "clear"}, {"action": "set", "fault": "unavailable", "path": "/orders"})
    other = site.visitor()
    question = other.get(address, status=303).location
    page = other.get(other.post(question, status=303).location, status=504).text
    assert "Kite does not answer" in page and owner_of(site, execution_id) is None
    control(site, {"action": "clear"})
    assert other.post(question, status=303).location == f"/executions/{execution_id}"
    assert owner_of(site, execution_id) == "AB1234"


def test_a_basket_is_not_theirs_before_it_is_stored_where_their_return_leads(person, site, monkeypatch):
    execution_id = person.compose({})
    address = person.place(execution_id)
    other = site.visitor()
    question = other.get(address, status=303).location
    answer_with = returns.answer

    def fail_with_basket(*values, execution_id=None, **more):
        if execution_id:
            raise StoreUnavailable("gone")
        answer_with(*values, **more)

    with monkeypatch.context() as patch:
        patch.setattr(returns, "answer", fail_with_basket)
        other.post(question, status=503)
    assert owner_of(site, execution_id) is None
    assert other.post(question, status=303).location == f"/executions/{execution_id}"


def test_erasing_a_basket_and_a_refusal_of_its_token_wait_for_one_another(sites, postgres_url, monkeypatch):
    site = sites(DATABASE_URL=postgres_url)
    person = site.visitor()
    execution_id = person.compose({})
    address = person.place(execution_id)
    locked = threading.Event()

    def erase():
        with site.services.store.writing() as conn:
            # As erasing does, before anything is deleted.
            conn.exec_driver_sql(f"SELECT id FROM executions WHERE id = '{execution_id}' FOR UPDATE")
            locked.set()
            waiting, until = "SELECT count(*) FROM pg_locks WHERE NOT granted", time.monotonic() + 3
            while not conn.exec_driver_sql(waiting).scalar() and time.monotonic() < until:
                time.sleep(0.01)
            stored_person.erase(conn, [execution_id])

    with ThreadPoolExecutor(1) as pool:
        erasing = []

        def refuse(*_):
            erasing.append(pool.submit(erase))
            assert locked.wait(5)
            raise TokenException("Token is invalid or has expired.")

        monkeypatch.setattr(KiteConnect, "generate_session", refuse)
        # The basket is gone when the refusal is to be recorded.
        person.get(address, status=404)
        erasing[0].result()
