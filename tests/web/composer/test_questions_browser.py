"""The question about orders at market and the panel for an amount, in a browser."""

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.support.looks import faults

INFY = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": 10,
    "product": "CNC",
}
STOP = INFY | {"tradingsymbol": "SBIN", "order_type": "SL-M", "trigger_price": 830, "product": "MIS"}
REFUSED = "422 (UNPROCESSABLE ENTITY)"


@pytest.fixture
def open_composer(shared_site, new_page):
    def open_composer(device="desktop", rows=(INFY, STOP), scripts=True):
        page = new_page(device, scripts=scripts, allow=(REFUSED,))
        page.goto(f"{shared_site.url}/?{urlencode({'data': json.dumps(rows)})}")
        return page

    return open_composer


def test_limits_follow_a_percent_while_it_is_typed_and_a_press_fills_them_in(open_composer):
    page = open_composer()
    page.evaluate("window.here = true")
    page.fill("#percent-shares", "0")
    expect(page.locator("#percent-shares[aria-invalid=true]")).to_have_accessible_description(
        "Enter a percent above 0, like 1.5, and 100 at most."
    )
    page.fill("#percent-shares", "2")
    page.locator("#market-offers", has_text="Make it a limit at 1,477.20").wait_for()
    expect(page.locator("#percent-shares:focus:not([aria-invalid]):not([aria-describedby])")).to_have_count(1)
    page.get_by_role("button", name="Make all 2 limits").click()
    page.locator("#market-title").wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == "item-0"
    assert "1,477.20" in page.inner_text("#item-0")
    assert [
        page.input_value(f"#items-{row}-{name}") for row in (0, 1) for name in ("order_type", "price")
    ] == ["LIMIT", "1477.20", "SL", "846.60"]
    assert page.evaluate("window.here")


def test_the_question_comes_and_goes_with_the_order_type(open_composer):
    page = open_composer(rows=[INFY])
    page.locator("#item-0").click()
    page.select_option("#items-0-order_type", "LIMIT")
    page.locator("#market-title").wait_for(state="detached")
    page.select_option("#items-0-order_type", "MARKET")
    page.get_by_role("button", name="Leave at market").click()
    page.locator("#ask:focus").wait_for()
    page.locator("#ask").press("Enter")
    page.locator("#leave:focus").wait_for()


def test_quantities_are_worked_out_without_scripts(open_composer):
    page = open_composer("phone", scripts=False)
    page.locator("#amounts summary").click()
    page.fill("#amount", "50000")
    page.check("#spread-weights")
    page.fill("#weight-0", "3")
    page.fill("#weight-1", "1")
    # A click alone may return while the next page is only half there.
    with page.expect_navigation():
        page.get_by_role("button", name="Work out quantities").click()
    assert [page.input_value(f"#items-{row}-quantity") for row in (0, 1)] == ["25", "16"]
    page.fill("#percent-shares", "2")
    with page.expect_navigation():
        page.get_by_role("button", name="Work it out").click()
    assert page.get_by_role("button", name="Make it a limit at 1,477.20").is_visible()
    assert page.input_value("#weight-0") == "3"


@pytest.mark.parametrize("scripts", [True, False])
def test_orders_for_which_the_amount_is_too_small_go_with_one_press_each(open_composer, scripts):
    dear = INFY | {"tradingsymbol": "MARUTI", "order_type": "LIMIT", "price": 15842}
    page = open_composer(
        "phone", [INFY, dear, dear | {"tradingsymbol": "BAJAJ-AUTO", "price": 89120}], scripts
    )
    page.locator("#amounts summary").click()
    page.fill("#amount", "10000")
    page.get_by_role("button", name="Work out quantities").click()
    for symbol in ("MARUTI", "BAJAJ-AUTO"):
        portion = page.locator("#amounts li", has_text="Kite takes no order for 0.").filter(
            has_text=f"Order 2, {symbol}"
        )
        portion.get_by_role("button", name="Remove this order").click()
        expect(portion).to_have_count(0)
    expect(page.locator("#item-1")).to_have_count(0)
    expect(page.locator("#items-0-quantity")).to_have_value("6")
    expect(page.locator("#amount-told")).to_be_focused()


def test_question_and_panel_look_right_for_everybody(open_composer):
    dear = INFY | {"tradingsymbol": "RELIANCE", "order_type": "LIMIT", "price": 140000}
    page = open_composer(rows=[INFY, STOP, INFY | {"tradingsymbol": "X" * 60}, dear])
    page.locator("#amounts summary").click()
    page.fill("#amount", "50000")
    page.check("#spread-weights")
    page.fill("#weight-0", "1")
    page.fill("#weight-3", "1")
    page.get_by_role("button", name="Work out quantities").click()
    page.locator("#amount-told").wait_for()
    page.fill("#percent-shares", "0")
    expect(page.locator("#percent-shares[aria-invalid=true]")).to_be_visible()
    assert faults(page) == []
