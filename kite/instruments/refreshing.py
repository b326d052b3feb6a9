"""Brings the catalogue up to date: from INSTRUMENTS_URL, or from the bundled rows where only
invented orders are placed.
"""

from datetime import datetime, time, timedelta

from kite.config import Settings
from kite.exceptions import InstrumentsError, NoInstruments
from kite.instruments import catalogue_writer, download
from kite.instruments.catalogue import Catalogue, read_about
from kite.instruments.catalogue_file import BUNDLED
from kite.instruments.catalogue_writer import LoadResult
from kite.vocabulary import IST

READY_AT = time(8, 30)
"""When Kite's list of the day is ready, in IST (Kite Connect documentation, page "Market quotes and
instruments").
"""


def is_bundled(settings: Settings) -> bool:
    """Whether the list is the bundled one: the built-in simulator trades nothing else."""
    return settings.simulator is not None and settings.instruments_url == f"{settings.api_root}/instruments"


def refresh(catalogue: Catalogue, settings: Settings, now: datetime, *, anyway: bool = False) -> LoadResult:
    """Load the list that the settings name.

    Raises InstrumentsError, and the old catalogue stays, when it is refused.
    """
    if is_bundled(settings):
        return catalogue_writer.load_bundled(catalogue.path, now)
    with download.rows(settings.instruments_url) as rows:
        return catalogue_writer.load(catalogue.path, rows, now, anyway=anyway)


def prepare(catalogue: Catalogue, settings: Settings, now: datetime) -> str:
    """Load a list before a site starts, when there is none of today; return a message about it, or
    "".

    Where orders are real only Kite's list is loaded. The site starts without one too: the worker
    tries again.
    """
    if not catalogue.real:
        if not catalogue_writer.is_stale(catalogue.path, now.date()):
            return ""
        return f"Loaded {catalogue_writer.load_bundled(catalogue.path, now).count} bundled instruments."
    if not is_due(catalogue, settings, now):
        return ""
    try:
        return report(refresh(catalogue, settings, now), f"instruments from {settings.instruments_url}")
    except InstrumentsError as error:
        return f"{error} {what_is_left(catalogue)}"


def report(loaded: LoadResult, source: str) -> str:
    """Return the message about a list that was loaded from `source`."""
    lines = [f"Loaded {loaded.count} {source}."]
    if loaded.repeated:
        lines.append(
            f"Rows whose name came again, of which the last counts: {loaded.repeated}, such as"
            f" {', '.join(loaded.examples)}."
        )
    if loaded.left_out:
        counts = ", ".join(f"{exchange} {count}" for exchange, count in sorted(loaded.left_out.items()))
        lines.append(f"Rows left out, because Kite's basket page does not take their exchange: {counts}.")
    return "\n".join(lines)


def what_is_left(catalogue: Catalogue) -> str:
    """Return the message about what a site works with after a list could not be loaded."""
    try:
        catalogue.check()
    except NoInstruments:
        return "Nothing can be sent to Kite until there is a list: flask --app app instruments refresh"
    return "The list that was there before stays."


def is_due(catalogue: Catalogue, settings: Settings, now: datetime) -> bool:
    """Whether there is a newer list than the catalogue's: each day has one from 08:30 IST on."""
    if is_bundled(settings):
        return catalogue_writer.is_stale(catalogue.path, now.astimezone(IST).date())
    about = read_about(catalogue.path)
    return about is None or about.source == BUNDLED or about.loaded_at < _last_ready(now.astimezone(IST))


def _last_ready(now: datetime) -> datetime:
    ready_today = datetime.combine(now.date(), READY_AT, now.tzinfo)
    return ready_today if ready_today <= now else ready_today - timedelta(days=1)
