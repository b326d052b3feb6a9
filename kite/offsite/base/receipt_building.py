"""Building a receipt: from orders, trades and postbacks to an outcome for every item.

It asks nothing and stores nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from kite.basket.items import Item
from kite.connect.records import Order, Trade
from kite.offsite.base.changes import find_changes, has_senseless
from kite.offsite.base.doubts import CERTAIN, Doubts
from kite.offsite.base.matching import Assignment, assign_orders, exceeds_item, matches_item
from kite.offsite.base.receipt import ItemResult, Receipt, Report
from kite.offsite.base.states import PROVED
from kite.store.flow.event_data import Terms
from kite.store.flow.executions import Execution
from kite.vocabulary import OrderStatus, Outcome, State

NO_NEW_TERMS: Mapping[str, Terms] = {}


@dataclass(frozen=True)
class _Evidence:
    """What is known of an execution's orders, as `build_receipt` takes it."""

    assignment: Assignment
    reports: Sequence[tuple[Report, ...]]
    doubts: Doubts
    concluded: bool
    readable: bool
    gone: Collection[str]

    def may_have_unseen_order(self, number: int) -> bool:
        """Whether item `number`, which has no order, may have one that was not recognised."""
        unclear = number in self.assignment.unclear or bool(self.reports[number])
        return unclear or bool(self.doubts.unreadable_orders)

    def is_current(self, orders: Sequence[Order]) -> bool:
        """Whether what is stored of these orders is how they are now."""
        return self.readable and not any(order.order_id in self.gone and not order.ended for order in orders)


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
    accepted_terms: Mapping[str, Terms] = NO_NEW_TERMS,
) -> Receipt:
    """Return the receipt of `execution`, with what became of every item.

    `concluded`: a reading was late enough to say that what it did not hold does not exist.
    `readable` is false when no order book can be read now: what was still open then is not known
    any more. Nor is it of orders whose ids are in `gone`: the last reading did not hold them any
    more, as Kite empties its book overnight. `reports` are the postbacks that no reading has
    confirmed; they leave an outcome unknown. So does an order in `doubts` that cannot be read, for
    every item that has none. `accepted_terms` are the new terms that orders were given on the
    receipt, by order id.
    """
    assignment = assign_orders(execution.items, orders)
    ended = {order.order_id for order in orders if order.ended}
    reports_by_item = _reports_by_item(execution.items, reports, ended=ended)
    evidence = _Evidence(assignment, reports_by_item, doubts, concluded, readable, gone)
    results = (
        _item_result(number, item, assignment.orders[number], trades, accepted_terms)
        for number, item in enumerate(execution.items)
    )
    unreadable = (
        doubts.unreadable_orders + doubts.unreadable_trades + sum(not order.is_readable for order in orders)
    )
    return Receipt(
        execution,
        tuple(_with_outcome(execution.state, result, evidence) for result in results),
        tuple(assignment.extra),
        tuple(orders),
        tuple(trades),
        unreadable=unreadable,
    )


def _reports_by_item(
    items: Sequence[Item], reports: Sequence[Report], *, ended: Collection[str]
) -> list[tuple[Report, ...]]:
    """Return the last report of every order by item, without those of orders that are known to have
    ended.
    """
    in_sequence = sorted(reports, key=_progress)
    last = {report.order.order_id: report for report in in_sequence if report.order.order_id not in ended}
    assignment = assign_orders(items, [report.order for report in last.values()])
    return [tuple(last[order.order_id] for order in orders) for orders in assignment.orders]


def _progress(report: Report) -> tuple[bool, int, str, datetime]:
    """Sort key by which reports of one order come in the sequence in which things happened."""
    # The time of arrival comes last: postbacks arrive in any order, and may carry the same second.
    return (
        report.order.ended,
        report.order.filled_quantity,
        str(report.order.raw.get("exchange_update_timestamp") or ""),
        report.at,
    )


def _item_result(
    number: int,
    item: Item,
    orders: Sequence[Order],
    trades: Sequence[Trade],
    accepted_terms: Mapping[str, Terms],
) -> ItemResult:
    """Return an item with its orders, and without an outcome yet."""
    ids = {order.order_id for order in orders}
    # A second leg closes the position that the first one opened: its fills are not the item's.
    firsts = [order for order in orders if order.parent_order_id not in ids]
    first_ids = {order.order_id for order in firsts}
    return ItemResult(
        number=number,
        item=item,
        outcome=None,
        orders=tuple(orders),
        changes=find_changes(item, firsts, accepted_terms),
        quantity=_quantity_of(item, firsts),
        filled_quantity=sum(order.filled_quantity for order in firsts),
        average_price=_average_of(firsts, [trade for trade in trades if trade.order_id in first_ids]),
        twice=exceeds_item(item, firsts),
    )


def _quantity_of(item: Item, orders: Sequence[Order]) -> int:
    """Return the quantity that was ordered of an item; its own while that is not known."""
    if not orders or has_senseless(orders, "quantity"):
        return item.quantity
    return sum(order.quantity for order in orders)


def average_price(trades: Sequence[Trade]) -> Decimal | None:
    """Return the average price over `trades`, Σ(quantity × price) / Σ quantity in rupees, or None
    without any.
    """
    quantity = sum(trade.quantity for trade in trades)
    if not quantity:
        return None
    return sum((trade.quantity * trade.average_price for trade in trades), Decimal(0)) / quantity


def _average_of(orders: Sequence[Order], trades: Sequence[Trade]) -> Decimal | None:
    """Return the average price over the trades, or the orders' own while not every fill is
    known.
    """
    all_fills_known = sum(trade.quantity for trade in trades) == sum(
        order.filled_quantity for order in orders
    )
    if all_fills_known:
        return average_price(trades)
    return _average_by_orders(orders) or average_price(trades)


def _average_by_orders(orders: Sequence[Order]) -> Decimal | None:
    """Return the average over the orders' own average prices, weighted by what is filled of
    each.
    """
    filled_orders = [order for order in orders if order.filled_quantity and order.average_price]
    quantity = sum(order.filled_quantity for order in filled_orders)
    if not quantity:
        return None
    return (
        sum((order.filled_quantity * order.average_price for order in filled_orders), Decimal(0)) / quantity
    )


def _with_outcome(state: State, result: ItemResult, evidence: _Evidence) -> ItemResult:
    """Return an item's result with reports, doubtful orders and the outcome that all of it
    proves.
    """
    candidates: tuple[Order, ...] = ()
    if not result.orders:
        candidates = tuple(order for order in evidence.doubts.untagged if matches_item(result.item, order))
    return replace(
        result,
        reports=evidence.reports[result.number],
        untagged=candidates,
        outcome=_outcome(state, result, evidence),
    )


def _outcome(state: State, result: ItemResult, evidence: _Evidence) -> Outcome | None:
    if state is State.UNKNOWN:
        return Outcome.UNKNOWN
    if state not in PROVED:
        return None
    if not result.orders:
        # MISSING lets its person send the item again: an order that was only not recognised would
        # be doubled.
        proved_missing = evidence.concluded and not evidence.may_have_unseen_order(result.number)
        return Outcome.MISSING if proved_missing else Outcome.UNKNOWN
    if any(not order.ended for order in result.orders):
        return Outcome.OPEN if evidence.is_current(result.orders) else Outcome.UNKNOWN
    return _ended_outcome(result)


def _ended_outcome(result: ItemResult) -> Outcome:
    """Return the outcome of an item whose orders have all ended."""
    # A quantity that cannot be read counts as 0 in the sums, and proves nothing.
    if has_senseless(result.orders, "filled_quantity"):
        return Outcome.UNKNOWN
    if result.filled_quantity and has_senseless(result.orders, "quantity"):
        return Outcome.UNKNOWN
    if result.filled_quantity:
        return Outcome.FILLED if result.filled_quantity >= result.quantity else Outcome.PARTLY_FILLED
    statuses = {order.known_status for order in result.orders}
    if OrderStatus.REJECTED in statuses:
        return Outcome.REJECTED
    return Outcome.CANCELLED if OrderStatus.CANCELLED in statuses else Outcome.UNKNOWN
