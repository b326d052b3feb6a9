"""The calls that place, modify and cancel orders: POST, PUT and DELETE of /orders/:variety.

Source: the documentation of the orders API.
"""

from decimal import Decimal

from flask import Response, request
from sqlalchemy import Connection

from kite.simulator.account import holdings
from kite.simulator.api.order_params import ICEBERG, check_variety, read_changes, read_order_request
from kite.simulator.core import credentials
from kite.simulator.core.context import services
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.responses import Refused, success
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface
from kite.simulator.core.switches import is_on
from kite.simulator.exchange import prices
from kite.simulator.exchange.market_protection import REFUSED, REQUIRED, with_protection
from kite.simulator.orders import modify, slicing
from kite.simulator.orders.modify import Target
from kite.simulator.orders.place import place, refused_without_order
from kite.vocabulary import OrderType, Variety

bp = KiteBlueprint("order_api", __name__, KiteSurface.API)

WITHOUT_PRICE = (OrderType.MARKET, OrderType.SL_M)

UNAUTHORISED = 428
"""Precondition Required: the holder has not authorised the sale (Kite's forum, #7786).

The rest of the answer is our own.
"""


@bp.post("/orders/<variety>")
def place_order(variety: str) -> Response:
    """Place an order. The answer says that it is in the book, not what became of it."""
    user_id, wish = credentials.user_id(), read_order_request(variety, request.values)
    instrument = _instrument(wish.item)
    with services().ledger.write() as connection:
        at = services().at()
        if refused_without_order(connection, wish.item):
            raise Refused(400, "OrderException", "The order was refused before it reached the exchange.")
        if refusal := holdings.unauthorised(connection, wish.item, user_id, at):
            raise Refused(UNAUTHORISED, "HoldingException", refusal.message)
        item = _with_protection(connection, wish.item, wish.market_protection, instrument, at)
        if wish.autoslice and variety not in (Variety.CO, ICEBERG):
            return success(slicing.place_slices(connection, item, instrument, user_id, at))
        slicing.check_freeze(item, instrument)
        return success({"order_id": place(connection, [(item, instrument)], user_id, at)[0]})


@bp.put("/orders/<variety>/<order_id>")
def modify_order(variety: str, order_id: str) -> Response:
    """Give an order that has not ended new terms."""
    user_id, changes = credentials.user_id(), read_changes(request.values)
    check_variety(variety)
    with services().ledger.write() as connection:
        target = Target(user_id, variety, order_id, services().at())
        fields = dict(changes.fields)
        item = modify.with_new_terms(modify.order_of(connection, target).item, fields)
        if "quantity" in fields:
            slicing.check_freeze(item, _instrument(item))
        if fields.get("order_type") in WITHOUT_PRICE:
            protection = changes.market_protection
            stored = _with_protection(connection, item, protection, _instrument(item), target.at)
            if stored != item:
                names = ("order_type", "price", "system_tags")
                fields |= {name: getattr(stored, name) for name in names}
        modify.modify(connection, services().market, target, fields)
    return success({"order_id": order_id})


@bp.delete("/orders/<variety>/<order_id>")
def cancel_order(variety: str, order_id: str) -> Response:
    """Cancel an order that has not ended.

    With the id of a cover order's second leg this exits the position.
    """
    user_id, parent_order_id = credentials.user_id(), request.values.get("parent_order_id", "")
    check_variety(variety)
    with services().ledger.write() as connection:
        # the moment is read within the transaction, or two changes at once could be written in the
        # wrong order
        target = Target(user_id, variety, order_id, services().at())
        if parent_order_id and modify.order_of(connection, target).parent_order_id != parent_order_id:
            raise Refused(400, "InputException", "Invalid `parent_order_id`.")
        modify.cancel(connection, services().market, target)
    return success({"order_id": order_id})


def _instrument(item: Item) -> Instrument:
    instrument = services().market.find(item.exchange, item.tradingsymbol)
    if not instrument:
        raise Refused(400, "InputException", "No such instrument.")
    return instrument


def _with_protection(
    connection: Connection, item: Item, percent: Decimal, instrument: Instrument, at: int
) -> Item:
    if item.order_type in WITHOUT_PRICE and not percent and is_on(connection, REQUIRED):
        raise Refused(400, "InputException", REFUSED)
    return with_protection(item, percent, prices.path(connection, instrument), at)
