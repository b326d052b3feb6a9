"""Every rule around its edge: what passes and what is told."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from kite.basket.checking.rules import RULES, rule_problems
from kite.basket.items import FIELDS, MAX_PRICE, MAX_QUANTITY, Instrument, Item
from kite.basket.problem import Problem
from kite.vocabulary import IST, Exchange, OrderType, Product, TransactionType, Validity, Variety

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=IST)
SHARE = Instrument(
    "INFY", "NSE", "INFOSYS", "NSE", "EQ", None, Decimal(0), Decimal("0.01"), 1, Decimal("1448.2")
)
MARKET = Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 10, product=Product.CNC)
LIMIT = replace(MARKET, order_type=OrderType.LIMIT, price=Decimal("1448.2"))
SL = replace(LIMIT, order_type=OrderType.SL, trigger_price=Decimal("1448"))
SL_M = replace(MARKET, order_type=OrderType.SL_M, trigger_price=Decimal("1448"))
COVER = replace(LIMIT, variety=Variety.CO, product=Product.MIS, trigger_price=Decimal("1440"))
SMALLEST = Decimal("0.01")
OVER = MAX_PRICE + SMALLEST


def problems_of(item, instrument=SHARE):
    return [(problem.code, problem.field) for problem in rule_problems(item, instrument, NOW)]


@pytest.mark.parametrize(
    "item",
    [
        MARKET,
        LIMIT,
        SL,
        SL_M,
        COVER,
        replace(MARKET, variety=Variety.CO, product=Product.MIS, trigger_price=Decimal("1440")),
        replace(MARKET, variety=Variety.AMO),
        replace(MARKET, validity=Validity.IOC),
        replace(MARKET, quantity=1),
        replace(MARKET, quantity=MAX_QUANTITY),
        replace(LIMIT, price=SMALLEST),
        replace(LIMIT, price=MAX_PRICE),
        replace(SL_M, trigger_price=SMALLEST),
        replace(MARKET, disclosed_quantity=1),
        replace(MARKET, exchange=Exchange.BSE, disclosed_quantity=10),
        replace(MARKET, tag="a"),
        replace(MARKET, tag="Abcdefgh1234"),
        replace(MARKET, product=None),
    ],
)
def test_an_order_that_keeps_to_the_rules_passes(item):
    assert problems_of(item) == []


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        (replace(MARKET, quantity=0), "quantity_not_positive", "quantity"),
        (replace(MARKET, quantity=-1), "quantity_not_positive", "quantity"),
        (replace(MARKET, quantity=MAX_QUANTITY + 1), "too_large", "quantity"),
        (replace(LIMIT, price=None), "limit_needs_price", "price"),
        (replace(SL, price=None), "sl_needs_price", "price"),
        (replace(LIMIT, price=Decimal(0)), "price_not_positive", "price"),
        (replace(LIMIT, price=OVER), "too_large", "price"),
        (replace(COVER, price=None), "limit_needs_price", "price"),
        (replace(SL, trigger_price=None), "sl_needs_trigger", "trigger_price"),
        (replace(SL_M, trigger_price=None), "sl_m_needs_trigger", "trigger_price"),
        (replace(SL_M, trigger_price=Decimal(0)), "trigger_price_not_positive", "trigger_price"),
        (replace(SL_M, trigger_price=OVER), "too_large", "trigger_price"),
        (replace(COVER, trigger_price=None), "co_needs_trigger", "trigger_price"),
        (replace(MARKET, variety=Variety.CO, product=Product.MIS), "co_needs_trigger", "trigger_price"),
        (replace(MARKET, price=Decimal(1)), "market_takes_no_price", "price"),
        (replace(MARKET, price=Decimal(0)), "market_takes_no_price", "price"),
        (replace(SL_M, price=Decimal(1)), "sl_m_takes_no_price", "price"),
        (replace(MARKET, trigger_price=Decimal(1)), "market_takes_no_trigger", "trigger_price"),
        (replace(LIMIT, trigger_price=Decimal(1)), "limit_takes_no_trigger", "trigger_price"),
        (
            replace(LIMIT, variety=Variety.AMO, trigger_price=Decimal(1)),
            "limit_takes_no_trigger",
            "trigger_price",
        ),
        (replace(MARKET, disclosed_quantity=0), "disclosed_not_positive", "disclosed_quantity"),
        (replace(MARKET, disclosed_quantity=MAX_QUANTITY + 1), "too_large", "disclosed_quantity"),
        (
            replace(MARKET, exchange=Exchange.NFO, product=Product.MIS, disclosed_quantity=1),
            "disclosed_not_taken",
            "disclosed_quantity",
        ),
        (
            replace(MARKET, exchange=Exchange.BFO, product=Product.MIS, disclosed_quantity=1),
            "disclosed_not_taken",
            "disclosed_quantity",
        ),
        (replace(MARKET, tag="Abcdefgh12345"), "tag_not_plain", "tag"),
        (replace(MARKET, tag="a-b"), "tag_not_plain", "tag"),
        (replace(MARKET, tag="١٢"), "tag_not_plain", "tag"),
    ],
)
def test_what_breaks_a_rule_is_told_at_its_field(item, code, field):
    assert problems_of(item) == [(code, field)]


def test_an_order_without_a_symbol_is_told_once():
    assert problems_of(replace(MARKET, tradingsymbol=""), None) == [
        ("tradingsymbol_missing", "tradingsymbol")
    ]


def test_an_unknown_symbol_is_told_with_its_exchange():
    expected = Problem("tradingsymbol_unknown", "tradingsymbol", {"tradingsymbol": "INFI", "exchange": "NSE"})
    assert rule_problems(replace(MARKET, tradingsymbol="INFI"), None, NOW) == [expected]


def test_an_index_is_not_ordered():
    index = replace(SHARE, tradingsymbol="NIFTY 50", segment="INDICES")
    assert problems_of(replace(MARKET, tradingsymbol="NIFTY 50"), index) == [
        ("index_not_traded", "tradingsymbol")
    ]


def test_everything_that_is_wrong_is_told_at_once():
    item = replace(LIMIT, tradingsymbol="", quantity=0, price=None, trigger_price=Decimal(1), tag="?")
    assert [field for _, field in problems_of(item, None)] == [
        "tradingsymbol",
        "quantity",
        "price",
        "trigger_price",
        "tag",
    ]


def test_no_rule_judges_by_a_field_that_could_not_be_read():
    item = replace(MARKET, tradingsymbol="", quantity=0, price=Decimal(1), trigger_price=Decimal(1))
    assert [problem.field for problem in rule_problems(item, None, NOW, {"order_type", "quantity"})] == [
        "tradingsymbol"
    ]
    assert rule_problems(item, None, NOW, FIELDS) == []


def test_every_rule_says_what_it_reads_and_where_it_comes_from():
    assert all(
        rule.reads <= set(FIELDS) and rule.source.name and rule.sentence and rule.check.__doc__
        for rule in RULES
    )
