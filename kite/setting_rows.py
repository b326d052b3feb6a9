"""The table of all settings, as docs/configuration.md lists them. kite/config.py reads and checks
them.
"""

from dataclasses import dataclass

KITE_PAGES = "https://kite.zerodha.com"
"""Where Kite's own pages live."""


@dataclass(frozen=True)
class Setting:
    """One row of docs/configuration.md: the variable's name, its default in words and whether it is
    a secret.
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
"""Every setting; a test compares docs/configuration.md and .env.example with it."""
