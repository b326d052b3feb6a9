"""Placing orders: every one gets its id, its future and its trades at once, in one transaction."""

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
from kite.simulator.exchange import market_rules, prices
from kite.simulator.exchange.lifecycle import PASSING, Case, Plan, StatusStep, Terms, beginning
from kite.simulator.exchange.order_json import LedgerOrder
from kite.simulator.exchange.refusals import Refusal, refusal
from kite.simulator.orders import order_store
from kite.vocabulary import OrderStatus, OrderType, TransactionType, Variety, has_ended


@dataclass(frozen=True)
class Placement:
    """An order on its way into the ledger. One that `follows` another comes by itself when that is COMPLETE.

    `refused` makes it end REJECTED, whatever its terms.
    """

    item: Item
    instrument: Instrument
    user_id: str
    at: int
    follows: str | None = None
    parent_order_id: str | None = None
    refused: Refusal | None = None


def place(
    connection: Connection, items: Iterable[tuple[Item, Instrument]], user_id: str, at: int
) -> list[str]:
    """Place orders at `at`, in their order.

    Returns the ids of those a person asked for. Needs a writing connection.
    """
    return [put(connection, Placement(item, instrument, user_id, at)) for item, instrument in items]


def refused_unseen(connection: Connection, item: Item) -> bool:
    """Whether a fault refuses an order before there is one, so that no book shows it.

    Needs a writing connection.
    """
    return faults.strike(connection, "refused_without_order", [item.tag]) is not None


def put(connection: Connection, placed: Placement) -> str:
    """Place one order, whatever the order system makes of it. Returns its id."""
    instrument, at = placed.instrument, placed.at
    item = placed.item if placed.follows else market_rules.taken_as(connection, placed.item, at)
    hindered = placed.refused or (None if placed.follows else market_rules.refusal(connection, item, at))
    begins = (
        market_rules.released_at(connection, item, at) if item.variety == Variety.AMO and not hindered else at
    )
    order_id, exchange_order_id = order_store.new_ids(connection, at)
    gone = next_at(begins, DAY_TURNS)
    order = LedgerOrder(
        order_id,
        placed.user_id,
        item,
        at,
        begins,
        gone,
        exchange_order_id,
        placed.parent_order_id,
        placed.follows,
    )
    case = case_of(connection, order, instrument)
    positions.fold(connection, order.user_id, at)
    margin, refused = 0, None
    if not placed.parent_order_id:
        margin, refused = checked(connection, order, case, at)
        refused = hindered or refused or holdings.refusal(connection, item, order.user_id, at)
    plan = beginning(case, Terms(item, 0 if refused else margin), refused)
    order_store.write(connection, order, instrument, _with_wait(order, plan))
    follow(connection, order, instrument, plan)
    return order_id


def case_of(connection: Connection, order: LedgerOrder, instrument: Instrument) -> Case:
    """Return what an order's future hangs on. The second leg of a cover order has no script."""
    script = None if order.parent_order_id else SCRIPTS.get(order.item.tradingsymbol)
    closes = market_rules.closes_at(connection, order.item, order.begins_at, order.gone_at)
    return Case(prices.path(connection, instrument), script, order.begins_at, order.gone_at, closes)


def checked(
    connection: Connection, order: LedgerOrder, case: Case, at: int, own: int = 0
) -> tuple[int, Refusal | None]:
    """Return the margin of an order's terms in paise, and why they are refused, or None.

    `own` is what it blocks already.
    """
    instrument = replace(case.path.instrument, last_price=case.path.at(at))
    needed = funds.needed(connection, order.item, instrument, order.user_id, at)
    return needed, refusal(
        order.item, instrument, case.script, needed, funds.available(connection, order.user_id, at) + own
    )


def follow(connection: Connection, order: LedgerOrder, instrument: Instrument, plan: Plan) -> None:
    """Place what comes after an order that its plan ends: a cover order's second leg, for what was filled, or
    an iceberg's next one.
    """
    steps, _ = plan
    if steps and has_ended(steps[-1].status):
        following = next_leg(order, steps[-1])
        if following and steps[-1].at < market_rules.closes_at(
            connection, order.item, order.begins_at, order.gone_at
        ):
            parent = order.order_id if order.item.variety == Variety.CO else None
            put(
                connection,
                Placement(following, instrument, order.user_id, steps[-1].at, order.order_id, parent),
            )


def next_leg(order: LedgerOrder, ending: StatusStep) -> Item | None:
    """Return the terms of what follows an order that ended so, or None.

    The rest of a cover order can be cancelled, what it filled is covered.
    """
    item, filled = ending.terms.item, ending.done.quantity
    if item.variety == Variety.CO and not order.parent_order_id and filled:
        other = TransactionType.SELL if item.transaction_type == TransactionType.BUY else TransactionType.BUY
        cover = replace(
            item,
            transaction_type=other,
            order_type=OrderType.SL_M,
            price=Decimal(0),
            tag=None,
            system_tags=(),
        )
        return replace(cover, quantity=filled)
    ice = item.iceberg
    if ending.status == OrderStatus.COMPLETE and ice and ice.leg < ice.legs:
        return replace(
            item,
            quantity=min(ice.leg_quantity, ice.total - ice.leg * ice.leg_quantity),
            iceberg=replace(ice, leg=ice.leg + 1),
        )
    return None


def _with_wait(order: LedgerOrder, plan: Plan) -> Plan:
    """Put what an order goes through before the market opens in front of its plan."""
    steps, fills = plan
    if order.begins_at == order.placed_at:
        return plan
    received = StatusStep(order.placed_at, OrderStatus.PUT_ORDER_REQ_RECEIVED, steps[0].terms)
    waiting = replace(received, at=order.placed_at + PASSING, status=OrderStatus.AMO_REQ_RECEIVED)
    return [received, waiting, *steps[1:]], fills
