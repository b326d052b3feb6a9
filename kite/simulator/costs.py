"""What an order costs: the margin that is blocked for it, and about what is charged. Whole paise.

The rates are round figures in the size of the real ones. They make the arithmetic of funds visible, they price nothing.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kite.simulator.items import Item
from kite.simulator.market import Instrument
from kite.vocabulary import EQUITY, Exchange, Product, TransactionType, Variety

FUNDS = 1_00_00_000_00
"""What the demo client has each morning, in paise: one crore rupees."""

INTRADAY = Decimal("0.20")
DERIVATIVE = Decimal("0.132")
CURRENCY = Decimal("0.03")
COMMODITY = Decimal("0.10")
GST = Decimal("0.18")
REGULATOR = Decimal("0.000001")


@dataclass(frozen=True)
class _Rates:
    """Shares of an order's value: transaction tax of each side, the exchange's charge, stamp duty of a BUY, brokerage."""

    tax_buy: Decimal
    tax_sell: Decimal
    exchange: Decimal
    stamp: Decimal
    brokerage: Decimal = Decimal("0.0003")


_DELIVERY = _Rates(Decimal("0.001"), Decimal("0.001"), Decimal("0.0000297"), Decimal("0.00015"), brokerage=Decimal(0))
_INTRADAY = _Rates(Decimal(0), Decimal("0.00025"), Decimal("0.0000297"), Decimal("0.00003"))
_FUTURE = _Rates(Decimal(0), Decimal("0.0002"), Decimal("0.0000173"), Decimal("0.00002"))
_OPTION = _Rates(Decimal(0), Decimal("0.001"), Decimal("0.0003503"), Decimal("0.00003"), brokerage=Decimal(1))
_MOST_BROKERAGE = Decimal(20)


def value(item: Item, instrument: Instrument) -> int:
    """Return the value of an order in paise, at its own price or the last one."""
    price = instrument.expected_price(item.order_type, item.price)
    return _paise(price * item.quantity * instrument.multiplier)


def margin(item: Item, instrument: Instrument) -> int:
    """Return what is blocked for an order, in paise. Selling shares for delivery blocks nothing: the demo client owns any."""
    worth = Decimal(value(item, instrument)) / 100
    if item.exchange in EQUITY:
        if item.product == Product.MIS or item.variety == Variety.CO:
            return _paise(worth * INTRADAY)
        return _paise(worth) if item.transaction_type == TransactionType.BUY else 0
    if instrument.instrument_type in ("CE", "PE"):
        written = instrument.strike * item.quantity * instrument.multiplier * DERIVATIVE
        return _paise(worth if item.transaction_type == TransactionType.BUY else written)
    rate = {Exchange.CDS: CURRENCY, Exchange.BCD: CURRENCY, Exchange.MCX: COMMODITY}.get(Exchange(item.exchange), DERIVATIVE)
    return _paise(worth * rate)


def charges(item: Item, instrument: Instrument) -> int:
    """Return about what brokerage, taxes and duties of an order come to, in paise."""
    worth = Decimal(value(item, instrument)) / 100
    rates = _rates(item, instrument)
    buying = item.transaction_type == TransactionType.BUY
    brokerage = min(worth * rates.brokerage, _MOST_BROKERAGE)
    fees = worth * (rates.exchange + REGULATOR)
    tax = worth * (rates.tax_buy + rates.stamp if buying else rates.tax_sell)
    return _paise(tax + (brokerage + fees) * (1 + GST))


def _rates(item: Item, instrument: Instrument) -> _Rates:
    if instrument.instrument_type in ("CE", "PE"):
        return _OPTION
    if item.exchange not in EQUITY:
        return _FUTURE
    return _INTRADAY if item.product == Product.MIS or item.variety == Variety.CO else _DELIVERY


def _paise(rupees: Decimal) -> int:
    return int((rupees * 100).quantize(Decimal(1), ROUND_HALF_UP))
