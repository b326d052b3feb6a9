"""Orders and trades as Kite's JSON: what the ledger keeps for every status that an order goes
through.
"""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.timestamps import stamp
from kite.simulator.exchange.lifecycle import AUCTION, Fill, StatusStep
from kite.vocabulary import OrderStatus, Variety, has_ended

COVER = "CO"
AT_EXCHANGE = (OrderStatus.OPEN, OrderStatus.TRIGGER_PENDING)


@dataclass(frozen=True)
class LedgerOrder:
    """A row of the ledger's orders, with its newest terms.

    It begins when the order that it `follows` is complete.
    """

    order_id: str
    user_id: str
    item: Item
    placed_at: int
    begins_at: int
    gone_at: int
    exchange_order_id: str
    parent_order_id: str | None = None
    follows: str | None = None
    changes: int = 0


@dataclass(frozen=True)
class Renderer:
    """Writes an order's JSON for each step.

    `acknowledged` is the exchange's timestamp, once there is one.
    """

    order: LedgerOrder
    instrument: Instrument
    acknowledged: str | None = None

    def after(self, step: StatusStep) -> "Renderer":
        """Return the renderer for `step` and those after it, with the exchange's newest
        timestamp.
        """
        accepted = step.status in AT_EXCHANGE and self.acknowledged is None
        modified = step.status == OrderStatus.MODIFIED and self.acknowledged is not None
        if accepted or modified:
            return replace(self, acknowledged=stamp(step.at))
        return self

    def event(self, number: int, step: StatusStep) -> dict[str, Any]:
        """Return the ledger's row of a step."""
        item = step.terms.item
        times = {
            "order_timestamp": stamp(step.at),
            "exchange_order_id": None,
            "exchange_timestamp": None,
            "exchange_update_timestamp": None,
        }
        if self.acknowledged:
            times |= {
                "exchange_order_id": self.order.exchange_order_id,
                "exchange_timestamp": self.acknowledged,
                "exchange_update_timestamp": stamp(step.at),
            }
        state = _names(self.order) | _terms(item) | {"modified": step.modified} | _progress(step) | times
        # the first entry of a recorded order history has this token
        state["instrument_token"] = self.instrument.instrument_token if number else 1
        text = json.dumps(state, separators=(",", ":"))
        return {
            "order_id": self.order.order_id,
            "number": number,
            "at": step.at,
            "blocked": _blocked(step),
            "state": text,
        }

    def trade(self, trade_id: str, fill: Fill) -> dict[str, Any]:
        """Return the ledger's row of a trade."""
        item = self.order.item
        trade = {
            "trade_id": trade_id,
            "order_id": self.order.order_id,
            "exchange": item.exchange,
            "tradingsymbol": item.tradingsymbol,
            "instrument_token": self.instrument.instrument_token,
            "product": product(item),
            "average_price": number(fill.price),
            "quantity": fill.quantity,
            "exchange_order_id": self.order.exchange_order_id,
            "transaction_type": item.transaction_type,
            "fill_timestamp": stamp(fill.at),
            "order_timestamp": stamp(self.order.begins_at)[11:],
            "exchange_timestamp": stamp(fill.at),
        }
        text = json.dumps(trade, separators=(",", ":"))
        return {
            "trade_id": trade_id,
            "order_id": self.order.order_id,
            "user_id": self.order.user_id,
            "at": fill.at,
            "trade": text,
        }


def number(value: Decimal) -> int | float:
    """Return a price as Kite's JSON has it: 72 or 109.4."""
    if value == value.to_integral_value():
        return int(value)
    return float(value)


def product(item: Item) -> str:
    """Return the product as Kite shows it: a cover order is sent as MIS and shown as CO."""
    return COVER if item.variety == Variety.CO else item.product


def _names(order: LedgerOrder) -> dict[str, Any]:
    return {
        "account_id": order.user_id,
        "placed_by": order.user_id,
        "order_id": order.order_id,
        "parent_order_id": order.parent_order_id,
        "guid": None,
    }


def _terms(item: Item) -> dict[str, Any]:
    """Return what was ordered."""
    # recorded orders have the keys auction_number and tags only when there is something in them
    terms: dict[str, Any] = {}
    if item.auction_number:
        terms["auction_number"] = item.auction_number
    tags = [tag for tag in (item.tag, *item.system_tags) if tag]
    if tags:
        terms["tags"] = tags
    return terms | {
        "variety": item.variety,
        "exchange": item.exchange,
        "tradingsymbol": item.tradingsymbol,
        "order_type": item.order_type,
        "transaction_type": item.transaction_type,
        "validity": item.validity,
        "validity_ttl": item.validity_ttl,
        "product": product(item),
        "quantity": item.quantity,
        "disclosed_quantity": item.disclosed_quantity,
        "price": number(item.price),
        "trigger_price": number(item.trigger_price),
        "market_protection": 0,
        "meta": _meta(item),
        "tag": item.tag,
    }


def _meta(item: Item) -> dict[str, Any]:
    leg = item.iceberg
    if not leg:
        return {}
    remaining = max(leg.total - leg.leg * leg.leg_quantity, 0)
    return {
        "iceberg": {
            "leg": leg.leg,
            "legs": leg.legs,
            "leg_quantity": leg.leg_quantity,
            "total_quantity": leg.total,
            "remaining_quantity": remaining,
        }
    }


def _progress(step: StatusStep) -> dict[str, Any]:
    """Return the fields that change."""
    item, pending, cancelled = step.terms.item, 0, 0
    # as recorded: a rejected order has nothing pending, and a cancelled rest counts as pending, too
    if step.status != OrderStatus.REJECTED:
        pending = item.quantity - step.filled.quantity
    if step.status == OrderStatus.CANCELLED and item.variety != AUCTION:
        cancelled = pending
    return {
        "status": step.status,
        "status_message": step.refusal and step.refusal.message,
        "status_message_raw": step.refusal and step.refusal.raw,
        "average_price": number(step.filled.average),
        "filled_quantity": step.filled.quantity,
        "pending_quantity": pending,
        "cancelled_quantity": cancelled,
    }


def _blocked(step: StatusStep) -> int:
    if not has_ended(step.status):
        return step.terms.margin
    # What is filled is a position.
    return step.terms.margin * step.filled.quantity // step.terms.item.quantity
