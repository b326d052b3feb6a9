"""The receipt: the execution shown, with an outcome for every item. Pure: from what is stored to what is known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from kite.basket.items import Item, takes_price, takes_trigger
from kite.basket.worth import fill_value
from kite.connect.records import Order, Trade
from kite.offsite.matching import assign, protected
from kite.store.executions import Execution
from kite.vocabulary import IST, OrderStatus, Outcome, State, Variety

SIX = 6
"""At 06:00 IST Kite ends every session; the order book of the day before is gone by then."""


@dataclass(frozen=True)
class Change:
    """What the person edited on Kite's page: a field of the item, its value as composed and as ordered."""

    field: str
    before: str | int | Decimal
    after: str | int | Decimal


@dataclass(frozen=True)
class Report:
    """What a postback told of an order at `at`. Its checksum covers neither status nor quantity, so it proves neither."""

    order: Order
    at: datetime


@dataclass(frozen=True)
class ItemResult:
    """An item and what became of it.

    `orders` are all of its orders, second legs included; `quantity` is the one ordered, edits included, or the item's
    own while no order is known. `average_price` is taken over its trades, in rupees. `reports` are what Kite's postbacks
    told last of its orders and no reading has confirmed. `twice`: it was placed more than once.
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

    @property
    def status_message(self) -> str | None:
        """Kite's sentence about the order that failed, as Kite words it."""
        return next((order.status_message for order in self.orders if order.status_message), None)


@dataclass(frozen=True)
class Receipt:
    """What is known of an execution.

    `extra` are orders with its tag that belong to no item; `histories` hold each order's stations, oldest first.
    """

    execution: Execution
    items: tuple[ItemResult, ...]
    extra: tuple[Order, ...]
    orders: tuple[Order, ...]
    trades: tuple[Trade, ...]
    histories: Mapping[str, Sequence[Order]] = field(default_factory=dict)

    @property
    def working(self) -> bool:
        """Whether an order has not ended."""
        return any(not order.ended for order in self.orders)

    def traded(self, *sides: str) -> Decimal:
        """Return what the trades of these sides come to, of both when none is named, in rupees; those without a known value are left out."""
        counted = (each for each in self.trades if not sides or each.transaction_type in sides)
        return sum((fill_value(each.exchange, each.quantity, each.average_price) or Decimal(0) for each in counted), Decimal(0))

    @property
    def complete(self) -> bool:
        """Whether nothing can change any more: every order has ended and no item is unknown."""
        return not self.working and all(result.outcome not in (None, Outcome.UNKNOWN) for result in self.items)


def build(
    execution: Execution,
    orders: Sequence[Order],
    trades: Sequence[Trade],
    *,
    concluded: bool = False,
    readable: bool = True,
    gone: Collection[str] = (),
    reports: Sequence[Report] = (),
) -> Receipt:
    """Say what became of every item of `execution`.

    `concluded`: a reading was late enough to say that what it did not hold does not exist. `readable` is false when no
    order book can be read now: what was still open then is not known any more. Nor is it of orders whose ids are in
    `gone`: the last reading did not hold them any more, as Kite empties its book overnight.
    `reports` are what was heard and not read since; they leave an outcome unknown.
    """
    assigned = assign(execution.items, orders)
    heard = _by_item(execution.items, reports, ended={order.order_id for order in orders if order.ended})
    results = []
    for number, item in enumerate(execution.items):
        result = _result(number, item, assigned.orders[number], trades)
        result = replace(result, reports=heard[number])
        unclear = (number in assigned.unclear or heard[number]) and not result.orders
        seen = readable and not any(order.order_id in gone and not order.ended for order in result.orders)
        results.append(replace(result, outcome=_outcome(execution.state, result, concluded and not unclear, seen)))
    return Receipt(execution, tuple(results), tuple(assigned.extra), tuple(orders), tuple(trades))


def _by_item(items: Sequence[Item], reports: Sequence[Report], *, ended: Collection[str]) -> list[tuple[Report, ...]]:
    """Return the last report of every order by item, without those of orders that are known to have ended."""
    last = {each.order.order_id: each for each in sorted(reports, key=_progress) if each.order.order_id not in ended}
    assigned = assign(items, [each.order for each in last.values()])
    return [tuple(last[order.order_id] for order in orders) for orders in assigned.orders]


def _progress(report: Report) -> tuple[bool, int, str, datetime]:
    """Order reports of one order as things went: they arrive in any order, and may carry the same second."""
    return report.order.ended, report.order.filled_quantity, str(report.order.raw.get("exchange_update_timestamp") or ""), report.at


def next_six(moment: datetime) -> datetime:
    """Return the first 06:00 IST after `moment`: sessions end there, and with them the day's order book."""
    local = moment.astimezone(IST)
    six = local.replace(hour=SIX, minute=0, second=0, microsecond=0)
    return six if six > local else six + timedelta(days=1)


def concludes(execution: Execution, read_at: datetime, missing_after: timedelta) -> bool:
    """Whether an order that is not in the book read at `read_at` does not exist: late enough, and still the same day."""
    returned_at = execution.returned_at
    if returned_at is None:
        return False
    return returned_at + missing_after <= read_at < next_six(execution.handed_off_at or returned_at)


def average(trades: Sequence[Trade]) -> Decimal | None:
    """Return the average price over `trades`, Σ(quantity × price) / Σ quantity in rupees, or None without any."""
    quantity = sum(trade.quantity for trade in trades)
    if not quantity:
        return None
    return sum((trade.quantity * trade.average_price for trade in trades), Decimal(0)) / quantity


def _result(number: int, item: Item, orders: Sequence[Order], trades: Sequence[Trade]) -> ItemResult:
    ids = {order.order_id for order in orders}
    firsts = [order for order in orders if order.parent_order_id not in ids]
    filled = [trade for trade in trades if any(trade.order_id == order.order_id for order in firsts)]
    return ItemResult(
        number=number,
        item=item,
        outcome=None,
        orders=tuple(orders),
        changes=_changes(item, firsts),
        quantity=sum(order.quantity for order in firsts) if firsts else item.quantity,
        filled_quantity=sum(order.filled_quantity for order in firsts),
        average_price=average(filled) or _ordered_average(firsts),
        twice=_twice(item, firsts),
    )


def _twice(item: Item, orders: Sequence[Order]) -> bool:
    """Whether several orders exceed the item together. Kite's own slices of one order do not count: they are one."""
    whole = [order for order in orders if not any(text.startswith("autoslice") for text in order.tag_list)]
    return len(whole) > 1 and sum(order.quantity for order in whole) > item.quantity


def _ordered_average(orders: Sequence[Order]) -> Decimal | None:
    """Fall back to the orders' own average while their trades have not been read."""
    filled = [order for order in orders if order.filled_quantity and order.average_price]
    quantity = sum(order.filled_quantity for order in filled)
    return sum((order.filled_quantity * order.average_price for order in filled), Decimal(0)) / quantity if quantity else None


def _outcome(state: State, result: ItemResult, concluded: bool, readable: bool) -> Outcome | None:
    if state is State.UNKNOWN:
        return Outcome.UNKNOWN
    if state not in (State.RETURNED, State.SETTLED):
        return None
    if not result.orders:
        return Outcome.MISSING if concluded else Outcome.UNKNOWN
    if any(not order.ended for order in result.orders):
        return Outcome.OPEN if readable else Outcome.UNKNOWN
    if result.filled_quantity:
        return Outcome.FILLED if result.filled_quantity >= result.quantity else Outcome.PARTLY_FILLED
    statuses = {order.status for order in result.orders}
    if OrderStatus.REJECTED in statuses:
        return Outcome.REJECTED
    return Outcome.CANCELLED if OrderStatus.CANCELLED in statuses else Outcome.UNKNOWN


def _changes(item: Item, orders: Sequence[Order]) -> tuple[Change, ...]:
    if not orders:
        return ()
    order = orders[0]
    pairs: list[tuple[str, str | int | Decimal | None, str | int | Decimal | None]] = [
        ("quantity", item.quantity, order.quantity if _twice(item, orders) else sum(each.quantity for each in orders)),
        ("order_type", item.order_type, item.order_type if protected(item, order) else order.order_type),
    ]
    if takes_price(item.order_type) and takes_price(order.order_type):
        pairs.append(("price", item.price, order.price))
    if takes_trigger(item.order_type, item.variety) and order.trigger_price:
        pairs.append(("trigger_price", item.trigger_price, order.trigger_price))
    if item.variety != Variety.CO:
        pairs.append(("product", item.product, order.product))
    pairs.append(("validity", item.validity, order.validity))
    return tuple(Change(name, before, after) for name, before, after in pairs if before is not None and after and before != after)
