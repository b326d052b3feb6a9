"""The question about orders at market and the panel for an amount, in a browser."""

import json
from urllib.parse import urlencode

import pytest

from tests.support.looks import faults

INFY = {"tradingsymbol": "INFY", "exchange": "NSE", "transaction_type": "BUY", "order_type": "MARKET", "quantity": 10, "product": "CNC"}
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
    page.fill("#percent-shares", "2")
    page.locator("#market-offers", has_text="Make it a limit at 1,477.20").wait_for()
    assert page.evaluate("document.activeElement.id") == "percent-shares"
    page.get_by_role("button", name="Make all 2 limits").click()
    page.locator("#market-title").wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == "item-0"
    assert "1,477.20" in page.inner_text("#item-0")
    assert [page.input_value(f"#items-{row}-{name}") for row in (0, 1) for name in ("order_type", "price")] == ["LIMIT", "1477.20", "SL", "846.60"]
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
    page.get_by_role("button", name="Work out quantities").click()
    assert [page.input_value(f"#items-{row}-quantity") for row in (0, 1)] == ["25", "16"]
    page.fill("#percent-shares", "2")
    page.get_by_role("button", name="Work it out").click()
    assert page.get_by_role("button", name="Make it a limit at 1,477.20").is_visible()
    assert page.input_value("#weight-0") == "3"


def test_question_and_panel_look_right_for_everybody(open_composer):
    page = open_composer(rows=[INFY, STOP, INFY | {"tradingsymbol": "X" * 60}])
    page.locator("#amounts summary").click()
    page.fill("#amount", "50000")
    page.check("#spread-weights")
    page.fill("#weight-0", "1")
    page.get_by_role("button", name="Work out quantities").click()
    page.locator("#amount-told").wait_for()
    assert faults(page) == []
