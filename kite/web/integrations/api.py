"""The API for integrators' servers: JSON, a bearer token that an operator made, described by
/api/v1/openapi.json.
"""

import json
from typing import Any

from flask import Response, request

from kite.publishing import ending
from kite.publishing.ending import CodeRefused
from kite.publishing.permissions import hash_of
from kite.store.flow import codes
from kite.store.flow.codes import ApiToken
from kite.web.integrations.openapi import document
from kite.web.receipts.receipt_data import as_data
from kite.web.site.context import services
from kite.web.site.rate_limits import TooOften, count_api_call
from kite.web.site.surfaces import RouteLimit, Surface, SurfaceBlueprint, route_policy

# No cookie decides anything: the token in the header counts, and no other site's page can send one.
bp = SurfaceBlueprint(
    "api", __name__, Surface.SERVER_TO_SERVER, url_prefix="/api/v1", from_elsewhere=True, takes_returns=False
)

MOST_BODY_BYTES = 4096
MOST_CHARACTERS = 200


@bp.get("/openapi.json")
def openapi() -> Response:
    """Describe the API."""
    return _json_answer(document(services().settings.public_url), 200)


@bp.post("/redeem")
@route_policy(limit=RouteLimit.API_CALLS)
def redeem() -> Response:
    """Turn the one-time code of a finished basket into its result, once."""
    try:
        # Counted before the token is looked up, so that tokens cannot be guessed at any speed.
        count_api_call()
    except TooOften as error:
        return _problem_answer(
            429, "Too many calls", "Wait, and try again.", {"Retry-After": str(error.again_in)}
        )
    token = _authenticate()
    if token is None:
        return _problem_answer(
            401,
            "No token",
            "Send Authorization: Bearer, and a token that is not revoked.",
            {"WWW-Authenticate": "Bearer"},
        )
    code = _posted_code()
    if code is None:
        return _problem_answer(400, "No code", 'Send a JSON object: {"code": "…"}.')
    try:
        result, *others = [as_data(view) for view in ending.redeem(services(), token, code)]
    except CodeRefused as error:
        if error.known:
            return _problem_answer(410, "Code used or too old", "A code is redeemed once, within 10 minutes.")
        return _problem_answer(404, "No such code", "This site never made this code.")
    if others:
        result["others"] = others
    return _json_answer(result, 200)


def _authenticate() -> ApiToken | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    # None of our tokens is so long: the database is not asked for a text that cannot be one.
    if scheme.lower() != "bearer" or not text or len(text) > MOST_CHARACTERS:
        return None
    with services().store.writing() as conn:
        return codes.token(conn, hash_of(text.strip()), services().now())


def _posted_code() -> str | None:
    if (request.content_length or 0) > MOST_BODY_BYTES:
        return None
    body: Any = request.get_json(silent=True)
    if not isinstance(body, dict):
        return None
    code = body.get("code")
    if isinstance(code, str) and 0 < len(code) <= MOST_CHARACTERS:
        return code
    return None


def _json_answer(data: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), status, mimetype="application/json")


def _problem_answer(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Return an answer that says what went wrong, in the format of RFC 9457."""
    answer = Response(
        json.dumps({"title": title, "detail": detail, "status": status}),
        status,
        mimetype="application/problem+json",
    )
    answer.headers.update(headers or {})
    return answer
