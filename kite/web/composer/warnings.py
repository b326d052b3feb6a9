"""What the composer points out beside an order that may be sent as it is, at its field and with what would
change it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kite.basket.checking.cautions import Basket, cautions, delivers, has_usual_price, typed_prices
from kite.basket.items import Instrument, Item
from kite.exceptions import KiteError
from kite.offsite.account.costs import authorised, quotes, sellable
from kite.offsite.base.services import Services
from kite.web.composer.forms import ItemForm
from kite.web.site.context import services
from kite.web.site.visits import visit_id
from kite.web.wording.rule_messages import FixButton, button, sentence

Quantities = Mapping[tuple[str, str], int]
"""Shares by exchange and symbol."""


@dataclass(frozen=True)
class CautionMessage:
    """A sentence below a field, and the buttons that change the order."""

    text: str
    buttons: Sequence[FixButton]


def point_out(orders: Sequence[ItemForm]) -> None:
    """Put what there is to point out at the fields of `orders`, as their `cares`."""
    read = [(order.item, order.instrument) if order.item and not order.blank else None for order in orders]
    sells = any(order and delivers(order[0]) for order in read)
    basket = replace(_basket(read), quoted=_quoted(read))
    if sells:
        basket = replace(basket, sellable=_told(sellable), authorised=_told(authorised))
    found = cautions(basket)
    for order, problems in zip(orders, found, strict=True):
        for problem in problems:
            field = order[problem.field]
            field.cares = [
                *getattr(field, "cares", ()),
                CautionMessage(sentence(problem), [button(order.index, fix) for fix in problem.fixes]),
            ]


def sentences(orders: Sequence[tuple[Item, Instrument | None]]) -> list[list[str]]:
    """Return what there is to point out of each order of a basket that is only shown.

    Kite is not asked for it.
    """
    return [[sentence(problem) for problem in problems] for problems in cautions(_basket(orders))]


def _basket(orders: Sequence[tuple[Item, Instrument | None] | None]) -> Basket:
    return Basket(orders, services().now(), far_percent=services().settings.price_far_percent)


def _told(question: Callable[[Services, str], Quantities | None]) -> Quantities | None:
    """Return what Kite says of the account's shares, or None: the page does without what nobody can tell."""
    try:
        return question(services(), visit_id())
    except KiteError:
        return None


def _quoted(orders: Sequence[tuple[Item, Instrument | None] | None]) -> dict[tuple[str, str], Decimal]:
    """Return the last prices of orders that name a price, as far as a session of this visit can ask Kite for
    them.
    """
    priced = [
        item
        for item, instrument in filter(None, orders)
        if instrument is not None and has_usual_price(item, instrument) and typed_prices(item)
    ]
    try:
        told = quotes(services(), visit_id(), (f"{item.exchange}:{item.tradingsymbol}" for item in priced))
    except KiteError:
        return {}
    names = {
        f"{item.exchange}:{item.tradingsymbol}": (item.exchange.value, item.tradingsymbol) for item in priced
    }
    return {names[name]: quote.last_price for name, quote in told.items()}
