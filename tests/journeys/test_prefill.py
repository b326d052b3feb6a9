"""A page of another site posts orders to the composer, in a real browser that has a visit here
already.
"""

import json
from html import escape

import pytest

from tests.support.elsewhere import Elsewhere, elsewhere
from tests.support.person import outcomes

ORDERS = [
    {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "MARKET",
        "quantity": 3,
        "product": "CNC",
    },
    {
        "tradingsymbol": "M&M",
        "exchange": "NSE",
        "transaction_type": "SELL",
        "order_type": "MARKET",
        "quantity": 2,
        "product": "CNC",
    },
]
PAGE = """<!doctype html><html lang="en"><title>Orders</title>
<form method="post" action="{site}/prefill"><input type="hidden" name="data" value="{data}"><button id="look">Look at the orders</button></form>"""


def visit_of(person):
    return next(
        (cookie["value"] for cookie in person.page.context.cookies() if cookie["name"] == "visit"), None
    )


@pytest.fixture(scope="module")
def blog():
    """Somebody else's site."""
    with elsewhere() as site:
        yield site


def look(person, blog: Elsewhere, orders):
    """Press the button of a page on another site, and wait for the composer."""
    data = escape(json.dumps(orders))
    person.page.goto(blog.put("/orders", PAGE.format(site=person.site.url, data=data)))
    with person.page.expect_navigation(url=f"{person.site.url}/?prefill=*"):
        person.page.click("#look")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_form_on_another_site_fills_the_composer_and_the_visit_stays(somebody, blog, scripts):
    person = somebody(scripts=scripts)
    earlier = person.buy({"tradingsymbol": "SBIN"})
    before = visit_of(person)
    look(person, blog, ORDERS * 30)
    assert "These orders came from another page." in person.page.inner_text("main")
    assert person.page.input_value("[name=items-0-tradingsymbol]") == "INFY"
    assert person.page.input_value("[name=items-59-tradingsymbol]") == "M&M"
    assert visit_of(person) == before
    person.open(f"/executions/{earlier}")
    # Filled or still working: what became of the order is not this test's matter.
    assert "of 1 filled" in person.heading(), "the visit that composed it is still there"


def test_what_was_posted_is_sent_and_settled_like_any_basket(somebody, blog):
    person = somebody()
    look(person, blog, ORDERS)
    execution_id = person.send()
    person.place()
    assert outcomes(person.settled(execution_id)) == {"INFY": "filled", "M&M": "filled"}


def test_a_link_that_is_too_long_is_a_page_and_not_an_error_of_the_browser(somebody):
    person = somebody(allow=("status of 414",))
    answer = person.page.goto(f"{person.site.url}/?data={'x' * 30_000}")
    assert answer.status == 414
    assert person.heading() == "This link is too long"
    person.page.click("text=Compose a basket")
    person.page.wait_for_url(f"{person.site.url}/")
