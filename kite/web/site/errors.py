"""Refusals: one table from what went wrong to the page that says so. The 500 page touches no database."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from kite.exceptions import Erased, InstrumentsError, NoInstruments, StoreUnavailable
from kite.vocabulary import N_
from kite.web.site import visits
from kite.web.site.rate_limits import TooManyHandOffs, sentence_of
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
    if code < 400:
        return error
    return page(REFUSALS.get(code, REFUSALS[400 if code < 500 else 500]), code)


def _old_form(_error: CSRFError) -> tuple[str | Response, int]:
    if visits.is_remembered():
        return page(OLD_FORM, 400)
    return page(RETURN_WITHOUT_COOKIE if request.path.startswith("/returns/") else NO_COOKIE, 400)


def _unavailable(error: Exception) -> tuple[str | Response, int]:
    current_app.logger.error("%s: %s", type(error).__name__, error)
    return page(REFUSALS[503], 503)


def _no_list(error: NoInstruments) -> tuple[str | Response, int]:
    current_app.logger.error("%s", error)
    return page(NO_LIST, NO_LIST.status)


def _erased(_error: Erased) -> tuple[str | Response, int]:
    return page(REFUSALS[404], 404)


def _too_many_hand_offs(error: TooManyHandOffs) -> tuple[str | Response, int, dict[str, str]]:
    message = PageMessage(N_("Too many baskets within an hour"), sentence_of(error), status=429)
    return *page(message, 429), {"Retry-After": str(error.again_in)}


def _broken(error: Exception) -> tuple[str | Response, int]:
    # The traceback names files and lines; the address stays out of it, for its query may carry a
    # request_token.
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return page(REFUSALS[500], 500)


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


def page(message: PageMessage, status: int) -> tuple[str | Response, int]:
    """Return a refusal: as JSON where JSON was asked for, as a page otherwise."""
    if request.path.startswith("/api/"):  # as RFC 9457 writes it
        answer = jsonify(title=gettext(message.title), detail=gettext(message.text), status=status)
        answer.mimetype = "application/problem+json"
        return answer, status
    if request.path.endswith(".json"):
        return jsonify(status="error", message=gettext(message.title)), status
    return render_template("site/error.html", message=message, code=status), status
