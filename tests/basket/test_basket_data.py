"""The JSON in which a basket travels to Kite."""

import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.basket.basket_data import from_data, to_data
from kite.basket.checking.rules import rule_problems
from kite.basket.items import MAX_ITEMS, MAX_PRICE, MAX_QUANTITY, Item
from kite.exceptions import BasketError
from kite.vocabulary import IST, Exchange, OrderType, Product, TransactionType, Validity, Variety

DOCUMENTED = """
[
  {"variety": "regular", "tradingsymbol": "INFY", "exchange": "NSE", "transaction_type": "BUY", "order_type": "MARKET",
   "quantity": 10, "readonly": false},
  {"variety": "regular", "tradingsymbol": "NIFTY15DECFUT", "exchange": "NFO", "transaction_type": "SELL", "order_type": "LIMIT",
   "price": 7845, "quantity": 1, "readonly": false},
  {"variety": "co", "tradingsymbol": "RELIANCE", "exchange": "NSE", "transaction_type": "BUY", "order_type": "LIMIT",
   "product": "MIS", "price": 915.15, "quantity": 1, "trigger_price": 910, "readonly": true}
]
"""
"""The example basket of the documentation's page "Offsite order execution"."""

EXAMPLE = [
    Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 10),
    Item("NIFTY15DECFUT", Exchange.NFO, TransactionType.SELL, OrderType.LIMIT, 1, price=Decimal("7845.00")),
    Item(
        "RELIANCE",
        Exchange.NSE,
        TransactionType.BUY,
        OrderType.LIMIT,
        1,
        variety=Variety.CO,
        product=Product.MIS,
        price=Decimal("915.15"),
        trigger_price=Decimal("910"),
        readonly=True,
    ),
]

amounts = st.decimals(min_value=Decimal("0.0001"), max_value=MAX_PRICE, places=4)
items = st.builds(
    Item,
    tradingsymbol=st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable()),
    exchange=st.sampled_from(Exchange),
    transaction_type=st.sampled_from(TransactionType),
    order_type=st.sampled_from(OrderType),
    quantity=st.integers(1, MAX_QUANTITY),
    variety=st.sampled_from(Variety),
    product=st.none() | st.sampled_from(Product),
    price=st.none() | amounts,
    trigger_price=st.none() | amounts,
    disclosed_quantity=st.none() | st.integers(1, MAX_QUANTITY),
    validity=st.none() | st.sampled_from(Validity),
    readonly=st.booleans(),
    tag=st.none() | st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True),
)


def test_the_documentations_example_is_written_as_documented():
    assert to_data(EXAMPLE) == json.dumps(json.loads(DOCUMENTED), separators=(",", ":"))


def test_the_documentations_example_is_read_as_documented():
    assert from_data(DOCUMENTED) == EXAMPLE


def test_numbers_are_json_numbers_and_readonly_is_a_json_boolean():
    row = json.loads(to_data(EXAMPLE))[2]
    assert {name: type(row[name]) for name in ("quantity", "price", "trigger_price", "readonly")} == {
        "quantity": int,
        "price": float,
        "trigger_price": int,
        "readonly": bool,
    }


def test_fields_without_a_value_are_not_sent():
    assert set(json.loads(to_data(EXAMPLE))[0]) == {
        "variety",
        "tradingsymbol",
        "exchange",
        "transaction_type",
        "order_type",
        "quantity",
        "readonly",
    }


def test_the_tag_of_the_execution_stands_after_the_persons_own():
    own = Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 1, tag="mine12345678")
    none = Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 1)
    assert [row["tag"] for row in json.loads(to_data([own, none], "k7f3q9zt"))] == [
        "mine12345678k7f3q9zt",
        "k7f3q9zt",
    ]
    assert "tag" not in json.loads(to_data([none]))[0]


def test_symbols_travel_unescaped():
    item = Item("M&M", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 1)
    assert '"tradingsymbol":"M&M"' in to_data([item])


@given(st.lists(items, min_size=1, max_size=5))
def test_what_is_written_is_read_back_the_same(basket):
    assert from_data(to_data(basket)) == basket


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        "[1]",
        "[[]]",
        '"INFY"',
        "[{]",
        "[NaN]",
        '[{"price": Infinity}]',
        '[{"price": 1e99999999999999999999}]',
        '[{"quantity": ' + "9" * 5000 + "}]",
        "[" * 100_000,
        "[{}" + ",{}" * MAX_ITEMS + "]",
    ],
)
def test_text_that_holds_no_basket_is_refused(text):
    with pytest.raises(BasketError):
        from_data(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", '"10"'),
        ("quantity", "10.5"),
        ("quantity", "true"),
        ("price", '"7.5"'),
        ("price", "[0, [1], 2]"),
        ("readonly", '"false"'),
        ("readonly", "0"),
        ("tradingsymbol", "7"),
        ("exchange", '"NYSE"'),
        ("exchange", "null"),
        ("tag", "{}"),
    ],
)
def test_an_item_with_a_value_of_another_kind_is_refused(field, value):
    plain = (
        '"tradingsymbol":"INFY","exchange":"NSE","transaction_type":"BUY","order_type":"MARKET","quantity":1'
    )
    assert from_data(f"[{{{plain}}}]")
    with pytest.raises(BasketError):
        from_data(f'[{{{plain},"{field}":{value}}}]')


def test_an_item_without_a_required_field_is_refused():
    with pytest.raises(BasketError):
        from_data('[{"tradingsymbol":"INFY"}]')


def test_the_documentations_example_breaks_no_rule_but_its_old_future():
    now = datetime(2026, 11, 21, 10, 0, tzinfo=IST)
    assert [[problem.code for problem in rule_problems(item, None, now)] for item in EXAMPLE] == [
        ["tradingsymbol_unknown"]
    ] * 3
