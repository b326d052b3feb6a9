"""Autoslice: an order above the freeze quantity, placed as several that are not (documentation of the orders
API).
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from kite.simulator.account import funds, holdings
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.responses import Refused
from kite.simulator.exchange import prices
from kite.simulator.exchange.refusals import no_funds
from kite.simulator.orders.place import Placement, put

FREEZE = {"NIFTY": 1800, "BANKNIFTY": 600, "SENSEX": 1000, "INFY": 20_000, "RELIANCE": 20_000}
"""Freeze quantities of contracts by what they stand on.

The instruments file has no such column, and these are nobody's.
"""

USUAL_FREEZE = 1_00_000
MOST_SLICES = 10
TAG = "autoslice"


def freeze_quantity(instrument: Instrument) -> int:
    """Return the largest quantity of one order, in whole lots."""
    most = FREEZE.get(instrument.name, USUAL_FREEZE) if instrument.instrument_type != "EQ" else USUAL_FREEZE
    return most // instrument.lot_size * instrument.lot_size


def check_freeze(item: Item, instrument: Instrument) -> None:
    """Raise Refused for a derivative's order above the freeze quantity, which is told nowhere else.

    An iceberg's legs count one by one.
    """
    most = freeze_quantity(instrument)
    if instrument.instrument_type != "EQ" and item.quantity > most:
        raise Refused(
            400,
            "InputException",
            f"Quantity should be less than or equal to {most}, the freeze quantity of {item.tradingsymbol}.",
        )


def place_slices(
    connection: Connection, item: Item, instrument: Instrument, user_id: str, at: int
) -> dict[str, Any]:
    """Place an order in slices and return the answer's data: the first slice's order_id, and a child for
    every other.

    A child without funds is an error in the list and no order. Raises Refused when there is nothing to slice
    or too much.
    """
    sizes = _sizes(item, instrument)
    parent = put(
        connection,
        Placement(
            replace(item, quantity=sizes[0], system_tags=(*item.system_tags, TAG)), instrument, user_id, at
        ),
    )
    tags = (*item.system_tags, TAG, f"{TAG}:{parent}")
    slices = [replace(item, quantity=size, system_tags=tags) for size in sizes[1:]]
    return {
        "order_id": parent,
        "children": [_child(connection, Placement(each, instrument, user_id, at)) for each in slices],
    }


def _sizes(item: Item, instrument: Instrument) -> list[int]:
    freeze = freeze_quantity(instrument)
    if item.quantity <= freeze:
        least = freeze + instrument.lot_size
        raise Refused(
            400, "InputException", f"Quantity should be greater than or equal to {least} for order slicing."
        )
    whole, rest = divmod(item.quantity, freeze)
    if whole + bool(rest) > MOST_SLICES:
        raise Refused(
            400,
            "InputException",
            f"Quantity should be less than or equal to {freeze * MOST_SLICES} for order slicing.",
        )
    return [freeze] * whole + [rest] * bool(rest)


def _child(connection: Connection, placed: Placement) -> dict[str, Any]:
    path = prices.path(connection, placed.instrument)
    instrument = replace(placed.instrument, last_price=path.at(placed.at))
    needed = funds.needed(connection, placed.item, instrument, placed.user_id, placed.at)
    available = funds.available(connection, placed.user_id, placed.at)
    refused = no_funds(placed.item, needed, available) if needed > available else None
    kind = "MarginException" if refused else "HoldingException"
    refused = refused or holdings.refusal(connection, placed.item, placed.user_id, placed.at)
    if refused:
        message = refused.message.removesuffix(" Check the orderbook for open orders.")
        return {"error": {"code": 400, "error_type": kind, "message": message, "data": None}}
    return {"order_id": put(connection, placed)}
