"""The totals of a basket in the composer: how many orders, their value, and the share of each."""

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

    `faulty` says that it has an error, and counts once that is fixed.
    """

    tradingsymbol: str
    side: str
    share: Decimal | None
    faulty: bool


@dataclass(frozen=True)
class Totals:
    """Counts and sums in rupees.

    A sum leaves out orders whose value is not known, and is None when no value is.
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


def compute_totals(orders: Sequence[ItemForm]) -> Totals:
    """Return the totals of the rows in which something was typed; the heaviest orders come
    first.
    """
    filled = [order for order in orders if not order.blank]
    filled.sort(key=lambda order: -(order.value or 0))
    buys, sells = _values(filled, TransactionType.BUY), _values(filled, TransactionType.SELL)
    whole = Decimal(sum(order.value or 0 for order in filled))
    weights = [_weight(order, whole) for order in filled]
    return Totals(len(filled), len(buys), _sum(buys), len(sells), _sum(sells), weights)


def _values(orders: Sequence[ItemForm], side: TransactionType) -> list[Decimal | None]:
    return [order.value for order in orders if order.text("transaction_type") == side]


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    # No orders are worth 0; orders whose values nobody knows are worth an unknown sum.
    if values and not known:
        return None
    return sum(known, Decimal(0))


def _weight(order: ItemForm, whole: Decimal) -> Weight:
    value, side = order.value, order.text("transaction_type")
    share = None
    if value is not None:
        share = (100 * value / whole).quantize(Decimal("0.1"))
    # The side is a class in the page, so only words that Kite knows may get there.
    if side not in list(TransactionType):
        side = ""
    return Weight(short(order.text("tradingsymbol")), side, share, not order.ready)
