"""What an order costs: the margin that is blocked for it, and about what is charged. Whole paise.

The rates are round figures in the size of the real ones. They make the arithmetic of funds visible, they
price nothing.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.vocabulary import EQUITY, Exchange, Product, TransactionType, Variety

FUNDS = 1_00_00_000_00
"""What the demo client has each morning, in paise: one crore rupees."""

INTRADAY = Decimal("0.20")
DERIVATIVE = Decimal("0.132")
CURRENCY = Decimal("0.03")
COMMODITY = Decimal("0.10")
OPTIONS = ("CE", "PE")
EXPOSURE = Decimal("0.02")
"""The part of a derivative's margin that is called exposure, as a share of its value; the rest is span."""

GST = Decimal("0.18")
REGULATOR = Decimal("0.000001")


@dataclass(frozen=True)
class _Rates:
    """Shares of an order's value: transaction tax of each side, the exchange's charge, stamp duty of a BUY,
    brokerage.
    """

    tax_buy: Decimal
    tax_sell: Decimal
    exchange: Decimal
    stamp: Decimal
    brokerage: Decimal = Decimal("0.0003")


_DELIVERY = _Rates(
    Decimal("0.001"), Decimal("0.001"), Decimal("0.0000297"), Decimal("0.00015"), brokerage=Decimal(0)
)
_INTRADAY = _Rates(Decimal(0), Decimal("0.00025"), Decimal("0.0000297"), Decimal("0.00003"))
_FUTURE = _Rates(Decimal(0), Decimal("0.0002"), Decimal("0.0000173"), Decimal("0.00002"))
_COMMODITY = _Rates(Decimal(0), Decimal("0.0001"), Decimal("0.000021"), Decimal("0.00002"))
_CURRENCY = _Rates(Decimal(0), Decimal(0), Decimal("0.0000035"), Decimal("0.000001"))
_OPTION = _Rates(Decimal(0), Decimal("0.001"), Decimal("0.0003503"), Decimal("0.00003"), brokerage=Decimal(1))
_MOST_BROKERAGE = Decimal(20)


@dataclass(frozen=True)
class OrderCharges:
    """Brokerage, taxes and duties of an order, in rupees."""

    transaction_tax: Decimal
    exchange: Decimal
    regulator: Decimal
    brokerage: Decimal
    stamp_duty: Decimal

    @property
    def gst(self) -> Decimal:
        """The tax on services, which the brokerage and both fees are."""
        return (self.brokerage + self.exchange + self.regulator) * GST

    @property
    def total(self) -> Decimal:
        """All of it."""
        return (
            self.transaction_tax
            + self.exchange
            + self.regulator
            + self.brokerage
            + self.stamp_duty
            + self.gst
        )


def value(item: Item, instrument: Instrument) -> int:
    """Return the value of an order in paise, at its own price or the last one."""
    return _paise(_worth(item, instrument))


def margin(item: Item, instrument: Instrument) -> int:
    """Return what is blocked for an order, in paise.

    Selling shares for delivery blocks nothing: they are there already.
    """
    worth = Decimal(value(item, instrument)) / 100
    if item.exchange in EQUITY:
        if item.product == Product.MIS or item.variety == Variety.CO:
            return _paise(worth * INTRADAY)
        return _paise(worth) if item.transaction_type == TransactionType.BUY else 0
    if instrument.instrument_type in OPTIONS:
        return _paise(
            worth
            if item.transaction_type == TransactionType.BUY
            else _underlying(item, instrument) * DERIVATIVE
        )
    rate = {Exchange.CDS: CURRENCY, Exchange.BCD: CURRENCY, Exchange.MCX: COMMODITY}.get(
        Exchange(item.exchange), DERIVATIVE
    )
    return _paise(worth * rate)


def exposure(item: Item, instrument: Instrument) -> int:
    """Return the part of a derivative's margin that is exposure, in paise; a bought option has none."""
    if item.exchange in EQUITY or (
        instrument.instrument_type in OPTIONS and item.transaction_type == TransactionType.BUY
    ):
        return 0
    option = instrument.instrument_type in OPTIONS
    return _paise((_underlying(item, instrument) if option else _worth(item, instrument)) * EXPOSURE)


def charges(item: Item, instrument: Instrument) -> int:
    """Return about what brokerage, taxes and duties of an order come to, in paise."""
    return _paise(charged(item, instrument, Decimal(value(item, instrument)) / 100).total)


def charged(item: Item, instrument: Instrument, worth: Decimal) -> OrderCharges:
    """Return what is charged for an order of `worth` rupees, part by part."""
    rates = _rates(item, instrument)
    buying = item.transaction_type == TransactionType.BUY
    return OrderCharges(
        transaction_tax=worth * (rates.tax_buy if buying else rates.tax_sell),
        exchange=worth * rates.exchange,
        regulator=worth * REGULATOR,
        brokerage=min(worth * rates.brokerage, _MOST_BROKERAGE),
        stamp_duty=worth * rates.stamp if buying else Decimal(0),
    )


def _rates(item: Item, instrument: Instrument) -> _Rates:
    if instrument.instrument_type in OPTIONS:
        return _OPTION
    if item.exchange not in EQUITY:
        return {Exchange.CDS: _CURRENCY, Exchange.BCD: _CURRENCY, Exchange.MCX: _COMMODITY}.get(
            Exchange(item.exchange), _FUTURE
        )
    return _INTRADAY if item.product == Product.MIS or item.variety == Variety.CO else _DELIVERY


def _worth(item: Item, instrument: Instrument) -> Decimal:
    return instrument.expected_price(item.order_type, item.price) * item.quantity * instrument.multiplier


def _underlying(item: Item, instrument: Instrument) -> Decimal:
    return instrument.strike * item.quantity * instrument.multiplier


def _paise(rupees: Decimal) -> int:
    return int((rupees * 100).quantize(Decimal(1), ROUND_HALF_UP))
