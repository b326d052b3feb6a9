"""The limit that could stand in place of an order at market."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kite.basket.checking.protection import PROTECTED, KnownPrice, Limit, protective_limit, usual_percent
from kite.basket.items import Item
from kite.vocabulary import Exchange, OrderType, TransactionType

BUY, SELL = TransactionType
MARKET, SL_M = OrderType.MARKET, OrderType.SL_M


def order(side=BUY, order_type=MARKET, trigger=None):
    return Item("INFY", Exchange.NSE, side, order_type, 10, trigger_price=trigger and Decimal(trigger))


def market(last="1448.20", lower=None, upper=None):
    return KnownPrice(Decimal(last), lower and Decimal(lower), upper and Decimal(upper))


@pytest.mark.parametrize(
    ("item", "tick", "percent", "known", "price"),
    [
        (order(), "0.05", "1", market(), "1462.70"),  # 1462.682
        (order(), "0.10", "1", market(), "1462.70"),
        (order(), "5", "1", market(), "1465"),
        (order(SELL), "0.05", "1", market(), "1433.70"),  # 1433.718
        (order(SELL), "5", "1", market(), "1430"),
        (order(), "0.05", "0.5", market("100"), "100.50"),
        (order(), "0.0025", "1.5", market("88.4325"), "89.7600"),  # 89.7589875
        (order(SELL), "0.05", "1.5", market("0.05"), "0.05"),  # there is no price below one tick
        (order(SELL), "0.05", "100", market("50"), "0.05"),
        (order(), "0.05", "1", market(upper="1460.03"), "1460.00"),
        (order(SELL), "0.05", "1", market(lower="1440.02"), "1440.05"),
        (order(), "0.05", "1", market(lower="1300", upper="1600"), "1462.70"),
    ],
)
def test_a_limit_stands_a_percent_away_on_the_tick_away_from_the_market_and_inside_the_band(
    item, tick, percent, known, price
):
    protected = protective_limit(item, Decimal(tick), Decimal(percent), known)
    banded = known.upper == Decimal("1460.03") or known.lower == Decimal("1440.02")
    assert protected == Limit(OrderType.LIMIT, Decimal(price), banded)


@pytest.mark.parametrize(("side", "price"), [(BUY, "1515"), (SELL, "1485")])
@pytest.mark.parametrize("known", [None, market(), market(lower="1300", upper="1600")])
def test_the_limit_of_an_sl_m_stands_beyond_its_trigger_and_needs_no_last_price(side, price, known):
    assert protective_limit(order(side, SL_M, "1500"), Decimal("0.05"), Decimal(1), known) == Limit(
        OrderType.SL, Decimal(price), False
    )


def test_a_trigger_at_the_edge_of_the_band_keeps_its_price_inside():
    inside = protective_limit(order(BUY, SL_M, "1500"), Decimal("0.05"), Decimal(1), market(upper="1505"))
    assert inside == Limit(OrderType.SL, Decimal(1505), True)


@pytest.mark.parametrize(
    ("item", "tick", "known"),
    [
        (order(), "0.05", None),
        (order(), "0.05", market("0")),
        (order(), "0", market()),
        (order(order_type=OrderType.LIMIT), "0.05", market()),
        (order(order_type=OrderType.SL, trigger="1440"), "0.05", market()),
        (order(order_type=SL_M), "0.05", market()),
        (order(BUY, SL_M, "1500"), "0.05", market(upper="1490")),
        (order(SELL, SL_M, "1300"), "0.05", market(lower="1310")),
        (order(), "0.05", market("999999999.95")),
    ],
    ids=[
        "no price",
        "no last price",
        "an index",
        "limit",
        "sl",
        "no trigger",
        "trigger above the band",
        "trigger below the band",
        "too large",
    ],
)
def test_there_is_no_limit_where_nothing_is_known_or_nothing_is_missing(item, tick, known):
    assert protective_limit(item, Decimal(tick), Decimal(1), known) is None


@pytest.mark.parametrize(
    ("exchange", "percent"), [("NSE", "1"), ("BSE", "1"), ("NFO", "1.5"), ("MCX", "1.5"), ("CDS", "1.5")]
)
def test_derivatives_move_more_than_shares(exchange, percent):
    assert usual_percent(exchange) == Decimal(percent)


@settings(max_examples=60)
@given(
    side=st.sampled_from(TransactionType),
    order_type=st.sampled_from(list(PROTECTED)),
    ticks=st.integers(1, 10**7),
    tick=st.sampled_from(["0.01", "0.05", "0.0025", "0.5", "1", "0.03"]),
    percent=st.decimals("0.01", "100", places=2),
    band=st.none() | st.integers(0, 40),
)
def test_every_limit_is_on_the_tick_on_its_side_and_inside_the_band(
    side, order_type, ticks, tick, percent, band
):
    tick = Decimal(tick)
    last = ticks * tick
    known = KnownPrice(
        last, *([] if band is None else [last * (100 - band) / 100, last * (100 + band) / 100])
    )
    item = Item("X", Exchange.NSE, side, order_type, 1, trigger_price=last if order_type is SL_M else None)
    protected = protective_limit(item, tick, percent, known)
    assert protected is not None
    assert protected.price % tick == 0
    assert protected.price >= last if side is BUY else protected.price <= last
    if band is not None:
        assert known.lower <= protected.price <= known.upper
    wanted = last * (100 + (percent if side is BUY else -percent)) / 100
    if not protected.banded:
        assert abs(protected.price - wanted) < tick or protected.price == tick
        assert protected.price >= wanted if side is BUY else protected.price <= max(wanted, tick)
