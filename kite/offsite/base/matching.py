"""Which of Kite's orders belong to which item. Kite returns no order ids, so the tag, symbol and side decide.

The tag finds the execution's orders (a person's own tag may stand before its 8 characters), symbol and side
find the item, quantity and terms tell items alike apart. Variety is never compared: after hours Kite turns a
regular order into an AMO by itself. What cannot be told apart is not guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kite.basket.items import Item, takes_price, takes_trigger
from kite.connect.records import Order

TAG_LENGTH = 8
PROTECTED, SLICED = "mktp", "autoslice"
"""How the entries begin that Kite itself adds to an order's tags: under market protection, and for a slice of
a larger order.
"""


@dataclass
class Assignment:
    """`orders[n]` are the orders of item n, second legs after their first; `extra` belong to no item.

    `unclear` holds the numbers (from 0) of items whose orders could not be told apart.
    """

    orders: list[list[Order]]
    extra: list[Order] = field(default_factory=list)
    unclear: set[int] = field(default_factory=set)


def orders_with_tag(orders: Iterable[Order], tag: str) -> list[Order]:
    """Return the orders that carry an execution's tag, and the second legs of those."""
    book = list(orders)
    mine = {order.order_id for order in book if any(text[-TAG_LENGTH:] == tag for text in order.tag_list)}
    legs = {order.order_id for order in book if order.parent_order_id in mine}
    return [order for order in book if order.order_id in mine | legs]


def is_market_protected(item: Item, order: Order) -> bool:
    """Whether `order` is `item` at market under Kite's market protection, which makes a limit of it and marks
    its tags mktp.
    """
    return not takes_price(item.order_type) and any(text.startswith(PROTECTED) for text in order.tag_list)


def own_tags(order: Order) -> tuple[str, ...]:
    """Return the tags that an order was placed with, without the entries of Kite's own."""
    return tuple(text for text in order.tag_list if not text.startswith((PROTECTED, SLICED)))


def matches_item(item: Item, order: Order) -> bool:
    """Whether an order has the symbol, side and quantity of an item."""
    return _key(item) == _key(order) and item.quantity == order.quantity


def could_be_of_item(item: Item, order: Order) -> bool:
    """Whether nothing that is known of an order speaks against it being that of an item: its symbol and side
    may be missing.
    """
    return all(ours == kites or not kites for ours, kites in zip(_key(item), _key(order), strict=True))


def assign_orders(items: Sequence[Item], orders: Sequence[Order]) -> Assignment:
    """Assign an execution's orders to its items."""
    ids = {order.order_id for order in orders}
    firsts = [order for order in orders if order.parent_order_id not in ids]
    result = Assignment([[] for _ in items])
    for key in dict.fromkeys(_key(order) for order in firsts if all(_key(order))):
        same = [number for number, item in enumerate(items) if _key(item) == key]
        _assign_alike(items, same, [order for order in firsts if _key(order) == key], result)
    for order in firsts:
        if not all(_key(order)):
            _leave_open(items, order, result)
    for order in orders:
        if order.parent_order_id in ids:
            _put_under_parent(order, result)
    return result


def _assign_alike(items: Sequence[Item], numbers: list[int], orders: list[Order], result: Assignment) -> None:
    """Assign `orders` of one symbol and side to the items of that symbol and side, which have these
    `numbers`.
    """
    if len(numbers) == 1:
        result.orders[numbers[0]] += orders
        return
    free = list(numbers)
    left = []
    for order in orders:
        same = [number for number in free if _same_terms(items[number], order)]
        if same:
            result.orders[same[0]].append(order)
            free.remove(same[0])
        else:
            left.append(order)
    if not left:
        return
    if len(free) == 1:
        result.orders[free[0]] += left
        return
    result.unclear.update(free)
    for order in left:
        again = [number for number in numbers if number not in free and _same_terms(items[number], order)]
        fewest = min(again, key=lambda number: len(result.orders[number]), default=None)
        (result.extra if fewest is None else result.orders[fewest]).append(order)


def _leave_open(items: Sequence[Item], order: Order, result: Assignment) -> None:
    """Keep an order of which Kite sent no symbol or side: it may be that of any item without one which
    nothing speaks against.
    """
    result.extra.append(order)
    result.unclear.update(
        number
        for number, item in enumerate(items)
        if not result.orders[number] and could_be_of_item(item, order)
    )


def _put_under_parent(leg: Order, result: Assignment) -> None:
    for orders in (*result.orders, result.extra):
        if any(order.order_id == leg.parent_order_id for order in orders):
            orders.append(leg)
            return
    result.extra.append(leg)


def _key(thing: Item | Order) -> tuple[str, str, str]:
    return str(thing.exchange), thing.tradingsymbol, str(thing.transaction_type)


def _same_terms(item: Item, order: Order) -> bool:
    return (
        item.quantity == order.quantity
        and (item.order_type == order.order_type or is_market_protected(item, order))
        and (not takes_price(item.order_type) or item.price == order.price)
        and (not takes_trigger(item.order_type, item.variety) or item.trigger_price == order.trigger_price)
    )
