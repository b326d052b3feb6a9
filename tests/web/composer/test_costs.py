"""Margin, charges and funds in the composer: with a press or by themselves, and what stands there
when Kite does not tell.
"""

import re

import pytest

from kite.connect.client import KiteConnect
from kite.exceptions import InputException, NoAnswer, StoreUnavailable, TokenException
from kite.web.composer import costs
from tests.support.forms import buttons, by_id
from tests.support.site import BUY_INFY, HOST

OFFER = "Work out margin and charges"


def rows(*changes):
    return {
        f"items-{number}-{name}": text
        for number, change in enumerate(changes)
        for name, text in (BUY_INFY | change).items()
    }


SPREAD = rows(
    {
        "tradingsymbol": "NIFTY26DEC26000CE",
        "exchange": "NFO",
        "product": "NRML",
        "transaction_type": "SELL",
        "quantity": "75",
    },
    {"tradingsymbol": "NIFTY26DEC26500CE", "exchange": "NFO", "product": "NRML", "quantity": "75"},
)


@pytest.fixture(scope="module")
def logged_in(module_site):
    person = module_site.visitor()
    person.buy()
    return person


@pytest.fixture
def person(module_site, logged_in):
    module_site.clock.advance(60)  # what an earlier test was told is good no more
    return logged_in


def piece(person, fields, status=200):
    """What the composer's script fetches: a piece of a page."""
    token = person.csrf_token()
    answer = person.client.post(
        "/money", data=fields | {"csrf_token": token}, base_url=HOST, headers={"Origin": HOST}
    )
    assert answer.status_code == status
    return answer.text


def figures(html):
    """Labels and figures of every list, in rupees."""
    pairs = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", html)
    return {
        label: float(figure.replace("₹", "").replace(",", "")) if "+" not in figure else figure
        for label, figure in pairs
    }


def fail(monkeypatch, error):
    def failing(self, params, consider_positions=True):
        raise error

    monkeypatch.setattr(KiteConnect, "basket_order_margins", failing)


def test_figures_add_up_and_say_when_they_were_asked(person, module_site):
    html = piece(person, rows({}))
    money = figures(html)
    assert money["Margin needed"] == 14482
    assert money["Left after"] == pytest.approx(
        money["Available"] - money["Margin needed"] - money["Charges, about"]
    )
    kinds = sum(money[words] for words in ("STT or CTT", "Exchange", "SEBI", "Stamp duty", "GST"))
    assert kinds == pytest.approx(money["Charges, about"], abs=0.03)
    assert "Brokerage" not in money, "delivery costs none, and a kind that is not charged is not listed"
    assert money["INFY NSE"] == "₹14,482.00 + ₹17.18"
    assert f"Kite at {module_site.clock():%H:%M:%S} IST" in html
    assert "Margin, one by one" not in money and "care" not in html


def test_spread_shows_what_it_needs_one_by_one_and_less(person):
    money = figures(piece(person, SPREAD))
    assert money["Margin, one by one"] + money["Less as a basket"] == pytest.approx(money["Margin needed"])
    assert money["Less as a basket"] < 0


def test_commodities_and_currencies_are_worth_nothing_here_and_have_a_margin_there(person):
    money = figures(
        piece(person, rows({"tradingsymbol": "USDINR26DECFUT", "exchange": "CDS", "product": "NRML"}))
    )
    assert money["Margin needed"] > 0 and money["USDINR26DECFUT CDS"].startswith("₹2")
    page = person.post(
        "/",
        action="update",
        **rows({"tradingsymbol": "USDINR26DECFUT", "exchange": "CDS", "product": "NRML"}),
    ).text
    assert "not counted" in page and "MCX, CDS and BCD are not counted" in page


def test_what_the_funds_do_not_cover_is_called_missing(person):
    html = piece(person, rows({"quantity": "100000"}))
    missing = re.search(r"(₹[\d,.]+) is missing. Kite rejects what the funds do not cover.", html)[1]
    assert figures(html)["Left after"] == -float(missing[1:].replace(",", ""))


def test_orders_that_fit_together_and_not_one_by_one_are_told(person, monkeypatch):
    request = KiteConnect.basket_order_margins

    def dear(self, params, consider_positions=True):
        margins = request(self, params, consider_positions)
        return type(margins)(margins.initial * 1000, margins.final, margins.orders)

    monkeypatch.setattr(KiteConnect, "basket_order_margins", dear)
    assert "One by one the orders need more than is available. Kite may reject some of them." in piece(
        person, rows({})
    )


def test_rows_with_something_to_fix_are_left_out_and_counted(person):
    html = piece(person, rows({}, {"quantity": ""}, {"tradingsymbol": "INFI"}))
    assert "2 orders are not in it yet: they have something to fix." in html
    assert figures(html)["Margin needed"] == 14482
    assert piece(person, rows({"quantity": ""})).strip() == ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            NoAnswer("no answer"),
            "Kite does not answer, so margin, charges and funds are not known. The sums above stay.",
        ),
        (
            InputException("Invalid `<i>`.", 400),
            "Kite does not say what this basket needs: Invalid `&lt;i&gt;`. The sums above stay.",
        ),
    ],
)
def test_what_kite_does_not_tell_is_said_plainly(person, monkeypatch, error, words):
    fail(monkeypatch, error)
    assert words in piece(person, rows({}))
    page = person.post("/", action="money", **rows({})).text
    assert words in page and "₹14,482.00" in page and OFFER in page


def test_without_scripts_a_press_shows_it_and_keeps_what_was_typed(person):
    assert by_id(person.get("/").text, "money-offer").get("hidden") is not None, "nothing to ask about yet"
    page = person.post("/", action="update", **rows({"tag": "mine"})).text
    assert (
        by_id(page, "money-offer").get("hidden") is None
        and "money" in buttons(page)
        and "Left after" not in page
    )
    page = person.post(
        "/", action="money", order_line="sell 5 tcs", **rows({"tag": "mine"}, {"quantity": "0"})
    ).text
    assert figures(page)["Margin needed"] == 14482 and "1 order is not in it yet" in page
    assert 'value="mine"' in page and 'value="sell 5 tcs"' in page
    assert "to fix before Kite" not in page, "asking about money checks nothing"


def test_without_a_session_the_page_says_when_it_comes_and_offers_nothing(module_site):
    stranger = module_site.visitor()
    page = stranger.post("/", action="update", **rows({})).text
    assert OFFER not in page and "costs.js" not in page
    assert "Margin, charges and funds are shown here once you have come back from Kite." in page
    assert "Market orders at the last close." in page
    assert "Left after" not in stranger.post("/", action="money", **rows({})).text
    assert "Your session at Kite is over" in piece(stranger, rows({}))


def test_a_publisher_key_promises_nothing(sites):
    person = sites(KITE_API_KEY="abcd1234", SECRET_KEY="a key of the tests, long enough for it").visitor()
    page = person.post("/", action="money", **rows({})).text
    assert OFFER not in page and "come back from Kite" not in page and "₹14,482.00" in page


def test_a_press_of_another_site_is_refused(person):
    assert person.client.post("/money", data=rows({}), base_url=HOST).status_code in (400, 422)


def test_a_basket_is_composed_while_nobody_knows_the_session(person, monkeypatch):
    def away(services, visit):
        raise StoreUnavailable

    monkeypatch.setattr(costs, "session_of", away)
    page = person.post("/", action="update", **rows({})).text
    assert "₹14,482.00" in page and OFFER not in page


def test_a_session_that_is_over_is_told_once_and_then_not_offered(module_site, monkeypatch):
    person = module_site.visitor()
    person.buy()
    fail(monkeypatch, TokenException("Incorrect `api_key` or `access_token`.", 403))
    assert "Your session at Kite is over, so margin, charges and funds are not known." in piece(
        person, rows({})
    )
    assert "Your session at Kite is over" in piece(person, rows({}))
    assert OFFER not in person.get("/").text
