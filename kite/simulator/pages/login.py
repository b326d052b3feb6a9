"""The person at a page of the simulator: who is logged in, and the page that asks for it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from kite.simulator.core import sessions
from kite.simulator.core.context import services
from kite.simulator.core.security import allow_return

COOKIE = "kite_simulator"


def web_user() -> str | None:
    """Return who is logged in at this browser, or None."""
    cookie = request.cookies.get(COOKIE, "")
    with services().ledger.read() as connection:
        return sessions.web_user(connection, cookie, services().at())


def chosen_client() -> str:
    """Return the demo client that was chosen on the login page: the first unless its form names the
    second.
    """
    client = request.form.get("client", "")
    return client if client in sessions.CLIENTS else sessions.USER_ID


def with_cookie(answer: AnyResponse, cookie: str) -> AnyResponse:
    """Let the browser keep a login; it goes to the simulator's own path alone."""
    answer.set_cookie(
        COOKIE, cookie, path=services().cookie_path, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def login_page(
    target: str, redirect_params: str = "", popup: bool = False, clients: Sequence[str] = sessions.CLIENTS
) -> Response:
    """Return the page that is login and consent in one.

    Its form goes to the address it stands at, and from there to `target`.

    `clients` are who may log in, the first unless another is chosen.
    """
    sender = urlsplit(target).netloc
    page = render_template(
        "simulator/login.html", redirect_params=redirect_params, sender=sender, clients=clients, popup=popup
    )
    return allow_return(make_response(page), target, framed=popup)
