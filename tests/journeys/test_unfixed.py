"""A person meets every rule that has no button to mend it: all are told at their fields, and typing mends them."""

import json
from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.support.person import BASKET_PAGE

MARKET = {"tradingsymbol": "INFY", "exchange": "NSE", "transaction_type": "BUY", "order_type": "MARKET", "quantity": 100, "product": "MIS"}
LIMIT = MARKET | {"order_type": "LIMIT", "price": 1448.2}
SL = LIMIT | {"order_type": "SL", "trigger_price": 1440}
COVER = LIMIT | {"variety": "co", "trigger_price": 1440}

MET = [
    (MARKET | {"tradingsymbol": ""}, "tradingsymbol", "Enter an instrument, like INFY.", "INFY"),
    (MARKET | {"tradingsymbol": "NIFTY 50"}, "tradingsymbol", "NIFTY 50 is an index. It cannot be bought or sold.", "INFY"),
    (MARKET | {"quantity": 0}, "quantity", "Enter 1 or more.", "1"),
    (MARKET | {"quantity": 1_000_000_001}, "quantity", "Enter 100 crore or less.", "1"),
    (LIMIT | {"price": 0}, "price", "Enter a price above 0.", "1448.20"),
    (MARKET | {"order_type": "LIMIT"}, "price", "A limit order needs a price.", "1448.20"),
    (MARKET | {"order_type": "SL", "trigger_price": 1440}, "price", "An SL order needs a price.", "1448.20"),
    (LIMIT | {"order_type": "SL"}, "trigger_price", "An SL order needs a trigger.", "1440"),
    (SL | {"trigger_price": 0}, "trigger_price", "Enter a trigger above 0.", "1440"),
    ({name: text for name, text in COVER.items() if name != "trigger_price"}, "trigger_price", "A cover order needs a trigger.", "1440"),
]
"""What is met: the order, the field, the sentence there, and the text that mends it."""


def test_rules_without_a_button_are_told_at_their_fields_and_typing_mends_them(somebody):
    person = somebody("phone", scripts=False)
    person.open(f"/?{urlencode({'data': json.dumps([item for item, *_ in MET])})}")
    person.press("hand_off")
    for row, (_, field, sentence, _) in enumerate(MET):
        expect(person.page.locator(f"#items-{row}-{field}-error")).to_contain_text(sentence)
    for row, (_, field, _, mended) in enumerate(MET):
        person.fill(row, **{field: mended})
    person.press("hand_off")
    person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)
