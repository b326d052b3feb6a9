"""What the composer points out of an order that may be sent as it is: a sentence at its field, and
buttons that change it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from kite.basket.checking.caution import ComposedBasket
from kite.basket.checking.cautions import cautions
from kite.basket.checking.figure_cautions import has_usual_price, typed_prices
from kite.basket.checking.holding_cautions import sells_for_delivery
from kite.basket.items import Instrument, Item
from kite.exceptions import KiteError
from kite.offsite.account.costs import authorised_quantities, quotes, sellable_quantities
from kite.offsite.base.services import Services
from kite.web.composer.forms import CautionMessage, ItemForm
from kite.web.site.context import services
from kite.web.site.visits import visit_id
from kite.web.wording.rule_messages import button, sentence

Quantities = Mapping[tuple[str, str], int]
"""Shares by exchange and symbol."""


def add_cautions(orders: Sequence[ItemForm]) -> None:
    """Put the cautions of `orders` at their fields, as `cares`."""
    pairs = [_with_instrument(order) for order in orders]
    basket = replace(_basket(pairs), quoted=_last_prices(pairs))
    # Holdings cost a request to Kite, and only a sale for delivery depends on them.
    if any(pair and sells_for_delivery(pair[0]) for pair in pairs):
        basket = replace(
            basket, sellable=_ask_kite(sellable_quantities), authorised=_ask_kite(authorised_quantities)
        )
    for order, problems in zip(orders, cautions(basket), strict=True):
        for problem in problems:
            buttons = [button(order.index, fix) for fix in problem.fixes]
            order[problem.field].cares.append(CautionMessage(sentence(problem), buttons))


def sentences(orders: Sequence[tuple[Item, Instrument | None]]) -> list[list[str]]:
    """Return the cautions of each order of a basket that is only shown.

    Kite is not asked for it.
    """
    return [[sentence(problem) for problem in problems] for problems in cautions(_basket(orders))]


def _with_instrument(order: ItemForm) -> tuple[Item, Instrument | None] | None:
    """Return the order of a row; None for a blank row and for one that cannot be read."""
    if order.blank or order.item is None:
        return None
    return order.item, order.instrument


def _basket(orders: Sequence[tuple[Item, Instrument | None] | None]) -> ComposedBasket:
    return ComposedBasket(orders, services().now(), far_percent=services().settings.price_far_percent)


def _ask_kite(question: Callable[[Services, str], Quantities | None]) -> Quantities | None:
    """Return what Kite says of the account's shares, or None, without which the page says nothing
    of them.
    """
    try:
        return question(services(), visit_id())
    except KiteError:
        return None


def _last_prices(orders: Sequence[tuple[Item, Instrument | None] | None]) -> dict[tuple[str, str], Decimal]:
    """Return the last prices of orders that name a price, as far as a session of this visit can ask
    Kite for them.
    """
    priced = [
        item
        for item, instrument in filter(None, orders)
        if instrument is not None and has_usual_price(item, instrument) and typed_prices(item)
    ]
    keys = {
        f"{item.exchange}:{item.tradingsymbol}": (item.exchange.value, item.tradingsymbol) for item in priced
    }
    try:
        answer = quotes(services(), visit_id(), keys)
    except KiteError:
        return {}
    return {keys[name]: quote.last_price for name, quote in answer.items()}
