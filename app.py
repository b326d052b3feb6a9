"""The composition root: settings, then services, then pages, then one WSGI application.

`app` is what gunicorn and `flask --app app` load; `simulator()` makes the simulator that runs alone.
"""

import atexit
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from kite import cli
from kite.config import ROOT, Settings, SimulatorSettings
from kite.connect.client import KiteConnect
from kite.connect.inprocess import WsgiAdapter
from kite.exceptions import ConfigError
from kite.instruments.catalogue import Catalogue
from kite.offsite.base.services import Services
from kite.publishing.sentences import Sentences
from kite.sealing import Sealer
from kite.simulator import CLOSING, create_simulator
from kite.store.base.engine import Store
from kite.vocabulary import IST, Mode
from kite.web import blueprints
from kite.web.journey import postbacks
from kite.web.operator import accounts, draft_form
from kite.web.receipts import live
from kite.web.site import errors, rate_limits, request_bodies, security, static_files, surfaces, visits
from kite.web.wording import labels, order_terms, rule_messages

BODY_LIMIT = 512 * 1024
"""Bytes: a hundred orders with every field filled take less than a tenth of it."""


CANNOT_LOAD = 4
"""gunicorn's own exit status for an application that cannot be loaded: after any other it starts the worker
again, for ever.
"""


def now() -> datetime:
    """Return the time, in IST."""
    return datetime.now(IST)


def create_app(settings: Settings, clock: Callable[[], datetime] = now) -> Flask:
    """Build the site. What it opened is closed by `close_app`."""
    app = Flask(__name__, root_path=str(ROOT))
    closing = app.extensions[CLOSING] = ExitStack()
    sealer = Sealer(settings.secret_key, settings.secret_key_previous)
    visits.install(app, settings, sealer)
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    adapter = None
    if settings.simulator:
        simulator_app = create_simulator(settings.simulator, clock, cookie_path="/simulator")
        closing.callback(close_app, simulator_app)
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/simulator": simulator_app})  # type: ignore[method-assign]
        adapter = (
            WsgiAdapter(simulator_app, prefix="/simulator")
            if settings.api_root.startswith(settings.public_url)
            else None
        )
    connect = KiteConnect(
        settings.api_key,
        root=settings.api_root,
        api_secret=settings.api_secret,
        web_root=settings.web_root,
        adapter=adapter,
    )
    store = Store(settings.database_url)
    catalogue = Catalogue(settings.instance / "instruments.db", real=settings.mode is not Mode.SIMULATOR)
    for opened in (connect, store, catalogue):
        closing.callback(opened.close)
    services = Services(settings, store, catalogue, connect, sealer, clock)
    app.extensions["basket"] = services
    Babel(app, default_locale="en", default_timezone="Asia/Kolkata")
    CSRFProtect(app)
    for part in (labels, order_terms, static_files, request_bodies, errors):
        part.install(app)
    cli.install(app, Sentences(rule_messages.sentence, draft_form.sentence))
    security.install(app, settings)
    closing.callback(rate_limits.install(app, services))
    closing.callback(live.install(app, services).close)
    accounts.install(app, services)
    closing.callback(postbacks.install(app, services).close)
    blueprints.install(app)
    surfaces.install(app)
    app.jinja_env.globals["settings"] = settings
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    return app


def close_app(app: Flask) -> None:
    """Close what a site or a simulator opened, in reverse: threads first, then files and connections.

    Twice is once.
    """
    app.extensions[CLOSING].close()


def simulator() -> Flask:
    """Build the simulator that stands alone, at the root of its own port.

    The process closes it when it ends.
    """
    with _refusals_in_words():
        built = create_simulator(SimulatorSettings.from_env(), now)
    atexit.register(close_app, built)
    return built


def __getattr__(name: str) -> Flask:
    """Build `app` when it is asked for, so that importing this module reads no settings.

    The process closes it when it ends.
    """
    if name != "app":
        raise AttributeError(name)
    with _refusals_in_words():
        globals()["app"] = built = create_app(Settings.from_env())
    atexit.register(close_app, built)
    return built


@contextmanager
def _refusals_in_words() -> Generator[None]:
    try:
        yield
    except ConfigError as error:
        print(f"Not started. {error}", file=sys.stderr, flush=True)
        raise SystemExit(CANNOT_LOAD) from None
