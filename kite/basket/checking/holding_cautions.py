"""Cautions for shares that are sold for delivery: are they in the account, and may they leave it?

Both need what only the account knows, so they are silent without a session.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from kite.basket.checking.caution import ComposedBasket
from kite.basket.items import Item
from kite.basket.problem import Problem
from kite.vocabulary import EQUITY, Product, TransactionType, Variety


def sells_what_is_held(basket: ComposedBasket) -> Iterator[tuple[int, Problem]]:
    """Shares are sold for delivery on the exchange where they are held, and not more than are held;
    what the basket buys does not count yet.
    """
    if basket.sellable is None:
        return
    sold: dict[tuple[str, str], int] = defaultdict(int)
    for place, item, _ in basket.readable_orders():
        if not sells_for_delivery(item):
            continue
        name = item.exchange, item.tradingsymbol
        # Earlier orders of the same basket use up what is held.
        available = max(basket.sellable.get(name, 0) - sold[name], 0)
        sold[name] += item.quantity
        if item.quantity > available:
            yield place, _not_held(item, available, basket.sellable)


def sells_what_is_authorised(basket: ComposedBasket) -> Iterator[tuple[int, Problem]]:
    """Shares leave an account only if its holder has authorised it: once and for all, or for the
    day with a TPIN.
    """
    sold: dict[tuple[str, str], int] = defaultdict(int)
    for place, item, _ in basket.readable_orders():
        name = item.exchange, item.tradingsymbol
        if basket.authorised is None or name not in basket.authorised or not sells_for_delivery(item):
            continue
        sold[name] += item.quantity
        if sold[name] > basket.authorised[name]:
            params = {"tradingsymbol": item.tradingsymbol}
            yield place, Problem("sale_needs_authorisation", "quantity", params)


def sells_for_delivery(item: Item) -> bool:
    """Whether an order sells for delivery; without a product Kite's page takes CNC for shares."""
    return (
        item.transaction_type is TransactionType.SELL
        and item.quantity > 0
        and item.exchange in EQUITY
        and item.product in (Product.CNC, None)
        and item.variety is not Variety.CO
    )


def _not_held(item: Item, available: int, sellable: Mapping[tuple[str, str], int]) -> Problem:
    params = {"tradingsymbol": item.tradingsymbol, "exchange": item.exchange.value, "left": str(available)}
    # The other exchange is offered only where nothing is held here: two half sales would need two
    # orders.
    for other in sorted(EQUITY - {item.exchange}):
        if not available and (there := sellable.get((other, item.tradingsymbol), 0)) > 0:
            params |= {"held": str(there), "other": other.value}
            return Problem("held_elsewhere", "exchange", params, ({"exchange": other.value},))
    fixes = ({"quantity": str(available)},) if available else ()
    return Problem("more_than_held", "quantity", params, fixes)
