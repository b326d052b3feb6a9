"""Places orders: each gets its id, its future and its trades at once, in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Connection

from kite.simulator.account import funds, holdings, positions
from kite.simulator.core import faults
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.scripted_symbols import SCRIPTS
from kite.simulator.core.timestamps import DAY_TURNS, next_at
from kite.simulator.exchange import market_rules, prices, refusals
from kite.simulator.exchange.lifecycle import PASSING, Case, Plan, StatusStep, Terms, plan_new_order
from kite.simulator.exchange.order_json import LedgerOrder
from kite.simulator.exchange.refusals import Refusal, other_side
from kite.simulator.orders import order_store
from kite.vocabulary import OrderStatus, OrderType, Variety, has_ended


@dataclass(frozen=True)
class Placement:
    """An order to place.

    One that `follows` another is placed automatically when that one is COMPLETE.

    `refusal` makes it end REJECTED, whatever its terms.
    """

    item: Item
    instrument: Instrument
    user_id: str
    at: int
    follows: str | None = None
    parent_order_id: str | None = None
    refusal: Refusal | None = None


def place(
    connection: Connection, items: Iterable[tuple[Item, Instrument]], user_id: str, at: int
) -> list[str]:
    """Place orders at `at`, in their order, and return their ids. Needs a writing connection.

    Orders that follow automatically, such as the next leg of an iceberg, are not among the ids.
    """
    return [place_order(connection, Placement(item, instrument, user_id, at)) for item, instrument in items]


def refused_without_order(connection: Connection, item: Item) -> bool:
    """Whether a fault refuses an order before it gets an id, so that no order book shows it.

    Needs a writing connection.
    """
    return faults.strike(connection, "refused_without_order", [item.tag]) is not None


def place_order(connection: Connection, placement: Placement) -> str:
    """Place one order and return its id, whether or not the order system will refuse it."""
    order, refusal = _new_order(connection, placement)
    item, instrument, at = order.item, placement.instrument, placement.at
    case, margin = case_of(connection, order, instrument), 0
    positions.update_cache(connection, order.user_id, at)
    # The second leg of a cover order closes a position: nothing to check.
    if not placement.parent_order_id:
        margin, refused_terms = check_terms(connection, order, case, at)
        refusal = refusal or refused_terms or holdings.refusal(connection, item, order.user_id, at)
    if refusal:
        margin = 0
    plan = plan_new_order(case, Terms(item, margin), refusal)
    order_store.write(connection, order, instrument, _with_wait(order, plan))
    place_next_leg(connection, order, instrument, plan)
    return order.order_id


def _new_order(connection: Connection, placement: Placement) -> tuple[LedgerOrder, Refusal | None]:
    """Return an order with new ids, and its refusal for reasons other than its terms, or None."""
    item, at, refusal = placement.item, placement.at, placement.refusal
    if not placement.follows:  # what follows an order belongs to it, and is not placed by anybody
        item = market_rules.as_placed(connection, item, at)
        refusal = refusal or market_rules.refusal(connection, item, at)
    begins = at
    if item.variety == Variety.AMO and not refusal:
        begins = market_rules.released_at(connection, item, at)
    order_id, exchange_order_id = order_store.new_ids(connection, at)
    order = LedgerOrder(
        order_id,
        placement.user_id,
        item,
        placed_at=at,
        begins_at=begins,
        gone_at=next_at(begins, DAY_TURNS),
        exchange_order_id=exchange_order_id,
        parent_order_id=placement.parent_order_id,
        follows=placement.follows,
    )
    return order, refusal


def case_of(connection: Connection, order: LedgerOrder, instrument: Instrument) -> Case:
    """Return what an order's future depends on."""
    script = None
    # The second leg of a cover order must close what the first one opened.
    if not order.parent_order_id:
        script = SCRIPTS.get(order.item.tradingsymbol)
    closes = market_rules.closes_at(connection, order.item, order.begins_at, order.gone_at)
    return Case(prices.path(connection, instrument), script, order.begins_at, order.gone_at, closes)


def check_terms(
    connection: Connection, order: LedgerOrder, case: Case, at: int, own: int = 0
) -> tuple[int, Refusal | None]:
    """Return the margin of an order's terms in paise, and why they are refused, or None.

    `own` is what the order blocks already, in its old terms.
    """
    instrument = replace(case.path.instrument, last_price=case.path.at(at))
    needed = funds.needed_margin(connection, order.item, instrument, order.user_id, at)
    available = funds.available(connection, order.user_id, at) + own
    return needed, refusals.refusal(order.item, instrument, case.script, needed, available)


def place_next_leg(connection: Connection, order: LedgerOrder, instrument: Instrument, plan: Plan) -> None:
    """Place the order that follows at the end of `plan`: a cover order's second leg, or an
    iceberg's next.
    """
    steps, _ = plan
    if not steps or not has_ended(steps[-1].status):
        return
    ending = steps[-1]
    item = next_leg(order, ending)
    if not item:
        return
    if ending.at < market_rules.closes_at(connection, order.item, order.begins_at, order.gone_at):
        parent = order.order_id if order.item.variety == Variety.CO else None
        placement = Placement(item, instrument, order.user_id, ending.at, order.order_id, parent)
        place_order(connection, placement)


def next_leg(order: LedgerOrder, ending: StatusStep) -> Item | None:
    """Return the terms of the order that follows one with such an ending, or None."""
    item, filled = ending.terms.item, ending.filled.quantity
    if item.variety == Variety.CO and not order.parent_order_id and filled:
        # also for an order that was cancelled after a part: what it filled is a position, and needs
        # its stop
        return replace(
            item,
            transaction_type=other_side(item),
            quantity=filled,
            order_type=OrderType.SL_M,
            price=Decimal(0),
            tag=None,
            system_tags=(),
        )
    ice = item.iceberg
    if ending.status == OrderStatus.COMPLETE and ice and ice.leg < ice.legs:
        return replace(
            item,
            quantity=min(ice.leg_quantity, ice.total - ice.leg * ice.leg_quantity),
            iceberg=replace(ice, leg=ice.leg + 1),
        )
    return None


def _with_wait(order: LedgerOrder, plan: Plan) -> Plan:
    """Return a plan with the wait for the market to open in front, for an order that has to
    wait.
    """
    steps, fills = plan
    if order.begins_at == order.placed_at:
        return plan
    received = StatusStep(order.placed_at, OrderStatus.PUT_ORDER_REQ_RECEIVED, steps[0].terms)
    waiting = replace(received, at=order.placed_at + PASSING, status=OrderStatus.AMO_REQ_RECEIVED)
    return [received, waiting, *steps[1:]], fills
