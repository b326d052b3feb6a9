"""The login at the simulator's pages: who is logged in, and the login page."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from kite.simulator.core import sessions
from kite.simulator.core.context import services
from kite.simulator.core.security import allow_return

COOKIE = "kite_simulator"


def web_user() -> str | None:
    """Return the user who is logged in at this browser, or None."""
    cookie = request.cookies.get(COOKIE, "")
    with services().ledger.read() as connection:
        return sessions.web_user(connection, cookie, services().at())


def chosen_client() -> str:
    """Return the demo client that was chosen on the login page, or the first one."""
    client = request.form.get("client", "")
    if client not in sessions.CLIENTS:
        return sessions.USER_ID
    return client


def with_cookie(answer: AnyResponse, cookie: str) -> AnyResponse:
    """Put the cookie of a login on an answer. Browsers send it only to the simulator's own path."""
    answer.set_cookie(
        COOKIE, cookie, path=services().cookie_path, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def login_page(
    target: str, redirect_params: str = "", popup: bool = False, clients: Sequence[str] = sessions.CLIENTS
) -> Response:
    """Return the page for login and consent, whose form posts to its own address and then leads to
    `target`.

    `clients` are those that may log in; the first is chosen unless the person chooses another.
    """
    sender = urlsplit(target).netloc
    page = render_template(
        "simulator/login.html", redirect_params=redirect_params, sender=sender, clients=clients, popup=popup
    )
    return allow_return(make_response(page), target, framed=popup)
