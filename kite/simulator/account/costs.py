"""The costs of an order: the margin that is blocked for it, and its approximate charges.

Whole paise.

The rates are close to the real ones, and rounded. They make the arithmetic of funds visible; no
price depends on them.
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
"""The part of a derivative's margin that is called exposure, as a share of its value.

The rest is span.
"""

GST = Decimal("0.18")
REGULATOR = Decimal("0.000001")


@dataclass(frozen=True)
class _Rates:
    """Rates as shares of an order's value. Stamp duty is for a BUY."""

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
        """The tax on services: on the brokerage, the exchange's and the regulator's charge."""
        return (self.brokerage + self.exchange + self.regulator) * GST

    @property
    def total(self) -> Decimal:
        """All charges together."""
        fees = self.brokerage + self.exchange + self.regulator
        return fees + self.transaction_tax + self.stamp_duty + self.gst


def value(item: Item, instrument: Instrument) -> int:
    """Return the value of an order in paise, at its own price or the last one."""
    return _paise(_worth(item, instrument))


def margin(item: Item, instrument: Instrument) -> int:
    """Return what is blocked for an order, in paise."""
    worth = Decimal(value(item, instrument)) / 100
    buying = item.transaction_type == TransactionType.BUY
    if item.exchange in EQUITY:
        if item.product == Product.MIS or item.variety == Variety.CO:
            return _paise(worth * INTRADAY)
        # shares that are sold for delivery are in the account already
        return _paise(worth) if buying else 0
    if instrument.instrument_type in OPTIONS:
        # a buyer can lose the premium and no more, a writer answers for the whole contract
        return _paise(worth if buying else _underlying(item, instrument) * DERIVATIVE)
    rate = {Exchange.CDS: CURRENCY, Exchange.BCD: CURRENCY, Exchange.MCX: COMMODITY}.get(
        Exchange(item.exchange), DERIVATIVE
    )
    return _paise(worth * rate)


def exposure(item: Item, instrument: Instrument) -> int:
    """Return the part of a derivative's margin that is exposure, in paise; a bought option has
    none.
    """
    if item.exchange in EQUITY:
        return 0
    if instrument.instrument_type not in OPTIONS:
        return _paise(_worth(item, instrument) * EXPOSURE)
    if item.transaction_type == TransactionType.BUY:
        return 0
    return _paise(_underlying(item, instrument) * EXPOSURE)


def charges(item: Item, instrument: Instrument) -> int:
    """Return the approximate sum of brokerage, taxes and duties of an order, in paise."""
    return _paise(charges_of(item, instrument, Decimal(value(item, instrument)) / 100).total)


def charges_of(item: Item, instrument: Instrument, worth: Decimal) -> OrderCharges:
    """Return the charges of an order of `worth` rupees, one by one."""
    rates = _rates(item, instrument)
    tax, stamp = rates.tax_sell, Decimal(0)
    if item.transaction_type == TransactionType.BUY:
        tax, stamp = rates.tax_buy, rates.stamp
    return OrderCharges(
        transaction_tax=worth * tax,
        exchange=worth * rates.exchange,
        regulator=worth * REGULATOR,
        brokerage=min(worth * rates.brokerage, _MOST_BROKERAGE),
        stamp_duty=worth * stamp,
    )


def _rates(item: Item, instrument: Instrument) -> _Rates:
    if instrument.instrument_type in OPTIONS:
        return _OPTION
    if item.exchange not in EQUITY:
        return {Exchange.CDS: _CURRENCY, Exchange.BCD: _CURRENCY, Exchange.MCX: _COMMODITY}.get(
            Exchange(item.exchange), _FUTURE
        )
    if item.product == Product.MIS or item.variety == Variety.CO:
        return _INTRADAY
    return _DELIVERY


def _worth(item: Item, instrument: Instrument) -> Decimal:
    return instrument.expected_price(item.order_type, item.price) * item.quantity * instrument.multiplier


def _underlying(item: Item, instrument: Instrument) -> Decimal:
    return instrument.strike * item.quantity * instrument.multiplier


def _paise(rupees: Decimal) -> int:
    return int((rupees * 100).quantize(Decimal(1), ROUND_HALF_UP))
