"""Settings: read once at start from the environment, checked, frozen.

A wrong or missing setting raises ConfigError with the variable's name, what was seen (never a secret) and an
example. Nothing else in the project reads the environment.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from kite.environment import Environment, is_loopback
from kite.exceptions import ConfigError
from kite.vocabulary import Mode

ROOT = Path(__file__).resolve().parent.parent

KITE_PAGES = "https://kite.zerodha.com"
"""Where Kite's own pages live."""


@dataclass(frozen=True)
class Setting:
    """One row of docs/configuration.md: the variable's name, its default in words and whether it is a
    secret.
    """

    name: str
    default: str
    meaning: str
    secret: bool = False


SETTINGS = (
    Setting(
        "KITE_API_KEY", "–", "none: simulator mode; key alone: publisher mode; key and secret: connect mode"
    ),
    Setting("KITE_API_SECRET", "–", "the secret that belongs to the key", secret=True),
    Setting("KITE_WEB_ROOT", KITE_PAGES, "where Kite's login and basket pages live"),
    Setting("KITE_API_ROOT", "https://api.kite.trade", "where Kite Connect's API lives"),
    Setting("KITE_BASKET_MAX_ITEMS", "10", "items per hand-off; a larger basket is sent in parts"),
    Setting(
        "PUBLIC_URL",
        "http://127.0.0.1:PORT",
        "the address people see; PUBLIC_URL/redirect is registered at Kite",
    ),
    Setting("PORT", "8000", "the port to listen on"),
    Setting(
        "SIMULATOR_PUBLIC", "0", "1 allows simulator mode under an address that is not this machine's own"
    ),
    Setting("SIMULATOR_API_KEY", "simulator_key", "the key that the simulator takes"),
    Setting("SIMULATOR_API_SECRET", "simulator_secret", "the secret that the simulator takes", secret=True),
    Setting("SIMULATOR_REDIRECT_URL", "PUBLIC_URL/redirect", "the redirect URL registered at the simulator"),
    Setting(
        "SIMULATOR_POSTBACK_URL",
        "PUBLIC_URL/postback",
        "where the site's own simulator posts order updates; `none`: nowhere",
    ),
    Setting("SECRET_KEY", "made once, in simulator mode", "signs cookies and seals tokens", secret=True),
    Setting("SECRET_KEY_PREVIOUS", "–", "the key before, while a rotation lasts", secret=True),
    Setting("DATABASE_URL", "sqlite:///instance/kite.db", "SQLite, or postgresql+psycopg://…", secret=True),
    Setting(
        "REDIS_URL",
        "–",
        "counts limits and holds tasks, for all machines of a site that has several",
        secret=True,
    ),
    Setting(
        "INSTRUMENTS_URL",
        "KITE_API_ROOT/instruments",
        "where the daily list of instruments comes from: an address, or the path of a file",
    ),
    Setting(
        "MARKET_HOLIDAYS",
        "–",
        "weekdays without a session, for the years that this release does not know: 2027-01-26,2027-03-22",
    ),
    Setting("TRUSTED_PROXIES", "0", "how many proxies stand in front"),
    Setting("INSTANCE_PATH", "instance", "the directory for what the site writes"),
    Setting("HANDOFFS_PER_VISIT", "30", "baskets that one browser may send to Kite within an hour"),
    Setting(
        "HANDOFFS_PER_ADDRESS", "300", "baskets that one network address may send to Kite within an hour"
    ),
    Setting(
        "COMPOSER_CLOSED",
        "0",
        "1 leaves the free composer to operators who are signed in; published baskets stay open to all",
    ),
    Setting("PRICE_FAR_PERCENT", "20", "percent from the last price beyond which a price is pointed out"),
    Setting("RETENTION_DAYS", "400", "days after which a basket and all that became of it is erased"),
    Setting(
        "MISSING_AFTER", "60", "seconds after a return before a line without an order is called not at Kite"
    ),
    Setting("UNKNOWN_AFTER", "30", "minutes without a return before a basket is called not known"),
)
"""Every setting there is; a test holds docs/configuration.md and .env.example against it."""

NOWHERE = "none"
"""The value of SIMULATOR_POSTBACK_URL that keeps order updates to the simulator."""

POSTGRESQL = ("postgresql+psycopg", "postgresql", "postgres")
SECRETS = frozenset(setting.name for setting in SETTINGS if setting.secret)


@dataclass(frozen=True)
class SimulatorSettings:
    """What the simulator needs to know.

    `redirect_url` is the one registered for `api_key`; `database` is the file of its ledger; a basket of more
    than `max_items` is refused. Order updates go to `postback_url`; without one none are sent. `public`
    closes the control page.
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
        """Read the settings of a simulator that runs alone (`make simulator`, port 8001 unless PORT says
        another).
        """
        env = Environment(os.environ if environ is None else environ, SECRETS)
        return _simulator(
            env, env.url("PUBLIC_URL", "http://127.0.0.1:8000"), env.whole("PORT", 8001, 1, 65535)
        )


@dataclass(frozen=True)
class Settings:
    """The site's settings; `from_env` reads and checks them.

    `missing_after` and `unknown_after` are the two waits that docs/configuration.md explains. `simulator` is
    set only when the built-in simulator is mounted under PUBLIC_URL/simulator.
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
        """Read and check the site's settings. Raises ConfigError at the first that is wrong or missing."""
        env = Environment(os.environ if environ is None else environ, SECRETS)
        api_key, api_secret = env.key("KITE_API_KEY"), env.text("KITE_API_SECRET")
        if api_secret and not api_key:
            raise ConfigError(
                "KITE_API_SECRET is set, but KITE_API_KEY is not. Set both, for example"
                " KITE_API_KEY=abcd1234efgh5678"
            )
        mode = Mode.CONNECT if api_secret else Mode.PUBLISHER if api_key else Mode.SIMULATOR
        port = env.whole("PORT", 8000, 1, 65535)
        public_url = _public_url(env, mode, port)
        instance = env.folder("INSTANCE_PATH", ROOT / "instance")
        simulating = mode is Mode.SIMULATOR
        own = f"{public_url}/simulator"
        web_root = env.url("KITE_WEB_ROOT", own if simulating else KITE_PAGES)
        api_root = env.url("KITE_API_ROOT", own if simulating else "https://api.kite.trade")
        mounted = (
            _simulator(env, public_url, port, postbacks=f"{public_url}/postback") if simulating else None
        )
        return cls(
            mode=mode,
            api_key=mounted.api_key if mounted else api_key,
            api_secret=mounted.api_secret if mounted else api_secret,
            web_root=web_root,
            api_root=api_root,
            public_url=public_url,
            port=port,
            instance=instance,
            basket_max_items=env.whole("KITE_BASKET_MAX_ITEMS", 10, 1, 100),
            instruments_url=env.text("INSTRUMENTS_URL") or f"{api_root}/instruments",
            market_holidays=env.days("MARKET_HOLIDAYS"),
            trusted_proxies=env.whole("TRUSTED_PROXIES", 0, 0, 10),
            handoffs_per_visit=env.whole("HANDOFFS_PER_VISIT", 30, 1, 1_000_000),
            handoffs_per_address=env.whole("HANDOFFS_PER_ADDRESS", 300, 1, 1_000_000),
            composer_closed=env.flag("COMPOSER_CLOSED"),
            price_far_percent=env.whole("PRICE_FAR_PERCENT", 20, 1, 1000),
            retention=timedelta(days=env.whole("RETENTION_DAYS", 400, 1, 3650)),
            missing_after=timedelta(seconds=env.whole("MISSING_AFTER", 60, 0, 3600)),
            unknown_after=timedelta(minutes=env.whole("UNKNOWN_AFTER", 30, 1, 1440)),
            simulator=mounted if mounted and own in (web_root, api_root) else None,
            secret_key=_secret_key(env, mode, instance),
            secret_key_previous=_long_enough("SECRET_KEY_PREVIOUS", env.text("SECRET_KEY_PREVIOUS") or None),
            database_url=_database_url(env, instance),
            redis_url=_redis_url(env),
        )


def _public_url(env: Environment, mode: Mode, port: int) -> str:
    """Return the address that people see.

    Raises ConfigError for one that Kite does not return to, or where invented fills would be public.
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


def _secret_key(env: Environment, mode: Mode, instance: Path) -> str:
    value = env.text("SECRET_KEY")
    if not value and mode is Mode.SIMULATOR:
        return _kept_secret(instance / "secret_key")
    return _long_enough("SECRET_KEY", value)


def _long_enough(name: str, value: str | None) -> str:
    """Return `value`, or nothing for None: a key that is not needed.

    Raises ConfigError when it is too short.
    """
    if value is not None and len(value) < 32:
        seen = f"has {len(value)} characters" if value else "is not set"
        raise ConfigError(
            f"{name} {seen}. It takes at least 32: python3 -c 'import secrets;"
            " print(secrets.token_urlsafe(48))'"
        )
    return value or ""


def _kept_secret(path: Path) -> str:
    """Return the secret in `path`, made once.

    Of several processes that start together one makes it, all read it.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_secret(path)
        value = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(
            f"INSTANCE_PATH is {str(path.parent)!r}, where nothing can be kept: {error.strerror}. Example:"
            " INSTANCE_PATH=/var/lib/kite"
        ) from None
    except UnicodeDecodeError:
        value = ""
    if len(value) < 32:
        raise ConfigError(
            f"INSTANCE_PATH is {str(path.parent)!r}, and its file {path.name} holds no secret. Remove that"
            " file, and a new one is made"
        )
    return value


def _make_secret(path: Path) -> None:
    made = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    made.touch(mode=0o600)
    try:
        made.write_text(secrets.token_urlsafe(48), encoding="ascii")
        os.link(made, path)
    except FileExistsError:  # another process was first, and its secret counts
        pass
    finally:
        made.unlink()


def _database_url(env: Environment, instance: Path) -> str:
    url = env.text("DATABASE_URL")
    if not url:
        return f"sqlite:///{instance / 'kite.db'}"
    scheme, _, rest = url.partition("://")
    path = Path(rest[1:])
    if scheme == "sqlite" and rest.startswith("/") and path.name and not path.name.startswith(":"):
        return f"sqlite:///{path if path.is_absolute() else ROOT / path}"
    server = re.split(r"[/?]", rest.rpartition("@")[2])[0]
    if scheme in POSTGRESQL and rest and re.fullmatch(r"([^\s:\[\]]*|\[[^\]]+\])(:\d+)?", server):
        return f"postgresql+psycopg://{rest}"
    # Of what is no address nothing is shown: it may be a password alone.
    seen = f"begins with {scheme!r}" if rest and re.fullmatch(r"[a-z0-9+]{1,24}", scheme) else "is no address"
    known = (
        " and goes on with something that is no file or server"
        if scheme in (*POSTGRESQL, "sqlite") and rest
        else ""
    )
    raise ConfigError(
        f"DATABASE_URL {seen}{known}. It takes sqlite:///file or postgresql+psycopg://…, "
        "for example DATABASE_URL=postgresql+psycopg://kite@localhost/kite"
    )


def _redis_url(env: Environment) -> str:
    url = env.text("REDIS_URL")
    if url and not re.match(
        r"rediss?://[^/?]", url
    ):  # of what is no address nothing is shown: it may be a password alone
        raise ConfigError(
            "REDIS_URL is no address. It takes redis:// or rediss://, for example"
            " REDIS_URL=redis://localhost:6379/0"
        )
    return url


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
