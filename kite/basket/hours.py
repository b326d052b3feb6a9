"""When markets are open and after market orders are taken: hints for a person who composes at
night, never errors.

Special sessions, holidays of one segment and summer hours exist, and Kite decides. So hints say
"usually", and none of them stops an order. After the last day whose holidays are known a hint says
that they are not known.
"""

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kite.basket.items import Item
from kite.vocabulary import IST, Exchange, Variety
from kite.vocabulary.exchanges import MarketHours

HOLIDAYS_KNOWN = date(2026, 11, 1), date(2026, 12, 31)
"""The first and the last day for which HOLIDAYS is complete."""

HOLIDAY_EXCHANGES = tuple(exchange for exchange in Exchange if exchange.facts.hours.holidays)
"""The exchanges whose holidays they are."""

HOLIDAYS = frozenset({date(2026, 11, 10), date(2026, 11, 24), date(2026, 12, 25)})
"""Weekdays without a session for shares and their derivatives: Diwali, Guru Nanak Jayanti,
Christmas.

Later years come with the setting MARKET_HOLIDAYS.
"""


@dataclass(frozen=True)
class Calendar:
    """Holidays, and the last day for which they are known."""

    holidays: frozenset[date]
    known_until: date


def trading_calendar(more: Collection[date] = ()) -> Calendar:
    """Return the holidays of this release and `more` of a setting.

    A year of which a setting names one day counts as known.

    The holidays of a year after a gap count too, but the days in the gap stay unknown.
    """
    years, last = {day.year for day in more}, HOLIDAYS_KNOWN[1]
    while last.year + 1 in years:
        last = last.replace(year=last.year + 1)
    return Calendar(HOLIDAYS.union(more), last)


@dataclass(frozen=True)
class TradingHours:
    """The session of some exchanges on a weekday and when after market orders are taken for the
    next one, all in IST.

    `holidays`: whether HOLIDAYS are theirs.
    """

    exchanges: tuple[Exchange, ...]
    opens: time
    closes: time
    amo_from: time
    amo_until: time
    holidays: bool = False


def _hours_of(exchanges: Iterable[Exchange]) -> tuple[TradingHours, ...]:
    """Return the hours of exchanges; those that keep the same ones together."""
    groups: dict[MarketHours, list[Exchange]] = {}
    for exchange in exchanges:
        groups.setdefault(exchange.facts.hours, []).append(exchange)
    return tuple(TradingHours(tuple(group), **dataclasses.asdict(hours)) for hours, group in groups.items())


TRADING_HOURS = _hours_of(Exchange)
"""Of 2026: after market windows by the broker's support pages, sessions as the exchanges name
them.
"""


@dataclass(frozen=True)
class HoursHint:
    """Something worth knowing of the hours, for the orders on `exchanges`.

    `code` is "closed" (the exchanges open at `opens`), "amo" (after market orders are taken from
    `hours.amo_from`) or "unknown" (whether the day of their session is a holiday).
    """

    code: str
    exchanges: tuple[Exchange, ...]
    hours: TradingHours
    opens: datetime


def opening_hints(items: Collection[Item], now: datetime, known: Calendar) -> list[HoursHint]:
    """Return a hint for each group of exchanges that is closed, whose after market orders come too
    early, or whose holidays are unknown.
    """
    exchanges = {item.exchange for item in items}
    in_ist = now.astimezone(IST)
    groups = [hours for hours in TRADING_HOURS if exchanges.intersection(hours.exchanges)]
    return [hint for hours in groups for hint in _hints_of(hours, items, in_ist, known)]


def _hints_of(
    hours: TradingHours, items: Collection[Item], now: datetime, known: Calendar
) -> Iterator[HoursHint]:
    """Yield the hints for the exchanges that keep these hours."""
    after_market = _exchanges(hours, (item for item in items if item.variety is Variety.AMO))
    regular = _exchanges(hours, (item for item in items if item.variety is not Variety.AMO))
    opens = opens_next(hours, now, known)
    if is_open(hours, now, known):
        session_day = now.date()
        code, exchanges = "amo", after_market
    else:
        # After market orders wait for the session anyway: for them a closed market is no news.
        session_day = opens.date()
        code, exchanges = "closed", regular
    if exchanges:
        yield HoursHint(code, exchanges, hours, opens)
    if hours.holidays and session_day > known.known_until:
        yield HoursHint("unknown", _exchanges(hours, items), hours, opens)


def _exchanges(hours: TradingHours, items: Iterable[Item]) -> tuple[Exchange, ...]:
    """Return the exchanges of `items` that keep these hours."""
    return tuple(sorted({item.exchange for item in items if item.exchange in hours.exchanges}))


def is_open(hours: TradingHours, now: datetime, known: Calendar) -> bool:
    """Whether `now`, in IST, lies in a session, as far as holidays are known."""
    return has_session(hours, now.date(), known) and hours.opens <= now.time() < hours.closes


def opens_next(hours: TradingHours, now: datetime, known: Calendar) -> datetime:
    """Return when the first session begins after `now`, in IST, as far as holidays are known."""
    day = now.date() if now.time() < hours.opens else now.date() + timedelta(days=1)
    while not has_session(hours, day, known):
        day += timedelta(days=1)
    return datetime.combine(day, hours.opens, IST)


def has_session(hours: TradingHours, day: date, known: Calendar) -> bool:
    """Whether there is a session on a day, as far as holidays are known."""
    return day.weekday() < 5 and not (hours.holidays and day in known.holidays)
