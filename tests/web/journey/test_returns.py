"""The return from Kite: whose it is, how often it counts, and what each page says."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.site import query

SELL_SBIN = {"tradingsymbol": "SBIN", "transaction_type": "SELL", "quantity": "5"}


@pytest.fixture
def person(site):
    return site.visitor()


def text_of(visitor, address, status=None):
    answer = visitor.get(address)
    if answer.status_code in (302, 303):
        answer = visitor.get(answer.location, status=status)
    assert status is None or answer.status_code == status
    return answer.get_data(as_text=True)


def exchanges(site):
    """How many sessions Kite has opened for us."""
    with site.services.store.reading() as conn:
        from sqlalchemy import text

        return conn.execute(text("select count(*) from kite_sessions")).scalar()


def test_a_return_leads_to_a_clean_address_with_the_receipt(person, site):
    execution_id = person.compose({})
    answer = person.get(person.place(execution_id), status=303)
    assert answer.location == f"/executions/{execution_id}"
    site.clock.advance(2)
    receipt = person.receipt(execution_id)
    assert receipt["items"][0]["outcome"] == "filled"
    assert receipt["items"][0]["filled_quantity"] == 10
    assert len(receipt["items"][0]["order_ids"]) == 1


def test_an_ordinary_basket_is_settled_within_ten_seconds(person, site):
    execution_id = person.buy({}, SELL_SBIN)
    for _ in range(10):
        site.clock.advance(1)
        state = person.receipt(execution_id)["state"]
    assert state == "settled"


def test_a_return_opened_again_leads_to_the_same_receipt_and_exchanges_nothing(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    locations = {person.get(address, status=303).location for _ in range(5)}
    assert locations == {f"/executions/{execution_id}"}
    assert exchanges(site) == 1


def test_a_settled_receipt_stays_settled_when_its_return_is_opened_again(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    person.get(address)
    for _ in range(5):
        site.clock.advance(2)
        person.receipt(execution_id)
    person.get(address, status=303)
    assert person.receipt(execution_id)["state"] == "settled"


def test_fifty_openings_at_once_make_one_exchange(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    cookie = person.client.get_cookie("visit", domain="127.0.0.1").value

    def open_it(_):
        client = site.app.test_client()
        client.set_cookie("visit", cookie, domain="127.0.0.1")
        return client.get(address.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(open_it, range(50)))
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.location for answer in answers} == {f"/executions/{execution_id}"}
    assert exchanges(site) == 1


def test_cancel_comes_bare_and_is_matched_to_the_one_waiting_basket(person):
    execution_id = person.compose({})
    address = person.decide(person.to_kite(execution_id), "cancel")
    assert query(address) == {"status": "cancelled"}
    assert person.get(address, status=303).location == f"/executions/{execution_id}"
    page = person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)
    assert "Kite says you cancelled. We’ve seen no order." in page
    assert "ot placed" not in page and "holds no order" not in page, "Kite's word is no proof"
    assert person.receipt(execution_id)["items"][0]["outcome"] is None
    assert person.get(address, status=303).location == f"/executions/{execution_id}", (
        "a reload leads there again"
    )


def test_a_cancel_says_whose_order_book_was_read_and_holds_nothing_of_it(person):
    person.buy()  # from here on this visit can read the order book
    execution_id = person.compose({})
    person.get(person.decide(person.to_kite(execution_id), "cancel"), status=303)
    page = person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)
    assert re.search(
        r"The order book of AB1234 was read at [0-9:]{8} IST and holds no order of this basket\.", page
    )
    assert "Kite says you cancelled. We’ve seen no order." in page
    assert person.receipt(execution_id)["state"] == "cancelled"


def test_a_bare_cancel_with_two_waiting_baskets_changes_none_and_asks_which(person):
    first, second = person.compose({}), person.compose(SELL_SBIN)
    person.form_of(first)
    person.form_of(second)
    page = text_of(person, "/redirect?status=cancelled", 200)
    assert "INFY" in page
    assert "SBIN" in page
    assert {person.receipt(execution_id)["state"] for execution_id in (first, second)} == {"handed_off"}
    person.post("/returns/cancelled", status=303, execution_id=second)
    assert person.receipt(first)["state"] == "handed_off"
    assert person.receipt(second)["state"] == "cancelled"


def test_a_basket_left_at_kite_yesterday_is_not_waited_for_any_more(person, site):
    abandoned = person.compose({})
    person.form_of(abandoned)
    site.clock.advance(24 * 3600)
    today = person.compose(SELL_SBIN)
    person.form_of(today)
    assert person.get("/redirect?status=cancelled", status=303).location == f"/executions/{today}"
    assert person.receipt(abandoned)["state"] == "unknown"


def test_a_cancel_that_nobody_waits_for_is_told_and_changes_nothing(person):
    assert "does not belong to a basket sent from here" in text_of(person, "/redirect?status=cancelled", 400)


def test_nobody_cancels_for_another_visit(person, site):
    execution_id = person.compose({})
    person.form_of(execution_id)
    site.visitor().post("/returns/cancelled", status=404, execution_id=execution_id)
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_a_basket_that_was_never_sent_cannot_be_named_as_cancelled(person):
    execution_id = person.compose({})
    person.post("/returns/cancelled", status=303, execution_id=execution_id)
    assert person.receipt(execution_id)["state"] == "prepared"


def test_a_return_after_a_cancel_still_counts(person):
    execution_id = person.compose({})
    page = person.to_kite(execution_id)
    person.get("/redirect?status=cancelled", status=303)
    assert person.receipt(execution_id)["state"] == "cancelled"
    person.get(person.decide(page, "place"), status=303)
    assert person.receipt(execution_id)["state"] in ("returned", "settled")


@pytest.mark.parametrize("state", ["forged", "x" * 500, "WyJhIl0.AAAA", "%00"])
def test_a_forged_state_is_refused_and_exchanges_nothing(person, site, state):
    execution_id = person.compose({})
    address = person.place(execution_id)
    token = query(address)["request_token"]
    assert "does not belong to a basket sent from here" in text_of(
        person, f"/redirect?status=success&request_token={token}&state={state}", 400
    )
    assert exchanges(site) == 0
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_a_status_that_kite_does_not_document_changes_nothing(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id).replace("status=success", "status=splendid")
    assert "an answer that we do not know" in text_of(person, address, 400)
    assert exchanges(site) == 0
    assert person.receipt(execution_id)["state"] == "handed_off"


@pytest.mark.parametrize("more", ["&type=login", "&action=login", "&type=holdings.auth"])
def test_a_return_whose_type_or_action_says_something_else_than_its_state_changes_nothing(person, site, more):
    execution_id = person.compose({})
    address = person.place(execution_id)
    assert "an answer that we do not know" in text_of(person, address.replace("&type=basket", "") + more, 400)
    assert exchanges(site) == 0
    assert person.receipt(execution_id)["state"] == "handed_off"
    person.get(address, status=303)
    assert person.receipt(execution_id)["state"] == "returned"


def test_a_login_that_calls_itself_a_basket_logs_nobody_in(person, site):
    login = person.post("/session/login", status=303, next="/executions")
    back = person.decide(
        person.client.get(
            login.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
        ),
        "approve",
    )
    assert query(back)["type"] == query(back)["action"] == "login"
    assert "an answer that we do not know" in text_of(person, back.replace("type=login", "type=basket"), 400)
    assert exchanges(site) == 0
    assert person.get(back, status=303).location == "/executions"


@pytest.mark.parametrize(
    "more",
    [
        "&status=cancelled",
        "&request_token=another",
        "&state=forged",
        "&type=login",
        "&user_id=AB1234&amount=1",
    ],
)
def test_a_parameter_that_comes_twice_or_that_nobody_knows_changes_nothing(person, site, more):
    execution_id = person.compose({})
    address = person.place(execution_id)
    assert query(address)["type"] == "basket"
    assert person.get(address + more, status=303).location == f"/executions/{execution_id}"
    assert exchanges(site) == 1
    assert person.receipt(execution_id)["items"][0]["order_ids"]


@pytest.mark.parametrize(
    "query_string", ["", "?status=success", "?status=success&request_token=", "?request_token=abc"]
)
def test_a_return_without_status_or_token_changes_nothing(person, query_string):
    assert "an answer that we do not know" in text_of(person, f"/redirect{query_string}", 400)


def test_a_return_without_state_asks_and_then_the_tag_decides(person, site):
    execution_id = person.compose({})
    token = query(person.place(execution_id))["request_token"]
    page = person.get(
        person.get(f"/redirect?status=success&request_token={token}", status=303).location, status=200
    )
    assert "Continue here as the person who placed this" in page.get_data(as_text=True)
    assert "another browser" not in page.text, "this one composed it, and has not forgotten it"
    assert exchanges(site) == 0
    answer = person.post(page.request.path, status=303)
    assert answer.location == f"/executions/{execution_id}"
    assert exchanges(site) == 1
    assert person.receipt(execution_id)["items"][0]["order_ids"]


def test_a_return_in_another_browser_asks_before_it_exchanges(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    other = site.visitor()
    page = other.get(other.get(address, status=303).location, status=200)
    assert "INFY" in page.get_data(as_text=True)
    assert "It was composed in another browser" in page.text
    assert exchanges(site) == 0
    answer = other.post(page.request.path, status=303)
    assert answer.location == f"/executions/{execution_id}"
    site.clock.advance(2)
    assert other.receipt(execution_id)["items"][0]["outcome"] == "filled"
    composer = person.receipt(execution_id)
    assert composer["orders"] == []
    assert composer["items"][0]["outcome"] is None
    assert "Finished in another browser" in person.get(f"/executions/{execution_id}", status=200).get_data(
        as_text=True
    )


def test_a_question_is_answered_only_by_the_visit_that_was_asked(person, site):
    execution_id = person.compose({})
    other = site.visitor()
    question = other.get(person.place(execution_id), status=303).location
    site.visitor().get(question, status=404)
    site.visitor().post(question, status=404)
    assert exchanges(site) == 0


def test_state_and_visit_that_name_different_baskets_are_refused(person, site):
    address = person.place(person.compose({}))
    other = site.visitor()
    waiting = other.compose(SELL_SBIN)
    other.form_of(waiting)
    assert "names another basket" in text_of(other, address, 400)
    assert exchanges(site) == 0
    assert other.receipt(waiting)["state"] == "handed_off"


def test_a_state_of_another_day_is_told_and_not_refused(person, site):
    execution_id = person.compose({})
    state = person.form_of(execution_id)["redirect_params"]
    site.clock.advance(24 * 3600)
    token = query(person.place(execution_id))["request_token"]
    person.get(f"/redirect?status=success&request_token={token}&{state}", status=303)
    assert exchanges(site) == 1
    page = person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)
    assert "You came back on another day than you left" in page
    assert "after 06:00 of another day" in page


def test_a_return_on_the_day_it_was_sent_is_not_called_late(person, site):
    page = person.get(f"/executions/{person.buy()}", status=200).get_data(as_text=True)
    assert "another day" not in page


def test_a_replayed_return_gives_a_stranger_nothing(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    person.get(address)
    stranger = site.visitor()
    answer = stranger.get(address)
    stranger.get(answer.location, status=404)
    stranger.receipt(execution_id, status=404)
    assert exchanges(site) == 1


def test_a_head_or_a_prefetch_exchanges_nothing(person, site):
    execution_id = person.compose({})
    path = person.place(execution_id).removeprefix("http://127.0.0.1:8000")
    person.client.head(path, base_url="http://127.0.0.1:8000")
    for header in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}):
        person.get(path, headers=header, status=503)
    assert exchanges(site) == 0
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_a_used_token_shows_a_receipt_that_asks_for_a_login_and_goes_on(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    site.services.connect.generate_session(query(address)["request_token"])
    person.get(address, status=303)
    receipt = person.receipt(execution_id)
    assert receipt["state"] == "returned"
    assert receipt["items"][0]["outcome"] == "unknown"
    page = person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)
    assert "Log in to Kite to see what became of this basket" in page
    login = person.post("/session/login", status=303, next=f"/executions/{execution_id}")
    back = person.decide(
        person.client.get(
            login.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
        ),
        "approve",
    )
    assert person.get(back, status=303).location == f"/executions/{execution_id}"
    site.clock.advance(2)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "filled"


def test_a_login_that_another_visit_began_is_refused(person, site):
    login = person.post("/session/login", status=303, next="/executions")
    back = person.decide(
        person.client.get(
            login.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
        ),
        "approve",
    )
    victim = site.visitor()
    assert "does not belong" in text_of(victim, back, 400)
    assert exchanges(site) == 0


def test_the_database_away_during_a_return_is_told_and_a_reload_goes_on(person, site, monkeypatch):
    from kite.exceptions import StoreUnavailable

    execution_id = person.compose({})
    address = person.place(execution_id)

    def away():
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(site.services.store, "writing", away)
        page = person.get(address, status=503).get_data(as_text=True)
    assert "This address still works" in page
    person.get(address, status=303)
    assert person.receipt(execution_id)["items"][0]["order_ids"]
