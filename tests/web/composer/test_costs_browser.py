"""Kite's figures in a browser: they come by themselves, follow what is typed, and stay out of the
way.
"""

import json
from urllib.parse import urlencode

import pytest

from tests.support.looks import faults
from tests.support.person import Person

ROW = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "LIMIT",
    "price": 1400,
    "quantity": 10,
    "product": "CNC",
}


@pytest.fixture
def person(shared_site, new_page):
    person = Person(new_page(allow=("Failed to load resource",)), shared_site)
    person.buy({"tradingsymbol": "INFY"})
    return person


def test_figures_come_by_themselves_and_follow_the_basket(person):
    page, box = person.page, person.page.locator("#money")
    person.open(f"/?{urlencode({'data': json.dumps([ROW, ROW])})}")
    box.get_by_text("₹28,000.00", exact=True).wait_for()
    assert not page.locator("#money-offer").is_visible()
    assert faults(page) == []  # it unfolds everything

    page.fill("#items-0-quantity", "20")
    box.get_by_text("₹42,000.00", exact=True).wait_for()
    assert box.get_by_text("Brokerage").or_(box.get_by_text("Stamp duty")).first.is_visible(), (
        "what was opened stays open"
    )
    assert page.evaluate("document.activeElement.id") == "items-0-quantity"

    page.locator("button[value=remove-0]").click()
    box.get_by_text("₹14,000.00", exact=True).first.wait_for()

    page.locator("#item-0").click()
    page.route("**/money", lambda route: route.abort())
    page.fill("#items-0-quantity", "30")
    page.get_by_role("button", name="Work out margin and charges").click()
    box.get_by_text("₹42,000.00", exact=True).wait_for()
