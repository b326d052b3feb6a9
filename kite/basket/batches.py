"""A basket that holds more items than Kite takes at once goes there in parts, and so does one whose sells go
first.
"""

from collections.abc import Sequence

from kite.basket.items import MAX_ITEMS, Item
from kite.exceptions import BasketError
from kite.vocabulary import TransactionType


def split_basket(items: Sequence[Item], size: int, *, sells_first: bool = False) -> list[tuple[Item, ...]]:
    """Return `items` in their order as parts of at most `size`; nothing is left out and no part is empty.

    With `sells_first` no part holds both sides, and those that sell stand before those that buy.
    Raises BasketError for more than MAX_ITEMS: such a basket is refused, never cut.
    """
    if len(items) > MAX_ITEMS:
        raise BasketError(f"A basket holds 1 to {MAX_ITEMS} items, this one {len(items)}.")
    turns = (
        [[each for each in items if sells(each) is side] for side in (True, False)]
        if sells_first
        else [items]
    )
    return [tuple(turn[start : start + size]) for turn in turns for start in range(0, len(turn), size)]


def sells(item: Item) -> bool:
    """Whether an item sells."""
    return item.transaction_type is TransactionType.SELL


def has_both_sides(items: Sequence[Item]) -> bool:
    """Whether a basket both sells and buys, so that its sells may go first."""
    return len({sells(each) for each in items}) == 2
