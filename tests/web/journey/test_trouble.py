"""What a person reads when Kite refuses, is silent, or ends a session; with a publisher key; and
when something here is broken.
"""

import sqlite3

import pytest

from kite.exceptions import InputException, NetworkException, NoAnswer, StoreUnavailable, TokenException
from tests.support.site import HOST, query

PUBLISHER = {"KITE_API_KEY": "simulator_key", "SECRET_KEY": "a key of the tests, long enough for it"}


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.fixture
def kite(site, monkeypatch):
    """Let calls of Kite's API fail: `kite(InputException("…", 400), "orders")`.

    With None they work again.
    """
    changed = monkeypatch.context

    class Failing:
        def __init__(self, error, *names):
            self.error, self.names = error, names or ("generate_session",)

        def __enter__(self):
            def fail(client, *arguments):
                raise self.error

            self.context = changed()
            patch = self.context.__enter__()
            for name in self.names:
                patch.setattr(type(site.services.connect), name, fail)

        def __exit__(self, *raised):
            self.context.__exit__(*raised)

    return Failing


def open_redirect(person, address, status):
    """Open an address that leads to a page; return the page's text and its own address."""
    location = person.get(address, status=303).location
    return person.get(location, status=status).text, location


@pytest.mark.parametrize(
    "error",
    [
        InputException("Invalid `api_key`.", 400),
        TokenException("Invalid `checksum`.", 403),
        InputException("The user is not enabled for the app.", 400),
    ],
)
def test_a_refused_exchange_is_told_in_kites_words_and_never_called_a_success(person, kite, error):
    execution_id = person.compose({})
    address = person.place(execution_id)
    with kite(error):
        page, location = open_redirect(person, address, 502)
    assert "Kite refused to say what was placed" in page
    assert error.message.replace("`", "") in page.replace("`", "")
    assert "Try again" not in page
    person.post(location, status=404)
    page, _ = open_redirect(person, address, 502)
    assert "Kite refused to say what was placed" in page, "the same address says the same"
    assert person.receipt(execution_id)["items"][0]["outcome"] == "unknown"


@pytest.mark.parametrize("error", [NoAnswer("no answer"), NetworkException("Too many requests", 429)])
def test_an_exchange_without_an_answer_can_be_tried_again(person, kite, error):
    execution_id = person.compose({})
    address = person.place(execution_id)
    with kite(error):
        page, location = open_redirect(person, address, 504)
        assert "Kite does not answer" in page
        assert "orders may have been placed" in page
        assert "See what is known" in page
        assert "Kite does not answer" in led_by(person, location)
    assert person.post(location, status=303).location == f"/executions/{execution_id}"
    assert person.receipt(execution_id)["items"][0]["order_ids"]


def led_by(person, location):
    """Press "try again"; return the page that it leads to."""
    return person.get(person.post(location, status=303).location).text


def test_a_token_that_waited_too_long_for_its_answer_asks_for_a_login(person, site, kite):
    address = person.place(person.compose({}))
    with kite(NoAnswer("no answer")):
        _, location = open_redirect(person, address, 504)
    site.clock.advance(6 * 60)
    answer = person.post(location, status=303)
    page = person.get(answer.location, status=200).text
    assert "Log in to Kite to see what became of this basket" in page


def test_a_book_that_cannot_be_read_after_a_question_can_be_asked_again(person, site, kite):
    execution_id = person.compose({})
    token = query(person.place(execution_id))["request_token"]
    page, location = open_redirect(person, f"/redirect?status=success&request_token={token}", 200)
    assert "INFY" in page
    with kite(NoAnswer("no answer"), "orders"):
        answer = person.post(location, status=303)
        page = person.get(answer.location, status=504).text
    assert "Kite does not answer" in page
    assert person.post(answer.location, status=303).location == f"/executions/{execution_id}"


def test_a_session_that_ends_during_the_question_is_told_as_too_late(person, kite):
    token = query(person.place(person.compose({})))["request_token"]
    _, location = open_redirect(person, f"/redirect?status=success&request_token={token}", 200)
    with kite(TokenException("Incorrect `api_key` or `access_token`.", 403), "orders"):
        page = person.get(person.post(location, status=303).location, status=400).text
    assert "Kite’s answer came after its 5 minutes" in page
    assert "Log in to Kite" in page


def test_a_return_that_belongs_to_no_basket_is_looked_for_and_not_found(site):
    stranger, person = site.visitor(), site.visitor()
    address = stranger.place(stranger.compose({"tradingsymbol": "SBIN"}))
    stranger.get(address, status=303)
    login = person.post("/session/login", status=303, next="/executions")
    page = person.client.get(login.location.removeprefix(HOST), base_url=HOST)
    token = query(person.decide(page, "approve"))["request_token"]
    with sqlite3.connect(site.settings.simulator.database) as book:
        book.execute("delete from order_events")
        book.execute("delete from orders")
    book.close()
    _, location = open_redirect(person, f"/redirect?status=success&request_token={token}", 200)
    answer = person.post(location, status=303)
    page = person.get(answer.location, status=200).text
    assert "Kite shows no order of this basket for you" in page
    assert "Try again" in page
    assert "Kite shows no order" in led_by(person, answer.location)


def test_a_login_that_kite_refuses_comes_back_to_a_page_that_says_so(person, kite):
    login = person.post("/session/login", status=303, next="/executions")
    page = person.client.get(login.location.removeprefix(HOST), base_url=HOST)
    back = person.decide(page, "approve")
    with kite(TokenException("Token is invalid or has expired.", 403)):
        text, _ = open_redirect(person, back, 400)
    assert "Kite’s answer came after its 5 minutes" in text
    assert "Kite’s answer came after its 5 minutes" in open_redirect(person, back, 400)[0], (
        "opened again it says the same"
    )


def test_a_cancelled_login_leads_back_to_the_page_it_was_pressed_on(person):
    login = person.post("/session/login", status=303, next="/executions")
    page = person.client.get(login.location.removeprefix(HOST), base_url=HOST)
    assert person.get(person.decide(page, "cancel"), status=303).location == "/executions"
    assert person.get("/redirect?status=cancelled", status=303).location.startswith("/returns/")


def test_a_cancel_during_a_login_asks_which_and_the_login_may_be_it(person):
    execution_id = person.compose({})
    person.form_of(execution_id)
    person.post("/session/login", status=303, next="/executions")
    page, _ = open_redirect(person, "/redirect?status=cancelled", 200)
    assert "INFY" in page
    assert person.post("/returns/cancelled", status=303).location == "/executions"
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_kite_refusing_its_order_book_is_told_and_what_was_seen_stays(person, site, kite):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(2)
    person.receipt(execution_id)
    site.clock.advance(2)
    with kite(InputException("Insufficient permission for that call.", 403), "orders"):
        page = person.get(f"/executions/{execution_id}", status=200).text
    assert "Kite refuses to show its order book. We keep trying." in page
    assert person.receipt(execution_id)["items"][0]["outcome"] == "open"


@pytest.mark.parametrize(
    "error", [NoAnswer("no answer"), TokenException("Incorrect `api_key` or `access_token`.", 403)]
)
def test_logging_out_ends_the_session_here_whatever_kite_says(person, site, kite, error):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    with kite(error, "invalidate_access_token"):
        assert (
            person.post("/session/logout", status=303, next=f"/executions/{execution_id}").location
            == f"/executions/{execution_id}"
        )
    site.clock.advance(2)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "unknown"


def test_a_session_sealed_with_a_lost_key_counts_as_ended(person, site):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    with sqlite3.connect(site.settings.instance / "kite.db") as database:
        database.execute("update kite_sessions set sealed_token = 'no base64 at all!'")
    database.close()
    site.clock.advance(2)
    assert "Log in to Kite" in person.get(f"/executions/{execution_id}", status=200).text
    assert person.receipt(execution_id)["items"][0]["outcome"] == "unknown"


def test_waiting_orders_say_what_they_wait_for(person, site):
    limit, stop = (
        {"order_type": "LIMIT", "price": "1440"},
        {"order_type": "SL", "price": "1460", "trigger_price": "1455"},
    )
    sell = {"order_type": "LIMIT", "transaction_type": "SELL", "price": "1460", "validity": "DAY"}
    lapsed = {"order_type": "LIMIT", "price": "1430", "validity": "IOC", "variety": "regular"}
    cover = {"variety": "co", "product": "MIS", "trigger_price": "1430"}
    execution_id = person.buy(limit, stop, sell, lapsed, cover)
    for _ in range(3):
        site.clock.advance(2)
        page = person.get(f"/executions/{execution_id}", status=200).text
    assert [item["outcome"] for item in person.receipt(execution_id)["items"]] == [
        "open",
        "open",
        "open",
        "cancelled",
        "open",
    ]
    for words in (
        "wait at 1,440.00 or lower",
        "wait at 1,460.00 or higher",
        "wait for the trigger 1,455.00",
        "Filled; its second order still works",
        "IOC",
    ):
        assert words in page, words


def test_with_a_publisher_key_a_return_in_another_browser_says_where_the_receipt_is(sites):
    site = sites(**PUBLISHER)
    composer, other = site.visitor(), site.visitor()
    execution_id = composer.compose({})
    state = composer.form_of(execution_id)["redirect_params"]
    address = f"/redirect?request_token=t&type=basket&status=success&{state}"
    _, location = open_redirect(other, address, 200)
    answer = other.post(location, status=303)
    assert "You are back from Kite" in other.get(answer.location, status=200).text
    page = composer.get(f"/executions/{execution_id}", status=200).text
    assert "This site cannot know what was placed" in page
    assert composer.get(address, status=303).location == f"/executions/{execution_id}"
    assert (
        "Back from Kite. Its order book says what was placed." in composer.get("/executions", status=200).text
    )


def test_with_a_publisher_key_there_is_no_login(sites):
    site = sites(**PUBLISHER)
    person = site.visitor()
    person.post("/session/login", status=404, next="/executions")
    token, _ = open_redirect(person, "/redirect?status=success&request_token=t", 200)
    assert "INFY" not in token


def test_without_its_database_every_page_says_so_and_readiness_fails(person, site, monkeypatch):
    def away():
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(site.services.store, "reading", away)
        broken.setattr(site.services.store, "ping", away)
        assert "Our database does not answer" in person.get("/executions", status=503).text
        assert person.get("/executions/x.json", status=503).get_json() == {
            "status": "error",
            "message": "Our database does not answer",
        }
        assert person.get("/readyz", status=503).text == "database: does not answer\n"
        assert person.get("/healthz", status=200).text == "ok\n"
    assert person.get("/readyz", status=200)


def test_without_a_catalogue_readiness_fails(person, site):
    site.services.catalogue.path.unlink()
    assert (
        person.get("/readyz", status=503).text
        == "instruments: There is no list of instruments at instruments.db.\n"
    )


def test_a_fault_of_our_own_is_a_page_that_tells_nothing_of_it(site, monkeypatch, caplog):
    def broken():
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(site.services.store, "reading", broken)
    client = site.app.test_client()
    answer = client.get("/executions?request_token=tokentokentoken", base_url=HOST)
    assert answer.status_code == 500
    assert "Something here is broken" in answer.text
    assert "a secret of the inside" not in answer.text
    assert "GET /executions failed" in caplog.text
    assert "tokentokentoken" not in caplog.text
    assert client.get("/executions/x.json", base_url=HOST).get_json() == {
        "status": "error",
        "message": "Something here is broken",
    }
