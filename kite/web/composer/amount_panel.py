"""The composer's panel that turns an amount of money into quantities, and explains each of them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from flask_babel import gettext

from kite.basket.amounts import Portion, PricedOrder, allocate_amount, smallest_amount
from kite.basket.numbers import Unreadable, number_or_percent, optional_amount
from kite.basket.worth import UNCOUNTED, order_value
from kite.texts import typable
from kite.vocabulary import N_
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_edits import Row
from kite.web.wording.amount_messages import describe_portion, explain_portion
from kite.web.wording.labels import order_name, rupees
from kite.web.wording.rule_messages import SENTENCES, short

SCALE = "scale"
"""The action that works quantities out.

With a button of a row behind it, scale-remove-2, that is pressed first.
"""

EQUAL, BY_WEIGHT = "equal", "weights"
"""How an amount is spread."""

WORKED_OUT = "worked_out"
"""The hidden field with the fingerprint of the amount, spread and weights that gave the quantities
last.

Without it a person could change the amount, press "Review in Kite", and send the old quantities.
"""

RECALCULATED = N_(
    "The amount was not worked out yet. These are the quantities for it. Check them, and press again."
)
AMOUNT_WRONG = N_("The amount cannot be worked out. Put it right below, or empty its field.")
SMALLEST = N_("Too small. The smallest amount for these orders is %(smallest)s.")

FINGERPRINT_LENGTH = 32
"""Letters of the text in the hidden field: enough of a SHA-256 to tell any two amounts and spreads
apart.
"""

_PRICED_BY = {"exchange", "order_type", "price"}
"""The fields that an order's price depends on."""


@dataclass(frozen=True)
class AmountLine:
    """What one order gets: its name, its quantity in words, why it is that, and the action that
    removes the order when the quantity is 0.
    """

    order: str
    quantity: str
    why: str
    remove: str = ""


@dataclass(frozen=True)
class AmountResult:
    """What the button did: new quantities by number of row, a line for each order, sums in rupees,
    and the orders whose quantity did not change, each with the reason.
    """

    quantities: Mapping[int, int] = field(default_factory=dict)
    lines: Sequence[AmountLine] = ()
    spent: Decimal = Decimal(0)
    unspent: Decimal = Decimal(0)
    alone: Sequence[str] = ()
    amount_error: str = ""
    weights_error: str = ""
    wrong: frozenset[int] = frozenset()

    def fill(self, rows: Sequence[Row]) -> list[Row]:
        """Return `rows` with the new quantities typed into them."""
        filled = list(rows)
        for index, number in self.quantities.items():
            filled[index] = filled[index] | {"quantity": str(number)}
        return filled

    @property
    def failed(self) -> bool:
        """Whether no quantity was worked out, for a reason that is shown at a field."""
        return bool(self.amount_error or self.weights_error)

    @property
    def note(self) -> str:
        """The sentence above the orders when a press found an amount that was not worked out."""
        if self.failed:
            return str(gettext(AMOUNT_WRONG))
        return str(gettext(RECALCULATED))

    @property
    def focus(self) -> str:
        """The id of what a person reads next."""
        if self.amount_error:
            return "amount"
        if self.wrong:
            return f"weight-{min(self.wrong)}"
        return "amount-told"


@dataclass(frozen=True)
class Panel:
    """The panel of a page: what was typed, a weight for each row with its name, and what the button
    did.

    `worked_out` is the fingerprint of the amount, spread and weights that gave the quantities last.
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


def build_panel(
    orders: Sequence[ItemForm],
    form: Mapping[str, str],
    result: AmountResult | None = None,
    *,
    weighted: bool = False,
) -> Panel:
    """Return the panel for the rows of a page; `form` is what was posted.

    `weighted` says that rows have just come with weights, by which the amount is then to be spread.
    """
    weights = [
        (
            gettext("%(number)s. %(tradingsymbol)s", number=order.index + 1, tradingsymbol=_symbol(order)),
            order.weight,
        )
        for order in orders
    ]
    fingerprint = typable(form.get(WORKED_OUT, ""))[:FINGERPRINT_LENGTH]
    if result is not None and not result.failed:
        fingerprint = _fingerprint(orders, form)
    spread = BY_WEIGHT if weighted else _spread(form)
    return Panel(_amount(form), spread, weights, result, fingerprint, weighted)


def recalculate(orders: Sequence[ItemForm], form: Mapping[str, str]) -> AmountResult | None:
    """Return what the typed amount buys when a person has not seen that yet, or None.

    None means that the quantities on the page may go to Kite: no amount was typed, its quantities
    were worked out before, or it buys just these quantities.
    """
    if not _amount(form) or form.get(WORKED_OUT) == _fingerprint(orders, form):
        return None
    result = spread_amount(orders, form)
    changes = (
        order.read[0].quantity != result.quantities.get(order.index, order.read[0].quantity)
        for order in orders
    )
    if result.failed or any(changes):
        return result
    return None


def _amount(form: Mapping[str, str]) -> str:
    return typable(form.get("amount", "").strip())


def _spread(form: Mapping[str, str]) -> str:
    if form.get("spread") == BY_WEIGHT:
        return BY_WEIGHT
    return EQUAL


def _fingerprint(orders: Sequence[ItemForm], form: Mapping[str, str]) -> str:
    """Return a short text for the typed amount and how it is spread, which differs when they do.

    Weights count only where they are used, and a row without a weight may come and go: neither
    makes the quantities out of date.
    """
    spread = _spread(form)
    weights = [order.weight for order in orders if order.weight and spread == BY_WEIGHT]
    typed = json.dumps([_amount(form), spread, *weights])
    return hashlib.sha256(typed.encode()).hexdigest()[:FINGERPRINT_LENGTH]


def spread_amount(orders: Sequence[ItemForm], form: Mapping[str, str]) -> AmountResult:
    """Spread the posted amount over the rows that have a price, equally or by their weights."""
    try:
        amount = optional_amount(_amount(form)) or Decimal(0)
    except Unreadable as error:
        return AmountResult(amount_error=gettext(SENTENCES[error.code]))
    if amount <= 0:
        return AmountResult(amount_error=gettext("Enter an amount in rupees, like 50000."))
    weights: dict[int, Decimal | None] = {order.index: Decimal(1) for order in orders}
    if _spread(form) == BY_WEIGHT:
        weights = _weights(orders)
    if wrong := _wrong_weights(weights):
        return AmountResult(
            weights_error=gettext("Enter a weight like 40. An order without one is left as it is."),
            wrong=wrong,
        )
    return _spread_over([order for order in orders if not order.blank], amount, weights)


def _weights(orders: Sequence[ItemForm]) -> dict[int, Decimal | None]:
    """Return the weights by row: None where none was typed, -1 for a text that cannot be read."""
    weights: dict[int, Decimal | None] = {}
    for order in orders:
        try:
            weights[order.index] = number_or_percent(order.weight)
        except Unreadable:
            weights[order.index] = Decimal(-1)
    return weights


def _wrong_weights(weights: Mapping[int, Decimal | None]) -> frozenset[int]:
    return frozenset(index for index, weight in weights.items() if weight is not None and weight < 0)


def _spread_over(
    orders: Sequence[ItemForm], amount: Decimal, weights: Mapping[int, Decimal | None]
) -> AmountResult:
    priced, alone = _price_orders(orders, weights)
    if not any(order.weight for order in priced.values()):
        return AmountResult(
            amount_error=gettext("No order has both a price and a weight above 0."), alone=alone
        )
    scaled = allocate_amount(amount, list(priced.values()))
    if amount == scaled.remainder:
        # Not even one lot was bought. Quantities of 0 would help nobody; the smallest amount does.
        least = rupees(smallest_amount(list(priced.values())))
        return AmountResult(amount_error=gettext(SMALLEST, smallest=least), alone=alone)
    portions = dict(zip(priced, scaled.portions, strict=True))
    lines = [
        _describe(order, priced[order.index], portions[order.index])
        for order in orders
        if order.index in priced
    ]
    quantities = {index: portion.quantity for index, portion in portions.items()}
    return AmountResult(quantities, lines, amount - scaled.remainder, scaled.remainder, alone)


def _price_orders(
    orders: Sequence[ItemForm], weights: Mapping[int, Decimal | None]
) -> tuple[dict[int, PricedOrder], list[str]]:
    """Return the orders that take part, by row, and a sentence for each of the others."""
    priced: dict[int, PricedOrder] = {}
    alone: list[str] = []
    for order in orders:
        unit, weight = _unit_price(order), weights[order.index]
        if isinstance(unit, str):
            alone.append(f"{_name(order)}: {unit}")
        elif weight is None:
            alone.append(gettext("%(order)s: no weight.", order=_name(order)))
        else:
            priced[order.index] = replace(unit, weight=weight)
    return priced, alone


def _unit_price(order: ItemForm) -> PricedOrder | str:
    """Return what one unit of an order costs, or the sentence that says why nobody knows."""
    item, unreadable = order.read
    if order.instrument is None or not _PRICED_BY.isdisjoint(problem.field for problem in unreadable):
        return str(gettext("it has to be put right first."))
    if item.exchange in UNCOUNTED:
        return str(gettext("what a contract is worth is not known on %(exchange)s.", exchange=item.exchange))
    unit = order_value(replace(item, quantity=1), order.instrument)
    if not unit:
        return str(gettext("no price is known; a limit has one."))
    return PricedOrder(unit, max(order.instrument.lot_size, 1))


def _describe(order: ItemForm, priced: PricedOrder, portion: Portion) -> AmountLine:
    line = AmountLine(_name(order), describe_portion(portion, priced), explain_portion(portion, priced))
    if portion.quantity:
        return line
    return replace(line, remove=f"{SCALE}-remove-{order.index}")


def _symbol(order: ItemForm) -> str:
    return short(order.text("tradingsymbol")) or "–"


def _name(order: ItemForm) -> str:
    return order_name(order.index, _symbol(order))
