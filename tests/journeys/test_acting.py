"""Acting from a receipt in a browser: an open order is changed, then cancelled, and the page looks
right to everybody.
"""

from tests.support.looks import faults


def test_an_open_order_is_changed_and_cancelled(somebody):
    person = somebody()
    person.buy({"tradingsymbol": "SIMOPEN", "order_type": "LIMIT", "price": "100"})
    person.page.locator(".slip-body a", has_text="Change").click()
    person.page.wait_for_url("**/modify")
    assert person.heading() == "Change SIMOPEN"
    problems = faults(person.page)
    person.page.fill("[name=price]", "dear")
    person.page.locator("main button").click()
    person.page.locator("[aria-invalid=true]").wait_for()
    person.page.fill("[name=price]", "101")
    person.page.locator("main button").click()
    person.page.locator(".progress", has_text="waiting at 101.00").wait_for()
    assert person.page.locator(".changed").count() == 0, (
        "what was changed here was not changed on Kite's page"
    )
    person.page.locator("button", has_text="Cancel 1 open order").click()
    person.page.locator("h1", has_text="1 cancelled").wait_for()
    person.page.locator("a:visible", has_text="Send 1 again").click()
    person.page.wait_for_url("**/?again=*")
    assert person.page.locator("[name=items-0-tradingsymbol]").input_value() == "SIMOPEN"
    assert not problems, "\n\n".join(problems)
