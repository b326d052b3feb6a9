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
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import expect_login, visit_id

bp = SurfaceBlueprint("sessions", __name__, Surface.EMBEDDED)


@bp.post("/session/login")
def login() -> Response:
    """Redirect to Kite's login; its return leads back to the page that asked."""
    if services().settings.mode is Mode.PUBLISHER:
        abort(404)
    return redirect_to_kite_login(own_path(request.form.get("next", "")))


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
    return redirect(own_path(request.form.get("next", "")), 303)


def redirect_to_kite_login(next_path: str) -> Response:
    """Return a redirect to Kite's login, and remember that the person comes back to `next_path`."""
    expect_login(next_path)
    state = returning.login_state(services(), visit_id(), next_path)
    return redirect(services().connect.login_url(f"state={state}"), 303)


def own_path(text: str) -> str:
    """Return `text` when it is a path of this site, else the composer's."""
    # Browsers read "//host" and "/\host" as another site's address, and drop tabs and line ends
    # inside one.
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    if not plain:
        return url_for("composer.show")
    return text
