"""Orders and trades as Kite sends them, with values of our own, for tests of what is made of
them.
"""

from typing import Any

from kite.connect.records import Order, Trade
from kite.connect.records import order as parse_order
from kite.connect.records import trade as parse_trade

TAG = "k7f3q9zt"


def raw_order(**changes: Any) -> dict[str, Any]:
    """An order that filled completely: BUY 10 INFY on NSE at market."""
    quantity = changes.get("quantity", 10)
    status = changes.get("status", "COMPLETE")
    filled = changes.get("filled_quantity", quantity if status == "COMPLETE" else 0)
    raw = {
        "placed_by": "AB1234",
        "order_id": "1914227164488687616",
        "exchange_order_id": "1300000001887410",
        "parent_order_id": None,
        "status": status,
        "status_message": None,
        "status_message_raw": None,
        "order_timestamp": "2026-11-20 09:17:20",
        "exchange_update_timestamp": "2026-11-20 09:17:21",
        "exchange_timestamp": "2026-11-20 09:17:21",
        "variety": "regular",
        "modified": False,
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "instrument_token": 408065,
        "order_type": "MARKET",
        "transaction_type": "BUY",
        "validity": "DAY",
        "product": "CNC",
        "quantity": quantity,
        "disclosed_quantity": 0,
        "price": 0,
        "trigger_price": 0,
        "average_price": 1450.05 if filled else 0,
        "filled_quantity": filled,
        "pending_quantity": quantity - filled,
        "cancelled_quantity": 0,
        "market_protection": 0,
        "meta": {},
        "tag": TAG,
        "tags": [TAG],
        "guid": "1x2y3z",
    }
    return raw | changes


def order(**changes: Any) -> Order:
    """The same, typed."""
    return parse_order(raw_order(**changes))


def raw_trade(**changes: Any) -> dict[str, Any]:
    """The one fill of that order."""
    raw = {
        "trade_id": "10000001",
        "order_id": "1914227164488687616",
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "instrument_token": 408065,
        "product": "CNC",
        "average_price": 1450.05,
        "quantity": 10,
        "exchange_order_id": "1300000001887410",
        "transaction_type": "BUY",
        "fill_timestamp": "2026-11-20 09:17:21",
        "order_timestamp": "09:17:20",
        "exchange_timestamp": "2026-11-20 09:17:21",
    }
    return raw | changes


def trade(**changes: Any) -> Trade:
    """The same, typed."""
    return parse_trade(raw_trade(**changes))
