"""Placing a basket: every order gets its id, its future and its trades at once, in one transaction."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from kite.simulator import costs
from kite.simulator.book import available_funds
from kite.simulator.future import Fill, Step, future, waiting_leg
from kite.simulator.items import Item
from kite.simulator.ledger import count, order_events, orders, trades
from kite.simulator.market import Instrument
from kite.simulator.moments import DAY_TURNS, MARKET_OPENS, next_at, stamp
from kite.simulator.refusals import refusal
from kite.simulator.scripts import SCRIPTS
from kite.vocabulary import ENDED, OrderStatus, OrderType, TransactionType, Variety

ID_EPOCH = 1_288_834_974_657
"""Kite's 19-digit ids hold milliseconds since this moment above their last 22 bits, as a recorded id and its time show."""

FIRST_ID = 10**18
EXCHANGE_IDS = 1_300_000_000_000_000
TRADE_IDS = 10_000_000


def place(connection: Connection, items: Iterable[tuple[Item, Instrument]], user_id: str, at: int) -> list[str]:
    """Place orders at `at`, in their order. Returns the ids of those a person asked for. Needs a writing connection."""
    return [_place(connection, item, instrument, user_id, at) for item, instrument in items]


def _place(connection: Connection, item: Item, instrument: Instrument, user_id: str, at: int) -> str:
    script = SCRIPTS.get(item.tradingsymbol)
    margin = costs.margin(item, instrument)
    refused = refusal(item, instrument, script, margin, available_funds(connection, user_id, at))
    steps, fills = future(item, instrument, script, refused)
    begins = next_at(at, MARKET_OPENS) if item.variety == Variety.AMO else at
    order = _Order(connection, item, instrument, user_id, at, begins, 0 if refused else margin)
    if begins != at:
        received = (Step(at - begins, OrderStatus.PUT_ORDER_REQ_RECEIVED), Step(at - begins + 40, OrderStatus.AMO_REQ_RECEIVED))
        steps = [*received, *(step for step in steps if step.after)]
    order.write(steps, fills)
    if item.variety == Variety.CO and steps[-1].status == OrderStatus.COMPLETE:
        other = TransactionType.SELL if item.transaction_type == TransactionType.BUY else TransactionType.BUY
        leg = replace(item, transaction_type=other, order_type=OrderType.SL_M, price=Decimal(0), tag=None)
        _Order(connection, leg, instrument, user_id, at, begins + steps[-1].after, 0, parent=order).write(waiting_leg(), [])
    return order.order_id


class _Order:
    """One order on its way into the ledger. `begins` is when its future starts, `margin` what it blocks while it stands."""

    def __init__(
        self,
        connection: Connection,
        item: Item,
        instrument: Instrument,
        user_id: str,
        at: int,
        begins: int,
        margin: int,
        parent: "_Order | None" = None,
    ) -> None:
        self.connection = connection
        self.item = item
        self.instrument = instrument
        self.user_id = user_id
        self.placed_at = at
        self.begins = begins
        self.margin = margin
        self.parent_order_id: str | None = parent.order_id if parent else None
        self.order_id: str = str(count(connection, "order_id", max((at - ID_EPOCH) << 22, FIRST_ID)))
        self.exchange_order_id = str(EXCHANGE_IDS + count(connection, "exchange_order_id"))

    def write(self, steps: Sequence[Step], fills: Sequence[Fill]) -> None:
        """Write the order, its dated events and its trades."""
        gone_at = next_at(self.begins, DAY_TURNS)
        self.connection.execute(insert(orders).values(order_id=self.order_id, user_id=self.user_id, placed_at=self.placed_at, gone_at=gone_at))
        self.connection.execute(insert(order_events), [self._event(number, step, steps) for number, step in enumerate(steps)])
        if fills:
            self.connection.execute(insert(trades), [self._trade(fill) for fill in fills])

    def _event(self, number: int, step: Step, steps: Sequence[Step]) -> dict[str, Any]:
        at = self.begins + step.after
        opened = next((self.begins + one.after for one in steps[: number + 1] if _at_exchange(one)), None)
        state = self._terms() | _progress(step, self.item.quantity)
        state |= {"order_timestamp": stamp(at), "exchange_order_id": None, "exchange_timestamp": None, "exchange_update_timestamp": None}
        if number == 0:
            state["instrument_token"] = 1  # as the first entry of a recorded order history has it
        if opened is not None:
            times = {"exchange_timestamp": stamp(opened), "exchange_update_timestamp": stamp(at)}
            state |= {"exchange_order_id": self.exchange_order_id, **times}
        if self.item.tag:
            state["tags"] = [self.item.tag]
        text = json.dumps(state, separators=(",", ":"))
        return {"order_id": self.order_id, "number": number, "at": at, "blocked": self._blocked(step), "state": text}

    def _blocked(self, step: Step) -> int:
        return self.margin * step.filled // self.item.quantity if step.status in ENDED else self.margin

    def _terms(self) -> dict[str, Any]:
        item = self.item
        return {
            "account_id": self.user_id,
            "placed_by": self.user_id,
            "order_id": self.order_id,
            "parent_order_id": self.parent_order_id,
            "variety": item.variety,
            "modified": False,
            "exchange": item.exchange,
            "tradingsymbol": item.tradingsymbol,
            "instrument_token": self.instrument.instrument_token,
            "order_type": item.order_type,
            "transaction_type": item.transaction_type,
            "validity": item.validity,
            "validity_ttl": 0,
            "product": _product(item),
            "quantity": item.quantity,
            "disclosed_quantity": item.disclosed_quantity,
            "price": number(item.price),
            "trigger_price": number(item.trigger_price),
            "market_protection": 0,
            "meta": {},
            "tag": item.tag,
            "guid": None,
        }

    def _trade(self, fill: Fill) -> dict[str, Any]:
        at, trade_id = self.begins + fill.after, str(TRADE_IDS + count(self.connection, "trade_id"))
        trade = {
            "trade_id": trade_id,
            "order_id": self.order_id,
            "exchange": self.item.exchange,
            "tradingsymbol": self.item.tradingsymbol,
            "instrument_token": self.instrument.instrument_token,
            "product": _product(self.item),
            "average_price": number(fill.price),
            "quantity": fill.quantity,
            "exchange_order_id": self.exchange_order_id,
            "transaction_type": self.item.transaction_type,
            "fill_timestamp": stamp(at),
            "order_timestamp": stamp(self.begins)[11:],
            "exchange_timestamp": stamp(at),
        }
        return {"trade_id": trade_id, "order_id": self.order_id, "at": at, "trade": json.dumps(trade, separators=(",", ":"))}


def _progress(step: Step, quantity: int) -> dict[str, Any]:
    """Return the fields that change; a cancelled rest counts as pending too, and a rejected order has none, as recorded."""
    left = 0 if step.status == OrderStatus.REJECTED else quantity - step.filled
    return {
        "status": step.status,
        "status_message": step.refusal.message if step.refusal else None,
        "status_message_raw": step.refusal.raw if step.refusal else None,
        "average_price": number(step.average),
        "filled_quantity": step.filled,
        "pending_quantity": left,
        "cancelled_quantity": left if step.status == OrderStatus.CANCELLED else 0,
    }


def number(value: Decimal) -> int | float:
    """Return a price as Kite's JSON has it: 72 or 109.4."""
    return int(value) if value == value.to_integral_value() else float(value)


def _at_exchange(step: Step) -> bool:
    return step.status in (OrderStatus.OPEN, OrderStatus.TRIGGER_PENDING)


def _product(item: Item) -> str:
    """A cover order is sent as MIS and shown as CO."""
    return "CO" if item.variety == Variety.CO else item.product
