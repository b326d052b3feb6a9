"""The receipt: the execution shown, with an outcome for every item.

Pure: from what is stored to what is known.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from kite.basket.items import Item, takes_price, takes_trigger
from kite.basket.worth import fill_value
from kite.connect.records import Order, Trade
from kite.offsite.base.doubts import CERTAIN, Doubts
from kite.offsite.base.matching import SLICED, assign_orders, is_market_protected, matches_item
from kite.offsite.base.modifications import Terms
from kite.store.flow.executions import Execution
from kite.vocabulary import IST, OrderStatus, OrderType, Outcome, Product, State, Validity, Variety

Word = TypeVar("Word", bound=StrEnum)
Default = TypeVar("Default")
Value = str | int | Decimal | None

COMPARED = ("quantity", "order_type", "price", "trigger_price", "product", "validity")
"""Fields of an item that can be changed at Kite."""
NOTHING: Mapping[str, Terms] = {}

SIX = 6
"""At 06:00 IST Kite ends every session; the order book of the day before is gone by then."""


@dataclass(frozen=True)
class Change:
    """What was changed at Kite: a field of the item, its value as it was handed to Kite and as Kite's book
    shows it.
    """

    field: str
    before: str | int | Decimal
    after: str | int | Decimal


@dataclass(frozen=True)
class Report:
    """What a postback told of an order at `at`.

    Its checksum covers neither status nor quantity, so it proves neither.
    """

    order: Order
    at: datetime


@dataclass(frozen=True)
class ItemResult:
    """An item and what became of it.

    `orders` are all of its orders, second legs included; `quantity` is the one ordered, edits included, or
    the item's own while no order is known. `average_price` is taken over its trades, in rupees. `reports` are
    what Kite's postbacks told last of its orders and no reading has confirmed. `twice`: it was placed more
    than once. `untagged` are orders of an item without one that carry no tag and have its symbol, side and
    quantity: they may be the item's.
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
        """The item with the terms that Kite's order book shows; with its own while no order is known."""
        return _as_ordered(self.item, self.orders[0], self.quantity) if self.orders else self.item

    @property
    def status_message(self) -> str | None:
        """Kite's sentence about the order that failed, as Kite words it."""
        return next((order.status_message for order in self.orders if order.status_message), None)


@dataclass(frozen=True)
class Receipt:
    """What is known of an execution.

    `extra` are orders with its tag that belong to no item; `histories` hold each order's stations, oldest
    first. `unreadable` counts the rows of Kite's lists that could not be read, not at all and perhaps this
    basket's, or not in full.
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
        """Return what the trades of a side come to, in rupees; those without a known value are left out."""
        counted = (each for each in self.trades if each.transaction_type == side)
        return sum(
            (fill_value(each.exchange, each.quantity, each.average_price) or Decimal(0) for each in counted),
            Decimal(0),
        )

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


def build_receipt(
    execution: Execution,
    orders: Sequence[Order],
    trades: Sequence[Trade],
    *,
    concluded: bool = False,
    readable: bool = True,
    gone: Collection[str] = (),
    reports: Sequence[Report] = (),
    doubts: Doubts = CERTAIN,
    given: Mapping[str, Terms] = NOTHING,
) -> Receipt:
    """Say what became of every item of `execution`.

    `concluded`: a reading was late enough to say that what it did not hold does not exist. `readable` is
    false when no order book can be read now: what was still open then is not known any more. Nor is it of
    orders whose ids are in `gone`: the last reading did not hold them any more, as Kite empties its book
    overnight. `reports` are what was heard and not read since; they leave an outcome unknown. So does an
    order in `doubts` that cannot be read, for every item that has none. `given` are the terms that orders
    were given here, by their ids.
    """
    assigned = assign_orders(execution.items, orders)
    heard = _by_item(execution.items, reports, ended={order.order_id for order in orders if order.ended})
    results = []
    for number, item in enumerate(execution.items):
        result = _result(number, item, assigned.orders[number], trades, given)
        result = replace(result, reports=heard[number])
        unclear = (
            bool(number in assigned.unclear or heard[number] or doubts.unreadable_orders)
            and not result.orders
        )
        if not result.orders:
            result = replace(
                result, untagged=tuple(order for order in doubts.untagged if matches_item(item, order))
            )
        seen = readable and not any(order.order_id in gone and not order.ended for order in result.orders)
        results.append(
            replace(result, outcome=_outcome(execution.state, result, concluded and not unclear, seen))
        )
    unreadable = (
        doubts.unreadable_orders + doubts.unreadable_trades + sum(not order.whole for order in orders)
    )
    return Receipt(
        execution, tuple(results), tuple(assigned.extra), tuple(orders), tuple(trades), unreadable=unreadable
    )


def _by_item(
    items: Sequence[Item], reports: Sequence[Report], *, ended: Collection[str]
) -> list[tuple[Report, ...]]:
    """Return the last report of every order by item, without those of orders that are known to have ended."""
    last = {
        each.order.order_id: each
        for each in sorted(reports, key=_progress)
        if each.order.order_id not in ended
    }
    assigned = assign_orders(items, [each.order for each in last.values()])
    return [tuple(last[order.order_id] for order in orders) for orders in assigned.orders]


def _progress(report: Report) -> tuple[bool, int, str, datetime]:
    """Order reports of one order as things went: they arrive in any order, and may carry the same second."""
    return (
        report.order.ended,
        report.order.filled_quantity,
        str(report.order.raw.get("exchange_update_timestamp") or ""),
        report.at,
    )


def next_session_end(moment: datetime) -> datetime:
    """Return the first 06:00 IST after `moment`: sessions end there, and with them the day's order book."""
    local = moment.astimezone(IST)
    six = local.replace(hour=SIX, minute=0, second=0, microsecond=0)
    return six if six > local else six + timedelta(days=1)


def proves_absence(execution: Execution, read_at: datetime, missing_after: timedelta) -> bool:
    """Whether an order that is not in the book read at `read_at` does not exist: late enough, and still the
    same day.
    """
    returned_at = execution.returned_at
    if returned_at is None:
        return False
    return returned_at + missing_after <= read_at < next_session_end(execution.handed_off_at or returned_at)


def average_price(trades: Sequence[Trade]) -> Decimal | None:
    """Return the average price over `trades`, Σ(quantity × price) / Σ quantity in rupees, or None without
    any.
    """
    quantity = sum(trade.quantity for trade in trades)
    if not quantity:
        return None
    return sum((trade.quantity * trade.average_price for trade in trades), Decimal(0)) / quantity


def _result(
    number: int, item: Item, orders: Sequence[Order], trades: Sequence[Trade], given: Mapping[str, Terms]
) -> ItemResult:
    ids = {order.order_id for order in orders}
    firsts = [order for order in orders if order.parent_order_id not in ids]
    filled = [trade for trade in trades if any(trade.order_id == order.order_id for order in firsts)]
    return ItemResult(
        number=number,
        item=item,
        outcome=None,
        orders=tuple(orders),
        changes=_changes(item, firsts, given),
        quantity=sum(order.quantity for order in firsts)
        if firsts and not _senseless(firsts, "quantity")
        else item.quantity,
        filled_quantity=sum(order.filled_quantity for order in firsts),
        average_price=_average(firsts, filled),
        twice=_twice(item, firsts),
    )


def _twice(item: Item, orders: Sequence[Order]) -> bool:
    """Whether several orders exceed the item together.

    Kite's own slices of one order do not count: they are one.
    """
    whole = [order for order in orders if not any(text.startswith(SLICED) for text in order.tag_list)]
    return len(whole) > 1 and sum(order.quantity for order in whole) > item.quantity


def _average(orders: Sequence[Order], trades: Sequence[Trade]) -> Decimal | None:
    """Return the average price over the trades, or the orders' own while not every fill is known."""
    whole = sum(trade.quantity for trade in trades) == sum(order.filled_quantity for order in orders)
    return average_price(trades) if whole else _ordered_average(orders) or average_price(trades)


def _ordered_average(orders: Sequence[Order]) -> Decimal | None:
    """Return the average of what the orders themselves name as theirs."""
    filled = [order for order in orders if order.filled_quantity and order.average_price]
    quantity = sum(order.filled_quantity for order in filled)
    return (
        sum((order.filled_quantity * order.average_price for order in filled), Decimal(0)) / quantity
        if quantity
        else None
    )


def _outcome(state: State, result: ItemResult, concluded: bool, readable: bool) -> Outcome | None:
    if state is State.UNKNOWN:
        return Outcome.UNKNOWN
    if state not in (State.RETURNED, State.SETTLED):
        return None
    if not result.orders:
        return Outcome.MISSING if concluded else Outcome.UNKNOWN
    if any(not order.ended for order in result.orders):
        return Outcome.OPEN if readable else Outcome.UNKNOWN
    if _senseless(result.orders, "filled_quantity") or (
        result.filled_quantity and _senseless(result.orders, "quantity")
    ):
        return Outcome.UNKNOWN
    if result.filled_quantity:
        return Outcome.FILLED if result.filled_quantity >= result.quantity else Outcome.PARTLY_FILLED
    statuses = {order.known_status for order in result.orders}
    if OrderStatus.REJECTED in statuses:
        return Outcome.REJECTED
    return Outcome.CANCELLED if OrderStatus.CANCELLED in statuses else Outcome.UNKNOWN


def _senseless(orders: Sequence[Order], name: str) -> bool:
    """Whether Kite sent something in a field of one of these orders of which nothing can be made."""
    return any(name in order.senseless for order in orders)


def _as_ordered(item: Item, order: Order, number: int) -> Item:
    """Return an item with an order's terms. One at market under Kite's protection stays at market."""
    if is_market_protected(item, order):
        return replace(item, quantity=number)
    order_type = _member(OrderType, order.order_type, item.order_type)
    trigger = order.trigger_price if takes_trigger(order_type, item.variety) else None
    return replace(
        item,
        quantity=number,
        order_type=order_type,
        price=order.price or None if takes_price(order_type) else None,
        trigger_price=trigger or item.trigger_price if takes_trigger(order_type, item.variety) else None,
        product=item.product if item.variety == Variety.CO else _member(Product, order.product, item.product),
        validity=_member(Validity, order.validity, item.validity),
    )


def _member(kind: type[Word], text: str, otherwise: Default) -> Word | Default:
    """Return what a text of Kite's means; `otherwise` for a word that is not ours."""
    return next((word for word in kind if word == text), otherwise)


def _changes(item: Item, orders: Sequence[Order], given: Mapping[str, Terms]) -> tuple[Change, ...]:
    """Return where what was handed to Kite differs from what its book shows: the basket, and new terms given
    here since.
    """
    if not orders:
        return ()
    order = orders[0]
    handed: dict[str, Value] = {name: getattr(item, name) for name in COMPARED} | dict(
        given.get(order.order_id, {})
    )
    shown = _shown(item, order)
    if _senseless(orders, "quantity") or (
        len(orders) > 1 and any("quantity" in given.get(each.order_id, {}) for each in orders)
    ):
        del shown["quantity"]  # of several orders, nobody can say which part of the sum was changed where
    elif not _twice(item, orders):
        shown["quantity"] = sum(each.quantity for each in orders)
    return tuple(
        Change(name, handed[name] or 0, after)
        for name, after in shown.items()
        if _differs(item, name, handed[name], after)
    )


def _shown(item: Item, order: Order) -> dict[str, str | int | Decimal]:
    """Return the terms of an order that can be compared with its item's."""
    shown: dict[str, str | int | Decimal] = {"quantity": order.quantity}
    if not is_market_protected(item, order):
        shown["order_type"] = order.order_type
    if takes_price(item.order_type) and takes_price(order.order_type):
        shown["price"] = order.price
    if takes_trigger(item.order_type, item.variety):
        shown["trigger_price"] = order.trigger_price
    if item.variety != Variety.CO:
        shown["product"] = order.product
    return shown | {"validity": order.validity}


def _differs(item: Item, name: str, handed: Value, shown: str | int | Decimal) -> bool:
    """Whether Kite's book shows something else than was handed over.

    New terms given here take effect a moment later.
    """
    return handed is not None and bool(shown) and shown not in (handed, getattr(item, name))
