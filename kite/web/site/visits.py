"""The visit: a random name for a browser, kept in our cookie.

The cookie holds no rights. What a browser may see depends on what is stored for its visit.
"""

from datetime import timedelta

from flask import Flask, current_app, request, session
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from kite.config import Settings
from kite.offsite.base.services import Services, new_id
from kite.offsite.journey.handoff import visit_nonce
from kite.sealing import Sealer
from kite.store.flow import events
from kite.web.site.surfaces import current_policy

LASTS = timedelta(days=90)

LEAST_OPENING, MOST_OPENING = 22, 100
"""How long the random text of an opened page may be.

22 letters hold 128 random bits: nobody guesses them.
"""


def visit_id() -> str:
    """Return this browser's visit, a new one when it has none."""
    if "visit" not in session:
        _begin(new_id())
    return str(session["visit"])


def has_visit_cookie() -> bool:
    """Whether this request brought our cookie.

    A browser that was just sent one and does not bring it keeps no cookies.
    """
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies


def has_own_token() -> bool:
    """Whether the posted form is one that this visit was given, as its CSRF token says."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def visit_for_opening(services: Services, opening: str) -> str:
    """Return this browser's visit.

    A browser without one gets a visit derived from `opening`, a random text that only an open page
    of ours knows.

    So several presses on one page, made before the cookie of the first arrives, have the same
    visit.
    """
    # Only when the browser says that our own page posted: another page could choose somebody's
    # visit, and then see that person's baskets.
    ours = request.headers.get("Origin") == services.settings.public_url
    if "visit" not in session and ours and LEAST_OPENING <= len(opening) <= MOST_OPENING:
        _begin(services.sealer.fingerprint("visit", opening))
    return visit_id()


def _begin(visit: str) -> None:
    session["visit"] = visit
    session.permanent = True
    _record_as_visit()


def _record_as_visit() -> None:
    """Name this request's visit and network address in all events that it records."""
    if not current_policy().reads_visit:
        # Reading the session makes an answer vary with the cookie, and caches could not share it.
        return
    actor = "a new visit"
    if visit := session.get("visit"):
        # A hash tells visits apart, and operators who read the audit trail learn no visit from it.
        actor = f"visit {visit_nonce(visit)[:8]}"
    events.act_as(actor, request.remote_addr)


def pending_login() -> str:
    """Return the path on which this visit pressed "log in", "" when no login is under way."""
    return str(session.get("login", ""))


def expect_login(next_path: str) -> None:
    """Remember that this visit goes to Kite's login and wants to come back to `next_path`."""
    visit_id()
    session["login"] = next_path


def forget_login() -> None:
    """Forget that a login was pressed."""
    session.pop("login", None)


def install(app: Flask, settings: Settings, sealer: Sealer) -> None:
    """Set the cookie up: signed, HttpOnly, SameSite=Lax, Secure on https."""
    https = settings.public_url.startswith("https:")
    cookie_name = "visit"
    if https:
        cookie_name = "__Host-visit"  # one that no other host of the same domain can set
    current, *older = sealer.cookie_keys()
    app.config.update(
        SECRET_KEY=current,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME=cookie_name,
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        # Not Strict: Kite's return is a navigation from another site.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LASTS,
    )
    app.before_request(_record_as_visit)
    # The actor is kept per thread, and the thread's next request or job is somebody else's.
    app.teardown_request(lambda _: events.act_as(""))
