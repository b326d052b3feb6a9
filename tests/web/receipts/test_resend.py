"""Sending again what did not go through: what is offered, what goes into the composer, and what is
not sent twice.
"""

import re

import pytest

from kite.store.flow import executions
from tests.support.site import BUY_INFY, inputs


@pytest.fixture
def person(site):
    return site.visitor()


def settled(person, site, *items):
    execution_id = person.buy(*items)
    for seconds in (3, 62):
        site.clock.advance(seconds)
        receipt = person.receipt(execution_id)
    assert receipt["state"] == "settled"
    return execution_id


def page_of(person, execution_id):
    return person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)


def stored(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id)


def send_again(person, execution_id, *rows):
    fields = {
        f"items-{number}-{name}": value
        for number, row in enumerate(rows)
        for name, value in (BUY_INFY | row).items()
    }
    return person.post("/", action="hand_off", parent=execution_id, **fields)


FAILED = (
    {},
    {"tradingsymbol": "SIMREJECT"},
    {"tradingsymbol": "SIMDROP"},
    {"tradingsymbol": "SIMCANCEL"},
    {"tradingsymbol": "SIMPARTIAL", "quantity": "100"},
    {"tradingsymbol": "SIMFUNDS"},
)


def test_what_did_not_go_through_is_offered_and_comes_into_the_composer_with_what_is_left_of_it(person, site):
    execution_id = settled(person, site, *FAILED)
    page = page_of(person, execution_id)
    assert "Send 5 again" in page
    assert (
        "SIMREJECT, SIMDROP, SIMCANCEL, SIMPARTIAL and 1 more, as a new basket. You can edit it first."
        in page
    )
    composer = person.get(f"/?again={execution_id}", status=200).text
    typed = inputs(composer)
    assert [typed[f"items-{number}-tradingsymbol"] for number in range(4)] == [
        "SIMREJECT",
        "SIMDROP",
        "SIMCANCEL",
        "SIMPARTIAL",
    ]
    assert [typed[f"items-{number}-quantity"] for number in range(4)] == ["10", "10", "10", "40"]
    assert typed["parent"] == execution_id
    assert "items-5-tradingsymbol" not in typed
    assert "This page has sent nothing to Kite yet." in composer


def test_the_new_basket_names_its_parent_even_after_it_was_edited(person, site):
    execution_id = settled(person, site, {"tradingsymbol": "SIMREJECT"})
    page = person.post(
        "/", status=200, action="add", parent=execution_id, **{"items-0-tradingsymbol": "SIMREJECT"}
    ).text
    assert inputs(page)["parent"] == execution_id
    answer = send_again(person, execution_id, {"quantity": "5"})
    child = stored(site, answer.location.rpartition("/")[2])
    assert (child.parent_id, [(item.tradingsymbol, item.quantity) for item in child.items]) == (
        execution_id,
        [("INFY", 5)],
    )


def test_a_basket_that_was_sent_again_is_not_offered_again(person, site):
    execution_id = settled(person, site, {"tradingsymbol": "SIMREJECT"})
    first = send_again(person, execution_id, {}).location.rpartition("/")[2]
    assert send_again(person, execution_id, {}).location.endswith(first)  # a double press
    assert "Send 1 again" in page_of(person, execution_id)
    person.get(person.place(first), status=303)
    page = page_of(person, execution_id)
    assert "Send 1 again" not in page
    assert re.search(rf'href="/executions/{first}">Sent again at 09:1\d:\d\d: its receipt', page)
    refused = send_again(person, execution_id, {})
    assert refused.status_code == 200
    assert "This was sent again already" in refused.text
    assert person.get(f"/?again={execution_id}", status=303).location.endswith(f"/executions/{execution_id}")


def test_nothing_is_offered_while_anything_is_unknown(person, site):
    execution_id = person.buy({"tradingsymbol": "SIMREJECT"}, {"tradingsymbol": "SIMDROP"})
    site.clock.advance(5)
    assert [item["outcome"] for item in person.receipt(execution_id)["items"]] == ["rejected", "unknown"]
    assert "Send " not in page_of(person, execution_id)
    person.get(f"/?again={execution_id}", status=303)
    assert "it is not known any more" in send_again(person, execution_id, {}).text


def test_nothing_is_offered_where_all_is_filled_or_still_works(person, site):
    execution_id = person.buy({}, {"tradingsymbol": "SIMOPEN"})
    site.clock.advance(5)
    assert "Send " not in page_of(person, execution_id)
    person.get(f"/?again={execution_id}", status=303)


def test_nobody_else_sends_it_again(person, site):
    execution_id = settled(person, site, {"tradingsymbol": "SIMREJECT"})
    stranger = site.visitor()
    stranger.get(f"/?again={execution_id}", status=404)
    answer = send_again(stranger, execution_id, {})
    assert stored(site, answer.location.rpartition("/")[2]).parent_id is None
