"""Checks what the site runs on: the list of instruments, the database, Redis, and its own
secret.
"""

import redis
from redis.exceptions import AuthenticationError, RedisError

from kite.basket.hours import HOLIDAY_EXCHANGES, trading_calendar
from kite.config import Settings
from kite.doctor.examined_site import ExaminedSite
from kite.doctor.findings import Finding, care, fine, wrong
from kite.exceptions import InstrumentsError, StoreUnavailable
from kite.instruments import catalogue_writer, refreshing
from kite.instruments.catalogue import OLDEST
from kite.instruments.catalogue_file import BUNDLED, CatalogueInfo
from kite.offsite.base.services import Services
from kite.store.base import migrate
from kite.vocabulary import IST, Mode

HOLIDAYS_AHEAD = 30
"""Days for which holidays should be known."""

REDIS_PATIENCE = 3.0
"""Seconds."""

SHORTEST, FEWEST = 32, 10
"""Letters of a secret, and different ones among them.

16 random bytes, written in hex, have fewer than 10 once in 4,000 times.
"""

PLACEHOLDERS = (
    "change",
    "example",
    "secret",
    "password",
    "your-",
    "your_",
    "insert",
    "replace",
    "abcdefgh",
    "12345678",
)
"""Parts of example values, which hardly ever occur in a random text."""

MAKE_SECRET = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"  # noqa: S105  how to make one
REFRESH = "flask --app app instruments refresh"
RENEW = (
    f"{REFRESH}, and every morning by the worker: flask --app app worker. The list comes from"
    " INSTRUMENTS_URL."
)


def check_instruments(site: ExaminedSite) -> Finding:
    """Whether the catalogue is there and of today."""
    services = site.services
    try:
        about = services.catalogue.about
    except InstrumentsError as error:
        return wrong(
            str(error), "No order can be checked, so none can be sent to Kite; /readyz answers 503.", RENEW
        )
    age = services.now() - about.loaded_at
    summary = (
        f"{about.count:,} instruments, {about.source}, of {about.loaded_at:%Y-%m-%d %H:%M} IST"
        f" ({max(age.days, 0)} days old)."
    )
    if age > OLDEST:
        return wrong(
            summary,
            "Contracts are missing and expired ones are offered, which Kite drops without a word; /readyz"
            " answers 503.",
            RENEW,
        )
    if _is_due(services, about):
        return care(
            summary,
            "There is a newer list: new contracts are missing, and Kite drops what has expired without a"
            " word.",
            RENEW,
        )
    return fine(summary)


def check_holidays(site: ExaminedSite) -> Finding:
    """Whether the site knows the holidays of the weeks ahead."""
    services = site.services
    last = trading_calendar(services.settings.market_holidays).known_until
    summary = f"Holidays of the exchanges are known until {last}."
    if (last - services.now().astimezone(IST).date()).days >= HOLIDAYS_AHEAD:
        return fine(summary)
    year = last.year + 1
    return care(
        summary,
        f"After that day pages say that they do not know when {', '.join(HOLIDAY_EXCHANGES)} are closed. No"
        " order is stopped by it.",
        f"Add every weekday of {year} on the exchanges’ list of trading holidays:"
        f" MARKET_HOLIDAYS={year}-01-26,{year}-03-22 and so on. A year of which one day is there counts as"
        " known. Then start the site again.",
    )


def check_database(site: ExaminedSite) -> Finding:
    """Whether the database answers, takes writing, and has the tables of this release."""
    services = site.services
    kind = services.settings.database_url.partition(":")[0].partition("+")[0]
    prepare = "Start the database, look at DATABASE_URL, and run: flask --app app prepare"
    try:
        current, head = migrate.current(services.settings.database_url), migrate.head()
        if current == head:
            with services.store.writing():
                pass
    except StoreUnavailable as error:
        return wrong(
            f"{kind} does not answer: {error}",
            "Nothing can be composed, and who comes back from Kite sees an error.",
            prepare,
        )
    if current != head:
        summary = (
            f"{kind} has the tables of {current or 'no release'}, and this release needs those of {head}."
        )
        return wrong(
            summary,
            "Pages fail, the return from Kite among them.",
            "flask --app app prepare, with the release that the site runs",
        )
    return fine(f"{kind} answers, and its tables are those of this release.")


def check_redis_server(site: ExaminedSite) -> Finding:
    """Whether Redis answers, when one is set."""
    url = site.services.settings.redis_url
    if not url:
        return fine("None is set: limits and tasks stand in files of this machine.")
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=REDIS_PATIENCE, socket_connect_timeout=REDIS_PATIENCE
        )
        try:
            client.ping()
        finally:
            client.close()
    # Only the error's type is shown: its words may hold the address, and with it the password.
    except (RedisError, OSError, ValueError) as error:
        problem, fix = "does not answer", "Start Redis, and look at REDIS_URL."
        if isinstance(error, AuthenticationError):
            problem, fix = "refuses the password", "Put the right password into REDIS_URL."
        return wrong(
            f"Redis {problem} ({type(error).__name__}).",
            "No limit is counted, and the worker does nothing: baskets that nobody looks at stay unread.",
            fix,
        )
    return fine("Redis answers.")


def check_secret(site: ExaminedSite) -> Finding:
    """Whether SECRET_KEY is one that nobody guesses."""
    settings = site.services.settings
    if weakness := _weakness(settings):
        return wrong(
            f"SECRET_KEY {weakness}.",
            "Who guesses it can pretend to be any visitor, and open the Kite sessions that the database"
            " keeps.",
            f"Make another and start the site with it: {MAKE_SECRET}",
        )
    key_file = settings.instance / "secret_key"
    if settings.mode is Mode.SIMULATOR and key_file.exists() and key_file.stat().st_mode & 0o077:
        return wrong(
            f"{key_file} can be read by others on this machine.",
            "Who reads it can pretend to be any visitor.",
            f"chmod 600 {key_file}",
        )
    if settings.secret_key_previous:
        return care(
            "SECRET_KEY is strong, and SECRET_KEY_PREVIOUS still counts.",
            "While it is set, whoever knows the old one can still pretend to be any visitor.",
            "Take SECRET_KEY_PREVIOUS away a day after the change.",
        )
    return fine("SECRET_KEY is long and mixed.")


def _is_due(services: Services, about: CatalogueInfo) -> bool:
    if about.source == BUNDLED:
        return catalogue_writer.is_stale(services.catalogue.path, services.now().date())
    return refreshing.is_due(services.catalogue, services.settings, services.now())


def _weakness(settings: Settings) -> str:
    """Return what is weak about the secret, "" for nothing. The words reveal nothing else of it."""
    value = settings.secret_key
    if len(value) < SHORTEST:
        return f"has {len(value)} characters, and {SHORTEST} are the least"
    # A text occurs inside its own double only when it is one piece repeated.
    if value in (value + value)[1:-1]:
        return "is one piece repeated"
    if len(set(value)) < FEWEST:
        return f"has only {len(set(value))} different characters"
    if any(word in value.lower() for word in PLACEHOLDERS):
        return "looks like the value of an example"
    return "is the API key or its secret" if value in (settings.api_key, settings.api_secret) else ""
