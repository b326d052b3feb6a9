"""Cookies off: from a published basket and from the composer, to a page that says what is known."""

import re
from datetime import datetime

import pytest

from kite.vocabulary import IST
from tests.support.clock import Clock
from tests.support.offered import an_item, publish
from tests.support.person import BASKET_PAGE, Person
from tests.support.ports import free_port
from tests.support.site import services_beside
from tests.support.tap import tapped

ALLOWED = ("400 (BAD REQUEST)", "400 (Bad Request)", "404 (NOT FOUND)", "404 (Not Found)")
UNKNOWN = re.compile(r"nothing was|not placed|day old|too old|no order", re.IGNORECASE)


@pytest.fixture(scope="module")
def refused(start_live):
    """The site as a browser meets it that keeps Kite's cookies and none of ours."""
    port = free_port()
    site = start_live(
        "app:app", port=port, PUBLIC_URL="http://127.0.0.1:1"
    )  # replaced below, once the tap has a port
    site.kill()
    with tapped(site.url) as tap:
        tap.keeps = lambda name, value: name.lower() != "set-cookie" or not value.startswith("visit=")
        site.environ["PUBLIC_URL"] = tap.url
        site.start()
        items = (an_item("INFY", 2), an_item("SBIN", 3))
        with services_beside(site.environ, Clock(datetime.now(IST))) as services:
            publish(services, slug="embedded", title="December change", items=items, amount=None)
        site.url = tap.url
        yield site


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_published_basket_to_kite_and_back_to_an_honest_page(new_page, refused, scripts):
    person = Person(new_page(scripts=scripts, allow=ALLOWED), refused, scripts)
    person.open("/b/embedded")
    person.page.get_by_role("button", name="Buy 2 in Kite").click()
    person.page.wait_for_url("**/handoff/*")
    assert "Your browser keeps no cookie from this site" in person.page.inner_text("main")
    person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)
    person.log_in()
    person.decision("place").click()
    person.page.wait_for_url("**/returns/*")
    assert person.heading() == "You are back from Kite, and your browser brought no cookie"
    words = person.page.inner_text("main")
    assert "Orders may have been placed" in words and "allow cookies for this site" in words
    assert not UNKNOWN.search(words)
    person.page.get_by_text("Open Kite’s order book").click()
    person.page.wait_for_url("**/simulator/orders")
    placed = person.page.inner_text("main")
    assert "BUY INFY" in placed and "BUY SBIN" in placed
    with person.page.expect_navigation():
        person.page.go_back()
    assert person.heading() == "You are back from Kite, and your browser brought no cookie"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_composer_says_so_with_what_to_do_and_keeps_the_basket(new_page, refused, scripts):
    person = Person(new_page(scripts=scripts, allow=ALLOWED), refused, scripts)
    person.compose({"tradingsymbol": "INFY", "quantity": "12"})
    person.press("hand_off")
    person.page.get_by_text("Your browser brought no cookie from this site").wait_for()
    words = person.page.inner_text("main")
    assert "Allow cookies for this site, and press again." in words
    assert "day old" not in words and "out of date" not in words
    assert person.page.locator("[name=items-0-quantity]").input_value() == "12"


def test_a_cancel_is_honest_too(new_page, refused):
    person = Person(new_page(allow=ALLOWED), refused)
    person.open("/b/embedded")
    person.page.get_by_role("button", name="Buy 2 in Kite").click()
    person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)
    person.log_in()
    person.decision("cancel").click()
    person.page.wait_for_url("**/returns/*")
    assert person.heading() == "You are back from Kite, and your browser brought no cookie"
    assert not UNKNOWN.search(person.page.inner_text("main"))


def test_no_cookie_of_ours_was_kept(new_page, refused):
    page = new_page()
    page.goto(f"{refused.url}/")
    page.goto(f"{refused.url}/executions")
    assert page.context.cookies() == []
