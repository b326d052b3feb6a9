"""Orders in the ledger: writing one down with its future, finding where one stands, and cutting its future
off.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from kite.simulator.account import position_cache
from kite.simulator.core.items import Item
from kite.simulator.core.ledger import count, order_events, orders, trades
from kite.simulator.core.market import Instrument
from kite.simulator.exchange.lifecycle import FilledSoFar, Plan, StatusStep, Terms
from kite.simulator.exchange.order_json import AT_EXCHANGE, LedgerOrder, Renderer
from kite.simulator.exchange.refusals import Refusal
from kite.vocabulary import OrderStatus, has_ended

ID_EPOCH = 1_288_834_974_657
"""Kite's 19-digit ids hold milliseconds since this moment above their last 22 bits, as a recorded id and its
time show.
"""

FIRST_ID = 10**18
EXCHANGE_IDS = 1_300_000_000_000_000
TRADE_IDS = 10_000_000

NAMED = ("exchange", "tradingsymbol", "item", "ended_at")
"""Columns of an order that stand in its terms or its plan."""

STABLE = (*AT_EXCHANGE, OrderStatus.AMO_REQ_RECEIVED)
"""Statuses in which an order can be changed. From a passing one it gets here first."""


@dataclass(frozen=True)
class OrderNow:
    """Where an order stands, or will once it has passed what it is passing. `number` is that of the event."""

    order: LedgerOrder
    step: StatusStep
    number: int
    acknowledged: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing can change it any more."""
        return has_ended(self.step.status)


def new_ids(connection: Connection, at: int) -> tuple[str, str]:
    """Return the ids of a new order, Kite's and the exchange's."""
    order_id = str(count(connection, "order_id", max((at - ID_EPOCH) << 22, FIRST_ID)))
    return order_id, str(EXCHANGE_IDS + count(connection, "exchange_order_id"))


def write(connection: Connection, order: LedgerOrder, instrument: Instrument, plan: Plan) -> None:
    """Write a new order, its dated events and its trades."""
    row = {name: getattr(order, name) for name in orders.c.keys() if name not in NAMED}  # noqa: SIM118
    named = {
        "exchange": order.item.exchange,
        "tradingsymbol": order.item.tradingsymbol,
        "item": _dump(order.item),
        "ended_at": _ends(order, plan),
    }
    position_cache.forget(connection, order.user_id, plan[0][0].at)
    connection.execute(insert(orders).values(row | named))
    _add(connection, Renderer(order, instrument), 0, plan)


def extend(connection: Connection, standing: OrderNow, instrument: Instrument, plan: Plan) -> None:
    """Put a new future in the place of the one after `standing`, and keep the newest terms.

    What was to follow is gone too.
    """
    order = standing.order
    later = order_events.c.order_id == order.order_id, order_events.c.number > standing.number
    connection.execute(delete(order_events).where(*later))
    connection.execute(
        delete(trades).where(trades.c.order_id == order.order_id, trades.c.at > standing.step.at)
    )
    connection.execute(
        delete(orders).where(orders.c.follows == order.order_id, orders.c.placed_at > standing.step.at)
    )
    position_cache.forget(connection, order.user_id, standing.step.at)
    kept = {
        "item": _dump(order.item),
        "changes": order.changes,
        "gone_at": order.gone_at,
        "ended_at": _ends(order, plan),
    }
    connection.execute(update(orders).where(orders.c.order_id == order.order_id).values(kept))
    _add(connection, Renderer(order, instrument, standing.acknowledged), standing.number + 1, plan)


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


def standing(connection: Connection, order: LedgerOrder, at: int) -> OrderNow:
    """Return where an order stands at `at`: its newest event, or the next one in which it can be changed or
    has ended.
    """
    events = list(
        connection.execute(
            select(order_events)
            .where(order_events.c.order_id == order.order_id)
            .order_by(order_events.c.number)
        )
    )
    due = max((number for number, event in enumerate(events) if event.at <= at), default=0)
    states = [(event, json.loads(event.state)) for event in events[due:]]
    event, state = next(
        (each for each in states if each[1]["status"] in STABLE or has_ended(each[1]["status"])), states[-1]
    )
    terms = Terms(order.item, event.blocked)
    step = StatusStep(
        max(at, event.at),
        state["status"],
        terms,
        _done(connection, order, event.at),
        modified=state["modified"],
    )
    if has_ended(state["status"]) and event.at > at:
        step = replace(step, at=event.at)
    return OrderNow(order, step, event.number, state["exchange_timestamp"])


def status(connection: Connection, order: LedgerOrder, at: int) -> str:
    """Return what an order's status is at `at`."""
    due = select(order_events.c.state).where(
        order_events.c.order_id == order.order_id, order_events.c.at <= at
    )
    state: dict[str, Any] = json.loads(
        connection.scalars(due.order_by(order_events.c.number.desc()).limit(1)).one()
    )
    return str(state["status"])


def planned_refusal(connection: Connection, order: LedgerOrder) -> Refusal | None:
    """Return why an order will be refused, or None.

    Only one that waits for the market's opening knows this long before.
    """
    planned = (
        select(order_events.c.state)
        .where(order_events.c.order_id == order.order_id)
        .order_by(order_events.c.number.desc())
    )
    state = json.loads(connection.scalars(planned.limit(1)).one())
    return (
        Refusal(state["status_message"], state["status_message_raw"])
        if state["status"] == OrderStatus.REJECTED
        else None
    )


def working_orders(
    connection: Connection, at: int, instrument: Instrument | None = None
) -> list[LedgerOrder]:
    """Return the orders in the book at `at`, of one instrument or of all, that have events still to come or
    none that ends them.
    """
    chosen = [orders.c.placed_at <= at, orders.c.gone_at > at]
    if instrument:
        chosen += [
            orders.c.exchange == instrument.exchange,
            orders.c.tradingsymbol == instrument.tradingsymbol,
        ]
    found = [
        _order(row) for row in connection.execute(select(orders).where(*chosen).order_by(orders.c.order_id))
    ]
    return [order for order in found if not has_ended(status(connection, order, at))]


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


def _ends(order: LedgerOrder, plan: Plan) -> int:
    """Return when an order is at work no more: its plan ends it, or it leaves the book."""
    steps, _ = plan
    return min(steps[-1].at, order.gone_at) if steps and has_ended(steps[-1].status) else order.gone_at


def _done(connection: Connection, order: LedgerOrder, at: int) -> FilledSoFar:
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
