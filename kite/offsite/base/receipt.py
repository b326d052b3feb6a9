"""The receipt: the execution shown, with an outcome for every item.

`receipt_building.py` makes one of what is known, `receipt_loading.py` of what is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from kite.basket.items import Item
from kite.basket.worth import fill_value
from kite.connect.records import Order, Trade
from kite.offsite.base.changes import Change, as_ordered
from kite.store.flow.executions import Execution
from kite.vocabulary import Outcome


@dataclass(frozen=True)
class Report:
    """What a postback reported of an order at `at`.

    Its checksum covers neither status nor quantity, so it proves neither.
    """

    order: Order
    at: datetime


@dataclass(frozen=True)
class ItemResult:
    """An item and what became of it.

    `orders` are all of its orders, second legs included; `quantity` is the one ordered, edits
    included, or the item's own while no order is known. `average_price` is taken over its trades,
    in rupees. `reports` are the last postbacks about its orders that no reading has confirmed.
    `twice`: it was placed more than once. `untagged` are orders of an item without one that carry
    no tag and have its symbol, side and quantity: they may be the item's.
    """

    number: int
    item: Item
    outcome: Outcome | None
    orders: tuple[Order, ...]
    changes: tuple[Change, ...]
    quantity: int
    filled_quantity: int
    average_price: Decimal | None
    reports: tuple[Report, ...] = ()
    twice: bool = False
    untagged: tuple[Order, ...] = ()

    @property
    def ordered(self) -> Item:
        """The item with the terms that Kite's order book shows; with its own while no order is
        known.
        """
        return as_ordered(self.item, self.orders[0], self.quantity) if self.orders else self.item

    @property
    def status_message(self) -> str | None:
        """Kite's sentence about the order that failed, as Kite words it."""
        return next((order.status_message for order in self.orders if order.status_message), None)


@dataclass(frozen=True)
class Receipt:
    """What is known of an execution.

    `extra` are orders with its tag that belong to no item; `histories` hold each order's states,
    oldest first. `unreadable` counts the rows of Kite's lists that could not be read in full: those
    of this basket, and those that may be of it.
    """

    execution: Execution
    items: tuple[ItemResult, ...]
    extra: tuple[Order, ...]
    orders: tuple[Order, ...]
    trades: tuple[Trade, ...]
    histories: Mapping[str, Sequence[Order]] = field(default_factory=dict)
    unreadable: int = 0

    @property
    def working(self) -> bool:
        """Whether an order has not ended."""
        return any(not order.ended for order in self.orders)

    def traded(self, side: str) -> Decimal:
        """Return what the trades of a side come to, in rupees; those without a known value are left
        out.
        """
        trades = (trade for trade in self.trades if trade.transaction_type == side)
        values = (fill_value(trade.exchange, trade.quantity, trade.average_price) for trade in trades)
        return sum((value or Decimal(0) for value in values), Decimal(0))

    @property
    def untagged(self) -> tuple[Order, ...]:
        """Orders without a tag that may be those of items without an order, each once."""
        return tuple({order.order_id: order for result in self.items for order in result.untagged}.values())

    @property
    def complete(self) -> bool:
        """Whether nothing can change any more: every order has ended and no item is unknown."""
        return not self.working and all(
            result.outcome not in (None, Outcome.UNKNOWN) for result in self.items
        )
