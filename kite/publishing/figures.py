"""What came of presses, in numbers: how many went to Kite, came back, had orders placed, had one filled; by day and by basket.

Nothing is known of who only looks, so everything begins with the press. What is unknown is never counted as placed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kite.basket.hours import HOURS, Calendar, has_session
from kite.store.presses import Tally
from kite.vocabulary import IST, Outcome, State

DAYS = 30

AT_KITE = frozenset({Outcome.FILLED, Outcome.PARTLY_FILLED, Outcome.OPEN, Outcome.REJECTED, Outcome.CANCELLED})
"""Outcomes of an item that has an order at Kite."""
DONE = frozenset({Outcome.FILLED, Outcome.PARTLY_FILLED})
BACK = frozenset({State.RETURNED, State.SETTLED, State.CANCELLED})
READ = frozenset({State.RETURNED, State.SETTLED})
"""States in which an order book may have shown orders."""


@dataclass(frozen=True)
class Funnel:
    """Presses and what came of them. Each counts in every step that it reached; `unknown` are neither back nor placed.

    `cancelled` came back by Kite's Cancel and are no further step. `waiting` are at Kite at this moment.
    """

    pressed: int = 0
    handed_off: int = 0
    back: int = 0
    unknown: int = 0
    waiting: int = 0
    cancelled: int = 0
    placed: int = 0
    filled: int = 0


@dataclass(frozen=True)
class Day:
    """A day of presses, by India's time. `closed`: shares have no session, as far as is known."""

    date: date
    handed_off: int
    filled: int
    closed: bool


def funnel(tallies: Iterable[Tally]) -> Funnel:
    """Add tallies up."""
    found = dict.fromkeys(Funnel.__dataclass_fields__, 0)
    for tally in tallies:
        for step in _steps(tally):
            found[step] += tally.count
    return Funnel(**found)


def by_basket(tallies: Iterable[Tally]) -> dict[str | None, Funnel]:
    """Return a funnel for each published basket that was pressed; None has the orders that pages brought along themselves."""
    groups: dict[str | None, list[Tally]] = {}
    for tally in tallies:
        groups.setdefault(tally.published_id, []).append(tally)
    return {published_id: funnel(group) for published_id, group in groups.items()}


def by_day(tallies: Sequence[Tally], begins: Sequence[datetime], known: Calendar) -> list[Day]:
    """Return every day, also those on which nothing was pressed; `begins` are what the tallies were counted with, `known` the holidays."""
    days = []
    for number, begin in enumerate(begins):
        one = funnel(tally for tally in tallies if tally.day == number)
        days.append(Day(begin.date(), one.handed_off, one.filled, not has_session(HOURS[0], begin.date(), known)))
    return days


def last_days(now: datetime) -> list[datetime]:
    """Return when each of the last 30 days began in India, today the last."""
    today = datetime.combine(now.astimezone(IST).date(), time(), IST)
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def share(part: int, whole: int) -> int | None:
    """Return a part in per cent, None of nothing. All of it only when it is all, and 0 only when it is none."""
    if not whole:
        return None
    return min(max(round(100 * part / whole), 1 if part else 0), 100 if part == whole else 99)


def _steps(tally: Tally) -> Iterable[str]:
    yield "pressed"
    if not tally.handed_off and tally.state not in READ:  # who came back was there, whatever was written down before
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
    outcomes = set(tally.outcomes.split(",")) if tally.state in READ else set()
    if outcomes & AT_KITE:
        yield "placed"
    if outcomes & DONE:
        yield "filled"
