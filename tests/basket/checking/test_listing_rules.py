"""Rules that need the list of instruments, around every edge: expiry, lot and tick."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kite.basket.checking.rules import rule_problems
from kite.basket.items import MAX_PRICE, MAX_QUANTITY, Instrument, Item
from kite.vocabulary import IST, Exchange, OrderType, Product, TransactionType, Variety

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=IST)
EXPIRY = date(2026, 11, 24)
FUTURE = Instrument(
    "NIFTY26NOVFUT",
    "NFO",
    "NIFTY",
    "NFO-FUT",
    "FUT",
    EXPIRY,
    Decimal(0),
    Decimal("0.1"),
    75,
    Decimal("26000"),
)
SHARE = Instrument(
    "INFY", "NSE", "INFOSYS", "NSE", "EQ", None, Decimal(0), Decimal("0.1"), 1, Decimal("1448.2")
)
DOLLAR = replace(
    FUTURE, tradingsymbol="USDINR26NOVFUT", exchange="CDS", tick_size=Decimal("0.0025"), lot_size=1
)
ORDER = Item("NIFTY26NOVFUT", Exchange.NFO, TransactionType.BUY, OrderType.MARKET, 75, product=Product.NRML)


def problems_of(instrument=FUTURE, now=NOW, **changes):
    return [
        (problem.code, problem.field, [dict(fix) for fix in problem.fixes])
        for problem in rule_problems(replace(ORDER, **changes), instrument, now)
    ]


def limit(price, instrument=FUTURE, **changes):
    where = {
        "exchange": Exchange(instrument.exchange),
        "quantity": instrument.lot_size,
        "product": Product.MIS,
    }
    return problems_of(
        instrument, **where | {"order_type": OrderType.LIMIT, "price": Decimal(price)} | changes
    )


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (datetime(2026, 11, 24, 9, 15, tzinfo=IST), False),
        (datetime(2026, 11, 24, 23, 59, 59, tzinfo=IST), False),
        (datetime(2026, 11, 25, 0, 0, tzinfo=IST), True),
        (datetime(2026, 11, 24, 18, 29, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 18, 30, tzinfo=UTC), True),
    ],
)
def test_a_contract_is_ordered_up_to_the_end_of_its_day_in_india(now, expired):
    assert problems_of(now=now) == ([("contract_expired", "tradingsymbol", [])] if expired else [])


def test_what_does_not_expire_is_ordered_on_any_day():
    share = {"tradingsymbol": "INFY", "exchange": Exchange.NSE, "product": Product.CNC}
    assert problems_of(SHARE, datetime(2040, 1, 1, tzinfo=IST), **share) == []


@pytest.mark.parametrize(
    ("quantity", "offered"),
    [
        (75, None),
        (150, None),
        (1, ["75"]),
        (74, ["75"]),
        (76, ["75", "150"]),
        (100, ["75", "150"]),
        (149, ["75", "150"]),
        (MAX_QUANTITY // 75 * 75, None),
        (MAX_QUANTITY, [str(MAX_QUANTITY // 75 * 75)]),
    ],
)
def test_a_quantity_between_two_lots_is_offered_both(quantity, offered):
    fixes = [{"quantity": quantity_text} for quantity_text in offered or ()]
    assert problems_of(quantity=quantity) == (
        [("quantity_not_in_lots", "quantity", fixes)] if offered else []
    )


@pytest.mark.parametrize("quantity", [0, -75, -1, MAX_QUANTITY + 1])
def test_a_quantity_out_of_bounds_is_told_once(quantity):
    assert [field for _, field, _ in problems_of(quantity=quantity)] == ["quantity"]


@pytest.mark.parametrize("exchange", ["CDS", "BCD", "MCX"])
def test_contracts_are_counted_one_by_one_where_the_list_says_so(exchange):
    assert problems_of(replace(DOLLAR, exchange=exchange), exchange=Exchange(exchange), quantity=7) == []


@pytest.mark.parametrize("exchange", list(Exchange))
def test_a_lot_counts_on_every_exchange(exchange):
    product = Product.MIS
    assert (
        problems_of(
            replace(FUTURE, exchange=exchange.value), exchange=exchange, product=product, quantity=76
        )[0][0]
        == "quantity_not_in_lots"
    )


@pytest.mark.parametrize(
    ("tick", "price", "offered"),
    [
        ("0.1", "26000.1", None),
        ("0.1", "26000.10", None),
        ("0.1", "26000.15", ["26000.1", "26000.2"]),
        ("0.1", "26000.123", ["26000.1", "26000.2"]),
        ("0.05", "3012.43", ["3012.4", "3012.45"]),
        ("0.05", "0.01", ["0.05"]),
        ("0.0025", "83.1225", None),
        ("0.0025", "83.123", ["83.1225", "83.125"]),
        ("0.5", "9000.25", ["9000", "9000.5"]),
        ("1", "72000", None),
        ("1", "72000.5", ["72000", "72001"]),
        ("5", "1e3", None),
        ("5", "1003", ["1000", "1005"]),
        ("7", str(MAX_PRICE), ["999999994"]),
    ],
)
def test_a_price_between_two_ticks_is_offered_both(tick, price, offered):
    instrument = replace(FUTURE, tick_size=Decimal(tick))
    expected = (
        [("not_on_tick", "price", [{"price": price_text} for price_text in offered])] if offered else []
    )
    assert limit(price, instrument) == expected


def test_a_trigger_lies_on_the_tick_too():
    changes = {"order_type": OrderType.SL, "price": Decimal("26000.1"), "trigger_price": Decimal("26000.05")}
    assert problems_of(**changes) == [
        ("not_on_tick", "trigger_price", [{"trigger_price": "26000"}, {"trigger_price": "26000.1"}])
    ]
    cover = {
        "variety": Variety.CO,
        "exchange": Exchange.NSE,
        "product": Product.MIS,
        "trigger_price": Decimal("1440.05"),
    }
    assert [code for code, _, _ in problems_of(replace(SHARE, tradingsymbol="INFY"), **cover)] == [
        "not_on_tick"
    ]


@pytest.mark.parametrize("price", ["0", "-0.05", str(MAX_PRICE + 1)])
def test_a_price_out_of_bounds_is_told_once(price):
    assert [field for _, field, _ in limit(price)] == ["price"]


def test_without_an_instrument_neither_lot_nor_tick_is_judged():
    problems = problems_of(None, order_type=OrderType.LIMIT, price=Decimal("26000.15"), quantity=76)
    assert [code for code, _, _ in problems] == ["tradingsymbol_unknown"]


def test_an_index_is_told_as_such_and_nothing_else():
    index = replace(SHARE, segment="INDICES", tick_size=Decimal(0), lot_size=0)
    problems = limit("100.123", index, quantity=3)
    assert [code for code, _, _ in problems] == ["index_not_traded", "too_many_decimals"]


@settings(max_examples=100, deadline=None)
@given(
    st.decimals("0.0001", MAX_PRICE, places=4),
    st.integers(1, MAX_QUANTITY),
    st.sampled_from(["0.01", "0.05", "0.1", "0.0025", "1", "5"]),
    st.integers(1, 5000),
)
def test_whatever_is_offered_keeps_the_rule(price, quantity, tick, lot):
    instrument = replace(FUTURE, tick_size=Decimal(tick), lot_size=lot)
    for _, _, fixes in limit(price, instrument, quantity=quantity):
        for fix in fixes:
            changed = {"price": price, "quantity": quantity} | {
                name: Decimal(text) if name == "price" else int(text) for name, text in fix.items()
            }
            assert not fix.keys() & {
                field for _, field, _ in limit(changed["price"], instrument, quantity=changed["quantity"])
            }
