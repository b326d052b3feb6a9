"""Settings: read once at start from the environment, checked, frozen.

A wrong or missing setting raises ConfigError with the variable's name, its value (never a secret)
and an example. Nothing else in the project reads the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kite.environment import Environment, is_loopback
from kite.exceptions import ConfigError
from kite.secret_settings import database_url, previous_secret_key, redis_url, secret_key
from kite.setting_rows import KITE_PAGES, SETTINGS
from kite.vocabulary import Mode

ROOT = Path(__file__).resolve().parent.parent

NOWHERE = "none"
"""The value of SIMULATOR_POSTBACK_URL that keeps order updates to the simulator."""

SECRETS = frozenset(setting.name for setting in SETTINGS if setting.secret)


@dataclass(frozen=True)
class SimulatorSettings:
    """What the simulator needs to know.

    `redirect_url` is the one registered for `api_key`; `database` is the file of its ledger; a
    basket of more than `max_items` is refused. Order updates go to `postback_url`; without one none
    are sent. `public` closes the control page.
    """

    api_key: str
    redirect_url: str
    database: Path
    port: int = 8001
    max_items: int = 10
    postback_url: str = ""
    public: bool = False
    api_secret: str = field(default="", repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "SimulatorSettings":
        """Read the settings of a simulator that runs alone (`make simulator`, port 8001 unless PORT
        says another).
        """
        env = Environment(os.environ if environ is None else environ, SECRETS)
        return _simulator(
            env, env.url("PUBLIC_URL", "http://127.0.0.1:8000"), env.whole("PORT", 8001, 1, 65535)
        )


@dataclass(frozen=True)
class Settings:
    """The site's settings; `from_env` reads and checks them.

    `missing_after` and `unknown_after` are the two waits that docs/configuration.md explains.
    `simulator` is set only when the built-in simulator is mounted under PUBLIC_URL/simulator.
    """

    mode: Mode
    api_key: str
    web_root: str
    api_root: str
    public_url: str
    port: int
    instance: Path
    basket_max_items: int = 10
    instruments_url: str = ""
    market_holidays: frozenset[date] = frozenset()
    trusted_proxies: int = 0
    handoffs_per_visit: int = 30
    handoffs_per_address: int = 300
    composer_closed: bool = False
    price_far_percent: int = 20
    retention: timedelta = timedelta(days=400)
    missing_after: timedelta = timedelta(seconds=60)
    unknown_after: timedelta = timedelta(minutes=30)
    simulator: SimulatorSettings | None = None
    api_secret: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    secret_key_previous: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the site's settings.

        Raises ConfigError at the first that is wrong or missing.
        """
        env = Environment(os.environ if environ is None else environ, SECRETS)
        mode, api_key, api_secret = _mode_and_key(env)
        port = env.whole("PORT", 8000, 1, 65535)
        public_url = _public_url(env, mode, port)
        instance = env.folder("INSTANCE_PATH", ROOT / "instance")
        web_root, api_root = _kites_addresses(env, mode, public_url)
        simulator = None
        if mode is Mode.SIMULATOR:
            built_in = _simulator(env, public_url, port, postbacks=f"{public_url}/postback")
            api_key, api_secret = built_in.api_key, built_in.api_secret
            # Simulator mode may also use a simulator that runs alone, and then mounts none.
            simulator = built_in if f"{public_url}/simulator" in (web_root, api_root) else None
        others = _independent_settings(env)
        return cls(
            mode=mode,
            api_key=api_key,
            api_secret=api_secret,
            web_root=web_root,
            api_root=api_root,
            public_url=public_url,
            port=port,
            instance=instance,
            instruments_url=env.text("INSTRUMENTS_URL") or f"{api_root}/instruments",
            simulator=simulator,
            secret_key=secret_key(env.text("SECRET_KEY"), mode, instance),
            secret_key_previous=previous_secret_key(env.text("SECRET_KEY_PREVIOUS")),
            database_url=database_url(env.text("DATABASE_URL"), ROOT, instance),
            redis_url=redis_url(env.text("REDIS_URL")),
            **others,
        )


def _mode_and_key(env: Environment) -> tuple[Mode, str, str]:
    """Return the key, the secret, and the mode that they choose."""
    api_key, api_secret = env.key("KITE_API_KEY"), env.text("KITE_API_SECRET")
    if api_secret and not api_key:
        raise ConfigError(
            "KITE_API_SECRET is set, but KITE_API_KEY is not. Set both, for example"
            " KITE_API_KEY=abcd1234efgh5678"
        )
    mode = Mode.SIMULATOR
    if api_key:
        mode = Mode.CONNECT if api_secret else Mode.PUBLISHER
    return mode, api_key, api_secret


def _kites_addresses(env: Environment, mode: Mode, public_url: str) -> tuple[str, str]:
    """Return the addresses of Kite's pages and of its API, or of the simulator in place of both."""
    pages, api = KITE_PAGES, "https://api.kite.trade"
    if mode is Mode.SIMULATOR:
        pages = api = f"{public_url}/simulator"
    return env.url("KITE_WEB_ROOT", pages), env.url("KITE_API_ROOT", api)


def _independent_settings(env: Environment) -> dict[str, Any]:
    """Return the settings that need no other one, by the name of their field."""
    return {
        "basket_max_items": env.whole("KITE_BASKET_MAX_ITEMS", 10, 1, 100),
        "market_holidays": env.days("MARKET_HOLIDAYS"),
        "trusted_proxies": env.whole("TRUSTED_PROXIES", 0, 0, 10),
        "handoffs_per_visit": env.whole("HANDOFFS_PER_VISIT", 30, 1, 1_000_000),
        "handoffs_per_address": env.whole("HANDOFFS_PER_ADDRESS", 300, 1, 1_000_000),
        "composer_closed": env.flag("COMPOSER_CLOSED"),
        "price_far_percent": env.whole("PRICE_FAR_PERCENT", 20, 1, 1000),
        "retention": timedelta(days=env.whole("RETENTION_DAYS", 400, 1, 3650)),
        "missing_after": timedelta(seconds=env.whole("MISSING_AFTER", 60, 0, 3600)),
        "unknown_after": timedelta(minutes=env.whole("UNKNOWN_AFTER", 30, 1, 1440)),
    }


def _public_url(env: Environment, mode: Mode, port: int) -> str:
    """Return the address that people see.

    Raises ConfigError for one that Kite does not return to, or where invented fills would be
    public.
    """
    public_url = env.url("PUBLIC_URL", f"http://127.0.0.1:{port}")
    if urlsplit(public_url).path:
        raise ConfigError(
            f"PUBLIC_URL is {public_url!r}. It takes no path. Example: PUBLIC_URL=https://basket.example.com"
        )
    demonstration = env.flag("SIMULATOR_PUBLIC")
    if is_loopback(public_url):
        return public_url
    if mode is Mode.SIMULATOR and not demonstration:
        raise ConfigError(
            f"KITE_API_KEY is not set, and PUBLIC_URL is {public_url!r}: a public site would show invented"
            " fills. Set your key, for example KITE_API_KEY=abcd1234efgh5678, or SIMULATOR_PUBLIC=1 for a"
            " public demonstration."
        )
    if mode is not Mode.SIMULATOR and urlsplit(public_url).scheme != "https":
        raise ConfigError(
            f"PUBLIC_URL is {public_url!r}. Kite returns to https only. Example:"
            " PUBLIC_URL=https://basket.example.com"
        )
    return public_url


def _simulator(env: Environment, public_url: str, port: int, *, postbacks: str = "") -> SimulatorSettings:
    instance = env.folder("INSTANCE_PATH", ROOT / "instance")
    posts_to = env.text("SIMULATOR_POSTBACK_URL") or postbacks
    return SimulatorSettings(
        api_key=env.key("SIMULATOR_API_KEY", "simulator_key"),
        api_secret=env.text("SIMULATOR_API_SECRET") or "simulator_secret",
        redirect_url=env.url("SIMULATOR_REDIRECT_URL", f"{public_url}/redirect", as_written=True),
        postback_url="" if posts_to in ("", NOWHERE) else env.url("SIMULATOR_POSTBACK_URL", posts_to),
        public=env.flag("SIMULATOR_PUBLIC"),
        database=instance / "simulator.db",
        port=port,
        max_items=env.whole("KITE_BASKET_MAX_ITEMS", 10, 1, 100),
    )
