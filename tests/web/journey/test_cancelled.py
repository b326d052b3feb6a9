"""A cancel is Kite's word and proves nothing: what may be placed all the same is looked for before
anything is sent again.
"""

import pytest

from kite.store.flow import executions
from tests.support.site import HOST


@pytest.fixture
def person(site):
    return site.visitor()


def control(site, *changes):
    answer = site.app.test_client().post("/simulator/control", json=list(changes), base_url=HOST)
    assert answer.status_code == 200, answer.text


def placed_and_called_cancelled(person):
    """Place a basket whose window closes, and have a cancel arrive in its place; return the
    execution's id.
    """
    execution_id = person.compose({})
    person.place(execution_id)  # nobody opens the return
    person.get("/redirect?status=cancelled", status=303)
    assert person.receipt(execution_id)["state"] == "cancelled"
    return execution_id


def again(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.resends(conn, execution_id)


def test_what_was_placed_before_a_forced_cancel_is_found_before_it_is_sent_again(person, site):
    execution_id = placed_and_called_cancelled(person)
    page = person.get(f"/executions/{execution_id}", status=200).text
    assert "Kite says you cancelled. We’ve seen no order." in page
    assert "ot placed" not in page and "No order was placed" not in page
    login = person.post(f"/executions/{execution_id}/again", status=303).location
    assert "/connect/login" in login, "the order book is read first"
    person.log_in_at(login)
    site.clock.advance(2)
    receipt = person.receipt(execution_id)
    assert (receipt["state"] in ("returned", "settled"), receipt["items"][0]["outcome"]) == (True, "filled")
    assert (
        person.post(f"/executions/{execution_id}/again", status=303).location == f"/executions/{execution_id}"
    )
    assert again(site, execution_id) == []


def test_with_a_session_the_press_itself_finds_what_was_placed(person, site):
    person.log_in()
    execution_id = placed_and_called_cancelled_in_the_dark(person, site)
    assert (
        person.post(f"/executions/{execution_id}/again", status=303).location == f"/executions/{execution_id}"
    )
    assert person.receipt(execution_id)["state"] in ("returned", "settled")
    assert again(site, execution_id) == []


def placed_and_called_cancelled_in_the_dark(person, site):
    """As above, while Kite shows nobody its order book."""
    control(site, {"action": "set", "fault": "unavailable", "path": "/orders"})
    execution_id = placed_and_called_cancelled(person)
    control(site, {"action": "clear"})
    site.clock.advance(2)
    return execution_id


@pytest.mark.parametrize("fault", ["unavailable", "gateway_502", "rate_limited"])
def test_a_cancelled_basket_is_not_sent_again_while_nobody_can_read_the_order_book(person, site, fault):
    person.log_in()
    execution_id = person.compose({})
    person.form_of(execution_id)
    person.get("/redirect?status=cancelled", status=303)
    control(site, {"action": "set", "fault": fault, "path": "/orders"})
    page = person.post(f"/executions/{execution_id}/again", status=504).text
    assert "Kite does not show its order book now" in page and "This press sent nothing." in page
    assert f'action="/executions/{execution_id}/again"' in page
    assert again(site, execution_id) == []
    control(site, {"action": "clear"})
    assert person.post(f"/executions/{execution_id}/again", status=303).location.startswith("/handoff/")
    assert len(again(site, execution_id)) == 1


def test_a_cancelled_basket_goes_to_kite_from_its_receipt_alone(person, site):
    execution_id = placed_and_called_cancelled(person)
    receipt = f"/executions/{execution_id}"
    assert person.get(f"/handoff/{execution_id}", status=303).location == receipt
    assert person.post(f"/handoff/{execution_id}", status=303).location == f"/handoff/{execution_id}"
    assert person.get(f"/?from={execution_id}", status=303).location == receipt
    assert "/?from=" not in person.get(receipt).text


def test_the_orders_of_a_cancelled_basket_are_edited_once_its_order_book_was_read(person, site):
    execution_id = person.compose({})
    person.get(person.decide(person.to_kite(execution_id), "cancel"), status=303)
    person.log_in(f"/executions/{execution_id}")
    assert f'href="/?from={execution_id}"' in person.get(f"/executions/{execution_id}", status=200).text
    page = person.get(f"/?from={execution_id}", status=200).text
    assert "This page has sent nothing to Kite yet." in page and 'value="INFY"' in page


def test_a_publisher_key_reads_no_order_book_and_sends_again_at_once(sites):
    site = sites(KITE_API_KEY="abcd1234", SECRET_KEY="a key of the tests, long enough for it")
    person = site.visitor()
    execution_id = person.compose({})
    person.form_of(execution_id)
    person.get("/redirect?status=cancelled", status=303)
    page = person.get(f"/executions/{execution_id}", status=200).text
    assert "Kite says you cancelled. We’ve seen no order." in page and "We read your order book" not in page
    assert person.post(f"/executions/{execution_id}/again", status=303).location.startswith("/handoff/")
    assert f'href="/?from={execution_id}"' in page
