"""What a caution is, and the basket that it looks at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from kite.basket.items import Instrument, Item
from kite.basket.problem import Problem, RuleSource

PRICE_FAR_PERCENT = 20
"""How far a price may be from the last one before that is pointed out, unless the site's settings
say otherwise.
"""


@dataclass(frozen=True)
class ComposedBasket:
    """A basket as cautions see it: each order with its instrument, None for one that cannot be read
    yet.

    `now` is the time of day; `sellable` the shares that can be sold for delivery by exchange and
    symbol, None when nobody can tell. `authorised` is how many of the shares that are held may be
    sold without Kite asking for an authorisation, None when it asks for none or nobody can tell.
    `quoted` are last prices in rupees by exchange and symbol, as far as Kite told them. A price is
    far that is more than `far_percent` away from the last one.
    """

    orders: Sequence[tuple[Item, Instrument | None] | None]
    now: datetime
    sellable: Mapping[tuple[str, str], int] | None = None
    authorised: Mapping[tuple[str, str], int] | None = None
    quoted: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    far_percent: int = PRICE_FAR_PERCENT

    def readable_orders(self) -> Iterator[tuple[int, Item, Instrument | None]]:
        """Yield the orders that can be read, with their place."""
        return ((place, *order) for place, order in enumerate(self.orders) if order is not None)


@dataclass(frozen=True)
class Caution:
    """A check of a basket, the codes of its problems, a sentence for people, and where it comes
    from.
    """

    check: Callable[[ComposedBasket], Iterator[tuple[int, Problem]]]
    codes: tuple[str, ...]
    sentence: str
    source: RuleSource
