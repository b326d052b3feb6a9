"""A basket that holds more items than Kite takes at once goes there in parts."""

from collections.abc import Sequence

from kite.basket.items import MAX_ITEMS, Item
from kite.exceptions import BasketError


def split(items: Sequence[Item], size: int) -> list[tuple[Item, ...]]:
    """Return `items` in their order as parts of at most `size`; nothing is left out and no part is empty.

    Raises BasketError for more than MAX_ITEMS: such a basket is refused, never cut.
    """
    if len(items) > MAX_ITEMS:
        raise BasketError(f"A basket holds 1 to {MAX_ITEMS} items, this one {len(items)}.")
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]
