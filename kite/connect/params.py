"""The parameters of placing and modifying an order, and how they are written on the wire.

Source: Kite Connect documentation, page "Orders", of today and of 2018 (bracket orders), and the official clients.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Required, TypedDict


class PlaceParams(TypedDict, total=False):
    """Parameters of a new order besides its variety. None is not sent."""

    exchange: Required[str]
    tradingsymbol: Required[str]
    transaction_type: Required[str]
    quantity: Required[int]
    product: Required[str]
    order_type: Required[str]
    price: Decimal | None
    validity: str | None
    validity_ttl: int | None  # minutes
    disclosed_quantity: int | None
    trigger_price: Decimal | None
    iceberg_legs: int | None
    iceberg_quantity: int | None
    auction_number: str | None
    parent_order_id: str | None
    market_protection: Decimal | int | None  # percent, -1 automatic
    autoslice: bool | None
    squareoff: Decimal | None
    stoploss: Decimal | None
    trailing_stoploss: Decimal | None
    tag: str | None
    algo_id: str | None


class ModifyParams(TypedDict, total=False):
    """Parameters that an open order can be given anew. None is not sent."""

    parent_order_id: str | None
    quantity: int | None
    price: Decimal | None
    order_type: str | None
    trigger_price: Decimal | None
    validity: str | None
    disclosed_quantity: int | None
    market_protection: Decimal | int | None


def form(kind: type[PlaceParams] | type[ModifyParams], params: Mapping[str, Any]) -> dict[str, str]:
    """Return the form fields of `params`. Raises TypeError for a parameter that does not exist: it would be lost at Kite."""
    if unknown := sorted(params.keys() - kind.__annotations__.keys()):
        raise TypeError(f"an order has no parameter {', '.join(unknown)}")
    return {name: _written(value) for name, value in params.items() if value is not None}


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
