"""From an amount of money to whole quantities, by largest remainder.

Every order gets its share of the amount by weight, and of that as many whole lots as it pays for.
The remainder then buys one more lot for some orders: first for the order whose share was cut the
most, counted in parts of its lot, then the next; one whose lot costs more than the rest is passed
over. No order gets a second one, so none ever holds more than its share rounded up to a lot. All of
it is exact; the same orders and amount give the same quantities.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil

_EXACT = 100
"""Digits of a sum: more than any price times a quantity has."""


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """An order with what it costs: rupees for one unit, units of a lot (1 for shares), and its
    weight beside the others'.

    Weights are in any unit, 0 included; only their ratio counts.
    """

    price: Decimal
    lot: int = 1
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Portion:
    """What an order gets.

    `share` is its part of the amount in rupees, `exact_lots` the lots which that would buy, with
    fractions.

    `quantity` is in units, `cost` in rupees.
    """

    share: Fraction
    exact_lots: Fraction
    lots: int
    quantity: int
    cost: Decimal

    @property
    def rounded(self) -> int:
        """1 when rounded up to a lot, -1 when rounded down, 0 when the share buys whole lots."""
        return (self.lots > self.exact_lots) - (self.lots < self.exact_lots)


@dataclass(frozen=True, slots=True)
class AmountSpread:
    """An amount spread over orders: a portion for each, in their order, and the rupees that remain.

    The remainder is less than a lot of any order that was rounded down.
    """

    portions: tuple[Portion, ...]
    remainder: Decimal


def allocate_amount(amount: Decimal, orders: Sequence[PricedOrder]) -> AmountSpread:
    """Spread `amount` rupees over `orders` by their weights, in whole lots.

    Never more is spent than there is.

    Raises ValueError for a price, lot or amount below what can be, and where no order has a weight.
    """
    weights = sum(Fraction(order.weight) for order in orders)
    if amount < 0 or weights <= 0 or any(_is_out_of_bounds(order) for order in orders):
        raise ValueError(
            "Amounts and weights are 0 or more, prices and lots above 0, and one weight at least is above 0."
        )
    # Fractions, so that a third of the amount stays exactly a third.
    shares = [Fraction(amount) * Fraction(order.weight) / weights for order in orders]
    exact_lots = [share / _lot_price(order) for share, order in zip(shares, orders, strict=True)]
    lots = _whole_lots(Fraction(amount), exact_lots, orders)
    with localcontext(prec=_EXACT):
        portions = [
            Portion(share, exact, count, count * order.lot, order.price * (count * order.lot))
            for share, exact, count, order in zip(shares, exact_lots, lots, orders, strict=True)
        ]
        return AmountSpread(tuple(portions), amount - sum(portion.cost for portion in portions))


def smallest_amount(orders: Sequence[PricedOrder]) -> Decimal:
    """Return the least amount in whole paise that buys anything of `orders`: a lot of the cheapest
    one that has a weight.
    """
    return _in_paise(min(_lot_price(order) for order in orders if order.weight))


def amount_for_every_order(orders: Sequence[PricedOrder]) -> Decimal:
    """Return an amount whose shares each pay for a lot, so that it buys some of every order with a
    weight.
    """
    weights = sum(Fraction(order.weight) for order in orders)
    return _in_paise(
        max(_lot_price(order) * weights / Fraction(order.weight) for order in orders if order.weight)
    )


def _is_out_of_bounds(order: PricedOrder) -> bool:
    return order.price <= 0 or order.lot < 1 or order.weight < 0


def _in_paise(amount: Fraction) -> Decimal:
    """Round up, so that the amount still pays."""
    return Decimal(ceil(amount * 100)) / 100


def _whole_lots(amount: Fraction, exact_lots: Sequence[Fraction], orders: Sequence[PricedOrder]) -> list[int]:
    """Return the lots of every order: its own rounded down, then one more by the largest remainder.

    Of equal ones the first comes first.
    """
    lots = [int(exact) for exact in exact_lots]
    remainder = amount - sum(count * _lot_price(order) for count, order in zip(lots, orders, strict=True))
    cut = [number for number in range(len(orders)) if exact_lots[number] > lots[number]]
    # Python's sort is stable, so equal remainders keep the order of the basket.
    for number in sorted(cut, key=lambda number: lots[number] - exact_lots[number]):
        if (price := _lot_price(orders[number])) <= remainder:
            lots[number] += 1
            remainder -= price
    return lots


def _lot_price(order: PricedOrder) -> Fraction:
    return Fraction(order.price) * order.lot
