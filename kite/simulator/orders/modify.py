"""Changing orders that stand: modify, cancel, exit, and working a future out anew when a price is set.

An order that is in a passing state is changed as soon as it has passed it. What has ended cannot be changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from kite.simulator.account import holdings
from kite.simulator.core.items import Item
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
    beginning,
    cancellation,
    modification,
    refused_modification,
    triggered_at,
    working,
)
from kite.simulator.exchange.order_json import LedgerOrder
from kite.simulator.exchange.refusals import Refusal, raw
from kite.simulator.orders import order_store
from kite.simulator.orders.order_store import OrderNow
from kite.simulator.orders.place import case_of, checked, follow
from kite.vocabulary import OrderStatus, OrderType, Variety, has_ended

MOST_CHANGES = 25
"""Modifications of one order (documentation of the orders API)."""

COVER_FIELDS = ("price", "trigger_price")
STOPS = (OrderType.SL, OrderType.SL_M)


@dataclass(frozen=True)
class Target:
    """The order that a call names, in its path and with its user, at the moment of the call."""

    user_id: str
    variety: str
    order_id: str
    at: int


def modify(connection: Connection, market: Market, target: Target, fields: Mapping[str, Any]) -> None:
    """Give an order new terms; `fields` are those of an Item. Raises Refused. Needs a writing connection."""
    standing, instrument = _find(connection, market, target, "modified")
    order = standing.order
    new_item = wanted(order.item, fields)
    if order.changes >= MOST_CHANGES:
        raise Refused(400, "OrderException", "Maximum allowed order modifications exceeded.")
    if not standing.ended:
        _modify(connection, standing, instrument, new_item)


def cancel(connection: Connection, market: Market, target: Target) -> None:
    """Cancel an order, or exit a cover order by its second leg.

    Raises Refused. Needs a writing connection.
    """
    standing, instrument = _find(connection, market, target, "cancelled")
    if standing.ended:
        return
    order = standing.order
    if order.parent_order_id and standing.step.status == OrderStatus.TRIGGER_PENDING:
        _modify(connection, standing, instrument, replace(order.item, order_type=OrderType.MARKET))
    else:
        steps = cancellation(standing.step)
        gone = replace(standing, order=replace(order, gone_at=next_at(steps[-1].at, DAY_TURNS)))
        order_store.extend(connection, gone, instrument, (steps, []))
        follow(connection, gone.order, instrument, (steps, []))


def set_price(
    connection: Connection, market: Market, instrument: Instrument, price: Decimal, at: int
) -> None:
    """Set what an instrument trades at from `at` on, and work the futures of its orders out anew.

    Needs a writing connection.
    """
    prices.keep(connection, instrument, prices.on_tick(price, instrument), at)
    replan(connection, market, at, instrument)


def replan(connection: Connection, market: Market, at: int, instrument: Instrument | None = None) -> None:
    """Work the futures of all orders that stand at `at` out anew, or of one instrument's.

    Needs a writing connection.
    """
    for order in order_store.working_orders(connection, at, instrument):
        standing, own = (
            order_store.standing(connection, order, at),
            market.find(order.item.exchange, order.item.tradingsymbol),
        )
        if own and not standing.ended:
            _extend(connection, standing, own, [])


def order_of(connection: Connection, target: Target) -> LedgerOrder:
    """Return the order that a call names. Raises Refused."""
    order = order_store.find(connection, target.user_id, target.order_id, target.at)
    if not order:
        raise Refused(400, "OrderException", "Couldn't find that `order_id`.")
    return order


def wanted(item: Item, fields: Mapping[str, Any]) -> Item:
    """Return an order's new terms; what its type does not take goes back to 0. Raises Refused."""
    new = replace(item, **fields)
    if item.variety == Variety.CO and any(
        getattr(new, name) != getattr(item, name) for name in fields if name not in COVER_FIELDS
    ):
        raise Refused(
            400, "InputException", "Only `price` and `trigger_price` of a cover order can be modified."
        )
    return replace(
        new,
        price=new.price if new.takes_price else Decimal(0),
        trigger_price=new.trigger_price if new.takes_trigger else Decimal(0),
        validity_ttl=new.validity_ttl if new.validity == TTL else 0,
    )


def _find(connection: Connection, market: Market, target: Target, what: str) -> tuple[OrderNow, Instrument]:
    """Return the order that a call names, and where it stands. `what` is what was to be done to it."""
    order = order_of(connection, target)
    instrument = market.find(order.item.exchange, order.item.tradingsymbol)
    if not instrument:
        raise Refused(400, "InputException", "No such instrument.")
    if order.item.variety != target.variety:
        raise Refused(400, "InputException", "Invalid `variety`.")
    status = order_store.status(connection, order, target.at)
    if has_ended(status):
        raise Refused(400, "OrderException", f"Order cannot be {what}. It is {status}.")
    return order_store.standing(connection, order, target.at), instrument


def _modify(connection: Connection, standing: OrderNow, instrument: Instrument, wanted: Item) -> None:
    step, order = standing.step, replace(standing.order, item=wanted, changes=standing.order.changes + 1)
    case = case_of(connection, order, instrument)
    margin, refused = _checked(connection, order, case, step)
    if refused:
        counted = replace(standing, order=replace(standing.order, changes=order.changes))
        _extend(connection, counted, instrument, refused_modification(step, refused))
        return
    takes_effect = modification(step, step.terms, waits=False)[-1].at
    triggered = step.status == OrderStatus.OPEN and step.terms.item.order_type in STOPS
    waits = not triggered and triggered_at(case, wanted, takes_effect) != takes_effect
    _extend(
        connection,
        replace(standing, order=order),
        instrument,
        modification(step, Terms(wanted, margin), waits),
    )


def _checked(
    connection: Connection, order: LedgerOrder, case: Case, step: StatusStep
) -> tuple[int, Refusal | None]:
    """Return the margin of new terms, and why they are refused.

    The second leg of a cover order blocks nothing.
    """
    item = order.item
    if item.quantity <= step.done.quantity:
        message = f"Quantity should be more than the filled quantity {step.done.quantity}."
        return step.terms.margin, Refusal(message, raw(f"Rule: {message}", item))
    if order.parent_order_id:
        return 0, None
    margin, refused = checked(connection, order, case, step.at, step.terms.margin)
    more = item.quantity - step.terms.item.quantity
    if more > 0 and not refused:
        refused = holdings.refusal(connection, replace(item, quantity=more), order.user_id, step.at)
    return margin, refused


def _extend(
    connection: Connection, standing: OrderNow, instrument: Instrument, steps: list[StatusStep]
) -> None:
    """Write `steps`, and after them what follows from where they lead, in the place of the order's future."""
    case, step = case_of(connection, standing.order, instrument), steps[-1] if steps else standing.step
    if step.status == OrderStatus.AMO_REQ_RECEIVED:
        as_before = not steps or step.refusal
        later, fills = _opening(
            case, step, order_store.planned_refusal(connection, standing.order) if as_before else None
        )
    else:
        later, fills = working(case, step, CHANGED_FILLS_AFTER)
    plan = [*steps, *later], fills
    order_store.extend(connection, standing, instrument, plan)
    follow(connection, standing.order, instrument, plan)


def _opening(case: Case, step: StatusStep, refused: Refusal | None) -> Plan:
    """Return what an order that waits for the market's opening does then."""
    steps, fills = beginning(case, step.terms, refused)
    return [replace(each, modified=step.modified) for each in steps[1:]], fills
