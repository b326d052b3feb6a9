"""The lines of a basket on its hand-off page, and what they are worth together."""

from dataclasses import dataclass
from decimal import Decimal

from kite.basket.items import Item
from kite.basket.worth import order_value
from kite.store.flow.executions import Execution
from kite.vocabulary import TransactionType
from kite.web.composer import warnings
from kite.web.site.context import services
from kite.web.wording.labels import rupees, summary
from kite.web.wording.order_terms import OrderTerms, terms


@dataclass(frozen=True)
class HandoffLine:
    """A line of the basket.

    `value` is in rupees, None when it cannot be known; `worth_of_basket` is the same as a text.

    `cares` are the sentences of cautions, which stop nothing.
    """

    number: int
    item: Item
    terms: OrderTerms
    value: Decimal | None
    worth: str
    cares: list[str]


def basket_lines(execution: Execution) -> list[HandoffLine]:
    """Return the lines of an execution's basket, valued by the catalogue."""
    instruments = services().catalogue.find_all(
        (item.exchange, item.tradingsymbol) for item in execution.items
    )
    orders = [(item, instruments.get((item.exchange, item.tradingsymbol))) for item in execution.items]
    lines = []
    for number, ((item, instrument), cares) in enumerate(
        zip(orders, warnings.sentences(orders), strict=True), 1
    ):
        value = order_value(item, instrument)
        value_text = ""
        if value is not None:
            value_text = rupees(value)
        lines.append(HandoffLine(number, item, terms(item), value, value_text, cares))
    return lines


def worth_of_basket(lines: list[HandoffLine]) -> str:
    """Return how many orders each side has and what they are worth: "3 buy · ₹21,77,030.00, 1 sell
    · ₹4,100.00".
    """
    buys = [line for line in lines if line.item.transaction_type == TransactionType.BUY]
    sells = [line for line in lines if line.item.transaction_type == TransactionType.SELL]
    sides = [(summary(len(buys), 0), buys), (summary(0, len(sells)), sells)]
    return ", ".join(_worth_of_side(words, side) for words, side in sides if side)


def _worth_of_side(words: str, lines: list[HandoffLine]) -> str:
    values = [line.value for line in lines if line.value is not None]
    # A sum without the orders of unknown worth would be read as that of all.
    if len(values) < len(lines):
        return words
    return f"{words} · {rupees(sum(values, Decimal(0)))}"
