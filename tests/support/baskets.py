"""Items and executions for tests."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kite.basket.basket_data import to_data
from kite.basket.items import Item
from kite.store.flow.executions import Execution
from kite.vocabulary import IST, Exchange, Mode, OrderType, Product, State, TransactionType
from tests.support.kite_orders import TAG

SENT_AT = datetime(2026, 11, 20, 9, 16, 39, tzinfo=IST)
RETURNED_AT = SENT_AT + timedelta(seconds=43)


def item(
    tradingsymbol: str = "INFY",
    quantity: int = 10,
    side: str = "BUY",
    price: str | None = None,
    **changes: Any,
) -> Item:
    """BUY 10 INFY on NSE, at market or at a price."""
    values: dict[str, Any] = {
        "tradingsymbol": tradingsymbol,
        "exchange": Exchange.NSE,
        "transaction_type": TransactionType(side),
        "order_type": OrderType.LIMIT if price else OrderType.MARKET,
        "quantity": quantity,
        "product": Product.CNC,
        "price": Decimal(price) if price else None,
    }
    return Item(**(values | changes))


def execution(*items: Item, **changes: Any) -> Execution:
    """An execution that came back from Kite."""
    values: dict[str, Any] = {
        "id": "execution-one",
        "basket_id": "execution-one",
        "part": 1,
        "parts": 1,
        "parent_id": None,
        "tag": TAG,
        "visit_id": "visit-one",
        "user_id": "AB1234",
        "mode": Mode.CONNECT,
        "state": State.RETURNED,
        "data": to_data(items or (item(),)),
        "created_at": SENT_AT,
        "handed_off_at": SENT_AT,
        "returned_at": RETURNED_AT,
        "cancelled_at": None,
        "settled_at": None,
        "read_at": None,
    }
    return Execution(**(values | changes))
