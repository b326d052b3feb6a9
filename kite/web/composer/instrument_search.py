"""Instruments as JSON, for the composer's symbol field and order line while a person types."""

import json
from typing import Any

from flask import Response, request

from kite.basket.items import Instrument
from kite.instruments.search import nearest, search
from kite.web.composer.search_words import searched_words
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
    those that may be meant. With an order `line` in place of `q` the answer is about the words at
    its `caret`; it says which these are.
    """
    if (line := request.args.get("line")) is not None:
        answer = _find_in_line(line, request.args.get("caret", 0, type=int))
    else:
        instruments, near = _find(request.args.get("q", ""), request.args.get("exchange", "").upper())
        answer = {"items": [as_json(instrument) for instrument in instruments]}
        if not instruments:
            answer["nearest"] = [as_json(instrument) for instrument in near]
    return Response(json.dumps(answer, ensure_ascii=False), mimetype="application/json")


def _find(q: str, exchange: str) -> tuple[list[Instrument], list[Instrument]]:
    """Return what matches, and what may be meant when nothing does."""
    limit, traded = request.args.get("limit", 20, type=int), request.args.get("traded") == "1"
    instruments = search(services().catalogue, q, exchange, limit, traded=traded)
    return instruments, [] if instruments else nearest(services().catalogue, q, exchange, NEAR)


def _find_in_line(line: str, caret: int) -> dict[str, Any]:
    """Return the answer for an order line: as for the words `q` in it, with their `start` and `end`,
    and with what to write in their place for each instrument. Without such words `q` is "".

    Places are counted as browsers do, in UTF-16.
    """
    before = line.encode("utf-16-le", "surrogatepass")[: max(0, caret) * 2]
    words = searched_words(line, len(before.decode("utf-16-le", "ignore")))
    if words is None:
        return {"q": "", "items": []}
    items, nearest_items = (
        [as_json(instrument) | {"written": words.written(instrument)} for instrument in instruments]
        for instruments in _find(words.q, words.exchange)
    )
    start, end = _utf16_length(line[: words.start]), _utf16_length(line[: words.end])
    return {"q": words.q, "start": start, "end": end, "items": items, "nearest": nearest_items}


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


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
