"""Why an amount of money buys just this quantity of an order, in words."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from flask_babel import gettext, ngettext

from kite.basket.amounts import Portion, PricedOrder
from kite.vocabulary import N_
from kite.web.wording.labels import price, quantity, rupees

WHY = {
    (False, 0): N_("Its share, %(share)s, buys exactly %(lots)s."),
    (False, 1): N_("Its share, %(share)s, buys %(wanted)s: rounded up to %(lots)s."),
    (False, -1): N_("Its share, %(share)s, buys %(wanted)s: rounded down to %(lots)s."),
    (True, 0): N_("Its share, %(share)s, buys exactly %(lots)s of its lots, %(lot)s each."),
    (True, 1): N_("Its share, %(share)s, buys %(wanted)s of its lots, %(lot)s each: rounded up to %(lots)s."),
    (True, -1): N_(
        "Its share, %(share)s, buys %(wanted)s of its lots, %(lot)s each: rounded down to %(lots)s."
    ),
}
"""Why a quantity is what it is: by whether it is counted in lots, and how it was rounded."""


def describe_portion(portion: Portion, priced: PricedOrder) -> str:
    """Return what an order gets and costs: "150 = 2 lots for ₹1,20,000.00"."""
    count = quantity(portion.quantity)
    # Shares come in lots of one, where "10 = 10 lots" would only puzzle.
    if priced.lot > 1:
        count = ngettext("%(count)s = %(num)s lot", "%(count)s = %(num)s lots", portion.lots, count=count)
    return str(gettext("%(quantity)s for %(cost)s", quantity=count, cost=rupees(portion.cost)))


def explain_portion(portion: Portion, priced: PricedOrder) -> str:
    """Return how the share of an order became its quantity."""
    sentence = WHY[priced.lot > 1, portion.rounded]
    return str(
        gettext(
            sentence,
            share=rupees(_two_decimals(portion.share, ROUND_HALF_UP)),
            # Rounded half up, 2.996 lots would read "buys 3.00: rounded down to 2".
            wanted=price(_two_decimals(portion.exact_lots, ROUND_DOWN)),
            lots=quantity(portion.lots),
            lot=rupees(priced.price * priced.lot),
        )
    )


def _two_decimals(exact: Fraction, rounding: str) -> Decimal:
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), rounding)
