"""Orders and trades as Kite shows them: the JSON that the ledger keeps for every moment of an order's
life.
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

    `follows` is the order at whose completion it begins.
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
    """Writes what an order looks like at each step.

    `acknowledged` is the exchange's timestamp, once there is one.
    """

    order: LedgerOrder
    instrument: Instrument
    acknowledged: str | None = None

    def after(self, step: StatusStep) -> "Renderer":
        """Return the renderer for `step` and what follows it: the exchange stamps an order it takes, and one
        that is modified.
        """
        taken = step.status in AT_EXCHANGE and self.acknowledged is None
        again = step.status == OrderStatus.MODIFIED and self.acknowledged is not None
        return replace(self, acknowledged=stamp(step.at)) if taken or again else self

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
            seen = {"exchange_timestamp": self.acknowledged, "exchange_update_timestamp": stamp(step.at)}
            times |= {"exchange_order_id": self.order.exchange_order_id, **seen}
        state = _named(self.order) | _terms(item) | {"modified": step.modified} | _progress(step) | times
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
    return int(value) if value == value.to_integral_value() else float(value)


def product(item: Item) -> str:
    """Return the product as Kite shows it: a cover order is sent as MIS and shown as CO."""
    return COVER if item.variety == Variety.CO else item.product


def _named(order: LedgerOrder) -> dict[str, Any]:
    return {
        "account_id": order.user_id,
        "placed_by": order.user_id,
        "order_id": order.order_id,
        "parent_order_id": order.parent_order_id,
        "guid": None,
    }


def _terms(item: Item) -> dict[str, Any]:
    """Return what was asked for; some keys are there only for orders that have them."""
    own = {"auction_number": item.auction_number} if item.auction_number else {}
    tags = [item.tag] * bool(item.tag) + list(item.system_tags)
    return (
        own
        | ({"tags": tags} if tags else {})
        | {
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
    )


def _meta(item: Item) -> dict[str, Any]:
    leg = item.iceberg
    if not leg:
        return {}
    remaining = max(leg.total - leg.leg * leg.leg_quantity, 0)
    of = {"leg": leg.leg, "legs": leg.legs, "leg_quantity": leg.leg_quantity, "total_quantity": leg.total}
    return {"iceberg": of | {"remaining_quantity": remaining}}


def _progress(step: StatusStep) -> dict[str, Any]:
    """Return the fields that change.

    As recorded: a cancelled rest counts as pending too, and a rejected order has none.
    """
    item, filled = step.terms.item, step.done.quantity
    left = 0 if step.status == OrderStatus.REJECTED else item.quantity - filled
    return {
        "status": step.status,
        "status_message": step.refusal.message if step.refusal else None,
        "status_message_raw": step.refusal.raw if step.refusal else None,
        "average_price": number(step.done.average),
        "filled_quantity": filled,
        "pending_quantity": left,
        "cancelled_quantity": left if step.status == OrderStatus.CANCELLED and item.variety != AUCTION else 0,
    }


def _blocked(step: StatusStep) -> int:
    return (
        step.terms.margin * step.done.quantity // step.terms.item.quantity
        if has_ended(step.status)
        else step.terms.margin
    )
