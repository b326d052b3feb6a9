"""Changes to orders that have not ended: modify, cancel, exit, and a new future when a price is
set.

An order in a passing status is changed as soon as it has left that status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from kite.simulator.account import holdings
from kite.simulator.core.items import Item, with_used_prices
from kite.simulator.core.market import Instrument, Market
from kite.simulator.core.responses import Refused
from kite.simulator.core.timestamps import DAY_TURNS, next_at
from kite.simulator.exchange import prices
from kite.simulator.exchange.lifecycle import (
    CHANGED_FILLS_AFTER,
    TTL,
    Case,
    Plan,
    StatusStep,
    Terms,
    cancellation,
    modification,
    plan_new_order,
    plan_working_order,
    refused_modification,
    triggered_at,
)
from kite.simulator.exchange.order_json import LedgerOrder
from kite.simulator.exchange.refusals import Refusal, raw_text
from kite.simulator.orders import order_store
from kite.simulator.orders.order_store import OrderNow
from kite.simulator.orders.place import case_of, check_terms, place_next_leg
from kite.vocabulary import OrderStatus, OrderType, Variety, has_ended

MOST_CHANGES = 25
"""How often one order can be modified (documentation of the orders API)."""

COVER_FIELDS = ("price", "trigger_price")
STOPS = (OrderType.SL, OrderType.SL_M)


@dataclass(frozen=True)
class Target:
    """The order that a call changes: named in its path, by its user, at the moment of the call."""

    user_id: str
    variety: str
    order_id: str
    at: int


def modify(connection: Connection, market: Market, target: Target, fields: Mapping[str, Any]) -> None:
    """Give an order new terms; `fields` are those of an Item.

    Raises Refused. Needs a writing connection.
    """
    now, instrument = _find(connection, market, target, "modified")
    new_item = with_new_terms(now.order.item, fields)
    if now.order.changes >= MOST_CHANGES:
        raise Refused(400, "OrderException", "Maximum allowed order modifications exceeded.")
    # a passing status may lead to the order's end: then nothing is left to change, and the call
    # succeeds
    if not now.ended:
        _modify(connection, now, instrument, new_item)


def cancel(connection: Connection, market: Market, target: Target) -> None:
    """Cancel an order, or exit a cover order by its second leg.

    Raises Refused. Needs a writing connection.
    """
    now, instrument = _find(connection, market, target, "cancelled")
    if now.ended:
        return
    if now.order.parent_order_id and now.step.status == OrderStatus.TRIGGER_PENDING:
        # the second leg of a cover order protects a position: cancelling it closes the position at
        # the market
        _modify(connection, now, instrument, replace(now.order.item, order_type=OrderType.MARKET))
        return
    steps = cancellation(now.step)
    # an AMO order that is cancelled before the market opens leaves the book with the day on which
    # it ends
    order = replace(now.order, gone_at=next_at(steps[-1].at, DAY_TURNS))
    order_store.replace_future(connection, replace(now, order=order), instrument, (steps, []))
    place_next_leg(connection, order, instrument, (steps, []))


def set_price(
    connection: Connection, market: Market, instrument: Instrument, price: Decimal, at: int
) -> None:
    """Set the price of an instrument from `at` on, and the futures of its orders accordingly.

    Needs a writing connection.
    """
    prices.save_price(connection, instrument, prices.on_tick(price, instrument), at)
    replan(connection, market, at, instrument)


def replan(connection: Connection, market: Market, at: int, instrument: Instrument | None = None) -> None:
    """Write new futures for all orders that have not ended at `at`, or for those of one instrument.

    Needs a writing connection.
    """
    for order in order_store.working_orders(connection, at, instrument):
        now = order_store.order_now(connection, order, at)
        own_instrument = market.find(order.item.exchange, order.item.tradingsymbol)
        if own_instrument and not now.ended:
            _continue(connection, now, own_instrument, [])


def order_of(connection: Connection, target: Target) -> LedgerOrder:
    """Return the order that a call names. Raises Refused."""
    order = order_store.find(connection, target.user_id, target.order_id, target.at)
    if not order:
        raise Refused(400, "OrderException", "Couldn't find that `order_id`.")
    return order


def with_new_terms(item: Item, fields: Mapping[str, Any]) -> Item:
    """Return an order's new terms; what its type does not use becomes 0. Raises Refused."""
    new = replace(item, **fields)
    changes = {name for name in fields if getattr(new, name) != getattr(item, name)}
    if item.variety == Variety.CO and not changes <= set(COVER_FIELDS):
        raise Refused(
            400, "InputException", "Only `price` and `trigger_price` of a cover order can be modified."
        )
    if new.validity != TTL:
        new = replace(new, validity_ttl=0)
    return with_used_prices(new)


def _find(connection: Connection, market: Market, target: Target, change: str) -> tuple[OrderNow, Instrument]:
    """Return the order that a call names, and its instrument.

    `change` is a word for the refusal.
    """
    order = order_of(connection, target)
    instrument = market.find(order.item.exchange, order.item.tradingsymbol)
    if not instrument:
        raise Refused(400, "InputException", "No such instrument.")
    if order.item.variety != target.variety:
        raise Refused(400, "InputException", "Invalid `variety`.")
    status = order_store.status(connection, order, target.at)
    if has_ended(status):
        raise Refused(400, "OrderException", f"Order cannot be {change}. It is {status}.")
    return order_store.order_now(connection, order, target.at), instrument


def _modify(connection: Connection, now: OrderNow, instrument: Instrument, new_item: Item) -> None:
    step, order = now.step, replace(now.order, item=new_item, changes=now.order.changes + 1)
    case = case_of(connection, order, instrument)
    margin, refusal = _check_new_terms(connection, order, case, step)
    if refusal:
        # a refused modification counts as one, and the terms stay as they were
        counted = replace(now, order=replace(now.order, changes=order.changes))
        _continue(connection, counted, instrument, refused_modification(step, refusal))
        return
    takes_effect = modification(step, step.terms, waits=False)[-1].at
    # a stop that was triggered does not wait again, whatever its new trigger price
    triggered = step.status == OrderStatus.OPEN and step.terms.item.order_type in STOPS
    waits = not triggered and triggered_at(case, new_item, takes_effect) != takes_effect
    steps = modification(step, Terms(new_item, margin), waits)
    _continue(connection, replace(now, order=order), instrument, steps)


def _check_new_terms(
    connection: Connection, order: LedgerOrder, case: Case, step: StatusStep
) -> tuple[int, Refusal | None]:
    """Return the margin of an order's new terms, and why they are refused, or None."""
    item = order.item
    if item.quantity <= step.filled.quantity:
        message = f"Quantity should be more than the filled quantity {step.filled.quantity}."
        return step.terms.margin, Refusal(message, raw_text(f"Rule: {message}", item))
    # The second leg of a cover order closes a position and blocks nothing.
    if order.parent_order_id:
        return 0, None
    margin, refusal = check_terms(connection, order, case, step.at, step.terms.margin)
    more = item.quantity - step.terms.item.quantity
    if more > 0 and not refusal:
        # the holdings count the order's old quantity as offered, so only the rest must still be
        # there
        refusal = holdings.refusal(connection, replace(item, quantity=more), order.user_id, step.at)
    return margin, refusal


def _continue(connection: Connection, now: OrderNow, instrument: Instrument, steps: list[StatusStep]) -> None:
    """Replace an order's future with `steps` and with what follows from the last of them."""
    case, step = case_of(connection, now.order, instrument), [now.step, *steps][-1]
    if step.status == OrderStatus.AMO_REQ_RECEIVED:
        refusal = None
        if not steps or step.refusal:  # with its old terms it will be refused as planned before
            refusal = order_store.planned_refusal(connection, now.order)
        later, fills = _plan_opening(case, step, refusal)
    else:
        later, fills = plan_working_order(case, step, CHANGED_FILLS_AFTER)
    plan = [*steps, *later], fills
    order_store.replace_future(connection, now, instrument, plan)
    place_next_leg(connection, now.order, instrument, plan)


def _plan_opening(case: Case, step: StatusStep, refusal: Refusal | None) -> Plan:
    """Return the future of an order that waits for the market to open."""
    steps, fills = plan_new_order(case, step.terms, refusal)
    # the first step, of the order's receipt, was before the wait
    return [replace(later, modified=step.modified) for later in steps[1:]], fills
