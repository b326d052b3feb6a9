"""The terms that a receipt shows: those of Kite's book, and as changed at Kite only what was
changed there.

And what counts as now.
"""

import re

import pytest

from kite.offsite.base import asking
from kite.store.people import sessions
from tests.support.fault_journey import control
from tests.support.forms import text, tree

LIMIT = {"order_type": "LIMIT", "price": "1300", "quantity": "10"}
STOP = {"order_type": "SL", "price": "1500", "trigger_price": "1490", "quantity": "10"}


@pytest.fixture
def person(site):
    return site.visitor()


def page_of(person, execution_id):
    return person.get(f"/executions/{execution_id}", status=200).text


def line(page):
    """The terms of the first line, as they are read."""
    return next(text(span) for span in tree(page).iter("span") if span.get("class") == "terms")


def steps(page):
    return [
        text(line)
        for part in tree(page).iter("ol")
        if part.get("class") == "steps"
        for line in part.iter("li")
    ]


def opened(site, person, **edits):
    execution_id = person.compose(LIMIT)
    person.get(person.place(execution_id, **edits), status=303)
    site.clock.advance(5)
    (order,) = person.receipt(execution_id)["orders"]
    return execution_id, order["order_id"]


def modify(site, person, execution_id, order_id, press="0", **terms):
    fields = {"quantity": "10", "price": "1300"} | terms
    person.post(f"/executions/{execution_id}/orders/{order_id}/modify", status=303, press=press, **fields)
    site.clock.advance(5)
    return person.receipt(execution_id)


def test_what_was_changed_here_is_not_changed_at_kite_and_shows_with_all_new_terms(site, person):
    execution_id, order_id = opened(site, person)
    receipt = modify(site, person, execution_id, order_id, quantity="7", price="1290.5")
    assert receipt["items"][0]["changes"] == []
    page = page_of(person, execution_id)
    assert "You changed" not in page
    assert line(page).startswith("7 at 1,290.50")
    assert any("7 at 1,290.50" in step for step in steps(page)), steps(page)
    assert "now 7 wait at 1,290.50 or lower" in steps(page)


def test_the_timeline_knows_new_terms_that_were_given_at_kite_itself(site, person, monkeypatch):
    execution_id, order_id = opened(site, person)
    client = site.services.connect.with_token(token_of(site))
    client.modify_order("regular", order_id, price=1280)
    site.clock.advance(5)
    receipt = person.receipt(execution_id)
    assert [
        (change["field"], change["before"], change["after"]) for change in receipt["items"][0]["changes"]
    ] == [("price", "1300.00", "1280.00")]
    page = page_of(person, execution_id)
    assert line(page).startswith("10 at 1,280.00")
    assert any("10 at 1,280.00" in step for step in steps(page)), steps(page)


def token_of(site):
    with site.services.store.reading() as conn:
        session = sessions.of_user(conn, "AB1234", site.clock())[0]
    return site.services.sealer.open(session.sealed_token, session.id)


def test_what_was_changed_on_kites_page_is_told_with_new_price_and_quantity(site, person):
    execution_id, _ = opened(site, person, items__0__quantity="25", items__0__price="1310")
    page = page_of(person, execution_id)
    words = re.sub(r"\s+", " ", page)
    assert "You changed quantity at Kite: 10 to 25" in words
    assert "You changed price at Kite: 1,300.00 to 1,310.00" in words
    assert line(page).startswith("25 at 1,310.00")


def test_a_trigger_changed_on_kites_page_is_told_and_shown(site, person):
    execution_id = person.compose(STOP)
    person.get(person.place(execution_id, items__0__trigger_price="1495"), status=303)
    site.clock.advance(5)
    (item,) = person.receipt(execution_id)["items"]
    assert [(change["field"], change["before"], change["after"]) for change in item["changes"]] == [
        ("trigger_price", "1490.00", "1495.00")
    ]
    page = page_of(person, execution_id)
    assert "You changed trigger at Kite: 1,490.00 to 1,495.00" in re.sub(r"\s+", " ", page)
    assert "1,495.00" in line(page)
    assert "1,490.00" not in line(page)


def test_of_an_order_changed_in_both_places_only_kites_part_is_told(site, person):
    execution_id, order_id = opened(site, person, items__0__quantity="25")
    receipt = modify(site, person, execution_id, order_id, quantity="25", price="1290")
    assert [(change["field"], change["after"]) for change in receipt["items"][0]["changes"]] == [
        ("quantity", 25)
    ]
    assert line(page_of(person, execution_id)).startswith("25 at 1,290.00")


def test_what_kite_refused_of_new_terms_changes_nothing(site, person):
    execution_id, order_id = opened(site, person)
    control(site, {"action": "set", "fault": "address_not_allowed"})
    receipt = modify(site, person, execution_id, order_id, quantity="7")
    control(site, {"action": "clear"})
    assert receipt["items"][0]["changes"] == []
    assert line(page_of(person, execution_id)).startswith("10 at 1,300.00")


def test_now_is_said_only_while_a_session_can_read(site, person):
    execution_id, _ = opened(site, person)
    assert any(step.startswith("now ") for step in steps(page_of(person, execution_id)))
    control(site, {"action": "set", "fault": "unavailable", "path": "/orders"})
    site.clock.advance(5)
    assert not any(step.startswith("now ") for step in steps(page_of(person, execution_id))), (
        "Kite does not answer"
    )
    control(site, {"action": "clear"})
    site.clock.advance(5)
    page_of(person, execution_id)
    with site.services.store.reading() as conn:
        session = sessions.of_user(conn, "AB1234", site.clock())[0]
    asking.end_session(site.services, session)
    timeline = steps(page_of(person, execution_id))
    assert not any(step.startswith("now ") for step in timeline)
    assert any(
        re.match(r"\d\d:\d\d:\d\d Last seen: 10 wait at 1,300.00 or lower", step) for step in timeline
    ), timeline


def test_a_page_without_scripts_never_calls_itself_live(site, person):
    execution_id, _ = opened(site, person)
    page = page_of(person, execution_id)
    assert 'data-live="on"' in page
    assert "Live" not in text(tree(page))
    assert re.search(r">Checked</span> <span data-checked>\d\d:\d\d:\d\d</span> IST", page)
