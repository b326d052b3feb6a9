"""Bracket orders of the past: Kite no longer takes them, and shows old ones as three orders.

The first order opens a position; a target and a stop close it, and one of the two is cancelled.

Source: Kite Connect documentation of 2018, page "Orders" (variety bo: squareoff, stoploss).
"""

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection

from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.timestamps import DAY_TURNS, next_at
from kite.simulator.exchange.lifecycle import PASSING, Fill, FilledSoFar, Plan, StatusStep, Terms
from kite.simulator.exchange.order_json import LedgerOrder
from kite.simulator.orders import order_store
from kite.vocabulary import OrderStatus, OrderType, TransactionType, Validity

BRACKET = "bo"
PRODUCT = "BO"
AWAY = Decimal("0.01")
"""The distance of target and stop from the price of the first order, as a share of it."""

BEGINNING = (OrderStatus.PUT_ORDER_REQ_RECEIVED, OrderStatus.VALIDATION_PENDING, OrderStatus.OPEN_PENDING)


def write(connection: Connection, instrument: Instrument, quantity: int, user_id: str, at: int) -> list[str]:
    """Write a bracket order that has ended by `at`, and return its ids: the first order, target,
    stop.

    Needs a writing connection.
    """
    price, tick = instrument.last_price, instrument.tick_size
    away = max(price * AWAY // tick * tick, tick)
    first = Item(
        instrument.tradingsymbol,
        instrument.exchange,
        TransactionType.BUY,
        quantity,
        BRACKET,
        OrderType.LIMIT,
        PRODUCT,
        Validity.DAY,
        price,
    )
    target = replace(first, transaction_type=TransactionType.SELL, price=price + away)
    stop = replace(target, order_type=OrderType.SL, price=price - away, trigger_price=price - away)
    begins = at - 20 * PASSING
    parent = _put(connection, instrument, user_id, None, _complete(first, begins))
    children = [_complete(target, begins + 5 * PASSING), _cancelled(stop, begins + 5 * PASSING)]
    return [parent, *(_put(connection, instrument, user_id, parent, plan) for plan in children)]


def _put(connection: Connection, instrument: Instrument, user_id: str, parent: str | None, plan: Plan) -> str:
    item, at = plan[0][0].terms.item, plan[0][0].at
    order_id, exchange_order_id = order_store.new_ids(connection, at)
    order = LedgerOrder(order_id, user_id, item, at, at, next_at(at, DAY_TURNS), exchange_order_id, parent)
    order_store.write(connection, order, instrument, plan)
    return order_id


def _complete(item: Item, begins: int) -> Plan:
    steps = _open(item, begins, OrderStatus.OPEN)
    at = begins + 10 * PASSING
    filled = FilledSoFar(item.quantity, item.quantity * item.price)
    complete = StatusStep(at, OrderStatus.COMPLETE, steps[0].terms, filled)
    return [*steps, complete], [Fill(at, item.quantity, item.price)]


def _cancelled(item: Item, begins: int) -> Plan:
    steps = _open(item, begins, OrderStatus.TRIGGER_PENDING)
    return [*steps, StatusStep(begins + 11 * PASSING, OrderStatus.CANCELLED, steps[0].terms)], []


def _open(item: Item, begins: int, status_at_exchange: OrderStatus) -> list[StatusStep]:
    return [
        StatusStep(begins + number * PASSING, status, Terms(item, 0))
        for number, status in enumerate((*BEGINNING, status_at_exchange))
    ]
