"""Liveness and readiness for monitors, and robots.txt for search engines."""

from kite.exceptions import InstrumentsError, StoreUnavailable
from kite.instruments.catalogue import OLDEST
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint, not_indexed, route_policy

bp = SurfaceBlueprint("health", __name__, Surface.SERVER_TO_SERVER)


@bp.get("/healthz")
@route_policy(under_any_name=True, takes_returns=False)
def live() -> tuple[str, int, dict[str, str]]:
    """Say that this process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@bp.get("/robots.txt")
def robots() -> tuple[str, int, dict[str, str]]:
    """Tell search engines which addresses they should not visit: all but the public pages."""
    return (
        "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in not_indexed()),
        200,
        {"Content-Type": "text/plain"},
    )


@bp.get("/readyz")
@route_policy(under_any_name=True, takes_returns=False)
def ready() -> tuple[str, int, dict[str, str]]:
    """Say whether the database answers and the list of instruments is fresh, with its time, source
    and age.

    With a real key the list must be Kite's own, not the bundled one.
    """
    try:
        services().store.ping()
        about = services().catalogue.about
    except StoreUnavailable:
        return "database: does not answer\n", 503, {"Content-Type": "text/plain"}
    except InstrumentsError as error:
        return f"instruments: {error}\n", 503, {"Content-Type": "text/plain"}
    age = services().now() - about.loaded_at
    status = 200
    list_state = (
        f"{about.loaded_at.isoformat(timespec='seconds')}, {about.source}, {about.count} rows, {age.days}"
        " days old"
    )
    if age > OLDEST:
        status = 503
        list_state = f"{list_state}, too old"
    return f"database: ok\ninstruments: {list_state}\n", status, {"Content-Type": "text/plain"}
