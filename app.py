"""The composition root: settings, then services, then pages, then one WSGI application.

`app` is what gunicorn and `flask --app app` load; `simulator()` makes the simulator that runs alone.
"""

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from kite import cli
from kite.config import ROOT, Settings, SimulatorSettings
from kite.connect.inprocess import WsgiAdapter
from kite.environment import stopping_at_wrong_settings
from kite.opening import open_services
from kite.publishing.sentences import Sentences
from kite.sealing import Sealer
from kite.simulator import CLOSING, create_simulator
from kite.vocabulary import IST
from kite.web import blueprints
from kite.web.journey import postbacks
from kite.web.operator import accounts, draft_form
from kite.web.receipts import live
from kite.web.site import errors, rate_limits, request_bodies, security, static_files, surfaces, visits
from kite.web.wording import labels, order_terms, rule_messages

BODY_LIMIT = 512 * 1024
"""Bytes: a hundred orders with every field filled take less than a tenth of it."""


def now() -> datetime:
    """Return the time, in IST."""
    return datetime.now(IST)


def create_app(settings: Settings, clock: Callable[[], datetime] = now) -> Flask:
    """Build the site. `close_app` closes what it opens."""
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
    adapter = _mount_simulator(app, settings, clock, closing)
    services = open_services(settings, sealer, clock, adapter, closing)
    app.extensions["basket"] = services
    Babel(app, default_locale="en", default_timezone="Asia/Kolkata")
    CSRFProtect(app)
    for part in (labels, order_terms, static_files, request_bodies, errors):
        part.install(app)
    cli.install(app, Sentences(rule_messages.sentence, draft_form.problem_sentence))
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


def _mount_simulator(
    app: Flask, settings: Settings, clock: Callable[[], datetime], closing: ExitStack
) -> WsgiAdapter | None:
    """Mount the simulator, where there is one; return an adapter that reaches its API in this process."""
    if settings.simulator is None:
        return None
    mounted = create_simulator(settings.simulator, clock, cookie_path="/simulator")
    closing.callback(close_app, mounted)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/simulator": mounted})  # type: ignore[method-assign]
    # Over the network one worker would wait for itself, and could not answer.
    if settings.api_root.startswith(settings.public_url):
        return WsgiAdapter(mounted, prefix="/simulator")
    return None


def close_app(app: Flask) -> None:
    """Close what a site or a simulator opened, in reverse: threads first, then files and connections.

    Calling it again does nothing.
    """
    app.extensions[CLOSING].close()


def simulator() -> Flask:
    """Build the simulator that runs alone, at the root of its own port.

    The process closes it when it ends.
    """
    with stopping_at_wrong_settings():
        built = create_simulator(SimulatorSettings.from_env(), now)
    atexit.register(close_app, built)
    return built


def __getattr__(name: str) -> Flask:
    """Build `app` when it is asked for, so that importing this module reads no settings.

    The process closes it when it ends.
    """
    if name != "app":
        raise AttributeError(name)
    with stopping_at_wrong_settings():
        globals()["app"] = built = create_app(Settings.from_env())
    atexit.register(close_app, built)
    return built
