"""One meaning in every way in: form, link, JSON, table, file, button, object, old site and
published file read an order alike.
"""

import pytest

from tests.support.clock import Clock
from tests.support.site import Site
from tests.support.ways_in import WaysIn

SBIN = {
    "exchange": "NSE",
    "tradingsymbol": "SBIN",
    "transaction_type": "BUY",
    "quantity": 1,
    "order_type": "MARKET",
}
SBIN |= {"product": "CNC", "validity": "DAY"}
LIMIT = {"order_type": "LIMIT", "price": 824.35}
FUTURE = {"exchange": "NFO", "tradingsymbol": "NIFTY26DECFUT", "product": "NRML", "quantity": 75}
WAYS = ("form", "link", "prefill", "paste", "table", "file", "button", "object", "old site", "publish")
MACHINES = WAYS[1:]

BOOK = {"price": 0, "trigger_price": 0, "disclosed_quantity": 0, "tag": None}
"""What every order at market has in Kite's order book."""


@pytest.fixture(scope="module")
def ways_in(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"), Clock())
    yield WaysIn(site, tmp_path_factory.mktemp("files"))
    site.close()


def go(ways_in, way, values):
    return ways_in.ways()[way](SBIN | values)


def expected(values):
    """The item as it goes to Kite: what is None was not given."""
    item = {"variety": "regular", "readonly": False} | SBIN | values
    return {name: value for name, value in item.items() if value is not None}


READ_ALIKE = [
    # zero, null and "" are not given, wherever an order has no use for the field
    (BOOK, dict.fromkeys(BOOK)),
    ({"price": "0.00", "trigger_price": "", "disclosed_quantity": "0"}, dict.fromkeys(("price", "trigger_price", "disclosed_quantity"))),
    (LIMIT | {"trigger_price": 0.0, "disclosed_quantity": None, "tag": ""}, LIMIT | dict.fromkeys(("trigger_price", "disclosed_quantity", "tag"))),
    # a whole number is a whole number
    ({"quantity": "92.000000"}, {"quantity": 92}),
    ({"quantity": 10.0}, {"quantity": 10}),
    ({"quantity": "75"}, {"quantity": 75}),
    ({"quantity": "1,00,000.00"}, {"quantity": 100_000}),
    # words for choices in any case of letters, and as people write them
    ({"transaction_type": "buy", "exchange": "nse"}, {}),
    ({"transaction_type": "Sell", "order_type": "limit", "price": 824.35, "product": "cnc", "validity": "day"}, LIMIT | {"transaction_type": "SELL"}),
    ({"tradingsymbol": "sbin", "variety": "AMO", "product": "Delivery"}, {"variety": "amo"}),
    ({"tradingsymbol": "NSE:SBIN"}, {"tradingsymbol": "SBIN"}),
    # a lock
    ({"readonly": "True"}, {"readonly": True}),
    ({"readonly": "1"}, {"readonly": True}),
    ({"readonly": "YES"}, {"readonly": True}),
    ({"readonly": "False"}, {}),
    # numbers as India, the West and nobody groups them, with the sign of the rupee or without
    ({"quantity": "12,34,567"}, {"quantity": 1_234_567}),
    ({"quantity": "1,234,567"}, {"quantity": 1_234_567}),
    ({"order_type": "LIMIT", "price": "₹1,00,824.35"}, {"order_type": "LIMIT", "price": 100824.35}),
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("values", "item"), READ_ALIKE, ids=[str(values) for values, _ in READ_ALIKE])
def test_an_order_means_the_same_however_it_comes(ways_in, way, values, item):
    ending = go(ways_in, way, values)
    assert ending.item is not None, ending.words
    order = {name: value for name, value in ending.item.items() if name != "tag" or value}
    assert order == expected(item)


REFUSED_ALIKE = [
    # a grouping that is neither Indian nor western is no number
    ({"quantity": "1,,0"}, "Enter a whole number, like 100."),
    ({"quantity": "1,00"}, "Enter a whole number, like 100."),
    ({"quantity": "1.000,5"}, "Enter a whole number, like 100."),
    ({"quantity": ",100"}, "Enter a whole number, like 100."),
    ({"order_type": "LIMIT", "price": "8,24.35"}, "Enter an amount in rupees, like 1412.50."),
    ({"order_type": "LIMIT", "price": "1.000,5"}, "Enter an amount in rupees, like 1412.50."),
    ({"order_type": "LIMIT", "price": "824,35"}, "Enter an amount in rupees, like 1412.50."),
    # no part of an order is a whole number of it
    ({"quantity": 10.5}, "Enter a whole number, like 100."),
    ({"quantity": "1e3"}, "Enter a whole number, like 100."),
    # an unreadable lock is never taken for no
    ({"readonly": "maybe"}, "“maybe” is neither yes nor no."),
    ({"readonly": "2"}, "“2” is neither yes nor no."),
    ({"readonly": "nein"}, "“nein” is neither yes nor no."),
    # the tick that is plainly meant is offered, and no other
    (LIMIT | {"price": 824.3499999999999}, "Not on the tick. Use: 824.35."),
    (LIMIT | {"price": 92.30000000000001}, "Not on the tick. Use: 92.30."),
    ({"order_type": "SL-M", "trigger_price": 824.8500000000001}, "Not on the tick. Use: 824.85."),
    (LIMIT | {"price": 824.33}, "Not on the tick. Use: 824.30 / 824.35."),
    # a sign is a side, perhaps
    ({"quantity": "-10"}, "A quantity has no sign. Do you mean Sell 10?"),
    ({"quantity": -75}, "A quantity has no sign. Do you mean Sell 75?"),
    ({"quantity": "(1,200)"}, "A quantity has no sign. Do you mean Sell 1,200?"),
    # what Kite uses stays asked about
    (LIMIT | {"price": 0}, "Enter a price above 0."),
    ({"quantity": 0}, "Enter 1 or more."),
    ({"order_type": "SL-M", "trigger_price": "0.00"}, "Enter a trigger above 0."),
    # letters of other scripts that become Kite's when they are made capitals
    ({"order_type": "l\u0131m\u0131t", "price": 824.35}, "Kite's page does not take l\u0131m\u0131t."),
    ({"exchange": "NYSE"}, "Kite's page does not take NYSE."),
    ({"tradingsymbol": "BSE:SBIN"}, "No instrument BSE:SBIN on NSE."),
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("values", "words"), REFUSED_ALIKE, ids=[str(values) for values, _ in REFUSED_ALIKE])
def test_what_means_nothing_is_refused_however_it_comes_with_the_same_words(ways_in, way, values, words):
    ending = go(ways_in, way, values)
    assert ending.item is None
    assert words in ending.words


UNUSED = [
    ({"price": 1448.2}, "price", "1448.2", "Market orders take no price."),
    ({"trigger_price": "820"}, "trigger_price", "820", "Market orders take no trigger."),
    (LIMIT | {"trigger_price": 820}, "trigger_price", "820", "Limit orders take no trigger."),
    (
        {"order_type": "SL-M", "trigger_price": 830, "price": "831.00"},
        "price",
        "831.00",
        "SL-M orders take no price.",
    ),
    (FUTURE | {"disclosed_quantity": 75}, "disclosed_quantity", "75", "NFO takes no disclosed quantity."),
]


@pytest.mark.parametrize(
    ("values", "field", "text", "question"), UNUSED, ids=[str(values) for values, *_ in UNUSED]
)
@pytest.mark.parametrize("way", MACHINES)
def test_what_kite_does_not_use_is_left_out_where_a_machine_wrote_it_and_people_read_so(
    ways_in, way, values, field, text, question
):
    ending = go(ways_in, way, values)
    assert ending.item == expected(values | {field: None}), ending.words
    if way == "publish":
        assert f"{field} {text} was left out. Kite uses none for such an order." in ending.words
    elif way != "old site":
        assert "Left out, because Kite uses none for such an order:" in ending.words
        assert f" {text}." in ending.words


@pytest.mark.parametrize(
    ("values", "field", "text", "question"), UNUSED, ids=[str(values) for values, *_ in UNUSED]
)
def test_what_a_person_typed_is_asked_about(ways_in, values, field, text, question):
    ending = go(ways_in, "form", values)
    assert ending.item is None
    assert question in ending.words


@pytest.mark.parametrize("way", ["button", "object", "old site"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"price": 1448.2}, "Choose one."),
        ({"trigger_price": "820"}, "Choose one."),
        ({"price": "ten"}, "Choose one."),
    ],
)
def test_a_button_with_a_price_and_no_type_is_no_market_order(ways_in, way, values, words):
    without_type = {name: value for name, value in SBIN.items() if name != "order_type"}
    ending = ways_in.ways()[way](without_type | values)
    assert ending.item is None
    assert words in ending.words
    assert ways_in.ways()[way](without_type | {"price": 0}).item["order_type"] == "MARKET"
