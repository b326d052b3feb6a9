"""The control page: faults, switches, prices and the clock, by form or by JSON.

A public simulator has none.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from kite.simulator.core import clock, faults, rate_limits, switches
from kite.simulator.core.context import services
from kite.simulator.core.faults import COMMON, FAULTS, LONGEST_WAIT
from kite.simulator.core.items import readable_price
from kite.simulator.core.responses import Refused, success
from kite.simulator.core.sessions import USER_ID
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface
from kite.simulator.exchange.prices import PRICES_MOVE
from kite.simulator.exchange.refusals import CAUSES
from kite.simulator.orders import brackets, modify, postbacks
from kite.vocabulary import IST

bp = KiteBlueprint("control", __name__, KiteSurface.CONTROL)

MOST = {"share": 100, "seconds": LONGEST_WAIT}
MOST_COUNT = 1_000_000


@bp.before_request
def _closed_in_public() -> None:
    if services().settings.public:
        abort(404)


@bp.get("/control")
def show() -> str:
    """Show the faults, switches, prices and the clock, with forms to change them."""
    with services().ledger.read() as connection:
        state = _state(connection)
    return render_template(
        "simulator/control.html",
        state=state,
        faults=FAULTS,
        switches=switches.SWITCHES,
        limits=rate_limits.LIMITS,
    )


@bp.post("/control")
def change() -> AnyResponse:
    """Make one change or, in JSON, a list of them: either all or none.

    JSON is answered with the new state.
    """
    wishes = _wishes()
    with services().ledger.write() as connection:
        for wish in wishes:
            _change(connection, wish)
        state = _state(connection)
    return success(state) if request.is_json else redirect(url_for("control.show"), 303)


def _wishes() -> list[Any]:
    """Return the changes that a request asks for, as they were sent."""
    if not request.is_json:
        return [request.form.to_dict()]
    body = request.get_json()
    return body if isinstance(body, list) else [body]


def _change(connection: Connection, wish: Any) -> None:
    if not isinstance(wish, Mapping) or str(wish.get("action")) not in ACTIONS:
        raise _invalid("action")
    ACTIONS[str(wish["action"])](connection, wish)


def _set(connection: Connection, wish: Mapping[str, Any]) -> None:
    name = _fault(wish)
    defaults = {**COMMON, **(FAULTS[name].params or {})}
    params = {
        key: _param(key, default, wish[key])
        for key, default in defaults.items()
        if wish.get(key) not in (None, "")
    }
    faults.set_fault(connection, name, _text(wish, "tag") or None, params)


def _clear(connection: Connection, wish: Mapping[str, Any]) -> None:
    faults.clear(connection, _fault(wish) if wish.get("fault") else None, _text(wish, "tag") or None)


def _switch(connection: Connection, wish: Mapping[str, Any]) -> None:
    name, value = _text(wish, "name"), wish.get("value")
    if name not in switches.SWITCHES:
        raise _invalid("name")
    if value not in (switches.ON, switches.OFF, True, False):
        raise _invalid("value")
    switches.turn(connection, name, value in (switches.ON, True))
    # futures are worked out when an order is placed, with the prices and hours of that moment
    if name in (PRICES_MOVE, switches.MARKET_HOURS):
        modify.replan(connection, services().market, services().at())


def _price(connection: Connection, wish: Mapping[str, Any]) -> None:
    instrument = services().market.find(_text(wish, "exchange") or "NSE", _text(wish, "tradingsymbol"))
    if not instrument:
        raise _invalid("tradingsymbol")
    try:
        price = Decimal(str(wish.get("price")))
    except InvalidOperation:
        raise _invalid("price") from None
    if not price.is_finite() or price <= 0 or not readable_price(price):
        raise _invalid("price")
    modify.set_price(connection, services().market, instrument, price, services().at())


def _bracket(connection: Connection, wish: Mapping[str, Any]) -> None:
    """Write a bracket order of the past into the demo client's book, since it can no longer be
    placed.
    """
    instrument = services().market.find(_text(wish, "exchange") or "NSE", _text(wish, "tradingsymbol"))
    if not instrument:
        raise _invalid("tradingsymbol")
    quantity = _whole("quantity", wish.get("quantity") or 1, 0) or 1
    brackets.write(connection, instrument, quantity, USER_ID, services().at())


def _clock(connection: Connection, wish: Mapping[str, Any]) -> None:
    """Move the clock: `seconds` ahead of real time, or `to` a moment, in IST unless it names its
    zone.
    """
    if not wish.get("to"):
        clock.move(connection, _whole("seconds", wish.get("seconds"), -clock.FARTHEST))
        return
    try:
        moment = datetime.fromisoformat(_text(wish, "to"))
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=IST)
        ahead = moment - services().now()
    except (ValueError, OverflowError):
        raise _invalid("to") from None
    # the time now is already moved, so the distance comes on top of the present offset
    seconds = round(ahead.total_seconds()) + clock.offset(connection)
    if abs(seconds) > clock.FARTHEST:
        raise _invalid("to")
    clock.move(connection, seconds)


def _reset(connection: Connection, wish: Mapping[str, Any]) -> None:
    """Clear all faults, turn switches to their defaults and the clock to real time.

    Orders and prices stay.
    """
    faults.clear(connection)
    switches.forget(connection)
    clock.move(connection, 0)
    modify.replan(connection, services().market, services().at())


ACTIONS: dict[str, Callable[[Connection, Mapping[str, Any]], None]] = {
    "set": _set,
    "clear": _clear,
    "switch": _switch,
    "price": _price,
    "bracket": _bracket,
    "clock": _clock,
    "reset": _reset,
}


def _state(connection: Connection) -> dict[str, Any]:
    at = services().at()
    return {
        "faults": faults.active_faults(connection),
        "switches": {name: switches.is_on(connection, name) for name in switches.SWITCHES},
        "clock": {"seconds": clock.offset(connection), "now": services().now().isoformat(timespec="seconds")},
        "busiest_second": rate_limits.busiest(connection, at),
        "postbacks": postbacks.queue_counts(connection),
    }


def _fault(wish: Mapping[str, Any]) -> str:
    name = _text(wish, "fault")
    if name not in FAULTS:
        raise _invalid("fault")
    return name


def _param(key: str, default: object, value: object) -> object:
    if isinstance(default, str):
        if not isinstance(value, str) or len(value) > 100 or (key == "cause" and value not in CAUSES):
            raise _invalid(key)
        return value
    return _whole(key, value, 0)


def _whole(key: str, value: object, least: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise _invalid(key) from None
    most = clock.FARTHEST if least else MOST.get(key, MOST_COUNT)
    if not least <= number <= most:
        raise _invalid(key)
    return number


def _text(wish: Mapping[str, Any], key: str) -> str:
    value = wish.get(key) or ""
    if not isinstance(value, str) or len(value) > 100:
        raise _invalid(key)
    return value


def _invalid(name: str) -> Refused:
    return Refused(400, "InputException", f"Invalid `{name}`.")
