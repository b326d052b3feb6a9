"""A visit: our cookie.

It names a browser, nothing more; what it may see is decided by what is stored under its name.
"""

from datetime import timedelta

from flask import Flask, current_app, request, session

from kite.config import Settings
from kite.offsite.base.services import Services, new_id
from kite.offsite.journey.handoff import visit_nonce
from kite.sealing import Sealer
from kite.store.flow import events
from kite.web.site.surfaces import current_policy

LASTS = timedelta(days=90)

LEAST_OPENING, MOST_OPENING = 22, 100
"""Letters of the random text that stands for an opened page: as many as 128 random bits have at least."""


def visit_id() -> str:
    """Return this browser's visit, a new one when it has none."""
    if "visit" not in session:
        _begin(new_id())
    return str(session["visit"])


def is_remembered() -> bool:
    """Whether this request brought our cookie.

    A browser that was just given one, and brings none, keeps none.
    """
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies


def visit_of_opening(services: Services, opening: str) -> str:
    """Return this browser's visit; one that has none gets that of `opening`, a random text that only an open
    page of ours knows.

    So presses that one page makes before the cookie of the first arrived are one visit's. Only for what our
    own page posts, as the browser tells: no other page may choose the visit that somebody gets.
    """
    ours = request.headers.get("Origin") == services.settings.public_url
    if "visit" not in session and ours and LEAST_OPENING <= len(opening) <= MOST_OPENING:
        _begin(services.sealer.fingerprint("visit", opening))
    return visit_id()


def _begin(visit: str) -> None:
    session["visit"] = visit
    session.permanent = True
    _say_who_acts()


def _say_who_acts() -> None:
    """Let what this request records carry its visit, as what stands for one in an address, and where it comes
    from.
    """
    if not current_policy().reads_visit:
        return  # a look at the session would make the answer one for each cookie
    visit = session.get("visit")
    events.act_as(f"visit {visit_nonce(visit)[:8]}" if visit else "a new visit", request.remote_addr)


def pending_login() -> str:
    """Return the path on which this visit pressed log in, or "" when it is not on its way."""
    return str(session.get("login", ""))


def expect_login(next_path: str) -> None:
    """Remember that this visit goes to Kite's login and wants to come back to `next_path`."""
    visit_id()
    session["login"] = next_path


def login_is_over() -> None:
    """Forget that a login was pressed."""
    session.pop("login", None)


def install(app: Flask, settings: Settings, sealer: Sealer) -> None:
    """Set the cookie up: signed, HttpOnly, Lax (Kite's return is a cross-site navigation), Secure on
    https.
    """
    https = settings.public_url.startswith("https:")
    current, *older = sealer.cookie_keys()
    app.config.update(
        SECRET_KEY=current,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME="__Host-visit" if https else "visit",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LASTS,
    )
    app.before_request(_say_who_acts)
    app.teardown_request(
        lambda _: events.act_as("")
    )  # a thread's next request, or next job, is somebody else's
