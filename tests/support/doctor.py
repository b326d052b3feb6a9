"""A site with a proxy before it and Kite behind it, all in this process; each of them can be
spoiled.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter

from kite.cli import site as site_commands
from kite.config import SimulatorSettings
from kite.connect.client import KiteConnect
from kite.connect.inprocess import WsgiAdapter
from kite.connect.probe import Probe, ProbeAnswer
from kite.doctor.examination import CHECKS, Findings, examine, run_check
from kite.doctor.examined_site import ExaminedSite
from kite.doctor.findings import Finding
from kite.instruments.catalogue_writer import load
from kite.offsite.base.services import Services
from kite.simulator import create_simulator
from tests.support.clock import START, Clock
from tests.support.simulator_rig import close
from tests.support.site import Site

PUBLIC = "https://basket.example"
KITE = "https://kite.example"
API_SECRET = secrets.token_hex(16)
SECRET_KEY = secrets.token_urlsafe(48)
REAL = {
    "PUBLIC_URL": PUBLIC,
    "KITE_API_KEY": "simulator_key",
    "KITE_API_SECRET": API_SECRET,
    "KITE_WEB_ROOT": KITE,
    "KITE_API_ROOT": KITE,
    "SECRET_KEY": SECRET_KEY,
    "TRUSTED_PROXIES": "1",
}
"""A site in connect mode behind one proxy."""

LIST = [
    line.split(",")
    for line in (
        "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange",
        "408065,1594,INFY,INFOSYS,1500.0,,0.0,0.05,1,EQ,NSE,NSE",
    )
]
"""A list of Kite's."""

Wsgi = Callable[..., Iterable[bytes]]
Headers = list[tuple[str, str]]


class Proxy:
    """A proxy as docs/deploying.md sets one up.

    `lazy` passes X-Forwarded-Host on as it came, `nameless` calls the site by a name of its own;
    `change` is done to the headers of every answer.
    """

    def __init__(
        self,
        app: Wsgi,
        change: Callable[[Headers], Headers] = list,
        *,
        lazy: bool = False,
        nameless: bool = False,
    ) -> None:
        self.app, self.change, self.lazy, self.nameless = app, change, lazy, nameless

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        own = {
            "HTTP_X_FORWARDED_HOST": environ["HTTP_HOST"],
            "HTTP_X_FORWARDED_PROTO": "https",
            "HTTP_X_FORWARDED_FOR": "192.0.2.1",
        }
        environ = own | environ if self.lazy else environ | own
        if self.nameless:
            environ = environ | {"HTTP_HOST": "127.0.0.1:8000", "HTTP_X_FORWARDED_HOST": "127.0.0.1:8000"}
        return self.app(
            environ, lambda status, headers, *more: start_response(status, self.change(list(headers)), *more)
        )


class Answering:
    """A server that answers everything alike."""

    def __init__(self, status: str, body: str = "", **headers: str) -> None:
        self.status, self.body = status, body
        self.headers = [(name.replace("_", "-"), value) for name, value in headers.items()]

    def __call__(self, _environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(self.status, self.headers)
        return [self.body.encode()]


class Away(BaseAdapter):
    """A road on which nothing arrives, and how often it was tried."""

    def __init__(self, error: type[requests.RequestException] = requests.ConnectionError) -> None:
        super().__init__()
        self.error, self.tried = error, 0

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.tried += 1
        raise self.error(f"the words of a library hold the address: {request.url}")

    def close(self) -> None:
        pass


def set_header(name: str, value: str) -> Callable[[Headers], Headers]:
    """Have a proxy put its own header in the place of the site's."""
    return lambda headers: [
        *((field_name, value) for field_name, value in headers if field_name.lower() != name.lower()),
        (name, value),
    ]


class Practice:
    """A site in connect mode with which everything is fine, and what stands around it.

    Of Kite, `ahead` are the seconds by which its clock is ahead of the site's, and `named` is
    whether it says that it is the simulator.
    """

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder, Clock(), **REAL)
        load(self.site.services.catalogue.path, LIST, self.site.clock(), anyway=True)
        registered = SimulatorSettings(
            "simulator_key", f"{PUBLIC}/redirect", folder / "simulator.db", api_secret=API_SECRET
        )
        self._simulator = create_simulator(registered, self.site.clock)
        self._leaving: ProbeAnswer | None = None
        self.recover()

    def close(self) -> None:
        """Close what the site and the simulator opened."""
        self.site.close()
        close(self._simulator)

    def recover(self) -> None:
        """Have everything as it was."""
        self.site.clock.at = START
        self.kite_road: BaseAdapter = WsgiAdapter(self.kite)
        self.public_road: BaseAdapter = WsgiAdapter(Proxy(self.site.app))
        self.ahead, self.named = 0.0, True

    def kite(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as Kite, which is the simulator."""
        date = format_datetime(self.site.clock() + timedelta(seconds=self.ahead))

        def start(status: str, headers: Headers, *more: Any) -> Any:
            own_headers = [
                (name, value) for name, value in headers if self.named or name != "X-Kite-Simulator"
            ]
            return start_response(status, [*own_headers, ("Date", date)], *more)

        return self._simulator(environ, start)

    def examined_site(self, **changed: Any) -> ExaminedSite:
        """Return the site as the doctor gets it; `changed` are settings as they stand after the
        start, or parts.
        """
        own = {name: value for name, value in changed.items() if name in Services.__dataclass_fields__}
        settings = replace(
            self.site.settings, **{name: value for name, value in changed.items() if name not in own}
        )
        roots = {"root": settings.api_root, "web_root": settings.web_root, "adapter": self.kite_road}
        connect = KiteConnect(settings.api_key, api_secret=settings.api_secret, **roots)
        services = replace(self.site.services, **({"settings": settings, "connect": connect} | own))
        return ExaminedSite(
            services,
            site_commands.ask_application,
            Probe({settings.api_root: self.kite_road, settings.public_url: self.public_road}),
        )

    def look(self, name: str, *, afresh: bool = False, **changed: Any) -> Finding:
        """Take one look. The hand-off page is one and the same for all of them, unless `afresh`."""
        examined = self.examined_site(**changed)
        with self.site.app.app_context():
            if name in ("Referrer-Policy", "form-action") and not afresh:
                self._leaving = self._leaving or examined.leaving
                vars(examined)["leaving"] = self._leaving
            return run_check(CHECKS[name], examined)

    def look_all(self, **changed: Any) -> Findings:
        """Take every look."""
        examined = self.examined_site(**changed)
        with self.site.app.app_context():
            return examine(examined.services, examined.inside, examined.probe)
