"""Market protection made visible: the limit that could stand in place of an order at market.

An order at market takes any price. A limit a little beyond the last price trades at once as well
while the market has not moved, and waits where the market has run away. Kite's API turns a market
order with `market_protection` into such a limit; its basket page has no field for that, so the
limit is worked out here and the person decides.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from kite.basket.items import MAX_PRICE, Item
from kite.vocabulary import EQUITY, OrderType, TransactionType
from kite.vocabulary.order_types import with_price

SHARES_PERCENT = Decimal(1)
DERIVATIVES_PERCENT = Decimal("1.5")
"""How far a limit is from the price it is worked out from, unless a person says otherwise."""

MOST_PERCENT = Decimal(100)
"""The most that Kite takes as protection."""

PROTECTED = {
    order_type: limited
    for order_type in OrderType
    if not order_type.facts.takes_price and (limited := with_price(order_type))
}
"""The order types that take any price, and what each becomes with a limit."""

_EXACT = 60
"""Digits of a calculation: more than a price times a percent ever has, so nothing is rounded but to
the tick.
"""


@dataclass(frozen=True, slots=True)
class KnownPrice:
    """What is known of an instrument's price, in rupees: the last one, and the day's circuit band
    where a quote has it.
    """

    last_price: Decimal
    lower: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit for an order: what its type becomes, and its price in rupees.

    `banded`: the circuit band ends before the percent does.
    """

    order_type: OrderType
    price: Decimal
    banded: bool


def usual_percent(exchange: str) -> Decimal:
    """Return the percent that is preselected on an exchange."""
    return SHARES_PERCENT if exchange in EQUITY else DERIVATIVES_PERCENT


def protective_limit(item: Item, tick: Decimal, percent: Decimal, market: KnownPrice | None) -> Limit | None:
    """Return the limit `percent` away from the last price, in whole ticks, rounded away from the
    market.

    A buy's is above it and is rounded up, a sell's below and is rounded down; neither leaves the
    circuit band. The limit of an SL-M is worked out from its trigger, for that is the last price
    when it goes to the market. None for an order that has a price already, where no price is known,
    and where the band leaves no room.
    """
    base = _base_price(item, market)
    if item.order_type not in PROTECTED or not base or base <= 0 or tick <= 0:
        return None
    with localcontext(prec=_EXACT):
        wanted = _price_beyond(base, base * percent / 100, tick, item.transaction_type)
        price = _inside_band(wanted, tick, market)
    if _is_beyond_trigger(item, price) or not 0 < price <= MAX_PRICE:
        return None
    return Limit(PROTECTED[item.order_type], price, price != wanted)


def _base_price(item: Item, market: KnownPrice | None) -> Decimal | None:
    if item.order_type.facts.takes_trigger:
        return item.trigger_price
    return market.last_price if market else None


def _price_beyond(base: Decimal, distance: Decimal, tick: Decimal, side: TransactionType) -> Decimal:
    """Return the price at which an order of this side trades although the market moves by
    `distance`.
    """
    if side is TransactionType.BUY:
        return _up(base + distance, tick)
    return max(_down(base - distance, tick), tick)


def _is_beyond_trigger(item: Item, price: Decimal) -> bool:
    """Whether the limit of an SL-M, moved into the band, is on the wrong side of its trigger: Kite
    refuses such an SL order.
    """
    if not item.order_type.facts.takes_trigger or item.trigger_price is None:
        return False
    if item.transaction_type is TransactionType.BUY:
        return price < item.trigger_price
    return price > item.trigger_price


def _inside_band(price: Decimal, tick: Decimal, market: KnownPrice | None) -> Decimal:
    """Return the price nearest to `price` on the tick and inside the circuit band, as far as it is
    known.
    """
    if market and market.lower is not None:
        price = max(price, _up(market.lower, tick))
    if market and market.upper is not None:
        price = min(price, _down(market.upper, tick))
    return price


def _down(price: Decimal, tick: Decimal) -> Decimal:
    return price - price % tick


def _up(price: Decimal, tick: Decimal) -> Decimal:
    rest = price % tick
    return price + tick - rest if rest else price
