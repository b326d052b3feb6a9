"""Figures about presses: how many went to Kite, came back, had orders placed, had one filled; by
day and by basket.

Nothing is known of who only looks, so everything begins with the press. An unknown outcome never
counts as placed.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from kite.basket.hours import TRADING_HOURS, Calendar, has_session
from kite.store.publishing.presses import READ, PressSource, Tally
from kite.vocabulary import IST, State

DAYS = 30

BACK = frozenset({State.RETURNED, State.SETTLED, State.CANCELLED})


@dataclass(frozen=True)
class Funnel:
    """Presses and what came of them.

    Each counts in every step that it reached; `unknown` are neither back nor placed.

    `cancelled` came back by Kite's Cancel and are no further step. `waiting` are at Kite at this
    moment. Up to `some_filled`, baskets of which something was filled, all are baskets. `orders`
    were handed off with them, and `filled` are those of the orders that are filled. What was bought
    and sold is in rupees.
    """

    pressed: int = 0
    handed_off: int = 0
    back: int = 0
    unknown: int = 0
    waiting: int = 0
    cancelled: int = 0
    placed: int = 0
    some_filled: int = 0
    orders: int = 0
    filled: int = 0
    bought: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)


class Attribution(StrEnum):
    """What shows where a press came from."""

    LINK = "link"
    REFERENCE = "reference"
    CAMPAIGN = "campaign"
    SITE = "site"


@dataclass(frozen=True)
class Day:
    """A day of presses in baskets, by India's time.

    `closed`: shares have no session, as far as is known.
    """

    date: date
    handed_off: int
    some_filled: int
    closed: bool


def funnel(tallies: Iterable[Tally]) -> Funnel:
    """Return the sum of tallies as a funnel."""
    counts: Counter[str] = Counter()
    bought = sold = Decimal(0)
    for tally in tallies:
        counts.update(dict.fromkeys(_steps(tally), tally.presses))
        bought, sold = bought + tally.bought, sold + tally.sold
        if _went_to_kite(tally):
            counts.update(orders=tally.orders, filled=tally.filled)
    return Funnel(**counts, bought=bought, sold=sold)


def by_basket(tallies: Iterable[Tally]) -> dict[str | None, Funnel]:
    """Return a funnel for each published basket that was pressed; None has the orders that pages
    brought along themselves.
    """
    groups: dict[str | None, list[Tally]] = {}
    for tally in tallies:
        groups.setdefault(tally.published_id, []).append(tally)
    return {published_id: funnel(group) for published_id, group in groups.items()}


def by_source(tallies: Iterable[Tally], by: Attribution) -> dict[str, Funnel]:
    """Return a funnel for each link, reference, campaign or site of presses, the most pressed
    first.

    The last, "", has the presses without one. Empty when none has one.
    """
    groups: dict[str, list[Tally]] = {}
    for tally in tallies:
        groups.setdefault(_NAMES[by](tally.source), []).append(tally)
    if not any(groups):
        return {}
    added_up = {name: funnel(group) for name, group in groups.items()}
    # Presses without one last, whatever their number; equal ones by name, so that pages stay the
    # same.
    return dict(sorted(added_up.items(), key=lambda pair: (not pair[0], -pair[1].pressed, pair[0])))


def campaign_words(campaign: str) -> str:
    """Return the fields of a campaign as people type them: utm_source=whatsapp, utm_medium=chat, or
    a name alone.
    """
    return ", ".join(
        f"{name}={text}" if text else name for name, text in json.loads(campaign or "{}").items()
    )


def _site(address: str) -> str:
    """Return the origin of an address, or the scheme of an app's."""
    split = urlsplit(address)
    if not split.netloc:
        return split.scheme
    return f"{split.scheme}://{split.netloc}"


_NAMES: Mapping[Attribution, Callable[[PressSource], str]] = {
    Attribution.LINK: lambda source: source.link_id,
    Attribution.REFERENCE: lambda source: source.reference,
    Attribution.CAMPAIGN: lambda source: campaign_words(source.campaign),
    Attribution.SITE: lambda source: _site(source.site),
}


def by_day(tallies: Sequence[Tally], begins: Sequence[datetime], known: Calendar) -> list[Day]:
    """Return every day, also those on which nothing was pressed.

    `begins` are the times by which the tallies were counted, `known` are the holidays.
    """
    days = []
    for number, begin in enumerate(begins):
        counts = funnel(tally for tally in tallies if tally.day == number)
        closed = not has_session(TRADING_HOURS[0], begin.date(), known)
        days.append(Day(begin.date(), counts.handed_off, counts.some_filled, closed))
    return days


def last_days(now: datetime) -> list[datetime]:
    """Return when each of the last 30 days began in India, today the last."""
    today = datetime.combine(now.astimezone(IST).date(), time(), IST)
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def percentage(part: int, whole: int) -> int | None:
    """Return a part in per cent; None when there is no whole."""
    if not whole:
        return None
    if part == 0:
        return 0
    if part == whole:
        return 100
    # Neither 0 nor 100 by rounding: "none" and "all" are statements of their own.
    return min(max(round(100 * part / whole), 1), 99)


def _went_to_kite(tally: Tally) -> bool:
    """Whether such baskets went to Kite: who came back was there, whatever was recorded before."""
    return tally.handed_off or tally.state in READ


def _steps(tally: Tally) -> Iterable[str]:
    """Yield the counts of a funnel in which such baskets are included."""
    yield "pressed"
    if not _went_to_kite(tally):
        return
    yield "handed_off"
    if tally.state in BACK:
        yield "back"
    elif tally.state is State.UNKNOWN:
        yield "unknown"
    else:
        yield "waiting"
    if tally.state is State.CANCELLED:
        yield "cancelled"
    if tally.placed:
        yield "placed"
    if tally.some_filled:
        yield "some_filled"
