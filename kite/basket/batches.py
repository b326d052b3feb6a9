"""Splits a basket into the parts that go to Kite one after the other: when it holds more items than
Kite takes at once, and when its sells go first.
"""

from collections.abc import Sequence

from kite.basket.items import MAX_ITEMS, Item
from kite.exceptions import BasketError
from kite.vocabulary import TransactionType


def split_basket(items: Sequence[Item], size: int, *, sells_first: bool = False) -> list[tuple[Item, ...]]:
    """Return `items` in their order as parts of at most `size`; nothing is left out and no part is
    empty.

    With `sells_first` no part holds both sides, and the sells come before the buys.
    Raises BasketError for more than MAX_ITEMS: such a basket is refused, never cut.
    """
    if len(items) > MAX_ITEMS:
        raise BasketError(f"A basket holds 1 to {MAX_ITEMS} items, this one {len(items)}.")
    groups: list[Sequence[Item]] = [items]
    if sells_first:
        groups = [
            [item for item in items if sells(item)],
            [item for item in items if not sells(item)],
        ]
    return [tuple(group[start : start + size]) for group in groups for start in range(0, len(group), size)]


def sells(item: Item) -> bool:
    """Whether an item sells."""
    return item.transaction_type is TransactionType.SELL


def has_both_sides(items: Sequence[Item]) -> bool:
    """Whether a basket both sells and buys, so that its sells may go first."""
    return len({sells(item) for item in items}) == 2
