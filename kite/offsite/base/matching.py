"""Which of Kite's orders belong to which item.

Kite returns no order ids, so the tag, symbol and side decide.

The tag finds the execution's orders (a person's own tag may come before its 8 characters), symbol
and side find the item, quantity and terms distinguish items that are alike. Variety is never
compared: after hours Kite turns a regular order into an AMO by itself. Orders that cannot be
distinguished are not guessed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from kite.basket.fields import takes_price, takes_trigger
from kite.basket.items import Item
from kite.connect.records import Order

TAG_LENGTH = 8
PROTECTED, SLICED = "mktp", "autoslice"
"""How the entries begin that Kite itself adds to an order's tags: under market protection, and for
a slice of a larger order.
"""


@dataclass
class Assignment:
    """`orders[n]` are the orders of item n, second legs after their first; `extra` belong to no
    item.

    `unclear` holds the numbers (from 0) of items whose orders could not be distinguished.
    """

    orders: list[list[Order]]
    extra: list[Order] = field(default_factory=list)
    unclear: set[int] = field(default_factory=set)


def tags_of(order: Order) -> tuple[str, ...]:
    """Return what may be the tag of an execution in each of an order's tags: its last 8
    characters.
    """
    return tuple(text[-TAG_LENGTH:] for text in order.tag_list)


def tags_of_book(book: Iterable[Order]) -> frozenset[str]:
    """Return what may be the tag of an execution in the orders of a book."""
    return frozenset(tag for order in book for tag in tags_of(order))


def orders_with_tag(orders: Iterable[Order], tag: str, before: Collection[str] = ()) -> list[Order]:
    """Return the orders that carry an execution's tag, and the second legs of those.

    `before` are the ids of the orders that the book held before the hand-off: none of them is the
    execution's.
    """
    book = list(orders)
    tagged = {order.order_id for order in book if tag in tags_of(order)}
    legs = {order.order_id for order in book if order.parent_order_id in tagged}
    return [order for order in book if order.order_id in (tagged | legs).difference(before)]


def is_market_protected(item: Item, order: Order) -> bool:
    """Whether `order` is `item` at market under Kite's market protection, which makes a limit of it
    and marks its tags mktp.
    """
    return not takes_price(item.order_type) and any(text.startswith(PROTECTED) for text in order.tag_list)


def own_tags(order: Order) -> tuple[str, ...]:
    """Return the tags that an order was placed with, without the entries of Kite's own."""
    return tuple(text for text in order.tag_list if not text.startswith((PROTECTED, SLICED)))


def matches_item(item: Item, order: Order) -> bool:
    """Whether an order has the symbol, side and quantity of an item."""
    return _key(item) == _key(order) and item.quantity == order.quantity


def could_be_of_item(item: Item, order: Order) -> bool:
    """Whether an order's symbol and side, as far as Kite sent them, are those of an item."""
    return all(ours == kites or not kites for ours, kites in zip(_key(item), _key(order), strict=True))


def exceeds_item(item: Item, orders: Sequence[Order]) -> bool:
    """Whether several orders exceed the item together: it was placed more than once.

    Kite's own slices of one order do not count: they are one.
    """
    unsliced = [order for order in orders if not any(text.startswith(SLICED) for text in order.tag_list)]
    return len(unsliced) > 1 and sum(order.quantity for order in unsliced) > item.quantity


def assign_orders(items: Sequence[Item], orders: Sequence[Order]) -> Assignment:
    """Assign an execution's orders to its items."""
    ids = {order.order_id for order in orders}
    assignment = _assign_firsts(items, [order for order in orders if order.parent_order_id not in ids])
    # After their firsts: a leg joins its parent, which must have its place by then.
    for order in orders:
        if order.parent_order_id in ids:
            _put_under_parent(order, assignment)
    return assignment


def _assign_firsts(items: Sequence[Item], orders: Sequence[Order]) -> Assignment:
    """Assign the orders that are no second legs."""
    assignment = Assignment([[] for _ in items])
    complete = [order for order in orders if all(_key(order))]
    for key in dict.fromkeys(map(_key, complete)):
        _assign_same_key(items, key, [order for order in complete if _key(order) == key], assignment)
    # After the others: an order without a symbol may only be that of an item that got none.
    for order in orders:
        if not all(_key(order)):
            _leave_open(items, order, assignment)
    return assignment


def _assign_same_key(
    items: Sequence[Item], key: tuple[str, str, str], orders: list[Order], assignment: Assignment
) -> None:
    """Assign the orders of one exchange, symbol and side to the items that have them too."""
    numbers = [number for number, item in enumerate(items) if _key(item) == key]
    if len(numbers) == 1:
        assignment.orders[numbers[0]] += orders
        return
    free, remaining = _assign_same_terms(items, numbers, orders, assignment)
    if not remaining:
        return
    # One item is left without an order: the remaining orders can be no other's. Their terms were
    # changed.
    if len(free) == 1:
        assignment.orders[free[0]] += remaining
        return
    assignment.unclear.update(free)
    matched = [number for number in numbers if number not in free]
    for order in remaining:
        _assign_repeated(items, matched, order, assignment)


def _assign_same_terms(
    items: Sequence[Item], numbers: list[int], orders: list[Order], assignment: Assignment
) -> tuple[list[int], list[Order]]:
    """Give each item the first order with its own terms; return the items and the orders that got
    none.
    """
    free = list(numbers)
    remaining = []
    for order in orders:
        number = next((number for number in free if _has_terms(items[number], order)), None)
        if number is None:
            remaining.append(order)
        else:
            assignment.orders[number].append(order)
            free.remove(number)
    return free, remaining


def _assign_repeated(items: Sequence[Item], matched: list[int], order: Order, assignment: Assignment) -> None:
    """Add an order to the item with its terms that has the fewest: a basket may have been placed
    twice.
    """
    same = [number for number in matched if _has_terms(items[number], order)]
    fewest = min(same, key=lambda number: len(assignment.orders[number]), default=None)
    if fewest is None:
        assignment.extra.append(order)
    else:
        assignment.orders[fewest].append(order)


def _leave_open(items: Sequence[Item], order: Order, assignment: Assignment) -> None:
    """Assign an order without symbol or side to no item, and mark the items unclear that it may
    belong to.
    """
    assignment.extra.append(order)
    assignment.unclear.update(
        number
        for number, item in enumerate(items)
        if not assignment.orders[number] and could_be_of_item(item, order)
    )


def _put_under_parent(leg: Order, assignment: Assignment) -> None:
    for orders in (*assignment.orders, assignment.extra):
        if any(order.order_id == leg.parent_order_id for order in orders):
            orders.append(leg)
            return
    assignment.extra.append(leg)


def _key(line: Item | Order) -> tuple[str, str, str]:
    return str(line.exchange), line.tradingsymbol, str(line.transaction_type)


def _has_terms(item: Item, order: Order) -> bool:
    """Whether an order has the quantity, type and prices of an item."""
    return (
        item.quantity == order.quantity
        and (item.order_type == order.order_type or is_market_protected(item, order))
        and (not takes_price(item.order_type) or item.price == order.price)
        and (not takes_trigger(item.order_type, item.variety) or item.trigger_price == order.trigger_price)
    )
