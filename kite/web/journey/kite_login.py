"""Log in to Kite to read an order book, and log out of it again."""

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from kite.offsite.account import personal_data
from kite.offsite.journey import returning
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions
from kite.vocabulary import Mode
from kite.web.site.context import services
from kite.web.site.own_paths import own_path
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import expect_login, visit_id

bp = SurfaceBlueprint("sessions", __name__, Surface.EMBEDDED)


@bp.post("/session/login")
def login() -> Response:
    """Redirect to Kite's login; its return leads back to the page that asked."""
    if services().settings.mode is Mode.PUBLISHER:
        abort(404)
    return redirect_to_kite_login(_next_path())


@bp.post("/session/logout")
def logout() -> Response:
    """End this visit's sessions at Kite and here."""
    with services().store.reading() as conn:
        living_sessions = sessions.of_visit(conn, visit_id(), services().now())
    for session in living_sessions:
        personal_data.end_at_kite(services(), session)
    if living_sessions:
        with services().store.writing() as conn:
            events.note(conn, services().now(), EventCause.LOGGED_OUT)
    return redirect(_next_path(), 303)


def redirect_to_kite_login(next_path: str) -> Response:
    """Return a redirect to Kite's login, and remember that the person comes back to `next_path`."""
    expect_login(next_path)
    state = returning.login_state(services(), visit_id(), next_path)
    return redirect(services().connect.login_url(f"state={state}"), 303)


def _next_path() -> str:
    """Return the page that the form wants to come back to, the composer when it names none of this site."""
    return own_path(request.form.get("next", "")) or url_for("composer.show")
