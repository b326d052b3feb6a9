"""A person meets every rule that has a fix, and takes it: what was wrong is told at its field, and one tap mends it."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.support.person import BASKET_PAGE, Person

MARKET = {"tradingsymbol": "INFY", "exchange": "NSE", "transaction_type": "BUY", "order_type": "MARKET", "quantity": 100}
LIMIT = MARKET | {"order_type": "LIMIT", "price": 1448.2}
SL = LIMIT | {"order_type": "SL", "trigger_price": 1440}
COVER = LIMIT | {"variety": "co", "product": "MIS", "trigger_price": 1440}
FUTURE = MARKET | {"tradingsymbol": "NIFTY26DECFUT", "exchange": "NFO", "quantity": 75}

MET: dict[str, tuple[dict[str, Any], str, str, dict[str, str]]] = {
    "near symbol": (MARKET | {"tradingsymbol": "INFI"}, "No instrument INFI on NSE.", "INFY", {"tradingsymbol": "INFY"}),
    "lower case": (MARKET | {"tradingsymbol": "m&m"}, "No instrument m&m on NSE.", "M&M", {"tradingsymbol": "M&M"}),
    "series": (MARKET | {"tradingsymbol": "INFY-EQ"}, "No instrument INFY-EQ on NSE.", "INFY", {"tradingsymbol": "INFY"}),
    "exchange": (MARKET | {"exchange": "NFO"}, "No instrument INFY on NFO.", "INFY on NSE", {"exchange": "NSE"}),
    "choice": (MARKET | {"exchange": "nse"}, "Kite's page does not take nse.", "Use NSE", {"exchange": "NSE"}),
    "iceberg": (MARKET | {"variety": "iceberg"}, "Kite's page does not take iceberg.", "Make it a regular order", {"variety": "regular"}),
    "TTL": (MARKET | {"validity": "TTL"}, "Kite's page does not take TTL.", "Make it a day order", {"validity": "DAY"}),
    "CNC": (FUTURE | {"product": "CNC"}, "CNC is for NSE and BSE only.", "Use NRML", {"product": "NRML"}),
    "NRML": (MARKET | {"product": "NRML"}, "NRML is for derivatives only.", "Use MIS", {"product": "MIS"}),
    "SL-M": (
        SL | {"exchange": "BSE", "order_type": "SL-M", "price": 1448.2},
        "BSE takes no SL-M orders.",
        "Make it an SL",
        {"order_type": "SL"},
    ),
    "price removed": (MARKET | {"price": 1448.2}, "Market orders take no price.", "Remove it", {"price": ""}),
    "price kept": (MARKET | {"price": 1448.2}, "Market orders take no price.", "Make it a limit", {"order_type": "LIMIT", "price": "1448.2"}),
    "trigger removed": (LIMIT | {"trigger_price": 1440}, "Limit orders take no trigger.", "Remove it", {"trigger_price": ""}),
    "trigger kept": (LIMIT | {"trigger_price": 1440}, "Limit orders take no trigger.", "Make it an SL", {"order_type": "SL"}),
    "expired": (
        FUTURE | {"tradingsymbol": "NIFTY26OCTFUT"},
        "No instrument NIFTY26OCTFUT on NFO. Nearest: NIFTY26NOVFUT",
        "NIFTY26NOVFUT",
        {"tradingsymbol": "NIFTY26NOVFUT"},
    ),
    "lot": (FUTURE | {"quantity": 100}, "Lot is 75: use 75 or 150.", "150", {"quantity": "150"}),
    "tick": (LIMIT | {"price": 1448.123}, "Not on the tick. Use: 1,448.10 / 1,448.20.", "1,448.20", {"price": "1448.2"}),
    "tick of the trigger": (SL | {"trigger_price": 1440.05}, "Not on the tick. Use: 1,440.00 / 1,440.10.", "1,440.10", {"trigger_price": "1440.1"}),
    "trigger side": (SL | {"trigger_price": 1450}, "Buy SL: trigger at or below the price.", "1,448.20", {"trigger_price": "1448.2"}),
    "cover on BSE": (COVER | {"exchange": "BSE"}, "Cover orders are for shares on NSE.", "Use NSE", {"exchange": "NSE"}),
    "cover type": (COVER | {"order_type": "SL"}, "A cover order is a market or a limit order.", "Make it a limit", {"order_type": "LIMIT"}),
    "cover product": (COVER | {"product": "CNC"}, "A cover order is MIS.", "Use MIS", {"product": "MIS"}),
    "disclosed on NFO": (
        FUTURE | {"disclosed_quantity": 75},
        "NFO takes no disclosed quantity.",
        "Remove it",
        {"disclosed_quantity": ""},
    ),
    "disclosed too little": (
        MARKET | {"disclosed_quantity": 9},
        "Disclose at least 10 % of the quantity: 10 or more.",
        "10",
        {"disclosed_quantity": "10"},
    ),
    "disclosed too much": (MARKET | {"disclosed_quantity": 101}, "Disclose the quantity at most.", "100", {"disclosed_quantity": "100"}),
    "tag": (MARKET | {"tag": "my-tag"}, "Use letters and digits only", "mytag", {"tag": "mytag"}),
}
"""By what is met: the order, the sentence at its field, the button that mends it, and what stands in the row then."""


def take(person: Person, sentence: str, button: str) -> None:
    """Press the fix at the field that says `sentence`, and see the sentence go."""
    told = person.page.locator(".field", has=person.page.locator(".error", has_text=sentence))
    told.get_by_role("button", name=button, exact=True).first.click()
    expect(person.page.locator(".error", has_text=sentence)).to_have_count(0)


def values(person: Person, names: list[str]) -> dict[str, str]:
    found = {name: person.page.locator(f"[name=items-0-{name}]") for name in names}
    return {name: one.input_value() for name, one in found.items()}


def test_a_rule_that_is_broken_offers_what_mends_it(somebody, subtests):
    person = somebody("phone")
    for met, (item, sentence, button, expected) in MET.items():
        with subtests.test(met):
            person.open(f"/?{urlencode({'data': json.dumps([item])})}")
            person.press("hand_off")
            expect(person.page.locator("#faults")).to_contain_text(sentence)
            take(person, sentence, button)
            assert values(person, list(expected)) == expected


def test_fixes_lead_to_kite_one_after_another_with_and_without_scripts(person):
    items = [MARKET | {"tradingsymbol": "infy", "price": 1448.25}, SL | {"trigger_price": 1450}]
    person.open(f"/?{urlencode({'data': json.dumps(items)})}")
    person.press("hand_off")
    for sentence, button in {"No instrument infy": "INFY", "Market orders take no price.": "Remove it", "Buy SL:": "1,448.20"}.items():
        take(person, sentence, button)
    expect(person.page.locator("#faults")).to_have_count(0)
    person.press("hand_off")
    if not person.scripts:
        person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_pointed_out_can_be_taken_or_left(somebody, scripts):
    person = somebody("phone", scripts)
    items = [MARKET | {"tradingsymbol": "CENTRALBK-BE", "quantity": 10}, MARKET | {"tradingsymbol": "CENTRALBK-BE", "quantity": 5}]
    person.open(f"/?{urlencode({'data': json.dumps(items)})}")
    expect(person.page.locator("#item-0 .under")).to_have_text(
        "CENTRALBK-BE is in the trade-to-trade series. Kite often refuses market orders there."
    )
    expect(person.page.locator("#item-1 .under")).to_contain_text("Order 1 is for the same, on the same terms. Both go to Kite.")
    person.page.locator("#item-0").click()
    person.page.locator("#items-0-order_type-care").get_by_role("button", name="Make it a limit at 37.80").click()
    expect(person.page.locator("#item-0 .under")).to_have_count(0)
    assert values(person, ["order_type", "price"]) == {"order_type": "LIMIT", "price": "37.8"}
    person.press("hand_off")
    if not scripts:
        person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)


def test_what_is_pointed_out_and_lots_follow_the_typing(somebody):
    person = somebody("phone", scripts=True)
    person.open(f"/?{urlencode({'data': json.dumps([FUTURE])})}")
    person.page.locator("#item-0").click()
    expect(person.page.locator("#items-0-quantity-hint")).to_have_text("75 = 1 lot")
    person.page.locator("#items-0-quantity").fill("150")
    expect(person.page.locator("#items-0-quantity-hint")).to_have_text("150 = 2 lots")
    person.page.locator("#items-0-quantity").fill("151")
    expect(person.page.locator("#items-0-quantity-hint")).to_have_count(0)
    person.page.locator("#items-0-exchange").select_option("NSE")
    person.page.locator("#items-0-tradingsymbol").fill("CENTRALBK-BE")
    expect(person.page.locator("#items-0-order_type-care")).to_be_visible()
