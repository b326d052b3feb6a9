"""What was typed is what is sent, and one press is one basket: in a real browser, also on a network
that takes its time.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from kite.store.base import tables
from kite.store.flow import executions
from kite.vocabulary import IST
from tests.support.axe import check_accessibility
from tests.support.clock import Clock
from tests.support.offered import FIVE, an_item, publish
from tests.support.person import BASKET_PAGE, until
from tests.support.site import services_beside

INFY = {"tradingsymbol": "INFY", "quantity": "10"}
CHANGED = ("409 (CONFLICT)",)
"""The page that shows other figures and asks says to the browser that nothing was recorded."""


@pytest.fixture(scope="session")
def offered(journey_site):
    """A basket on the journeys' site whose quantities follow an amount."""
    clock = Clock(datetime.now(IST) - timedelta(days=2))
    items = tuple(an_item(symbol) for symbol in FIVE)
    title = "Large five, by amount"
    with services_beside(journey_site.environ, clock) as services:
        return publish(services, slug="by-amount", title=title, items=items, amount=Decimal(50000))


@pytest.fixture
def recorded(journey_store):
    """Return what was recorded since the test began, oldest first."""

    def ids():
        with journey_store.reading() as conn:
            return (
                conn.execute(select(tables.executions.c.id).order_by(tables.executions.c.created_at))
                .scalars()
                .all()
            )

    before = set(ids())
    return lambda: [execution_id for execution_id in ids() if execution_id not in before]


def quantities(journey_store, execution_id):
    with journey_store.reading() as conn:
        return [item.quantity for item in executions.get(conn, execution_id).items]


def main_button(person):
    return person.page.locator("button.button-main:visible", has_text="in Kite")


def press(person):
    """Press the main button, and wait for the page that it leads to; one without scripts needs the
    click to be over first.
    """
    with person.page.expect_navigation():
        main_button(person).click()


def page_of(person):
    """The quantities on the lines of a published page."""
    return [int(text.replace(",", "")) for text in person.page.locator(".slip .quantity").all_inner_texts()]


def go_on_to_kite(person):
    if not person.scripts:
        person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)


@pytest.mark.parametrize(("device", "scripts"), [("phone", True), ("desktop", False)])
def test_an_amount_typed_on_a_published_page_is_shown_before_it_is_sent(
    somebody, offered, recorded, journey_store, device, scripts
):
    person = somebody(device, scripts, allow=CHANGED)
    person.open("/b/by-amount")
    first = page_of(person)
    person.page.fill("#amount", "10,000")
    press(person)
    assert recorded() == []
    assert "These are the quantities for ₹10,000. They are not those that you saw." in person.page.inner_text(
        "main"
    )
    if scripts:  # axe is one
        check_accessibility(person.page)
    page = page_of(person)
    assert page != first and person.page.input_value("#amount") == "₹10,000"
    press(person)
    go_on_to_kite(person)
    assert len(recorded()) == 1
    assert quantities(journey_store, recorded()[0]) == page


@pytest.mark.parametrize(("device", "scripts"), [("phone", True), ("desktop", False)])
def test_enter_in_the_amount_of_a_published_page_works_out_and_starts_nothing(
    somebody, offered, recorded, device, scripts
):
    person = somebody(device, scripts)
    person.open("/b/by-amount")
    person.page.fill("#amount", "10")
    with person.page.expect_navigation():
        person.page.press("#amount", "Enter")
    assert person.page.inner_text("#amount-error").startswith(
        "Too small. The smallest amount for this basket is ₹"
    )
    assert main_button(person).count() == 0
    if scripts:  # axe is one
        check_accessibility(person.page)
    assert recorded() == []


@pytest.mark.parametrize(("device", "scripts"), [("desktop", True), ("phone", False)])
def test_an_amount_typed_into_the_panel_of_the_composer_is_shown_before_it_is_sent(
    somebody, recorded, journey_store, device, scripts
):
    person = somebody(device, scripts)
    person.open(
        "/?data="
        + '[{"tradingsymbol":"INFY","exchange":"NSE","transaction_type":"BUY","order_type":"MARKET","quantity":1,"product":"CNC"}]'
    )
    person.page.locator("#amounts summary").click()
    person.page.fill("#amount", "50000")
    with person.page.expect_navigation():
        main_button(person).click()
    assert recorded() == []
    assert "The amount was not worked out yet. These are the quantities for it." in person.page.inner_text(
        "main"
    )
    assert person.page.input_value("[name=items-0-quantity]") == "34"
    if scripts:  # axe is one
        check_accessibility(person.page)
    press(person)
    go_on_to_kite(person)
    assert [quantities(journey_store, execution_id) for execution_id in recorded()] == [[34]]


def slowly(person, milliseconds=15_000):
    """Let every answer take so long to this page; return how that ends."""
    session = person.page.context.new_cdp_session(person.page)
    conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", conditions | {"latency": milliseconds})
    return lambda: session.send("Network.emulateNetworkConditions", conditions | {"latency": 0})


def press_twice(person):
    """Press, wait 2.4 s, as somebody does who sees nothing happen, and press again."""
    main_button(person).scroll_into_view_if_needed()
    box = main_button(person).bounding_box()
    address = person.page.url
    quickly = slowly(person)
    for wait in (2400, 0):  # with the mouse, for a click would wait until the first answer is there
        with person.page.expect_request(
            lambda request: request.is_navigation_request() and request.method == "POST"
        ):
            person.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert person.page.url == address
        person.page.wait_for_timeout(wait)
    quickly()
    person.page.wait_for_url(re.compile("/handoff/[^/]+$|/connect/basket"))


@pytest.mark.parametrize(("device", "scripts"), [("desktop", True), ("phone", False)])
def test_two_presses_in_the_composer_on_a_slow_network_are_one_basket(somebody, recorded, device, scripts):
    person = somebody(device, scripts)
    person.compose(INFY)
    if scripts:  # the total that comes in moves the button
        until(lambda: "14,482" in person.page.inner_text("#facts"), "the total is there")
    press_twice(person)
    assert len(recorded()) == 1


def test_two_presses_of_a_published_page_by_somebody_new_are_one_basket(somebody, offered, recorded):
    person = somebody("phone")
    person.open("/b/by-amount")
    assert person.page.context.cookies() == []
    press_twice(person)
    assert len(recorded()) == 1


def test_a_double_click_still_opens_kite_by_itself(somebody, offered, recorded):
    person = somebody()
    person.open("/b/by-amount")
    main_button(person).dblclick()
    person.page.wait_for_url(BASKET_PAGE)
    assert len(recorded()) == 1
