"""A receipt as data, in the shape that docs/embedding.md promises: money as decimal strings, ids as
strings, times with the IST offset.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kite.basket.items import FIELD_TABLE
from kite.connect.records import Order, Trade
from kite.offsite.base.receipt import ItemResult
from kite.offsite.journey.access import Role, View

CONVERTED = ("price", "_timestamp", "order_id", "trade_id", "instrument_token")
"""How the names of an order's or trade's fields end that are money, times and ids.

These are converted; all others are given as Kite sent them.
"""


def as_data(view: View) -> dict[str, Any]:
    """Return what a view holds in the shape that docs/embedding.md promises."""
    receipt, execution = view.receipt, view.receipt.execution
    owner = view.role is Role.OWNER
    orders: dict[str, list[dict[str, Any]]] = {"orders": [], "trades": [], "extra": []}
    # Whoever only composed the basket learns nothing of the account that placed it.
    if owner:
        orders = {
            "orders": [_record(order.raw, order) for order in receipt.orders],
            "trades": [_record(trade.raw, trade) for trade in receipt.trades],
            "extra": [_record(order.raw, order) for order in receipt.extra],
        }
    return {
        "id": execution.id,
        "state": execution.state,
        "mode": execution.mode,
        "tag": execution.tag,
        "part": execution.part,
        "parts": execution.parts,
        "parent_id": execution.parent_id,
        "created_at": _plain(execution.created_at),
        "handed_off_at": _plain(execution.handed_off_at),
        "returned_at": _plain(execution.returned_at),
        "settled_at": _plain(execution.settled_at),
        "items": [_item(result) | _outcome(result, owner) for result in receipt.items],
        **orders,
    }


def _item(result: ItemResult) -> dict[str, Any]:
    return {
        field.name: _plain(getattr(result.item, field.name))
        for field in FIELD_TABLE.values()
        if field.facts.on_receipt
    }


def _outcome(result: ItemResult, owner: bool) -> dict[str, Any]:
    """Return what became of an item, with the same keys for everybody and no values for strangers."""
    if not owner:
        return {
            "outcome": None,
            "changes": [],
            "order_ids": [],
            "filled_quantity": 0,
            "average_price": None,
            "status_message": None,
        }
    return {
        "outcome": result.outcome,
        "changes": [
            {"field": change.field, "before": _plain(change.before), "after": _plain(change.after)}
            for change in result.changes
        ],
        "order_ids": [order.order_id for order in result.orders],
        "filled_quantity": result.filled_quantity,
        "average_price": _plain(result.average_price),
        "status_message": result.status_message,
    }


def _record(raw: Mapping[str, Any], typed: Order | Trade) -> dict[str, Any]:
    """Return an order or trade: every field that Kite sent, money and times converted, and `raw` as
    it came.
    """
    converted = {
        name: _plain(getattr(typed, name)) if name.endswith(CONVERTED) and hasattr(typed, name) else value
        for name, value in raw.items()
    }
    return converted | dict.fromkeys(set(typed.unreadable_fields) & set(raw)) | {"raw": raw}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def money(amount: Decimal) -> str:
    """Write rupees as a decimal string with two to four decimals."""
    text = f"{amount.quantize(Decimal('0.0001')):f}"
    # 1412.5000 becomes 1412.50, 88.0250 becomes 88.025: two decimals always stay.
    if text.endswith("00"):
        return text[:-2]
    return text.rstrip("0")
