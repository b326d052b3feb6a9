"""The parameters for modifying an order and for asking what orders cost, and how they are sent.

Sources: Kite Connect documentation, pages "Orders" and "Margin calculation", and the official
clients.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict


class ModifyParams(TypedDict, total=False):
    """Parameters of an open order that can be changed. None is not sent."""

    parent_order_id: str | None
    quantity: int | None
    price: Decimal | None
    order_type: str | None
    trigger_price: Decimal | None
    validity: str | None
    disclosed_quantity: int | None
    market_protection: Decimal | int | None


class MarginParams(TypedDict):
    """An order whose margin is asked for. Prices that it does not have are 0."""

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
    """An order whose charges are asked for.

    `average_price` is the price at which it counts as filled, never 0.
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


def form_fields(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the form fields of ModifyParams.

    Raises TypeError for a parameter that does not exist: Kite would ignore it.
    """
    if unknown := sorted(params.keys() - ModifyParams.__annotations__.keys()):
        raise TypeError(f"an order has no parameter {', '.join(unknown)}")
    return {name: _form_text(value) for name, value in params.items() if value is not None}


def json_rows(
    kind: type[MarginParams] | type[ChargedParams], params: Sequence[Mapping[str, Any]]
) -> list[dict[str, str | int | float]]:
    """Return `params` as rows for JSON, prices as numbers.

    Raises TypeError for a row that does not have exactly the fields of its kind.
    """
    for row in params:
        if row.keys() != kind.__annotations__.keys():
            raise TypeError(f"a row has the fields {', '.join(kind.__annotations__)}")
    return [{name: _number(value) for name, value in row.items()} for row in params]


def _number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _form_text(value: object) -> str:
    # "f", since str() may write a Decimal as 1E+3.
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
