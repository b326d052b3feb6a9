"""Error pages: one table from exceptions to the pages that answer them.

The 500 page touches no database.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from kite.exceptions import Erased, InstrumentsError, NoInstruments, StoreUnavailable
from kite.vocabulary import N_
from kite.web.site import visits
from kite.web.site.rate_limits import TooManyHandOffs, refusal_sentence
from kite.web.wording.page_messages import (
    NO_COOKIE,
    NO_LIST,
    OLD_FORM,
    REFUSALS,
    RETURN_WITHOUT_COOKIE,
    PageMessage,
)


def install(app: Flask) -> None:
    """Register the handlers. Flask takes the one of the nearest class."""
    for kind, handler in HANDLERS.items():
        app.register_error_handler(kind, handler)


def _http_error(error: HTTPException) -> tuple[str | Response, int] | HTTPException:
    code = error.code or 500
    if code < 400:  # Werkzeug raises its redirects as well
        return error
    general = REFUSALS[500]
    if code < 500:
        general = REFUSALS[400]
    return refusal_page(REFUSALS.get(code, general), code)


def _old_form(_error: CSRFError) -> tuple[str | Response, int]:
    if visits.has_visit_cookie():
        return refusal_page(OLD_FORM, 400)
    # Orders may have been placed, which this page has to say.
    if request.path.startswith("/returns/"):
        return refusal_page(RETURN_WITHOUT_COOKIE, 400)
    return refusal_page(NO_COOKIE, 400)


def _unavailable(error: Exception) -> tuple[str | Response, int]:
    current_app.logger.error("%s: %s", type(error).__name__, error)
    return refusal_page(REFUSALS[503], 503)


def _no_list(error: NoInstruments) -> tuple[str | Response, int]:
    current_app.logger.error("%s", error)
    return refusal_page(NO_LIST, NO_LIST.status)


def _erased(_error: Erased) -> tuple[str | Response, int]:
    return refusal_page(REFUSALS[404], 404)


def _too_many_hand_offs(error: TooManyHandOffs) -> tuple[str | Response, int, dict[str, str]]:
    message = PageMessage(N_("Too many baskets within an hour"), refusal_sentence(error), status=429)
    return *refusal_page(message, 429), {"Retry-After": str(error.again_in)}


def _broken(error: Exception) -> tuple[str | Response, int]:
    # The traceback names files and lines; the address stays out of it, for its query may carry a
    # request_token.
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return refusal_page(REFUSALS[500], 500)


HANDLERS: dict[type[Exception], Callable[[Any], Any]] = {
    HTTPException: _http_error,
    CSRFError: _old_form,
    StoreUnavailable: _unavailable,
    InstrumentsError: _unavailable,
    NoInstruments: _no_list,
    Erased: _erased,
    TooManyHandOffs: _too_many_hand_offs,
    Exception: _broken,
}
"""Which page answers an exception."""


def refusal_page(message: PageMessage, status: int) -> tuple[str | Response, int]:
    """Return a refusal: as JSON where JSON was asked for, as a page otherwise."""
    if request.path.startswith("/api/"):  # in the format of RFC 9457
        answer = jsonify(title=gettext(message.title), detail=gettext(message.text), status=status)
        answer.mimetype = "application/problem+json"
        return answer, status
    if request.path.endswith(".json"):
        return jsonify(status="error", message=gettext(message.title)), status
    return render_template("site/error.html", message=message, code=status), status
