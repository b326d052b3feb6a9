"""The simulator as a Flask application of its own: mounted beside the site, or alone on its own
port.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal

from babel.numbers import format_currency
from flask import Flask, Response, current_app, make_response, render_template, request
from flask_babel import Babel, gettext
from werkzeug.exceptions import HTTPException

from kite.config import ROOT, SimulatorSettings
from kite.simulator.api import fault_hooks, margins, market, orders, portfolio, session
from kite.simulator.core import surfaces
from kite.simulator.core.clock import Clock
from kite.simulator.core.context import EXTENSION, SimulatorServices
from kite.simulator.core.items import UnreadableBasket
from kite.simulator.core.ledger import Ledger
from kite.simulator.core.market import Market
from kite.simulator.core.responses import Refused, failure
from kite.simulator.core.security import protect
from kite.simulator.core.surfaces import KiteSurface
from kite.simulator.orders import postbacks
from kite.simulator.pages import authorise_page, basket_and_login, control
from kite.vocabulary import LABELS

FIGURES = "en_IN"

CLOSING = "closing"
"""The name in `app.extensions` of the ExitStack that closes what an application opened, as in the
site's.
"""


def create_simulator(
    settings: SimulatorSettings, now: Callable[[], datetime], *, cookie_path: str = "/"
) -> Flask:
    """Return the simulator.

    All routes are at its root; when it is mounted under a path, WSGI's SCRIPT_NAME moves them.

    `now` gives aware times. `cookie_path` is the path it is mounted under, so that its cookie is
    sent nowhere else. `app.extensions[CLOSING].close()` closes what it opened.
    """
    app = Flask("kite.simulator", static_folder=ROOT / "static", template_folder=ROOT / "templates")
    app.url_map.strict_slashes = False
    closing = app.extensions[CLOSING] = ExitStack()
    ledger = Ledger(settings.database)
    closing.callback(ledger.close)
    clock = Clock(now, ledger)
    app.extensions[EXTENSION] = SimulatorServices(settings, clock, ledger, Market(clock), cookie_path)
    Babel(app, default_locale="en")
    app.jinja_env.filters |= {"paise": paise, "label": label}
    for module in (basket_and_login, control, authorise_page, session, orders, market, portfolio, margins):
        app.register_blueprint(module.bp)
    surfaces.route_policy(KiteSurface.FILES)(app.view_functions["static"])
    surfaces.install(app)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(UnreadableBasket, _unreadable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    protect(app)
    fault_hooks.install(app)
    if settings.postback_url:
        closing.callback(postbacks.start(settings, ledger, clock, now).close)
    return app


def paise(amount: int) -> str:
    """Write a sum of whole paise: ₹1,23,456.70."""
    return str(format_currency(Decimal(amount) / 100, "INR", locale=FIGURES))


def label(value: str) -> str:
    """Write one of Kite's values as people read it."""
    return str(gettext(LABELS.get(value, value)))


def _refused(error: Refused) -> Response:
    return failure(error.code, error.error_type, error.message)


def _unreadable(error: UnreadableBasket) -> Response:
    return make_response(render_template("simulator/refused.html", message=str(error), as_at_kite=True), 400)


def _http_error(error: HTTPException) -> Response:
    code = error.code or 500
    if error.response is not None or code < 400:
        return make_response(error.get_response())
    answer = _error_answer(code, _error_type(code))
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    """Return the answer to a mistake of our own, or a ledger that does not answer.

    The log has the rest.
    """
    current_app.logger.exception("The simulator failed at %s %s", request.method, request.path)
    return _error_answer(500, "GeneralException")


def _error_answer(code: int, error_type: str) -> Response:
    """Return an error as a page for a person, or in Kite's envelope for a program."""
    if request.path.startswith("/connect/"):
        return _page(_words(code), code)
    return failure(code, error_type, _words(code))


def _error_type(code: int) -> str:
    return "InputException" if code in (400, 413, 414, 415) else "GeneralException"


def _words(code: int) -> str:
    words = {
        400: gettext("The request is not readable."),
        403: gettext("This form was sent from another site. This press placed nothing."),
        404: gettext("There is nothing at this address."),
        405: gettext("This address takes another method."),
        413: gettext("The request is too large."),
    }
    return str(words.get(code) or gettext("Something went wrong."))


def _page(message: str, code: int) -> Response:
    return make_response(render_template("simulator/refused.html", message=message), code)
