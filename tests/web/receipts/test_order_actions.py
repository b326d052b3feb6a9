"""Acting from a receipt: cancel, change and exit orders at Kite, and what stands on the page when
Kite refuses or is silent.
"""

import re

import pytest

from kite.connect.client import KiteConnect
from kite.exceptions import StoreUnavailable
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions

LIMIT = {"order_type": "LIMIT", "price": "1300", "quantity": "10"}
COVER = {"variety": "co", "product": "MIS", "trigger_price": "1300"}


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.fixture
def calls(monkeypatch):
    """Every call that changes an order, as Kite hears it."""
    calls = []
    original = KiteConnect._request

    def listening(self, call):
        if call.kind == "order":
            calls.append((call.method, call.path.get("order_id"), call.form or call.query or {}))
        return original(self, call)

    monkeypatch.setattr(KiteConnect, "_request", listening)
    return calls


def page_of(person, execution_id):
    return person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)


def opened(person, site, *items):
    """Place, come back and look; return the execution's id and its orders' ids."""
    execution_id = person.buy(*(items or (LIMIT,)))
    site.clock.advance(5)
    return execution_id, [order["order_id"] for order in person.receipt(execution_id)["orders"]]


def press_of(page):
    return re.search(r'name="press" value="(\d+)"', page)[1]


def act(person, execution_id, path, status=303, press="0", **fields):
    return person.post(f"/executions/{execution_id}/orders/{path}", status=status, press=press, **fields)


def fault(site, name, **params):
    answer = site.app.test_client().post(
        "/simulator/control", json={"action": "set", "fault": name} | params, base_url="http://127.0.0.1:8000"
    )
    assert answer.status_code == 200, answer.text


def causes(site, execution_id):
    with site.services.store.reading() as conn:
        return [event.cause for event in events.of(conn, execution_id)]


def outcomes(person, site, execution_id):
    site.clock.advance(3)
    return [item["outcome"] for item in person.receipt(execution_id)["items"]]


def test_an_open_order_is_cancelled_and_the_act_stands_in_the_events_before_and_after(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    page = page_of(person, execution_id)
    assert "Cancel the order" in page
    assert "Cancel 1 open order" in page
    act(person, execution_id, f"{order_id}/cancel", press=press_of(page))
    assert [method for method, *_ in calls] == ["DELETE"]
    assert causes(site, execution_id)[-2:] == [EventCause.ASKED_TO_CANCEL, EventCause.KITE_TOOK]
    assert "Kite took the cancellation of INFY at 09:16:" in page_of(person, execution_id)
    assert outcomes(person, site, execution_id) == ["cancelled"]
    page = page_of(person, execution_id)
    assert "Kite was asked to cancel order" in page
    assert "Cancel the order" not in page


def token_of(site, execution_id):
    """The access token of the person's own session."""
    with site.services.store.reading() as conn:
        session = sessions.of_visit(conn, executions.get(conn, execution_id).visit_id, site.clock())[0]
    return site.services.sealer.open(session.sealed_token, session.id)


def at_kite(site, execution_id):
    """Kite's API in the person's own session: for what they do there themselves."""
    return site.services.connect.with_token(token_of(site, execution_id))


def place_beside(site, execution_id, **terms):
    """Place an order at Kite in the person's own session, beside their basket; return its id."""
    key = site.services.settings.api_key
    answer = site.app.test_client().post(
        "/simulator/orders/regular",
        data={"exchange": "NSE", "transaction_type": "BUY", "quantity": 1, "product": "CNC"} | terms,
        headers={"Authorization": f"token {key}:{token_of(site, execution_id)}"},
        base_url="http://127.0.0.1:8000",
    )
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]["order_id"]


def test_an_order_beside_the_basket_that_carries_its_tag_is_shown_and_can_be_cancelled(person, site, calls):
    execution_id = person.buy()
    tag = person.receipt(execution_id)["tag"]
    beside = place_beside(site, execution_id, tradingsymbol="SBIN", order_type="LIMIT", price=500, tag=tag)
    calls.clear()
    site.clock.advance(3)
    page = page_of(person, execution_id)
    assert "Also placed at Kite with this basket’s tag" in page
    assert f"/orders/{beside}/cancel" in page
    act(person, execution_id, f"{beside}/cancel")
    assert [order_id for _, order_id, _ in calls] == [beside]


def test_an_order_beside_the_basket_that_was_refused_says_why(person, site):
    execution_id = person.buy()
    tag = person.receipt(execution_id)["tag"]
    place_beside(site, execution_id, tradingsymbol="SIMBAN", order_type="MARKET", tag=tag)
    site.clock.advance(3)
    page = page_of(person, execution_id)
    assert "Also placed at Kite with this basket’s tag" in page
    assert "<dt>Why</dt><dd>The exchange takes no new positions in this (F&amp;O ban, MWPL).</dd>" in page


def test_every_open_order_is_cancelled_by_one_button(person, site, calls):
    execution_id, ids = opened(person, site, LIMIT, {}, LIMIT | {"tradingsymbol": "SBIN", "price": "500"})
    page = page_of(person, execution_id)
    assert "Cancel 2 open orders" in page
    order_ids = re.findall(r'name="order_id" value="(\d+)"', page)
    assert len(order_ids) == 2
    assert set(order_ids) < set(ids)
    data = {"press": "0", "order_id": order_ids, "csrf_token": person.csrf_token()}
    answer = person.client.post(
        f"/executions/{execution_id}/orders/cancel", data=data, base_url="http://127.0.0.1:8000"
    )
    assert answer.status_code == 303
    assert [order_id for _, order_id, _ in calls] == order_ids
    assert outcomes(person, site, execution_id) == ["cancelled", "filled", "cancelled"]


def test_a_button_that_is_pressed_twice_asks_kite_once(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    for _ in range(2):
        act(person, execution_id, f"{order_id}/modify", price="1310", quantity="10")
        site.clock.advance(1)
    assert len(calls) == 1
    for _ in range(2):
        act(person, execution_id, f"{order_id}/cancel", press="1")
        site.clock.advance(1)
        person.receipt(execution_id)
    assert len(calls) == 2


def test_a_page_that_is_older_than_the_last_act_acts_no_more(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    act(person, execution_id, f"{order_id}/modify", price="1310", quantity="10")
    site.clock.advance(2)
    answer = act(person, execution_id, f"{order_id}/cancel", status=409)
    assert "This press asked nothing of Kite" in answer.text
    assert f"/executions/{execution_id}" in answer.text
    assert len(calls) == 1


def test_a_forged_press_acts_on_nothing(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    for press in ("", "-1", "seven", "9", "9" * 40, "²"):
        act(person, execution_id, f"{order_id}/cancel", status=409, press=press)
    assert calls == []


def test_a_change_sends_only_what_differs(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    page = person.get(f"/executions/{execution_id}/orders/{order_id}/modify", status=200).text
    assert 'name="quantity" value="10"' in page
    assert 'name="price" value="1300"' in page
    assert 'name="trigger_price"' not in page
    act(person, execution_id, f"{order_id}/modify", quantity="10", price="1,310.50")
    assert calls == [("PUT", order_id, {"price": "1310.5"})]
    site.clock.advance(3)
    receipt = person.receipt(execution_id)
    assert receipt["orders"][0]["price"] == "1310.50"
    assert receipt["items"][0]["outcome"] == "open"


WRONG = (
    ({"quantity": "10", "price": "1300"}, "Nothing is changed yet."),
    ({"quantity": "ten", "price": "1300"}, "Enter a whole number, like 100."),
    ({"quantity": "10", "price": ""}, "A limit order needs a price."),
    ({"quantity": "", "price": "1300"}, "Enter 1 or more."),
    ({"quantity": "10", "price": "1300.001"}, "Not on the tick. Use: 1,300.00 / 1,300.10."),
)


def test_what_is_wrong_with_new_terms_is_told_and_kite_is_not_asked(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    for fields, sentence in WRONG:
        page = act(person, execution_id, f"{order_id}/modify", status=200, **fields).text
        assert sentence in page
        assert f'name="quantity" value="{fields["quantity"]}"' in page
    assert calls == []


def test_a_cover_order_is_exited_by_its_second_leg(person, site, calls):
    execution_id, ids = opened(person, site, COVER)
    receipt = person.receipt(execution_id)
    leg = next(order for order in receipt["orders"] if order["parent_order_id"])
    page = page_of(person, execution_id)
    assert "Exit at market" in page
    assert "open order" not in page
    form = person.get(f"/executions/{execution_id}/orders/{leg['order_id']}/modify", status=200).text
    assert 'name="quantity"' not in form
    assert 'name="trigger_price"' in form
    act(person, execution_id, f"{leg['order_id']}/exit")
    assert calls == [("DELETE", leg["order_id"], {"parent_order_id": leg["parent_order_id"]})]
    site.clock.advance(3)
    assert [order["status"] for order in person.receipt(execution_id)["orders"]] == ["COMPLETE", "COMPLETE"]
    assert len(ids) == 2


def test_the_stop_of_a_cover_order_is_moved(person, site, calls):
    execution_id, _ = opened(person, site, COVER)
    leg = next(order for order in person.receipt(execution_id)["orders"] if order["parent_order_id"])
    act(person, execution_id, f"{leg['order_id']}/modify", trigger_price="1310")
    assert calls == [
        ("PUT", leg["order_id"], {"parent_order_id": leg["parent_order_id"], "trigger_price": "1310"})
    ]
    site.clock.advance(3)
    assert {
        order["trigger_price"] for order in person.receipt(execution_id)["orders"] if order["parent_order_id"]
    } == {"1310.00"}


REFUSED = (
    (
        "address_not_allowed",
        "only from a registered internet address",
        "IP not allowed to place orders for this app",
    ),
    ("publisher_key", "This site’s key may not do this on Kite", "Insufficient permission for that call."),
    ("rate_limited", "Too many requests reached Kite at once", "Too many requests"),
    ("unavailable", "did not reach its order system", "The order system is not reachable."),
)


def test_a_refusal_is_told_in_plain_words_with_kites_own_beside(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    for press, (name, words, own) in enumerate(REFUSED):
        fault(site, name, uses=1)
        act(person, execution_id, f"{order_id}/cancel", press=str(press))
        page = page_of(person, execution_id)
        assert "Kite did not cancel INFY" in page
        assert words in page
        assert own in page
    assert len(calls) == len(REFUSED)
    site.clock.advance(601)
    assert "Kite did not cancel INFY" not in page_of(person, execution_id)
    assert outcomes(person, site, execution_id) == ["open"]


def test_the_row_ends_at_a_refusal_that_concerns_every_order(person, site, calls):
    execution_id, ids = opened(person, site, LIMIT, LIMIT | {"tradingsymbol": "SBIN", "price": "500"})
    fault(site, "address_not_allowed")
    data = {"press": "0", "order_id": ids, "csrf_token": person.csrf_token()}
    person.client.post(
        f"/executions/{execution_id}/orders/cancel", data=data, base_url="http://127.0.0.1:8000"
    )
    assert len(calls) == 1


def test_an_order_that_ended_meanwhile_is_told_as_such(person, site):
    execution_id, (order_id,) = opened(person, site)
    at_kite(site, execution_id).cancel_order("regular", order_id)
    site.clock.advance(2)
    act(person, execution_id, f"{order_id}/cancel")
    page = page_of(person, execution_id)
    assert "The order had ended, or was just ending" in page
    assert outcomes(person, site, execution_id) == ["cancelled"]


def test_without_an_answer_the_book_is_read_and_the_page_says_that_it_may_have_been_done(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    fault(site, "gateway_504", uses=1)
    act(person, execution_id, f"{order_id}/cancel")
    page = page_of(person, execution_id)
    assert "Kite gave no answer about INFY" in page
    assert "It may have been done all the same" in page
    assert outcomes(person, site, execution_id) == ["cancelled"]
    assert len(calls) == 1


def test_an_act_whose_answer_was_never_written_down_counts_as_not_answered(person, site, monkeypatch):
    execution_id, (order_id,) = opened(person, site)
    monkeypatch.setattr(KiteConnect, "cancel_order", killed)
    answer = person.client.post(
        f"/executions/{execution_id}/orders/{order_id}/cancel",
        data={"press": "0", "csrf_token": person.csrf_token()},
        base_url="http://127.0.0.1:8000",
    )
    assert answer.status_code == 500
    assert "Kite gave no answer about INFY" in page_of(person, execution_id)


def killed(*_):
    raise RuntimeError("the process is gone")


def test_a_dead_token_leads_to_kites_login_and_back_to_the_same_receipt(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    page = person.get(f"/executions/{execution_id}", status=200)
    fault(site, "token_dead", uses=1)
    answer = act(person, execution_id, f"{order_id}/cancel")
    assert "/connect/login" in answer.location
    assert "form-action 'self' http://127.0.0.1:8000" in page.headers["Content-Security-Policy"]
    login_page = person.client.get(
        answer.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
    )
    back = person.get(person.decide(login_page, "approve"), status=303)
    assert back.location.endswith(f"/executions/{execution_id}")
    assert outcomes(person, site, execution_id) == ["open"]
    assert len(calls) == 1


def test_after_logging_out_nothing_is_offered_and_a_press_asks_for_the_login(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    person.post("/session/logout", status=303, next=f"/executions/{execution_id}")
    page = page_of(person, execution_id)
    assert "Cancel the order" not in page
    assert "/connect/login" in act(person, execution_id, f"{order_id}/cancel").location
    assert person.get(f"/executions/{execution_id}/orders/{order_id}/modify", status=303).location.endswith(
        execution_id
    )
    assert calls == []


def test_orders_of_others_do_not_exist(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    stranger = site.visitor()
    for path in ("cancel", f"{order_id}/cancel", f"{order_id}/exit", f"{order_id}/modify"):
        act(stranger, execution_id, path, status=404)
    stranger.get(f"/executions/{execution_id}/orders/{order_id}/modify", status=404)
    assert calls == []


def test_an_order_of_the_same_person_outside_of_the_basket_is_not_touched(person, site, calls):
    first, _ = opened(person, site)
    second, (other,) = opened(person, site)
    act(person, first, f"{other}/cancel", status=409)
    assert calls == []
    assert outcomes(person, site, second) == ["open"]


def test_an_act_without_its_token_is_refused(person, site, calls):
    execution_id, (order_id,) = opened(person, site)
    person.post(f"/executions/{execution_id}/orders/{order_id}/cancel", status=400, token=False, press="0")
    assert calls == []


def test_a_publisher_key_acts_on_nothing(sites):
    site = sites(KITE_API_KEY="simulator_key", SECRET_KEY="a key of the tests, long enough for it")
    person = site.visitor()
    execution_id = person.compose({})
    act(person, execution_id, "cancel", status=404)
    act(person, execution_id, "1/modify", status=404)


def test_a_database_that_is_away_before_kite_is_asked_asks_nothing(person, site, calls, monkeypatch):
    execution_id, (order_id,) = opened(person, site)
    monkeypatch.setattr(executions, "touch", away)
    act(person, execution_id, f"{order_id}/cancel", status=503)
    assert calls == []


def away(*_):
    raise StoreUnavailable("the database is away")
