"""Why Kite may have made no order: only what the item leaves possible."""

from decimal import Decimal

import pytest

from kite.basket.checking.unplaced import UnplacedReason, is_stock_option, reasons
from kite.vocabulary import Exchange, OrderType, Product, Variety
from tests.support.baskets import item

SYMBOL = UnplacedReason.SYMBOL


@pytest.mark.parametrize(
    ("wanted", "possible"),
    [
        (item(), (SYMBOL,)),
        (item(quantity=1_00_000), (SYMBOL,)),
        (item(quantity=1_00_001), (SYMBOL, UnplacedReason.SHARES)),
        (item(price="1400"), (SYMBOL, UnplacedReason.CIRCUIT)),
        (item(variety=Variety.AMO), (SYMBOL, UnplacedReason.AMO_HOURS)),
        (item(product=Product.MIS), (SYMBOL, UnplacedReason.MIS)),
        (
            item(order_type=OrderType.SL_M, trigger_price=Decimal(1390)),
            (SYMBOL, UnplacedReason.CIRCUIT, UnplacedReason.TRIGGER),
        ),
        (
            item(variety=Variety.CO, trigger_price=Decimal(1390)),
            (SYMBOL, UnplacedReason.CIRCUIT, UnplacedReason.MIS, UnplacedReason.TRIGGER),
        ),
        (
            item("NIFTY26DECFUT", 65, exchange=Exchange.NFO, product=Product.NRML),
            (SYMBOL, UnplacedReason.FREEZE),
        ),
        (
            item("RELIANCE26DEC1400CE", 500, exchange=Exchange.NFO, product=Product.NRML),
            (SYMBOL, UnplacedReason.FREEZE, UnplacedReason.STOCK_OPTION),
        ),
        (
            item("RELIANCE26DEC1400CE", 500, price="20", exchange=Exchange.NFO),
            (SYMBOL, UnplacedReason.FREEZE, UnplacedReason.CIRCUIT),
        ),
        (
            item("NIFTY26DEC26000CE", 65, exchange=Exchange.NFO, product=Product.NRML),
            (SYMBOL, UnplacedReason.FREEZE),
        ),
    ],
)
def test_reasons_are_those_that_the_item_leaves_possible(wanted, possible):
    assert reasons(wanted) == (UnplacedReason.REMOVED, *possible)


def test_what_is_locked_cannot_be_removed_on_kites_page():
    assert reasons(item(readonly=True)) == (SYMBOL,)


@pytest.mark.parametrize(
    ("symbol", "exchange", "stock"),
    [
        ("RELIANCE26DEC1400CE", Exchange.NFO, True),
        ("M&M26DEC3000PE", Exchange.NFO, True),
        ("BAJAJ-AUTO26DEC9000PE", Exchange.NFO, True),
        ("360ONE26DEC1100CE", Exchange.NFO, True),
        ("VEDL26DEC187.5CE", Exchange.NFO, True),
        ("RELIANCE26DEC1400CE", Exchange.BFO, True),
        ("NIFTY26D0826000CE", Exchange.NFO, False),
        ("NIFTYNXT5026DEC70000PE", Exchange.NFO, False),
        ("SENSEX5026DEC27000PE", Exchange.BFO, False),
        ("RELIANCE26DECFUT", Exchange.NFO, False),
        ("GOLD26DEC120000CE", Exchange.MCX, False),
        ("PRICE", Exchange.NSE, False),
    ],
)
def test_an_option_is_on_a_stock_or_on_an_index(symbol, exchange, stock):
    assert is_stock_option(item(symbol, exchange=exchange)) is stock
