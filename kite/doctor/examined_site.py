"""The site that is examined, with the answers that several checks share."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from kite.basket.items import Item
from kite.connect.probe import Probe, ProbeAnswer
from kite.environment import is_loopback
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.offsite.base.services import Services, new_id
from kite.offsite.journey import handoff
from kite.store.base import migrate
from kite.store.base.engine import Store
from kite.vocabulary import Exchange, OrderType, Product, TransactionType

SAMPLE = Item(
    tradingsymbol="INFY",
    exchange=Exchange.NSE,
    transaction_type=TransactionType.BUY,
    order_type=OrderType.MARKET,
    quantity=1,
    product=Product.CNC,
)
"""The basket of the hand-off page that is checked. It is not sent."""

Inside = Callable[[Services, str, str, bytes], ProbeAnswer]
"""Returns the application's own answer to a method, a path and a body, with these services: without
network and proxy.
"""


@dataclass(frozen=True, eq=False)
class ExaminedSite:
    """A site: its services, its application's own answers, and the probe that asks over the
    network.

    Each answer is fetched once.
    """

    services: Services
    inside: Inside
    probe: Probe

    @property
    def rehearses(self) -> bool:
        """Whether a simulator stands in for Kite: the built-in one, or one that runs alone on this
        machine.
        """
        return self.services.settings.simulator is not None or is_loopback(self.services.settings.api_root)

    @cached_property
    def login(self) -> ProbeAnswer:
        """Kite's answer to somebody who begins to log in with our key."""
        return self.probe.ask("GET", self.services.connect.login_url(), follow=True)

    @cached_property
    def front(self) -> ProbeAnswer:
        """The answer at PUBLIC_URL. Raises NoAnswer."""
        return self.probe.ask("GET", f"{self.services.settings.public_url}/")

    @cached_property
    def front_inside(self) -> ProbeAnswer:
        """The application's own answer to the same request."""
        return self.inside(self.services, "GET", "/", b"")

    @cached_property
    def leaving(self) -> ProbeAnswer:
        """The hand-off page, for a basket in a temporary database of its own."""
        with tempfile.TemporaryDirectory(prefix="kite-doctor-") as folder:
            url, catalogue = f"sqlite:///{folder}/kite.db", Catalogue(Path(folder) / "instruments.db")
            migrate.upgrade(url)
            load_bundled(catalogue.path, self.services.now())
            store = Store(url)
            # The site's own database stays as it is: an examination must not leave an execution
            # behind.
            temporary = replace(self.services, store=store, catalogue=catalogue)
            try:
                (execution,) = handoff.prepare(temporary, [SAMPLE], new_id())
                return self.inside(temporary, "GET", f"/handoff/{execution.id}", b"")
            finally:
                store.close()
                catalogue.close()
