"""Opens everything that a site works with: its database, the catalogue, and the connection to
Kite.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from kite.config import Settings
from kite.connect.client import KiteConnect
from kite.connect.inprocess import WsgiAdapter
from kite.instruments.catalogue import Catalogue
from kite.offsite.base.services import Services
from kite.sealing import Sealer
from kite.store.base.engine import Store
from kite.vocabulary import Mode


def open_services(
    settings: Settings,
    sealer: Sealer,
    clock: Callable[[], datetime],
    adapter: WsgiAdapter | None,
    closing: ExitStack,
) -> Services:
    """Return the services of a site; `closing` closes what they hold open.

    `adapter` leads to a simulator in this process, None over the network.
    """
    connect = KiteConnect(
        settings.api_key,
        root=settings.api_root,
        api_secret=settings.api_secret,
        web_root=settings.web_root,
        adapter=adapter,
    )
    store = Store(settings.database_url)
    # With a key the bundled, invented list must not be used: orders are real.
    catalogue = Catalogue(settings.instance / "instruments.db", real=settings.mode is not Mode.SIMULATOR)
    for service in (connect, store, catalogue):
        closing.callback(service.close)
    return Services(settings, store, catalogue, connect, sealer, clock)
