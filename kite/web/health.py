"""Liveness and readiness, for whoever watches the machine, and what search engines are told."""

from flask import Blueprint

from kite.exceptions import InstrumentsError, StoreUnavailable
from kite.web.parts import parts
from kite.web.security import PRIVATE

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def live() -> tuple[str, int, dict[str, str]]:
    """Say that this process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@bp.get("/robots.txt")
def robots() -> tuple[str, int, dict[str, str]]:
    """Keep search engines to the pages that are everybody's."""
    return "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in PRIVATE), 200, {"Content-Type": "text/plain"}


@bp.get("/readyz")
def ready() -> tuple[str, int, dict[str, str]]:
    """Say whether the database and the catalogue of instruments answer, with the catalogue's time."""
    try:
        parts().store.ping()
        loaded_at = parts().catalogue.loaded_at
    except StoreUnavailable:
        return "database: does not answer\n", 503, {"Content-Type": "text/plain"}
    except InstrumentsError:
        return "instruments: no catalogue\n", 503, {"Content-Type": "text/plain"}
    return f"database: ok\ninstruments: {loaded_at.isoformat(timespec='seconds')}\n", 200, {"Content-Type": "text/plain"}
