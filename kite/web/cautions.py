"""What the composer points out beside an order that may be sent as it is, at its field and with what would change it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kite.basket.cautions import Basket, cautions, delivers
from kite.exceptions import KiteError
from kite.offsite.money import authorised, sellable
from kite.offsite.parts import Parts
from kite.web.forms import ItemForm
from kite.web.parts import parts
from kite.web.problems import Button, button, sentence
from kite.web.visit import visit_id

Quantities = Mapping[tuple[str, str], int]
"""Shares by exchange and symbol."""


@dataclass(frozen=True)
class Care:
    """A sentence below a field, and the buttons that change the order."""

    text: str
    buttons: Sequence[Button]


def point_out(orders: Sequence[ItemForm]) -> None:
    """Put what there is to point out at the fields of `orders`, as their `cares`."""
    read = [(order.item, order.instrument) if order.item and not order.blank else None for order in orders]
    sells = any(order and delivers(order[0]) for order in read)
    found = cautions(Basket(read, parts().now(), _told(sellable) if sells else None, authorised=_told(authorised) if sells else None))
    for order, problems in zip(orders, found, strict=True):
        for problem in problems:
            field = order[problem.field]
            field.cares = [*getattr(field, "cares", ()), Care(sentence(problem), [button(order.index, fix) for fix in problem.fixes])]


def _told(question: Callable[[Parts, str], Quantities | None]) -> Quantities | None:
    """Return what Kite says of the account's shares, or None: the page does without what nobody can tell."""
    try:
        return question(parts(), visit_id())
    except KiteError:
        return None
