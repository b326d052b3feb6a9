"""Autoslice: an order above the freeze quantity, placed as several smaller ones.

Source: the documentation of the orders API.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from kite.simulator.account import funds, holdings
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.responses import Refused
from kite.simulator.exchange import prices
from kite.simulator.exchange.refusals import Refusal, no_funds
from kite.simulator.orders.place import Placement, place_order

FREEZE = {"NIFTY": 1800, "BANKNIFTY": 600, "SENSEX": 1000, "INFY": 20_000, "RELIANCE": 20_000}
"""Freeze quantities of contracts by their underlying.

The instruments file has no such column, and these figures are invented.
"""

USUAL_FREEZE = 1_00_000
MOST_SLICES = 10
TAG = "autoslice"


def freeze_quantity(instrument: Instrument) -> int:
    """Return the largest quantity of one order, in whole lots."""
    most = USUAL_FREEZE
    if instrument.instrument_type != "EQ":
        most = FREEZE.get(instrument.name, USUAL_FREEZE)
    return most // instrument.lot_size * instrument.lot_size


def check_freeze(item: Item, instrument: Instrument) -> None:
    """Raise Refused for a derivative's order above the freeze quantity.

    Every leg of an iceberg is checked by itself.
    """
    # no list of Kite's has freeze quantities, so its refusal is where a client learns them
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
    """Place an order in slices, and return the data of the answer: the first order_id, and the
    other slices.

    A slice without funds is an error in the list and no order. Raises Refused when there is nothing
    to slice, or too much.
    """
    sizes, tags = _sizes(item, instrument), (*item.system_tags, TAG)
    first = replace(item, quantity=sizes[0], system_tags=tags)
    parent = place_order(connection, Placement(first, instrument, user_id, at))
    tags = (*tags, f"{TAG}:{parent}")
    # one after the other, for each slice takes funds that the next one no longer has
    children = [
        _place_child(
            connection, Placement(replace(item, quantity=size, system_tags=tags), instrument, user_id, at)
        )
        for size in sizes[1:]
    ]
    return {"order_id": parent, "children": children}


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


def _place_child(connection: Connection, placement: Placement) -> dict[str, Any]:
    """Place a slice after the first one, and return its order_id or its error."""
    item, user_id, at = placement.item, placement.user_id, placement.at
    path = prices.path(connection, placement.instrument)
    instrument = replace(placement.instrument, last_price=path.at(at))
    needed = funds.needed_margin(connection, item, instrument, user_id, at)
    available = funds.available(connection, user_id, at)
    if needed > available:
        return _error("MarginException", no_funds(item, needed, available))
    refusal = holdings.refusal(connection, item, user_id, at)
    if refusal:
        return _error("HoldingException", refusal)
    return {"order_id": place_order(connection, placement)}


def _error(error_type: str, refusal: Refusal) -> dict[str, Any]:
    # the documentation's example of such an error ends without this sentence
    message = refusal.message.removesuffix(" Check the orderbook for open orders.")
    return {"error": {"code": 400, "error_type": error_type, "message": message, "data": None}}
