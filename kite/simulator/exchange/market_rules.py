"""Refusals that do not depend on an order's terms: the market's hours, and a fault that was
switched on.
"""

from dataclasses import replace
from datetime import datetime, time

from sqlalchemy import Connection

from kite.simulator.core import faults
from kite.simulator.core.items import Item
from kite.simulator.core.switches import AMO_AFTER_HOURS, AMO_WINDOWS, MARKET_HOURS, is_on
from kite.simulator.core.timestamps import MARKET_OPENS, moment_of, next_at
from kite.simulator.exchange.refusals import Refusal, refusal_for_cause
from kite.vocabulary import EQUITY, Exchange, Variety

HOURS = {
    "equity": (time(9, 15), time(15, 30)),
    "currency": (time(9, 0), time(17, 0)),
    "mcx": (time(9, 0), time(23, 30)),
}
"""When orders are taken, in IST, Monday to Friday. F&O has the hours of equity."""

AMO_HOURS = {
    "equity": (time(16, 0), time(8, 58)),
    "derivative": (time(15, 45), time(9, 10)),
    "currency": (time(17, 0), time(8, 59)),
    "mcx": (time(23, 30), time(8, 58)),
}
"""When orders for the next day are taken, from the evening to the morning (the broker's support
pages).
"""


def refusal(connection: Connection, item: Item, at: int) -> Refusal | None:
    """Return why an order that is placed at `at` is refused whatever its terms, or None.

    Needs a writing connection.
    """
    fault = faults.strike(connection, "order_rejected", [item.tag])
    if fault:
        return refusal_for_cause(fault.params["cause"], item)
    return outside_hours(connection, item, at)


def outside_hours(connection: Connection, item: Item, at: int) -> Refusal | None:
    """Return the refusal of an order outside the market's hours, or None when it is open or hours
    are off.
    """
    moment = moment_of(at)
    if item.variety == Variety.AMO:
        if is_on(connection, AMO_WINDOWS) and not _in_window(item, moment):
            return refusal_for_cause("amo_hours", item)
    elif is_on(connection, MARKET_HOURS) and not _open(item, moment):
        return refusal_for_cause("market_closed", item)
    return None


def as_placed(connection: Connection, item: Item, at: int) -> Item:
    """Return the terms that an order is placed with: after hours a regular order can become an
    AMO.
    """
    after_hours = item.variety == Variety.REGULAR and not _open(item, moment_of(at))
    if after_hours and is_on(connection, MARKET_HOURS) and is_on(connection, AMO_AFTER_HOURS):
        return replace(item, variety=Variety.AMO)
    return item


def released_at(connection: Connection, item: Item, at: int) -> int:
    """Return when an AMO order of `at` goes to the exchange: at 09:15, or when its market opens."""
    if not is_on(connection, MARKET_HOURS):
        return next_at(at, MARKET_OPENS)
    opening = next_at(at, _hours(item)[0])
    # no holidays: the simulator has no calendar, and a rehearsal should not depend on one
    while moment_of(opening).weekday() >= 5:
        opening = next_at(opening, _hours(item)[0])
    return opening


def closes_at(connection: Connection, item: Item, begins: int, until: int) -> int:
    """Return when the exchange cancels what is left of an order: when its market closes.

    Without the switch for hours that is `until`.
    """
    if not is_on(connection, MARKET_HOURS):
        return until
    return min(next_at(begins, _hours(item)[1]), until)


def _open(item: Item, moment: datetime) -> bool:
    opens, closes = _hours(item)
    return moment.weekday() < 5 and opens <= moment.time() < closes


def _hours(item: Item) -> tuple[time, time]:
    return HOURS.get(_kind(item), HOURS["equity"])


def _in_window(item: Item, moment: datetime) -> bool:
    opens, closes = AMO_HOURS[_kind(item)]
    # the window spans midnight, so being after its start or before its end is enough
    return moment.weekday() >= 5 or moment.time() >= opens or moment.time() < closes


def _kind(item: Item) -> str:
    if item.exchange in EQUITY:
        return "equity"
    if item.exchange == Exchange.MCX:
        return "mcx"
    if item.exchange in (Exchange.CDS, Exchange.BCD):
        return "currency"
    return "derivative"
