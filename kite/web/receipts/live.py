"""News of a receipt as server-sent events. When something has changed, the page reloads itself."""

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
KEEP_ALIVE = 15.0
"""Seconds without news after which a comment is sent: proxies keep the connection open, and we
notice when the browser is gone.
"""
LONGEST = 600.0
"""Seconds after which a stream ends; the browser opens a new one by itself."""


def install(app: Flask, services: Services) -> Watchers:
    """Add the watchers of this process to `app` and return them. The caller closes them."""
    watchers = app.extensions[EXTENSION] = Watchers(services)
    return watchers


def watchers() -> Watchers:
    """Return the watchers of this process."""
    watchers: Watchers = current_app.extensions[EXTENSION]
    return watchers


@bp.get("/executions/<execution_id>/events")
def events(execution_id: str) -> Response:
    """Send news of an execution until the browser leaves: version, time of the last reading,
    whether Kite is silent.
    """
    visit = visit_id()
    if not access.role_in(services(), visit, execution_id):
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


def _stream(services: Services, live: Watchers, watcher: Watcher) -> Iterator[str]:
    until = time.monotonic() + LONGEST
    yield "retry: 2000\n\n"
    try:
        while time.monotonic() < until:
            news = watcher.wait(KEEP_ALIVE)
            if news:
                yield f"data: {json.dumps(_as_data(news))}\n\n"
            # The session may have ended since, or the person have asked us to forget them.
            elif not access.role_in(services, watcher.visit_id, watcher.execution_id):
                return
            else:
                yield ": still here\n\n"
    except (WatchingEnded, StoreUnavailable):
        return  # the browser asks again, and finds another process
    finally:
        live.leave(watcher)


def _as_data(news: News) -> dict[str, object]:
    return {
        "version": news.version,
        "checked": clock(news.read_at) if news.read_at else None,
        "silent": news.silent,
    }
