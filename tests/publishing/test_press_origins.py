"""Where an execution comes from, as its pages say it."""

from decimal import Decimal

import pytest

from kite.publishing import offers
from kite.store.publishing import published
from tests.support.forms import text, tree
from tests.support.offered import a_draft, publish
from tests.support.site import HOST, inputs


@pytest.fixture
def pressed(site):
    """A visitor who pressed version 1 of a published basket and sent it, and the execution's id."""
    publish(site.services)
    person = site.visitor()
    page = person.get("/b/large-five", status=200).text
    fields = inputs(page.partition('<form id="start"')[2].partition("</form>")[0])
    answer = person.client.post("/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    execution_id = answer.location.rpartition("/")[2]
    person.get(person.place(execution_id), status=303)
    return person, execution_id


def facts(person, execution_id):
    """The facts of the receipt's page, by their labels."""
    page = tree(person.get(f"/executions/{execution_id}", status=200).text)
    rows = [row for table in page.iter("dl") if table.get("class") == "facts" for row in table]
    return {text(row.find("dt")): text(row.find("dd")) for row in rows}


def test_a_receipt_names_the_version_that_was_pressed_after_the_basket_was_changed(site, pressed):
    person, execution_id = pressed
    with site.services.store.reading() as conn:
        basket, version = published.by_slug(conn, "large-five")
    changed = a_draft(title="Large five, another weight", author="B. Other", weights=(Decimal(2),) * 5)
    assert offers.change(site.services, basket, changed, "asha") == 2
    receipt_facts = facts(person, execution_id)
    assert receipt_facts["Published basket"] == "Large five, equal weight"
    assert receipt_facts["Author"] == "A. Author, research analyst"
    assert receipt_facts["Version"] == f"1, {version.hash[:8]}"


def test_a_receipt_of_orders_composed_here_names_no_published_basket(site):
    person = site.visitor()
    assert "Published basket" not in facts(person, person.buy())
