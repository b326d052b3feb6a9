"""By the order line and the keyboard alone: from an empty page to Kite."""

import pytest

from tests.support.person import BASKET_PAGE, outcomes
from tests.web.composer.test_compose_browser import focused, values


def tab_to(page, selector, key="Tab"):
    for _ in range(40):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{key} does not lead to {selector}")


def write(page, line, rows):
    """Write an order where the focus is, press Enter, and wait until there are so many rows."""
    page.keyboard.type(line)
    page.keyboard.press("Enter")
    page.locator(f"[name=items-{rows - 1}-tradingsymbol]").wait_for(state="attached")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_orders_are_written_one_after_the_other_and_sent_to_kite(somebody, device, scripts):
    person = somebody(device, scripts=scripts)
    person.open()
    page = person.page
    tab_to(page, "[name=order_line]")
    page.keyboard.type("buy 10 infy")
    page.keyboard.press("Enter")
    page.locator("#item-0", has_text="INFY").wait_for()
    assert focused(page) == "order_line"
    write(page, "sell 5 sbin @ 820 mis", 2)
    assert focused(page) == "order_line"
    page.keyboard.type("buy 5 of nothing else")
    page.keyboard.press("Enter")
    page.locator("#order_line-error").wait_for()
    assert focused(page) == "order_line"
    page.keyboard.press("Control+A")
    write(page, "tcs", 3)
    page.locator("#items-2-quantity:focus").wait_for()
    page.keyboard.type("7")
    assert values(page, "tradingsymbol") == ["INFY", "SBIN", "TCS"]
    tab_to(page, "button[value=hand_off]")
    with page.expect_request(lambda request: "/handoff/" in request.url) as request:
        page.keyboard.press("Enter")
    page.wait_for_url(BASKET_PAGE if scripts else "**/handoff/*")
    if not scripts:
        tab_to(page, "#basket-form button")
        page.keyboard.press("Enter")
    page.wait_for_url(BASKET_PAGE)
    person.place()
    receipt = person.settled(request.value.url.rpartition("/")[2])
    assert outcomes(receipt).keys() == {"INFY", "SBIN", "TCS"}
    assert [(item["transaction_type"], item["quantity"], item["product"]) for item in receipt["items"]] == [
        ("BUY", 10, "CNC"),
        ("SELL", 5, "MIS"),
        ("BUY", 7, "CNC"),
    ]


def test_what_is_written_while_the_site_is_slow_is_the_next_order(somebody):
    person = somebody()
    person.open()
    page = person.page
    page.evaluate("window.here = true")
    page.route(f"{person.site.url}/", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.locator("[name=order_line]").focus()
    page.keyboard.type("buy 10 infy")
    page.keyboard.press("Enter")
    page.keyboard.type("sell 5 sbin")
    page.keyboard.press("Enter")
    page.locator("#item-1", has_text="SBIN").wait_for()
    assert values(page, "tradingsymbol") == ["INFY", "SBIN"]
    assert page.input_value("[name=order_line]") == ""
    assert page.evaluate("window.here")


def test_a_line_is_not_lost_when_the_site_does_not_answer(somebody):
    person = somebody(allow=("503",))
    person.open()
    page = person.page
    answers = iter([lambda route: route.fulfill(status=503), lambda route: route.continue_()])
    page.route(f"{person.site.url}/", lambda route: next(answers)(route))
    page.fill("[name=order_line]", "buy 10 infy")
    page.locator("[name=order_line]").press("Enter")
    page.locator("#item-0", has_text="INFY").wait_for()
    assert page.input_value("[name=order_line]") == ""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_list_is_pasted_and_what_was_refused_is_put_right(somebody, scripts):
    person = somebody("phone", scripts=scripts)
    person.open()
    page = person.page
    page.fill("[name=paste]", "buy 10 infy cnc\nsell ten itc\nbuy 1 tcs @ 3000")
    page.locator("button[value=import]").click()
    page.locator("#paste-error").wait_for()
    assert values(page, "tradingsymbol") == ["INFY", "TCS"]
    assert page.input_value("[name=paste]") == "sell ten itc"
    assert focused(page) == "paste"
    page.fill("[name=paste]", "sell 10 itc")
    if scripts:
        page.locator("[name=paste]").press("Control+Enter")
    else:
        page.locator("button[value=import]").click()
    page.locator("#item-2", has_text="ITC").wait_for()
    assert not page.locator("[name=paste]").is_visible()
    person.press("hand_off")
    page.wait_for_url("**/handoff/*" if not scripts else BASKET_PAGE)
