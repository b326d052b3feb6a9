"""Rules for what fits together in one order: both sides of every edge, and what is offered to mend
it.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.basket.checking.rules import RULES, rule_problems
from kite.basket.items import FIELDS, Instrument, Item
from kite.vocabulary import IST, Exchange, OrderType, Product, TransactionType, Validity, Variety

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=IST)
BUY, SELL = TransactionType.BUY, TransactionType.SELL
MARKET, LIMIT, SL, SL_M = OrderType
CNC, NRML, MIS = Product
SHARE = Instrument(
    "INFY", "NSE", "INFOSYS", "NSE", "EQ", None, Decimal(0), Decimal("0.01"), 1, Decimal("1448.2")
)
FUTURE = replace(SHARE, instrument_type="FUT", segment="NFO-FUT")
CALL = replace(SHARE, instrument_type="CE", segment="NFO-OPT")
ORDER = Item("INFY", Exchange.NSE, BUY, MARKET, 100)
COVER = replace(
    ORDER, variety=Variety.CO, product=MIS, order_type=LIMIT, price=Decimal(100), trigger_price=Decimal(99)
)


def problems_of(instrument=SHARE, order=ORDER, **changes):
    """Return code, field and offered fixes of everything that is wrong with an order."""
    return [
        (problem.code, problem.field, [dict(fix) for fix in problem.fixes])
        for problem in rule_problems(replace(order, **changes), instrument, NOW)
    ]


def amount(text):
    return Decimal(text) if text else None


@pytest.mark.parametrize(
    ("product", "exchanges"),
    [
        (CNC, ("NSE", "BSE")),
        (NRML, ("NFO", "BFO", "CDS", "BCD", "MCX")),
        (MIS, tuple(Exchange)),
        (None, tuple(Exchange)),
    ],
)
def test_a_product_is_taken_on_its_exchanges_and_refused_on_all_others(product, exchanges):
    for exchange in Exchange:
        problems = problems_of(FUTURE, product=product, exchange=exchange)
        if exchange in exchanges:
            assert problems == []
        elif product is CNC:
            assert problems == [("cnc_needs_equity", "product", [{"product": "NRML"}, {"product": "MIS"}])]
        else:
            assert problems == [
                ("nrml_needs_derivative", "product", [{"product": "CNC"}, {"product": "MIS"}])
            ]


@pytest.mark.parametrize("exchange", Exchange)
def test_sl_m_is_refused_where_bse_runs_the_market(exchange):
    problems = problems_of(FUTURE, exchange=exchange, order_type=SL_M, trigger_price=Decimal(99))
    refused = [("sl_m_not_on_exchange", "order_type", [{"order_type": "SL"}])]
    assert problems == (refused if exchange in ("BSE", "BFO", "BCD") else [])


@pytest.mark.parametrize(
    ("instrument_type", "refused"),
    [("EQ", False), ("FUT", False), ("CE", True), ("PE", True)],
)
def test_sl_m_is_refused_on_options(instrument_type, refused):
    instrument = replace(CALL, instrument_type=instrument_type)
    problems = problems_of(instrument, exchange=Exchange.NFO, order_type=SL_M, trigger_price=Decimal(99))
    assert problems == ([("sl_m_not_on_options", "order_type", [{"order_type": "SL"}])] if refused else [])


@pytest.mark.parametrize(
    ("side", "price", "trigger", "code"),
    [
        (BUY, "100", "99.99", None),
        (BUY, "100", "100", None),
        (BUY, "100", "100.01", "sl_buy_trigger"),
        (SELL, "100", "100.01", None),
        (SELL, "100", "100", None),
        (SELL, "100", "99.99", "sl_sell_trigger"),
    ],
)
def test_the_trigger_of_an_sl_comes_before_its_price(side, price, trigger, code):
    problems = problems_of(
        transaction_type=side, order_type=SL, price=amount(price), trigger_price=amount(trigger)
    )
    assert problems == ([(code, "trigger_price", [{"trigger_price": price}])] if code else [])


@pytest.mark.parametrize(
    ("side", "price", "trigger", "code"),
    [
        (BUY, "100", "99.99", None),
        (BUY, "100", "100", "co_buy_trigger"),
        (BUY, "100", "101", "co_buy_trigger"),
        (SELL, "100", "100.01", None),
        (SELL, "100", "100", "co_sell_trigger"),
        (SELL, "100", "99", "co_sell_trigger"),
    ],
)
def test_the_stop_of_a_cover_order_lies_behind_its_price(side, price, trigger, code):
    problems = problems_of(
        order=COVER, transaction_type=side, price=amount(price), trigger_price=amount(trigger)
    )
    assert problems == ([(code, "trigger_price", [])] if code else [])


@pytest.mark.parametrize(("price", "trigger"), [("100", ""), ("", "100"), ("0", "100"), ("100", "0")])
def test_nothing_is_compared_with_a_value_that_is_missing(price, trigger):
    values = {"price": amount(price), "trigger_price": amount(trigger)}
    for problems in (problems_of(order_type=SL, **values), problems_of(order=COVER, **values)):
        assert [
            code.endswith(("needs_price", "needs_trigger", "not_positive")) for code, _, _ in problems
        ] == [True]


@pytest.mark.parametrize("exchange", Exchange)
def test_cover_orders_are_for_nse_alone(exchange):
    problems = problems_of(order=COVER, exchange=exchange)
    regular = {"variety": "regular"}
    fixes = [{"exchange": "NSE"}, regular] if exchange == "BSE" else [regular]
    assert problems == ([] if exchange == "NSE" else [("co_only_nse", "variety", fixes)])


@pytest.mark.parametrize(
    ("order_type", "price", "nearest_type"),
    [(MARKET, "", None), (LIMIT, "100", None), (SL, "100", "LIMIT"), (SL_M, "", "MARKET")],
)
def test_a_cover_order_is_market_or_limit(order_type, price, nearest_type):
    problems = problems_of(order=COVER, order_type=order_type, price=amount(price))
    assert problems == (
        [("co_order_type", "order_type", [{"order_type": nearest_type}])] if nearest_type else []
    )


@pytest.mark.parametrize("product", [*Product, None])
def test_a_cover_order_is_mis(product):
    problems = problems_of(order=COVER, product=product)
    assert problems == ([] if product is MIS else [("co_product", "product", [{"product": "MIS"}])])


@pytest.mark.parametrize(
    ("exchange", "price", "fixes"),
    [
        ("NSE", "1412.55", None),
        ("NSE", "1412.5500", None),
        ("NSE", "1412.553", ["1412.55", "1412.56"]),
        ("NSE", "0.0025", ["0.01"]),
        ("MCX", "1412.505", ["1412.50", "1412.51"]),
        ("CDS", "83.1225", None),
        ("BCD", "83.1225", None),
        ("CDS", "83.12251", ["83.1225", "83.1226"]),
        ("CDS", "0.00001", ["0.0001"]),
    ],
)
def test_prices_and_triggers_of_an_unknown_instrument_are_as_fine_as_the_exchange_takes_them(
    exchange, price, fixes
):
    order = replace(ORDER, exchange=Exchange(exchange), product=MIS)
    most = "4" if exchange in ("CDS", "BCD") else "2"
    for field, changes in {"price": {"order_type": LIMIT}, "trigger_price": {"order_type": SL_M}}.items():
        all_problems = rule_problems(replace(order, **changes, **{field: amount(price)}), None, NOW)
        problems = [problem for problem in all_problems if not problem.code.startswith(("sl_m", "trading"))]
        assert [problem.field for problem in problems] == ([field] if fixes else [])
        assert all(
            problem.code == "too_many_decimals" and problem.params == {"most": most} for problem in problems
        )
        assert [dict(fix) for problem in problems for fix in problem.fixes] == [
            {field: text} for text in fixes or ()
        ]


@pytest.mark.parametrize(
    ("exchange", "quantity", "disclosed", "code", "offered"),
    [
        ("NSE", 100, 10, None, None),
        ("NSE", 100, 9, "disclosed_too_small", "10"),
        ("NSE", 101, 10, "disclosed_too_small", "11"),
        ("NSE", 5, 1, None, None),
        ("BSE", 100, 100, None, None),
        ("BSE", 100, 101, "disclosed_too_large", "100"),
        ("CDS", 100, 10, None, None),
        ("BCD", 100, 9, "disclosed_too_small", "10"),
        ("MCX", 100, 25, None, None),
        ("MCX", 100, 24, "disclosed_too_small", "25"),
        ("NFO", 100, 100, "disclosed_not_taken", None),
        ("BFO", 100, 100, "disclosed_not_taken", None),
    ],
)
def test_a_disclosed_quantity_is_a_fair_part_of_the_order(exchange, quantity, disclosed, code, offered):
    problems = problems_of(
        FUTURE, exchange=Exchange(exchange), quantity=quantity, disclosed_quantity=disclosed
    )
    fixes = [{"disclosed_quantity": text} for text in (offered, "") if text is not None]
    assert problems == ([(code, "disclosed_quantity", fixes)] if code else [])


@pytest.mark.parametrize(
    ("changes", "fixes"),
    [
        ({"price": Decimal(5)}, [{"price": ""}, {"order_type": "LIMIT"}]),
        ({"trigger_price": Decimal(5)}, [{"trigger_price": ""}, {"order_type": "SL-M"}]),
        (
            {"order_type": LIMIT, "price": Decimal(5), "trigger_price": Decimal(5)},
            [{"trigger_price": ""}, {"order_type": "SL"}],
        ),
        (
            {"order_type": SL_M, "price": Decimal(5), "trigger_price": Decimal(5)},
            [{"price": ""}, {"order_type": "SL"}],
        ),
        ({"tag": "my tag, 1"}, [{"tag": "mytag1"}]),
        ({"tag": "Abcdefgh12345"}, [{"tag": "Abcdefgh1234"}]),
        ({"tag": "…"}, [{"tag": ""}]),
    ],
)
def test_a_value_too_many_can_be_removed_or_made_to_fit(changes, fixes):
    assert [problem[2] for problem in problems_of(**changes)] == [fixes]


prices = (
    st.none()
    | st.decimals(min_value=-1, max_value=1000, places=3)
    | st.sampled_from([Decimal(0), Decimal(100)])
)
orders = st.builds(
    Item,
    tradingsymbol=st.sampled_from(["", "INFY"]),
    exchange=st.sampled_from(Exchange),
    transaction_type=st.sampled_from(TransactionType),
    order_type=st.sampled_from(OrderType),
    quantity=st.integers(-1, 300),
    variety=st.sampled_from(Variety),
    product=st.none() | st.sampled_from(Product),
    price=prices,
    trigger_price=prices,
    disclosed_quantity=st.none() | st.integers(-1, 300),
    validity=st.none() | st.sampled_from(Validity),
    tag=st.none() | st.text(max_size=14),
)


@given(orders, st.sampled_from([SHARE, FUTURE, CALL, None]))
def test_a_rule_tells_its_own_codes_at_fields_that_it_reads_and_offers_changes_of_fields(order, instrument):
    for rule in RULES:
        for problem in rule.check(order, instrument, NOW):
            assert problem.code in rule.codes
            assert problem.field in rule.reads
            assert all(fix.keys() <= set(FIELDS) for fix in problem.fixes)


@given(orders)
def test_a_value_that_a_fix_offers_is_not_refused_for_the_same_reason(order):
    readers = {
        "price": Decimal,
        "trigger_price": Decimal,
        "disclosed_quantity": int,
        "order_type": OrderType,
        "product": Product,
    }
    readers |= {"exchange": Exchange, "variety": Variety, "tag": str}
    for problem in rule_problems(order, SHARE, NOW):
        for fix in problem.fixes:
            fixed = replace(
                order, **{name: readers[name](text) if text else None for name, text in fix.items()}
            )
            assert problem.code not in {
                other.code for other in rule_problems(fixed, SHARE, NOW) if other.field == problem.field
            }
