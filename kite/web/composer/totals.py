"""What the composer says of a basket as a whole: how many orders, what they are worth, how they weigh."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from kite.vocabulary import TransactionType
from kite.web.composer.forms import ItemForm
from kite.web.wording.labels import rupees
from kite.web.wording.rule_messages import short


@dataclass(frozen=True)
class Weight:
    """One order's part in the basket.

    `share` is in percent with one decimal, None when the order is not counted.

    `faulty`: it counts once it is right.
    """

    tradingsymbol: str
    side: str
    share: Decimal | None
    faulty: bool


@dataclass(frozen=True)
class Totals:
    """Counts and sums in rupees.

    An order whose value is not known is not in a sum; without any known there is none.
    """

    count: int
    buys: int
    buy_value: Decimal | None
    sells: int
    sell_value: Decimal | None
    weights: Sequence[Weight]

    @property
    def sums(self) -> str:
        """What each side is worth, in a line.

        What is bought and what is sold are never added up: they are two amounts.
        """
        sides = [
            (gettext("Buy %(sum)s"), self.buys, self.buy_value),
            (gettext("Sell %(sum)s"), self.sells, self.sell_value),
        ]
        return ", ".join(words % {"sum": rupees(value)} for words, number, value in sides if number)


def totals(orders: Sequence[ItemForm]) -> Totals:
    """Add up the rows in which something was typed; the heaviest weigh first, those not counted last."""
    filled = [(order, order.value) for order in orders if not order.blank]
    filled.sort(key=lambda pair: -(pair[1] or 0))
    buys = [value for order, value in filled if order.text("transaction_type") == TransactionType.BUY]
    sells = [value for order, value in filled if order.text("transaction_type") == TransactionType.SELL]
    whole = Decimal(sum(value or 0 for _, value in filled))
    weights = [_weight(order, value, whole) for order, value in filled]
    return Totals(len(filled), len(buys), _sum(buys), len(sells), _sum(sells), weights)


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known or not values else None


def _weight(order: ItemForm, value: Decimal | None, whole: Decimal) -> Weight:
    share = None if value is None else (100 * value / whole).quantize(Decimal("0.1"))
    side = order.text("transaction_type")
    return Weight(
        short(order.text("tradingsymbol")),
        side if side in list(TransactionType) else "",
        share,
        not order.ready,
    )
