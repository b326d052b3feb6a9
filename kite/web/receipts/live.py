"""Live: news of a receipt as server-sent events.

The page fetches itself anew when it hears that something changed.
"""

import json
import time
from collections.abc import Iterator

from flask import Flask, Response, abort, current_app

from kite.exceptions import StoreUnavailable
from kite.offsite.base.services import Services
from kite.offsite.jobs.watchers import News, TooManyWatchers, Watcher, Watchers, WatchingEnded
from kite.offsite.journey import access
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import visit_id
from kite.web.wording.labels import clock

bp = SurfaceBlueprint("live", __name__, Surface.EMBEDDED)

EXTENSION = "live"
BREATH = 15.0
"""Seconds after which a line without meaning is sent: a browser that is gone is noticed by it, and proxies
keep the line open.
"""
LONGEST = 600.0
"""Seconds after which a stream ends; the browser opens a new one by itself."""


def install(app: Flask, made_of: Services) -> Watchers:
    """Make and return the one place of this process where watchers stand. The caller closes it."""
    watchers = app.extensions[EXTENSION] = Watchers(made_of)
    return watchers


def watchers() -> Watchers:
    """Return those who watch in this process."""
    found: Watchers = current_app.extensions[EXTENSION]
    return found


@bp.get("/executions/<execution_id>/events")
def events(execution_id: str) -> Response:
    """Tell news of an execution until the browser leaves: version, time of the last reading, whether Kite is
    silent.
    """
    visit = visit_id()
    if not access.role(services(), visit, execution_id):
        abort(404)
    try:
        watcher = watchers().join(execution_id, visit)
    except TooManyWatchers:
        return Response(
            "Too many watch already. Ask again later.\n",
            503,
            {"Retry-After": "30", "Content-Type": "text/plain"},
        )
    live = watchers()
    answer = Response(_stream(services(), live, watcher), content_type="text/event-stream")
    answer.call_on_close(lambda: live.leave(watcher))
    answer.headers["X-Accel-Buffering"] = "no"  # nginx would keep the news to itself
    return answer


def _stream(made_of: Services, live: Watchers, watcher: Watcher) -> Iterator[str]:
    until = time.monotonic() + LONGEST
    yield "retry: 2000\n\n"
    try:
        while time.monotonic() < until:
            news = watcher.wait(BREATH)
            if news:
                yield f"data: {json.dumps(_told(news))}\n\n"
            elif not access.role(made_of, watcher.visit_id, watcher.execution_id):
                return
            else:
                yield ": still here\n\n"
    except (WatchingEnded, StoreUnavailable):
        return  # the browser asks again, and finds another process
    finally:
        live.leave(watcher)


def _told(news: News) -> dict[str, object]:
    return {
        "version": news.version,
        "checked": clock(news.read_at) if news.read_at else None,
        "silent": news.silent,
    }
