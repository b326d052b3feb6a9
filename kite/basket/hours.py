"""When markets are open and after market orders are taken: hints for a person who composes at night, never
errors.

Special sessions, holidays of one segment and summer hours exist, and Kite decides. So what stands here is
said with "usually", and nothing of it stops an order. After the last day whose holidays are known, that too
is said.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kite.basket.items import Item
from kite.vocabulary import IST, Exchange, Variety

HOLIDAYS_KNOWN = date(2026, 11, 1), date(2026, 12, 31)
"""The first and the last day of which HOLIDAYS tells."""

HOLIDAYS = frozenset({date(2026, 11, 10), date(2026, 11, 24), date(2026, 12, 25)})
"""Weekdays without a session for shares and their derivatives: Diwali, Guru Nanak Jayanti, Christmas.

Later years come with the setting MARKET_HOLIDAYS.
"""


@dataclass(frozen=True)
class Calendar:
    """Holidays, and the last day for which they are known."""

    holidays: frozenset[date]
    known_until: date


def trading_calendar(more: Collection[date] = ()) -> Calendar:
    """Return the holidays of this release and `more` of a setting; a year of which one is there is known as a
    whole.

    A year after a gap has its holidays, and what lies in the gap stays unknown.
    """
    years, last = {day.year for day in more}, HOLIDAYS_KNOWN[1]
    while last.year + 1 in years:
        last = last.replace(year=last.year + 1)
    return Calendar(HOLIDAYS.union(more), last)


@dataclass(frozen=True)
class TradingHours:
    """The session of some exchanges on a weekday and when after market orders are taken for the next one, all
    in IST.

    `holidays`: whether HOLIDAYS are theirs.
    """

    exchanges: tuple[Exchange, ...]
    opens: time
    closes: time
    amo_from: time
    amo_until: time
    holidays: bool = False


TRADING_HOURS = (
    TradingHours(
        (Exchange.NSE, Exchange.BSE), time(9, 15), time(15, 30), time(16), time(8, 58), holidays=True
    ),
    TradingHours(
        (Exchange.NFO, Exchange.BFO), time(9, 15), time(15, 30), time(15, 45), time(9, 10), holidays=True
    ),
    TradingHours((Exchange.CDS, Exchange.BCD), time(9), time(17), time(17), time(8, 59)),
    TradingHours((Exchange.MCX,), time(9), time(23, 30), time(23, 30), time(8, 58)),
)
"""Of 2026.

After market windows by the broker's support pages, sessions as the exchanges name them. MCX closes at 23:55
in a part of the year.
"""


@dataclass(frozen=True)
class HoursHint:
    """Something worth knowing of the hours, for the orders on `exchanges`.

    `code` is "closed" (they open at `opens`), "amo" (after market orders are taken from `hours.amo_from`) or
    "unknown" (whether the day of their session is a holiday).
    """

    code: str
    exchanges: tuple[Exchange, ...]
    hours: TradingHours
    opens: datetime


def opening_hints(items: Iterable[Item], now: datetime, known: Calendar) -> list[HoursHint]:
    """Return a hint for each group of exchanges that is closed, whose after market orders come too early, or
    whose holidays are unknown.
    """
    return list(_hints(list(items), now.astimezone(IST), known))


def _hints(items: list[Item], now: datetime, known: Calendar) -> Iterator[HoursHint]:
    for hours in TRADING_HOURS:
        meant = tuple(sorted({item.exchange for item in items if item.exchange in hours.exchanges}))
        waiting = {
            item.exchange
            for item in items
            if item.exchange in hours.exchanges and item.variety is Variety.AMO
        }
        others = {
            item.exchange
            for item in items
            if item.exchange in hours.exchanges and item.variety is not Variety.AMO
        }
        opened, opens = is_open(hours, now, known), opens_next(hours, now, known)
        if others and not opened:
            yield HoursHint("closed", tuple(sorted(others)), hours, opens)
        if waiting and opened:
            yield HoursHint("amo", tuple(sorted(waiting)), hours, opens)
        if meant and hours.holidays and (now if opened else opens).date() > known.known_until:
            yield HoursHint("unknown", meant, hours, opens)


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
