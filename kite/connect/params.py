"""The parameters of placing and modifying an order, and of asking what orders cost, and how they are written
on the wire.

Sources: Kite Connect documentation, pages "Orders", of today and of 2018 (bracket orders), and "Margin
calculation", and the official clients.
"""

from collections.abc import Mapping, Sequence
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


class MarginParams(TypedDict):
    """An order whose margin is asked about. Prices that it has not are 0."""

    exchange: str
    tradingsymbol: str
    transaction_type: str
    variety: str
    product: str
    order_type: str
    quantity: int
    price: Decimal
    trigger_price: Decimal


class ChargedParams(TypedDict):
    """An order whose charges are asked about.

    `average_price` is what it is taken to be filled at, and never 0.
    """

    order_id: str
    exchange: str
    tradingsymbol: str
    transaction_type: str
    variety: str
    product: str
    order_type: str
    quantity: int
    average_price: Decimal


def form(kind: type[PlaceParams] | type[ModifyParams], params: Mapping[str, Any]) -> dict[str, str]:
    """Return the form fields of `params`.

    Raises TypeError for a parameter that does not exist: it would be lost at Kite.
    """
    if unknown := sorted(params.keys() - kind.__annotations__.keys()):
        raise TypeError(f"an order has no parameter {', '.join(unknown)}")
    return {name: _written(value) for name, value in params.items() if value is not None}


def rows(
    kind: type[MarginParams] | type[ChargedParams], params: Sequence[Mapping[str, Any]]
) -> list[dict[str, str | int | float]]:
    """Return `params` as JSON holds them, prices as numbers.

    Raises TypeError for a row that has not just the fields of its kind.
    """
    for each in params:
        if each.keys() != kind.__annotations__.keys():
            raise TypeError(f"a row has the fields {', '.join(kind.__annotations__)}")
    return [{name: _number(value) for name, value in each.items()} for each in params]


def _number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
