"""Refusals: one table from what went wrong to the page that says so. The 500 page touches no database."""

from flask import Flask, Response, jsonify, render_template, request
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
    """Register the handlers."""

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str | Response, int] | HTTPException:
        code = error.code or 500
        if code < 400:
            return error
        return page(REFUSALS.get(code, REFUSALS[400 if code < 500 else 500]), code)

    @app.errorhandler(CSRFError)
    def old_form(error: CSRFError) -> tuple[str | Response, int]:
        if not visits.is_remembered():
            told = RETURN_WITHOUT_COOKIE if request.path.startswith("/returns/") else NO_COOKIE
            return page(told, 400)
        return page(OLD_FORM, 400)

    @app.errorhandler(StoreUnavailable)
    @app.errorhandler(InstrumentsError)
    def away(error: Exception) -> tuple[str | Response, int]:
        app.logger.error("%s: %s", type(error).__name__, error)
        return page(REFUSALS[503], 503)

    @app.errorhandler(NoInstruments)
    def no_list(error: NoInstruments) -> tuple[str | Response, int]:
        app.logger.error("%s", error)
        return page(NO_LIST, NO_LIST.status)

    @app.errorhandler(Erased)
    def erased(_error: Erased) -> tuple[str | Response, int]:
        return page(REFUSALS[404], 404)

    @app.errorhandler(TooManyHandOffs)
    def too_many(error: TooManyHandOffs) -> tuple[str | Response, int, dict[str, str]]:
        title = N_("Too many baskets within an hour")
        return *page(PageMessage(title, sentence_of(error), status=429), 429), {
            "Retry-After": str(error.again_in)
        }

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str | Response, int]:
        # The traceback names files and lines; the address stays out of it, for its query may carry a
        # request_token.
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return page(REFUSALS[500], 500)


def page(told: PageMessage, status: int) -> tuple[str | Response, int]:
    """Return a refusal: as JSON where JSON was asked for, as a page otherwise."""
    if request.path.startswith("/api/"):  # as RFC 9457 writes it
        answer = jsonify(title=gettext(told.title), detail=gettext(told.text), status=status)
        answer.mimetype = "application/problem+json"
        return answer, status
    if request.path.endswith(".json"):
        return jsonify(status="error", message=gettext(told.title)), status
    return render_template("errors/error.html", told=told, code=status), status
