"""Orders in the ledger: write one with its future, read its status at a moment, replace its
future.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from kite.simulator.account import position_cache
from kite.simulator.core.items import Item
from kite.simulator.core.ledger import count
from kite.simulator.core.ledger_tables import order_events, orders, trades
from kite.simulator.core.market import Instrument
from kite.simulator.exchange.lifecycle import FilledSoFar, Plan, StatusStep, Terms
from kite.simulator.exchange.order_json import AT_EXCHANGE, LedgerOrder, Renderer
from kite.simulator.exchange.refusals import Refusal
from kite.vocabulary import OrderStatus, has_ended

ID_EPOCH = 1_288_834_974_657
"""The moment from which Kite's 19-digit ids count milliseconds, above their last 22 bits.

A recorded id and its order's time show it.
"""

FIRST_ID = 10**18
EXCHANGE_IDS = 1_300_000_000_000_000
TRADE_IDS = 10_000_000

NAMED = ("exchange", "tradingsymbol", "item", "ended_at")
"""Columns of an order that come from its terms or its plan."""

STABLE = (*AT_EXCHANGE, OrderStatus.AMO_REQ_RECEIVED)
"""Statuses in which an order can be changed.

An order in a passing one soon reaches one of these.
"""


@dataclass(frozen=True)
class OrderNow:
    """An order at the status from which it can be changed: its present one, or the next after a
    passing one.

    `number` is that of the status's event.
    """

    order: LedgerOrder
    step: StatusStep
    number: int
    acknowledged: str | None

    @property
    def ended(self) -> bool:
        """Whether it has ended, so that nothing can change it any more."""
        return has_ended(self.step.status)


def new_ids(connection: Connection, at: int) -> tuple[str, str]:
    """Return the ids of a new order, Kite's and the exchange's."""
    # never below the last one, for the clock can be moved back and ids must stay unique and in
    # order
    order_id = str(count(connection, "order_id", max((at - ID_EPOCH) << 22, FIRST_ID)))
    return order_id, str(EXCHANGE_IDS + count(connection, "exchange_order_id"))


def write(connection: Connection, order: LedgerOrder, instrument: Instrument, plan: Plan) -> None:
    """Write a new order, its dated events and its trades."""
    row = {name: getattr(order, name) for name in orders.c.keys() if name not in NAMED}  # noqa: SIM118
    named = {
        "exchange": order.item.exchange,
        "tradingsymbol": order.item.tradingsymbol,
        "item": _dump(order.item),
        "ended_at": _ends_at(order, plan),
    }
    # a fold may already include the moment at which this order trades
    position_cache.forget(connection, order.user_id, plan[0][0].at)
    connection.execute(insert(orders).values(row | named))
    _add(connection, Renderer(order, instrument), 0, plan)


def replace_future(connection: Connection, now: OrderNow, instrument: Instrument, plan: Plan) -> None:
    """Replace what comes after `now` with `plan`, and save the order's newest terms."""
    order = now.order
    later = order_events.c.order_id == order.order_id, order_events.c.number > now.number
    connection.execute(delete(order_events).where(*later))
    connection.execute(delete(trades).where(trades.c.order_id == order.order_id, trades.c.at > now.step.at))
    # orders that were to be placed when this one is complete depend on the old future, too
    following = orders.c.follows == order.order_id, orders.c.placed_at > now.step.at
    connection.execute(delete(orders).where(*following))
    position_cache.forget(connection, order.user_id, now.step.at)
    columns = {
        "item": _dump(order.item),
        "changes": order.changes,
        "gone_at": order.gone_at,
        "ended_at": _ends_at(order, plan),
    }
    connection.execute(update(orders).where(orders.c.order_id == order.order_id).values(columns))
    _add(connection, Renderer(order, instrument, now.acknowledged), now.number + 1, plan)


def find(connection: Connection, user_id: str, order_id: str, at: int) -> LedgerOrder | None:
    """Return an order that is in the user's book at `at`, or None."""
    own = (
        orders.c.order_id == order_id,
        orders.c.user_id == user_id,
        orders.c.placed_at <= at,
        orders.c.gone_at > at,
    )
    row = connection.execute(select(orders).where(*own)).one_or_none()
    return _order(row) if row else None


def order_now(connection: Connection, order: LedgerOrder, at: int) -> OrderNow:
    """Return an order at its newest event by `at`, or at the next in which it can be changed or has
    ended.
    """
    events = list(
        connection.execute(
            select(order_events)
            .where(order_events.c.order_id == order.order_id)
            .order_by(order_events.c.number)
        )
    )
    due = max((number for number, event in enumerate(events) if event.at <= at), default=0)
    event, state = _first_lasting([(event, json.loads(event.state)) for event in events[due:]])
    step = StatusStep(
        max(at, event.at),
        state["status"],
        Terms(order.item, event.blocked),
        _filled_by(connection, order, event.at),
        modified=state["modified"],
    )
    return OrderNow(order, step, event.number, state["exchange_timestamp"])


def _first_lasting(events: Sequence[tuple[Row[Any], dict[str, Any]]]) -> tuple[Row[Any], dict[str, Any]]:
    """Return the first event, with its state, in which an order can be changed or has ended; else
    the last.
    """
    for event, state in events:
        if state["status"] in STABLE or has_ended(state["status"]):
            return event, state
    return events[-1]


def status(connection: Connection, order: LedgerOrder, at: int) -> str:
    """Return an order's status at `at`."""
    due = select(order_events.c.state).where(
        order_events.c.order_id == order.order_id, order_events.c.at <= at
    )
    state: dict[str, Any] = json.loads(
        connection.scalars(due.order_by(order_events.c.number.desc()).limit(1)).one()
    )
    return str(state["status"])


def planned_refusal(connection: Connection, order: LedgerOrder) -> Refusal | None:
    """Return the refusal that an order's future ends with, or None.

    An order that waits for the market to open is checked long before it is refused.
    """
    planned = (
        select(order_events.c.state)
        .where(order_events.c.order_id == order.order_id)
        .order_by(order_events.c.number.desc())
    )
    state = json.loads(connection.scalars(planned.limit(1)).one())
    if state["status"] != OrderStatus.REJECTED:
        return None
    return Refusal(state["status_message"], state["status_message_raw"])


def working_orders(
    connection: Connection, at: int, instrument: Instrument | None = None
) -> list[LedgerOrder]:
    """Return the orders in the book that have not ended at `at`, of one instrument or of all."""
    conditions = [orders.c.placed_at <= at, orders.c.gone_at > at]
    if instrument:
        conditions += [
            orders.c.exchange == instrument.exchange,
            orders.c.tradingsymbol == instrument.tradingsymbol,
        ]
    rows = connection.execute(select(orders).where(*conditions).order_by(orders.c.order_id)).all()
    return [order for row in rows if not has_ended(status(connection, order := _order(row), at))]


def _add(connection: Connection, renderer: Renderer, number: int, plan: Plan) -> None:
    steps, fills = plan
    events = []
    for place, step in enumerate(steps, start=number):
        renderer = renderer.after(step)
        events.append(renderer.event(place, step))
    if events:
        connection.execute(insert(order_events), events)
    if fills:
        connection.execute(
            insert(trades),
            [renderer.trade(str(TRADE_IDS + count(connection, "trade_id")), fill) for fill in fills],
        )


def _ends_at(order: LedgerOrder, plan: Plan) -> int:
    """Return when an order ends: by its plan, or when it leaves the book."""
    steps, _ = plan
    if steps and has_ended(steps[-1].status):
        return min(steps[-1].at, order.gone_at)
    return order.gone_at


def _filled_by(connection: Connection, order: LedgerOrder, at: int) -> FilledSoFar:
    query = select(trades.c.trade).where(trades.c.order_id == order.order_id, trades.c.at <= at)
    return _sum([json.loads(text, parse_float=Decimal) for text in connection.scalars(query)])


def _sum(fills: Sequence[dict[str, Any]]) -> FilledSoFar:
    paid = sum((fill["quantity"] * Decimal(fill["average_price"]) for fill in fills), Decimal(0))
    return FilledSoFar(sum(fill["quantity"] for fill in fills), paid)


def _dump(item: Item) -> str:
    return json.dumps(item.as_dict())


def _order(row: Row[Any]) -> LedgerOrder:
    fields = {name: value for name, value in row._mapping.items() if name not in NAMED}
    return LedgerOrder(**fields | {"item": Item.from_dict(json.loads(row.item))})
