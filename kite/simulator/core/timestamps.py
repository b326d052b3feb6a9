"""Times of the ledger: whole milliseconds since 1970 inside, Kite's spelling in IST outside."""

from datetime import datetime, time, timedelta

from kite.vocabulary import IST

DAY_TURNS = time(6, 0)
"""Access tokens end and the order book is emptied at 06:00 IST (documentation of the user API)."""

MARKET_OPENS = time(9, 15)


def milliseconds(moment: datetime) -> int:
    """Return an aware `moment` as whole milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def moment_of(at: int) -> datetime:
    """Return milliseconds since 1970 as a time in IST."""
    return datetime.fromtimestamp(at / 1000, IST)


def stamp(at: int) -> str:
    """Return Kite's spelling of a time: 2026-11-21 09:16:39, in IST and without a zone."""
    return moment_of(at).strftime("%Y-%m-%d %H:%M:%S")


def next_at(at: int, clock: time) -> int:
    """Return the first time after `at` at which clocks in India show `clock`."""
    moment = moment_of(at)
    result = moment.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    if result <= moment:
        result += timedelta(days=1)
    return milliseconds(result)
