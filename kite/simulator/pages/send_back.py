"""Sends the browser away: back to the site, by a message to the window that opened this one, or as
a fault demands.
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
    """Return the answer that leads to `location` in the way of `ending`.

    `kind` is what has ended.
    """
    way, _, seconds = ending.partition(" ")
    if way == MESSAGE:
        return _message(location, kind)
    if way == CLOSED:
        return make_response(render_template("simulator/send_back.html", way=way))
    if way in (TWICE, LATE):
        answer = make_response(
            render_template("simulator/send_back.html", way=way, seconds=seconds, location=location)
        )
        # by a header and not a script, so that it also works in a browser without scripts
        answer.headers["Refresh"] = f"{seconds or 1}; url={location}"
        return allow_image(answer, location) if way == TWICE else answer
    return redirect(location, 302)


def send_message(fields: dict[str, str | None]) -> Response:
    """Return a page that sends a message to its opener or to the page around its frame.

    Only a page at the origin of the registered address receives it.
    """
    target, nonce = services().settings.redirect_url, secrets.token_urlsafe(16)
    message = json.dumps(fields, separators=(",", ":"))  # publisher.js expects JSON as a text
    page = render_template(
        "simulator/send_back_message.html", message=message, origin=origin(target), nonce=nonce, popup=True
    )
    return allow_script(make_response(page), target, nonce)


def _message(location: str, kind: str) -> Response:
    """Return the page with the message of how a basket or a login ended; request_token is null
    without one.
    """
    pairs = parse_qs(urlsplit(location).query)
    # Kite's own pairs stand before those of redirect_params, so the first of a name is Kite's
    status, token = (pairs.get(name, [None])[0] for name in ("status", "request_token"))
    return send_message({"type": kind, "status": status, "request_token": token})
