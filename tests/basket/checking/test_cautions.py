"""What is pointed out and stops nothing: few trades, the same twice, more than is held."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from kite.basket.checking.caution import ComposedBasket
from kite.basket.checking.cautions import CAUTIONS, cautions
from kite.basket.checking.rules import rule_problems
from kite.basket.items import Instrument, Item
from kite.vocabulary import IST, Exchange, OrderType, Product, TransactionType, Variety

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=IST)
SERIES = Instrument(
    "CENTRALBK-BE", "NSE", "CENTRAL BANK", "NSE", "EQ", None, Decimal(0), Decimal("0.01"), 1, Decimal("37.42")
)
SHARE = replace(SERIES, tradingsymbol="INFY", tick_size=Decimal("0.1"), last_price=Decimal("1448.2"))
CALL = Instrument(
    "NIFTY26DEC26000CE",
    "NFO",
    "NIFTY",
    "NFO-OPT",
    "CE",
    date(2026, 12, 29),
    Decimal(26000),
    Decimal("0.05"),
    75,
    Decimal("310"),
)
MARKET = Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 10, product=Product.CNC)
SELL = replace(MARKET, transaction_type=TransactionType.SELL)


def cautions_of(*orders, sellable=None, authorised=None):
    by_order = cautions(ComposedBasket(orders, NOW, sellable, authorised=authorised))
    return [
        [(problem.code, problem.field, [dict(fix) for fix in problem.fixes]) for problem in problems]
        for problems in by_order
    ]


def at_market(instrument, **changes):
    return replace(
        MARKET, tradingsymbol=instrument.tradingsymbol, exchange=Exchange(instrument.exchange), **changes
    ), instrument


@pytest.mark.parametrize(
    ("instrument", "order_type", "code"),
    [
        (SERIES, OrderType.MARKET, "market_on_trade_to_trade"),
        (SERIES, OrderType.SL_M, "market_on_trade_to_trade"),
        (SERIES, OrderType.LIMIT, None),
        (SERIES, OrderType.SL, None),
        (SHARE, OrderType.MARKET, None),
        (replace(SERIES, exchange="BSE"), OrderType.MARKET, None),
        (CALL, OrderType.MARKET, None),
        (replace(CALL, expiry=date(2026, 12, 30)), OrderType.MARKET, None),
        (replace(CALL, expiry=date(2026, 12, 31)), OrderType.MARKET, "market_on_far_option"),
        (
            replace(CALL, expiry=date(2027, 6, 29), instrument_type="PE"),
            OrderType.MARKET,
            "market_on_far_option",
        ),
        (replace(CALL, expiry=date(2027, 6, 29), instrument_type="FUT"), OrderType.MARKET, None),
        (replace(CALL, exchange="MCX"), OrderType.MARKET, "market_on_mcx_option"),
        (replace(CALL, exchange="MCX"), OrderType.LIMIT, None),
    ],
)
def test_a_market_order_is_pointed_out_where_few_trade(instrument, order_type, code):
    order, _ = at_market(
        instrument, order_type=order_type, trigger_price=Decimal(37) if order_type is OrderType.SL_M else None
    )
    assert [caution[0] for caution in cautions_of((order, instrument))[0]] == ([code] if code else [])


@pytest.mark.parametrize(("side", "price"), [("BUY", "37.8"), ("SELL", "37.04")])
def test_the_limit_that_is_offered_lies_a_percent_from_the_last_close_and_keeps_the_rules(side, price):
    order, instrument = at_market(SERIES, transaction_type=TransactionType(side))
    assert cautions_of((order, instrument))[0][0][2] == [{"order_type": "LIMIT", "price": price}]
    assert (
        rule_problems(replace(order, order_type=OrderType.LIMIT, price=Decimal(price)), instrument, NOW) == []
    )


def test_without_a_last_close_nothing_is_offered():
    assert cautions_of(at_market(replace(SERIES, last_price=Decimal(0))))[0][0][2] == []


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"quantity": 99}, True),
        ({"tag": "mine"}, True),
        ({"transaction_type": TransactionType.SELL}, False),
        ({"exchange": Exchange.BSE}, False),
        ({"product": Product.MIS}, False),
        ({"variety": Variety.AMO}, False),
        ({"order_type": OrderType.LIMIT, "price": Decimal(1448)}, False),
    ],
)
def test_the_second_of_two_orders_on_the_same_terms_is_pointed_out(changes, same):
    other = cautions_of((MARKET, SHARE), None, (replace(MARKET, **changes), SHARE))
    assert other[0] == other[1] == []
    assert other[2] == ([("the_same_twice", "tradingsymbol", [])] if same else [])


def test_orders_at_several_prices_are_not_the_same_and_each_repetition_names_the_first():
    ladder = [
        replace(MARKET, order_type=OrderType.LIMIT, price=Decimal(price))
        for price in ("1440", "1441", "1440", "1440.0")
    ]
    by_order = cautions(ComposedBasket([(item, SHARE) for item in ladder], NOW))
    assert [[dict(problem.params) for problem in problems] for problems in by_order] == [
        [],
        [],
        [{"number": "1"}],
        [{"number": "1"}],
    ]


def test_orders_without_an_instrument_are_not_the_same():
    blank = replace(MARKET, tradingsymbol="")
    assert cautions_of((blank, None), (blank, None)) == [[], []]


HELD = {("NSE", "INFY"): 10, ("BSE", "SBIN"): 16}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"quantity": 11}, [("more_than_held", "quantity", [{"quantity": "10"}])]),
        ({"quantity": 11, "product": None}, [("more_than_held", "quantity", [{"quantity": "10"}])]),
        ({"quantity": 11, "product": Product.MIS}, []),
        ({"quantity": 11, "variety": Variety.CO, "product": Product.MIS}, []),
        ({"quantity": 11, "transaction_type": TransactionType.BUY}, []),
        ({"tradingsymbol": "SBIN"}, [("held_elsewhere", "exchange", [{"exchange": "BSE"}])]),
        ({"tradingsymbol": "SBIN", "exchange": Exchange.BSE, "quantity": 16}, []),
        ({"exchange": Exchange.BSE}, [("held_elsewhere", "exchange", [{"exchange": "NSE"}])]),
        ({"tradingsymbol": "ITC"}, [("more_than_held", "quantity", [])]),
    ],
)
def test_a_sale_for_delivery_is_compared_with_what_is_held(changes, expected):
    assert cautions_of((replace(SELL, **changes), SHARE), sellable=HELD) == [expected]


def test_two_sales_are_added_up_and_what_is_bought_does_not_count_yet():
    sells = [replace(SELL, quantity=6, tag=tag) for tag in "ab"]
    by_order = cautions_of(
        (sells[0], SHARE), (replace(MARKET, quantity=50), SHARE), (sells[1], SHARE), sellable=HELD
    )
    assert [code for code, _, _ in by_order[2]] == ["the_same_twice", "more_than_held"]
    assert by_order[2][1][2] == [{"quantity": "4"}]
    assert by_order[0] == by_order[1] == []


def test_nothing_is_said_of_holdings_when_nobody_can_tell():
    assert cautions_of((replace(SELL, quantity=10**5), SHARE)) == [[]]


LIMIT = replace(MARKET, order_type=OrderType.LIMIT)
NIFTY_FUTURE = replace(
    CALL, tradingsymbol="NIFTY26DECFUT", instrument_type="FUT", segment="NFO-FUT", last_price=Decimal(26148)
)


def far(item, instrument=SHARE, **basket):
    by_order = cautions(ComposedBasket([(item, instrument)], NOW, **basket))
    return [
        (problem.code, dict(problem.params), [dict(fix) for fix in problem.fixes])
        for problem in by_order[0]
        if "far" in problem.code and "option" not in problem.code
    ]


@pytest.mark.parametrize(
    ("price", "code", "percent"),
    [
        ("1448.2", None, None),
        ("1737.8", None, None),
        ("1737.9", "price_far_above", "20"),
        ("1158.6", None, None),
        ("1158.5", "price_far_below", "20"),
        ("2000", "price_far_above", "38"),
        ("1", "price_far_below", "99"),
        ("999999999", "price_far_above", "69051135"),
    ],
)
def test_a_price_more_than_a_fifth_from_the_last_close_is_pointed_out(price, code, percent):
    cautions_of_price = far(replace(LIMIT, price=Decimal(price)))
    assert [caution[0] for caution in cautions_of_price] == ([code] if code else [])
    assert [caution[1] for caution in cautions_of_price] == (
        [{"percent": percent, "last": "1448.2"}] if code else []
    )


@pytest.mark.parametrize(
    ("order", "codes"),
    [
        (
            replace(LIMIT, order_type=OrderType.SL, price=Decimal(1448), trigger_price=Decimal(2000)),
            ["trigger_price_far_above"],
        ),
        (
            replace(LIMIT, order_type=OrderType.SL, price=Decimal(900), trigger_price=Decimal(901)),
            ["price_far_below", "trigger_price_far_below"],
        ),
        (replace(LIMIT, order_type=OrderType.SL_M, trigger_price=Decimal(900)), ["trigger_price_far_below"]),
        (
            replace(MARKET, variety=Variety.CO, product=Product.MIS, trigger_price=Decimal(900)),
            ["trigger_price_far_below"],
        ),
        (replace(MARKET, trigger_price=Decimal(900), price=Decimal(9)), []),
        (replace(LIMIT, price=Decimal(1448), trigger_price=Decimal(9)), []),
        (replace(LIMIT, price=Decimal(0)), []),
        (replace(LIMIT, price=None), []),
    ],
)
def test_triggers_count_and_what_an_order_does_not_take_is_left_to_the_rules(order, codes):
    assert [caution[0] for caution in far(order)] == codes


@pytest.mark.parametrize(
    ("price", "likely_price"),
    [
        ("14482", "1448.2"),
        ("144820", "1448.2"),
        ("144.9", "1449"),
        ("1.4", "1400"),
        ("2000", None),
        ("14482.5", None),
    ],
)
def test_a_decimal_point_that_slipped_is_offered_back(price, likely_price):
    assert far(replace(LIMIT, price=Decimal(price)))[0][2] == (
        [{"price": likely_price}] if likely_price else []
    )


def test_a_quote_comes_before_the_list_and_without_either_nothing_is_said():
    unlisted = replace(SHARE, last_price=Decimal(0))
    order = replace(LIMIT, price=Decimal(1448))
    assert far(order, unlisted) == far(order) == []
    assert [caution[0] for caution in far(order, unlisted, quoted={("NSE", "INFY"): Decimal(1000)})] == [
        "price_far_above"
    ]
    assert far(replace(LIMIT, price=Decimal(2000)), SHARE, quoted={("NSE", "INFY"): Decimal(1900)}) == []
    assert far(replace(LIMIT, price=Decimal(1)), None) == []


def test_the_distance_is_a_setting():
    order = replace(LIMIT, price=Decimal(1600))
    assert far(order, far_percent=20) == []
    assert far(order, far_percent=10)[0][0] == "price_far_above"


def test_futures_count_and_options_do_not():
    on_nfo = replace(LIMIT, exchange=Exchange.NFO, product=Product.NRML, quantity=75)
    assert [caution[0] for caution in far(replace(on_nfo, price=Decimal(20000)), NIFTY_FUTURE)] == [
        "price_far_below"
    ]
    assert far(replace(on_nfo, price=Decimal(31)), CALL) == []
    assert [caution[0] for caution in far(replace(LIMIT, price=Decimal(50)), SERIES)] == ["price_far_above"]


@pytest.mark.parametrize(
    ("exchange", "quantity", "lot", "offered"),
    [
        (Exchange.NSE, 100_000, 1, None),
        (Exchange.NSE, 100_001, 1, "100000"),
        (Exchange.BSE, 10**9, 1, "100000"),
        (Exchange.NSE, 100_800, 1200, "99600"),
        (Exchange.NFO, 100_050, 75, None),
    ],
)
def test_more_shares_than_kite_takes_are_pointed_out(exchange, quantity, lot, offered):
    order_cautions = cautions_of(
        (replace(MARKET, exchange=exchange, quantity=quantity), replace(SHARE, lot_size=lot))
    )[0]
    assert order_cautions == ([("too_many_shares", "quantity", [{"quantity": offered}])] if offered else [])


@pytest.mark.parametrize(
    ("changes", "order_type", "code"),
    [
        ({"name": "INFY"}, OrderType.MARKET, "market_on_stock_option"),
        (
            {"name": "INFY", "instrument_type": "PE", "expiry": date(2027, 6, 29)},
            OrderType.MARKET,
            "market_on_stock_option",
        ),
        ({"name": "INFY"}, OrderType.LIMIT, None),
        ({"name": "INFY", "instrument_type": "FUT"}, OrderType.MARKET, None),
        ({"name": "SENSEX", "exchange": "BFO"}, OrderType.MARKET, None),
        ({"name": "RELIANCE", "exchange": "BFO"}, OrderType.MARKET, "market_on_stock_option"),
        ({"name": ""}, OrderType.MARKET, None),
        ({"name": "USDINR", "exchange": "CDS"}, OrderType.MARKET, None),
    ],
)
def test_a_market_order_in_an_option_on_a_stock_is_pointed_out_once(changes, order_type, code):
    order, instrument = at_market(
        replace(CALL, **changes), order_type=order_type, product=Product.NRML, quantity=75
    )
    order_cautions = cautions_of((order, instrument))[0]
    assert [caution[0] for caution in order_cautions] == ([code] if code else [])
    assert all(caution[2][0]["order_type"] == "LIMIT" for caution in order_cautions)


def test_every_code_that_is_told_is_listed_with_its_caution():
    listed = [code for caution in CAUTIONS for code in caution.codes]
    assert len(listed) == len(set(listed))
    assert all(caution.sentence and caution.source.name and caution.check.__doc__ for caution in CAUTIONS)


AUTHORISED = ("sale_needs_authorisation", "quantity", [])


def test_a_sale_beyond_what_was_authorised_is_pointed_out_with_what_the_basket_sells_before_it_counted():
    orders = [(replace(SELL, quantity=quantity), SHARE) for quantity in (4, 6, 1)]
    assert cautions_of(*orders, authorised={("NSE", "INFY"): 10})[2][-1] == AUTHORISED
    assert [AUTHORISED in one for one in cautions_of(*orders, authorised={("NSE", "INFY"): 10})] == [
        False,
        False,
        True,
    ]
    assert [AUTHORISED in one for one in cautions_of(*orders, authorised={("NSE", "INFY"): 0})] == [
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("authorised", [None, {}, {("BSE", "INFY"): 0}, {("NSE", "SBIN"): 0}])
def test_where_nothing_is_known_of_a_share_no_authorisation_is_spoken_of(authorised):
    assert AUTHORISED not in cautions_of((SELL, SHARE), authorised=authorised)[0]


def test_an_order_that_cannot_be_read_is_no_sale():
    assert cautions_of(None, (SELL, SHARE), authorised={("NSE", "INFY"): 0}) == [[], [AUTHORISED]]
