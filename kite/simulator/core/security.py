"""The headers of every answer, and the pages' Content-Security-Policy as data."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import Forbidden

from kite.simulator.core.addresses import origin
from kite.simulator.core.surfaces import current_policy

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}

LARGEST_REQUEST = 1_000_000
"""Bytes. A basket of ten items has about two thousand."""


def protect(app: Flask) -> None:
    """Put the headers on every answer, and refuse forms that another site sends, except baskets."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_REQUEST
    app.before_request(_refuse_foreign_forms)
    app.after_request(_headers)


def allow_return(answer: Response, target: str, framed: bool = False) -> Response:
    """Let the form of a page lead to `target`, and with `framed` let the site there show it in a
    frame.
    """
    # Chromium checks form-action against the redirect that answers a form, too
    policy = POLICY | {"form-action": f"'self' {origin(target)}"}
    if framed:  # publisher.js opens the page in a frame on phones
        policy["frame-ancestors"] = origin(target)
    answer.headers["Content-Security-Policy"] = _policy(policy)
    return answer


def allow_script(answer: Response, target: str, nonce: str) -> Response:
    """Let a page run its one script, in a window or a frame of the site of `target`."""
    answer.headers["Content-Security-Policy"] = _policy(
        POLICY | {"script-src": f"'nonce-{nonce}'", "frame-ancestors": origin(target)}
    )
    return answer


def allow_image(answer: Response, target: str) -> Response:
    """Let a page ask for an image of the site of `target`."""
    answer.headers["Content-Security-Policy"] = _policy(
        POLICY | {"img-src": f"'self' data: {origin(target)}"}
    )
    return answer


def _refuse_foreign_forms() -> None:
    policy = current_policy()
    if policy.from_elsewhere:
        return
    foreign_site = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    # for older browsers without Sec-Fetch-Site, where a page of another port could change the
    # faults
    sender = request.headers.get("Origin")
    foreign_origin = sender is not None and urlsplit(sender).netloc != request.host
    if foreign_site or (policy.checks_origin and foreign_origin):
        raise Forbidden


def _headers(answer: Response) -> Response:
    headers = answer.headers
    # the doctor tells a simulator from Kite by this header
    headers["X-Kite-Simulator"] = "1"
    headers.setdefault("Content-Security-Policy", _policy(POLICY))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if cache_control := current_policy().cache_control:
        headers["Cache-Control"] = cache_control
    return answer


def _policy(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
