"""How a browser leaves: back to the site, as a message to the window that opened this one, or as a fault has
it.
"""

import json
import secrets
from urllib.parse import parse_qs, urlsplit

from flask import Response, make_response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from kite.simulator.core.addresses import origin
from kite.simulator.core.context import services
from kite.simulator.core.security import allow_image, allow_script
from kite.simulator.pages.baskets import CLOSED, LATE, MESSAGE, TWICE

BASKET, LOGIN = "basket", "login"


def leave(location: str, ending: str, kind: str = BASKET) -> AnyResponse:
    """Send the browser to `location` in the way of `ending`. `kind` is what has ended."""
    way, _, seconds = ending.partition(" ")
    if way == MESSAGE:
        return _message(location, kind)
    if way == CLOSED:
        return make_response(render_template("simulator/send_back.html", way=way))
    if way in (TWICE, LATE):
        answer = make_response(
            render_template("simulator/send_back.html", way=way, seconds=seconds, location=location)
        )
        answer.headers["Refresh"] = f"{seconds or 1}; url={location}"
        return allow_image(answer, location) if way == TWICE else answer
    return redirect(location, 302)


def tell(told: dict[str, str | None]) -> Response:
    """Tell the opener or the page around a frame, at the registered origin alone; publisher.js takes JSON as
    text.
    """
    target, nonce = services().settings.redirect_url, secrets.token_urlsafe(16)
    message = json.dumps(told, separators=(",", ":"))
    page = render_template(
        "simulator/send_back_message.html", message=message, origin=origin(target), nonce=nonce, popup=True
    )
    return allow_script(make_response(page), target, nonce)


def _message(location: str, kind: str) -> Response:
    """Tell how a basket or a login ended; request_token is null without one."""
    pairs = parse_qs(urlsplit(location).query)
    # Kite's own pairs stand before those of redirect_params, so the first of a name is Kite's
    status, token = (pairs.get(name, [None])[0] for name in ("status", "request_token"))
    return tell({"type": kind, "status": status, "request_token": token})
