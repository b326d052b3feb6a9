"""The composer's panel that turns an amount of money into quantities, and explains each of them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from flask_babel import gettext, ngettext

from kite.basket.amounts import Portion, Priced, scale, smallest
from kite.basket.formats.row_reader import WEIGHT
from kite.basket.numbers import Unreadable, number_or_percent, optional_amount
from kite.basket.worth import UNCOUNTED, order_value
from kite.texts import typable
from kite.vocabulary import N_
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_edits import Row
from kite.web.wording.labels import price, quantity, rupees
from kite.web.wording.rule_messages import SENTENCES, short

SCALE = "scale"
"""The action that works quantities out.

With a button of a row behind it, scale-remove-2, that is pressed first.
"""

EQUAL, BY_WEIGHT = "equal", "weights"
"""How an amount is spread."""

WORKED_OUT = "worked_out"
"""The hidden field that says for which amount, spread and weights quantities were worked out last."""

RECALCULATED = N_(
    "The amount was not worked out yet. These are the quantities for it. Check them, and press again."
)
AMOUNT_WRONG = N_("The amount cannot be worked out. Put it right below, or empty its field.")
SMALLEST = N_("Too small. The smallest amount for these orders is %(smallest)s.")

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

LONGEST_BASIS = 32
"""Letters of what stands for an amount and how it is spread."""

_PRICED_BY = {"exchange", "order_type", "price"}
"""The fields that an order's price depends on."""


@dataclass(frozen=True)
class AmountLine:
    """What became of one order: its name, its quantity in words, why it is that, and what removes it when
    that is nothing.
    """

    order: str
    quantity: str
    why: str
    remove: str = ""


@dataclass(frozen=True)
class AmountResult:
    """What the button did: new quantities by number of row, what is told of each, sums in rupees, and the
    orders left alone with the reason.
    """

    quantities: Mapping[int, int] = field(default_factory=dict)
    told: Sequence[AmountLine] = ()
    spent: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    alone: Sequence[str] = ()
    amount_error: str = ""
    weights_error: str = ""
    wrong: frozenset[int] = frozenset()

    def fill(self, rows: Sequence[Row]) -> list[Row]:
        """Return `rows` with the new quantities typed into them."""
        return [
            row | {"quantity": str(self.quantities[index])} if index in self.quantities else row
            for index, row in enumerate(rows)
        ]

    @property
    def failed(self) -> bool:
        """Whether nothing was worked out, for a reason that stands at a field."""
        return bool(self.amount_error or self.weights_error)

    @property
    def note(self) -> str:
        """What is said above the orders when a press found the amount not worked out."""
        return str(gettext(AMOUNT_WRONG if self.failed else RECALCULATED))

    @property
    def focus(self) -> str:
        """The id of what a person reads next."""
        if self.amount_error:
            return "amount"
        return f"weight-{min(self.wrong)}" if self.wrong else "amount-told"


@dataclass(frozen=True)
class Panel:
    """The panel as it stands: what was typed, a weight for each row with its name, and what the button did.

    `worked_out` stands for what quantities were worked out for last.
    """

    amount: str
    spread: str
    weights: Sequence[tuple[str, str]]
    worked: AmountResult | None
    worked_out: str
    came_with_weights: bool = False

    @property
    def open(self) -> bool:
        """Whether the panel is in use."""
        return bool(self.amount or self.worked or self.came_with_weights)


def weighed(rows: Sequence[Row], form: Mapping[str, str]) -> list[Row]:
    """Give rows their weights, so that these move, copy and go with them.

    `rows` are those of the posted form, numbered without gaps.
    """
    weights = (typable(form.get(f"{WEIGHT}-{index}", "").strip()) for index in range(len(rows)))
    return [row | {WEIGHT: weight} if weight else row for row, weight in zip(rows, weights, strict=True)]


def panel(
    orders: Sequence[ItemForm],
    form: Mapping[str, str],
    worked: AmountResult | None = None,
    *,
    weighted: bool = False,
) -> Panel:
    """Return the panel for the rows of a page; `form` is what was posted.

    With `weighted` rows have just come with weights.
    """
    weights = [
        (
            gettext("%(number)s. %(tradingsymbol)s", number=each.index + 1, tradingsymbol=_symbol(each)),
            each.weight,
        )
        for each in orders
    ]
    done = worked is not None and not worked.failed
    worked_out = _basis(orders, form) if done else typable(form.get(WORKED_OUT, ""))[:LONGEST_BASIS]
    spread = BY_WEIGHT if weighted else _spread(form)
    return Panel(_amount(form), spread, weights, worked, worked_out, weighted)


def not_worked_out(orders: Sequence[ItemForm], form: Mapping[str, str]) -> AmountResult | None:
    """Return what the typed amount makes of the orders, where that was not worked out before and the
    quantities are others.

    None when what stands on the page is what was typed: no amount, one that was worked out, or one that buys
    just these quantities.
    """
    if not _amount(form) or form.get(WORKED_OUT) == _basis(orders, form):
        return None
    worked = work_out(orders, form)
    changes = (
        order.read[0].quantity != worked.quantities.get(order.index, order.read[0].quantity)
        for order in orders
    )
    return worked if worked.failed or any(changes) else None


def _amount(form: Mapping[str, str]) -> str:
    return typable(form.get("amount", "").strip())


def _spread(form: Mapping[str, str]) -> str:
    return BY_WEIGHT if form.get("spread") == BY_WEIGHT else EQUAL


def _basis(orders: Sequence[ItemForm], form: Mapping[str, str]) -> str:
    """Return what stands for the typed amount and how it is spread.

    A row without a weight may come and go.
    """
    spread = _spread(form)
    weights = [order.weight for order in orders if order.weight] if spread == BY_WEIGHT else []
    return hashlib.sha256(json.dumps([_amount(form), spread, *weights]).encode()).hexdigest()[:LONGEST_BASIS]


def work_out(orders: Sequence[ItemForm], form: Mapping[str, str]) -> AmountResult:
    """Spread the posted amount over the rows that have a price, equally or by their weights."""
    try:
        amount = optional_amount(_amount(form)) or Decimal(0)
    except Unreadable as error:
        return AmountResult(amount_error=gettext(SENTENCES[error.code]))
    if amount <= 0:
        return AmountResult(amount_error=gettext("Enter an amount in rupees, like 50000."))
    weights = _weights(orders) if _spread(form) == BY_WEIGHT else {each.index: Decimal(1) for each in orders}
    if wrong := frozenset(index for index, weight in weights.items() if weight is not None and weight < 0):
        return AmountResult(
            weights_error=gettext("Enter a weight like 40. An order without one is left as it is."),
            wrong=wrong,
        )
    return _worked(amount, [each for each in orders if not each.blank], weights)


def _weights(orders: Sequence[ItemForm]) -> dict[int, Decimal | None]:
    """Return the weights by row: None where there is none, -1 for a text that is none."""
    read: dict[int, Decimal | None] = {}
    for each in orders:
        try:
            read[each.index] = number_or_percent(each.weight)
        except Unreadable:
            read[each.index] = Decimal(-1)
    return read


def _worked(
    amount: Decimal, orders: Sequence[ItemForm], weights: Mapping[int, Decimal | None]
) -> AmountResult:
    alone, priced = [], {}
    for each in orders:
        found, weight = _price(each), weights[each.index]
        if isinstance(found, str):
            alone.append(f"{_name(each)}: {found}")
        elif weight is None:
            alone.append(gettext("%(order)s: no weight.", order=_name(each)))
        else:
            priced[each.index] = replace(found, weight=weight)
    if not any(each.weight for each in priced.values()):
        return AmountResult(
            amount_error=gettext("No order has both a price and a weight above 0."), alone=alone
        )
    scaled = scale(amount, list(priced.values()))
    if amount == scaled.left:
        least = rupees(smallest(list(priced.values())))
        return AmountResult(amount_error=gettext(SMALLEST, smallest=least), alone=alone)
    portions = dict(zip(priced, scaled.portions, strict=True))
    told = [_told(each, priced[each.index], portions[each.index]) for each in orders if each.index in priced]
    return AmountResult(
        {index: each.quantity for index, each in portions.items()},
        told,
        amount - scaled.left,
        scaled.left,
        alone,
    )


def _price(order: ItemForm) -> Priced | str:
    """Return what one unit of an order costs, or the sentence that says why nobody knows."""
    item, unreadable = order.read
    if order.instrument is None or not _PRICED_BY.isdisjoint(problem.field for problem in unreadable):
        return str(gettext("it has to be put right first."))
    if item.exchange in UNCOUNTED:
        return str(gettext("what a contract is worth is not known on %(exchange)s.", exchange=item.exchange))
    unit = order_value(replace(item, quantity=1), order.instrument)
    return (
        Priced(unit, max(order.instrument.lot_size, 1))
        if unit
        else str(gettext("no price is known; a limit has one."))
    )


def _told(order: ItemForm, priced: Priced, portion: Portion) -> AmountLine:
    in_lots = priced.lot > 1
    count = quantity(portion.quantity)
    words = (
        ngettext("%(count)s = %(num)s lot", "%(count)s = %(num)s lots", portion.lots, count=count)
        if in_lots
        else count
    )
    cost = gettext("%(quantity)s for %(cost)s", quantity=words, cost=rupees(portion.cost))
    exact = {
        "share": rupees(_decimal(portion.share, ROUND_HALF_UP)),
        "wanted": price(_decimal(portion.wanted, ROUND_DOWN)),
        "lots": quantity(portion.lots),
    }
    sentence = WHY[in_lots, portion.rounded]
    why = gettext(sentence, lot=rupees(priced.price * priced.lot), **exact)
    return AmountLine(_name(order), cost, why, "" if portion.quantity else f"{SCALE}-remove-{order.index}")


def _decimal(exact: Fraction, rounding: str) -> Decimal:
    """Return a figure for people: two decimals."""
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), rounding)


def _symbol(order: ItemForm) -> str:
    return short(order.text("tradingsymbol")) or "–"


def _name(order: ItemForm) -> str:
    return str(
        gettext("Order %(number)s, %(tradingsymbol)s", number=order.index + 1, tradingsymbol=_symbol(order))
    )
