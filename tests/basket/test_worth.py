"""What an order is worth before it is filled."""

from datetime import date
from decimal import Decimal

import pytest

from kite.basket.items import Instrument, Item
from kite.basket.worth import order_value
from kite.vocabulary import Exchange, OrderType, TransactionType

CLOSE = Decimal("1448.20")


def instrument(exchange):
    return Instrument(
        "X", exchange, "", exchange, "EQ", date(2026, 12, 29), Decimal(0), Decimal("0.05"), 75, CLOSE
    )


def item(order_type, price=None, exchange=Exchange.NSE, quantity=10):
    return Item("X", exchange, TransactionType.BUY, order_type, quantity, price=price and Decimal(price))


@pytest.mark.parametrize(
    ("order", "value"),
    [
        (item(OrderType.MARKET), "14482.00"),
        (item(OrderType.SL_M), "14482.00"),
        (item(OrderType.LIMIT, "1450.5"), "14505.0"),
        (item(OrderType.SL, "1450.5"), "14505.0"),
        (item(OrderType.LIMIT, "26148", Exchange.NFO, 75), "1961100"),
        (item(OrderType.LIMIT), None),
        (item(OrderType.MARKET, quantity=0), None),
        (item(OrderType.LIMIT, "88", Exchange.CDS), None),
        (item(OrderType.LIMIT, "88", Exchange.MCX), None),
        (item(OrderType.LIMIT, "88", Exchange.BCD), None),
    ],
)
def test_an_order_counts_at_its_price_or_at_the_last_close(order, value):
    assert order_value(order, instrument(order.exchange)) == (value and Decimal(value))


def test_an_order_without_an_instrument_is_not_counted():
    assert order_value(item(OrderType.LIMIT, "5"), None) is None
