"""The composer in a browser: smoother with scripts, complete without them, readable for
everybody.
"""

import json
from urllib.parse import urlencode

import pytest

from tests.support.axe import check_accessibility

TWO = [
    {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "MARKET",
        "quantity": 10,
        "product": "CNC",
    },
    {
        "tradingsymbol": "M&M",
        "exchange": "NSE",
        "transaction_type": "SELL",
        "order_type": "LIMIT",
        "price": 3012.4,
        "quantity": 5,
        "product": "CNC",
    },
]
BROKEN = [TWO[0] | {"quantity": "1e3", "price": 5, "tag": "a b"}, {"exchange": "NYSE", "quantity": 1}]
REFUSED = "422 (UNPROCESSABLE ENTITY)"


@pytest.fixture
def open_composer(shared_site, new_page):
    def open_composer(device="desktop", rows=None, scripts=True):
        page = new_page(device, scripts=scripts, allow=(REFUSED,))
        page.goto(f"{shared_site.url}/" + (f"?{urlencode({'data': json.dumps(rows)})}" if rows else ""))
        return page

    return open_composer


def press(page, words):
    page.locator("button:visible", has_text=words).first.click()


def beside_the_screen(page):
    """Pixels by which the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def focused(page):
    return page.evaluate("document.activeElement.id")


def values(page, field):
    return page.locator(f"[name$='-{field}']").evaluate_all(
        "all => all.filter(one => one.type != 'radio' || one.checked).map(one => one.value)"
    )


def test_rows_appear_copy_move_and_go_in_place(open_composer):
    page = open_composer(rows=TWO)
    page.evaluate("window.here = true")
    page.locator("button[value=add]").click()
    page.locator("#items-2-tradingsymbol").wait_for()
    assert focused(page) == "items-2-tradingsymbol"
    page.keyboard.type("TCS")
    page.locator("#items-2-tradingsymbol").press("Control+Enter")
    page.locator("#items-3-tradingsymbol").wait_for()
    assert values(page, "tradingsymbol") == ["INFY", "M&M", "TCS", ""]
    page.locator("[value=remove-3]").click()
    page.locator("#items-3-tradingsymbol").wait_for(state="detached")
    page.locator("[value=up-2]").click()
    page.locator("#item-1", has_text="TCS").wait_for()
    assert focused(page) == "item-1"
    page.locator("#item-0").click()
    page.locator("[value=duplicate-0]").click()
    page.locator("#items-3-tradingsymbol").wait_for(state="attached")
    assert values(page, "tradingsymbol") == ["INFY", "INFY", "TCS", "M&M"]
    assert focused(page) == "items-1-tradingsymbol"
    assert page.evaluate("window.here")


def test_fields_that_do_not_apply_step_aside_unless_they_hold_a_value(open_composer):
    page = open_composer()
    price, trigger, disclosed = (
        page.locator(f"#items-0-{name}") for name in ("price", "trigger_price", "disclosed_quantity")
    )
    assert not price.is_visible()
    assert not trigger.is_visible()
    assert disclosed.is_visible()
    page.select_option("#items-0-order_type", "SL")
    assert price.is_visible()
    assert trigger.is_visible()
    price.fill("1448")
    page.select_option("#items-0-order_type", "MARKET")
    assert price.is_visible()
    assert not trigger.is_visible()
    assert page.locator("#items-0-price-hint").is_visible()
    page.select_option("#items-0-variety", "co")
    assert trigger.is_visible()
    page.select_option("#items-0-exchange", "NFO")
    assert not disclosed.is_visible()


def test_total_line_and_weight_follow_the_typing(open_composer):
    page = open_composer(rows=TWO)
    page.locator("#item-0").click()
    page.fill("#items-0-quantity", "1,000")
    page.locator("#facts").get_by_text("₹14,48,200.00").first.wait_for()
    assert focused(page) == "items-0-quantity"
    assert "₹14,48,200.00" in page.inner_text("#item-0")
    assert "Buy 99.0 %" in page.inner_text("#facts")
    page.get_by_label("Sell").first.check()
    page.locator("li.slip.sell #item-0").wait_for()


def test_the_first_order_on_an_empty_page_has_its_total_as_soon_as_it_is_typed(open_composer):
    page = open_composer("phone")
    page.fill("#items-0-tradingsymbol", "INFY")
    page.fill("#items-0-quantity", "10")
    page.locator("#facts").get_by_text("₹14,482.00").wait_for(state="attached")
    assert "₹14,482.00" in page.inner_text(".foot-words")


def test_the_first_error_gets_the_focus_and_the_summary_leads_to_each(open_composer):
    page = open_composer(rows=[TWO[0], TWO[1] | {"price": 0, "quantity": 0}])
    press(page, "Review in Kite")
    page.locator("#faults").wait_for()
    assert focused(page) == "items-1-quantity"
    page.locator("#faults a").last.click()
    assert focused(page) == "items-1-price"
    assert page.locator("#items-1-price-error").inner_text() == "Enter a price above 0."


def test_enter_in_the_order_line_adds_in_place_and_the_line_keeps_the_focus(open_composer):
    page = open_composer()
    page.evaluate("window.here = true")
    for count, key in enumerate(("Enter", "Control+Enter"), 1):
        page.locator("#order_line").press_sequentially("sell 100 reliance @ 1412")
        page.locator("#order_line").press(key)
        page.locator("#count", has_text=f"{count} order").wait_for()
        page.locator("#order_line:focus").wait_for()
        assert page.input_value("#order_line") == ""
    assert values(page, "tradingsymbol") == ["RELIANCE", "RELIANCE"]
    assert page.locator(".foot-words b").text_content() == "2 orders"
    assert page.evaluate("window.here")


def test_an_example_adds_on_one_tap_and_an_empty_line_does_nothing(open_composer):
    page = open_composer("phone")
    page.locator("#order_line").press("Enter")
    page.wait_for_timeout(200)
    assert values(page, "tradingsymbol") == [""]
    page.get_by_role("button", name="buy 10 infy").tap()
    page.locator("#item-0", has_text="INFY").wait_for()
    assert values(page, "tradingsymbol") == ["INFY"]


def test_the_total_follows_the_typing_while_an_order_stands_in_the_line(open_composer):
    page = open_composer(rows=TWO)
    page.fill("#order_line", "buy ten infy")
    page.locator("#item-0").click()
    page.fill("#items-0-quantity", "1,000")
    page.locator("#facts").get_by_text("₹14,48,200.00").first.wait_for()
    assert page.input_value("#order_line") == "buy ten infy"
    assert values(page, "tradingsymbol") == ["INFY", "M&M"]


def test_first_visit_and_refused_lines_are_accessible_on_the_narrowest_screen(open_composer):
    page = open_composer("phone")
    page.set_viewport_size({"width": 320, "height": 640})
    page.fill("#paste", f"buy {'x' * 90} y\nbuy ten infy")
    page.fill("#order_line", f"buy ten {'z' * 90}")
    press(page, "Review in Kite")
    page.locator("#order_line-error").wait_for()
    check_accessibility(page)
    assert beside_the_screen(page) <= 0
    assert focused(page) == "order_line"


def test_enter_in_a_field_sends_nothing_off(open_composer):
    page = open_composer(rows=TWO)
    page.locator("#item-0").click()
    page.locator("#items-0-quantity").press("Enter")
    page.wait_for_timeout(300)
    assert "/handoff/" not in page.url
    assert focused(page) == "items-0-quantity"


def test_a_basket_is_composed_without_scripts(open_composer, shared_site):
    page = open_composer(scripts=False)
    page.fill("#items-0-tradingsymbol", "INFI")
    page.fill("#items-0-quantity", "10")
    page.locator("button[value=add]").click()
    page.fill("#items-1-tradingsymbol", "SBIN")
    page.fill("#items-1-quantity", "1e3")
    with page.expect_navigation():
        page.locator("#items-1-quantity").press("Enter")
    assert values(page, "quantity") == ["10", "1e3"]
    press(page, "Review in Kite")
    assert page.locator("#faults a").all_inner_texts() == [
        "Order 1, INFI, Instrument: No instrument INFI on NSE. Nearest: INFY.",
        "Order 2, SBIN, Quantity: Enter a whole number, like 100.",
    ]
    page.fill("#items-0-tradingsymbol", "INFY")
    page.fill("#items-1-quantity", "5")
    press(page, "Review in Kite")
    assert "/handoff/" in page.url


@pytest.mark.parametrize("device", ["phone", "desktop"])
@pytest.mark.parametrize("rows", [None, TWO, BROKEN], ids=["empty", "two", "broken"])
def test_the_page_is_accessible_and_never_scrolls_sideways(open_composer, device, rows):
    page = open_composer(device, rows)
    if rows is BROKEN:
        press(page, "Review in Kite")
        page.locator("#faults").wait_for()
    check_accessibility(page)
    assert beside_the_screen(page) <= 0


def test_nothing_scrolls_sideways_on_the_narrowest_screen(open_composer):
    page = open_composer("phone", [TWO[0] | {"tradingsymbol": "X" * 60, "quantity": 10**9}, TWO[1]])
    page.set_viewport_size({"width": 320, "height": 640})
    press(page, "Review in Kite")
    page.locator("#faults").wait_for()
    assert beside_the_screen(page) <= 0
