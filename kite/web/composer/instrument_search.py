"""Instruments as JSON, for the composer's symbol field while a person types."""

import json

from flask import Response, request

from kite.basket.items import Instrument
from kite.instruments.search import nearest, search
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint, route_policy

bp = SurfaceBlueprint("instruments", __name__, Surface.PUBLIC)

NEAR = 3
"""Instruments that are offered when none matches."""


@bp.get("/instruments.json")
# The list changes once a day, and whoever deletes a letter asks again for what was asked before.
@route_policy(cache_control="private, max-age=30")
def find() -> Response:
    """Return the instruments that hold every word of `q`, at most `limit` (20, up to 50), on any
    exchange or one.

    `traded=1` leaves out the indices, which cannot be bought. When nothing matches, `nearest` holds
    those that may be meant.
    """
    q, exchange = request.args.get("q", ""), request.args.get("exchange", "").upper()
    items = search(
        services().catalogue,
        q,
        exchange,
        request.args.get("limit", 20, type=int),
        traded=request.args.get("traded") == "1",
    )
    answer = {"items": [as_json(instrument) for instrument in items]}
    if not items:
        near = nearest(services().catalogue, q, exchange, NEAR)
        answer["nearest"] = [as_json(instrument) for instrument in near]
    return Response(json.dumps(answer, ensure_ascii=False), mimetype="application/json")


def as_json(instrument: Instrument) -> dict[str, str | int | None]:
    """Return an instrument as data: money as decimal strings, the expiry as YYYY-MM-DD or None."""
    expiry = instrument.expiry.isoformat() if instrument.expiry else None
    return {
        "tradingsymbol": instrument.tradingsymbol,
        "exchange": instrument.exchange,
        "name": instrument.name,
        "segment": instrument.segment,
        "instrument_type": instrument.instrument_type,
        "expiry": expiry,
        "strike": f"{instrument.strike:f}",
        "tick_size": f"{instrument.tick_size:f}",
        "lot_size": instrument.lot_size,
    }
