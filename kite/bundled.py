"""A small, invented but realistic instruments file, in Kite's columns, for a site without a
download and the simulator.

Expiries move with the day: a row whose expiry is "+n" is the n-th monthly contract from today on
(the last Tuesday of the month), and "{month}" in its symbol becomes Kite's year and month, as in
NIFTY26DECFUT. "wn" is the n-th weekly one (a Tuesday), and "{week}" becomes year, month and day, as
in NIFTY26D0826000CE; in the week of the monthly one there is none. The figures are nobody's quotes.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

CSV = Path(__file__).with_name("bundled.csv")


def rows(today: date) -> Iterator[dict[str, str]]:
    """Yield every row as Kite's daily file would hold it on `today`: column name to text, expiry as
    YYYY-MM-DD.
    """
    with CSV.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind = row["expiry"][:1]
            expiry = _expiry(row["expiry"], today)
            # The last week of a month has the monthly contract, and no weekly one beside it.
            if expiry and kind == "w" and expiry == _last_tuesday(expiry.replace(day=1)):
                continue
            if expiry:
                symbol = row["tradingsymbol"].replace("{month}", f"{expiry:%y%b}".upper())
                symbol = symbol.replace("{week}", _week(expiry))
                row |= {"expiry": expiry.isoformat(), "tradingsymbol": symbol}
            yield row


def _expiry(text: str, today: date) -> date | None:
    """Return the day that the column "expiry" means on `today`, None for a row that does not
    expire.
    """
    kind, ahead = text[:1], text[1:]
    if kind == "+":
        return monthly_expiry(today, int(ahead))
    if kind == "w":
        return weekly_expiry(today, int(ahead))
    return None


def monthly_expiry(today: date, ahead: int) -> date:
    """Return the last Tuesday of the month that is `ahead` months after the first one not yet
    past.
    """
    first = today.replace(day=1)
    if _last_tuesday(first) < today:
        ahead += 1
    months = first.month - 1 + ahead
    return _last_tuesday(date(first.year + months // 12, months % 12 + 1, 1))


def weekly_expiry(today: date, ahead: int) -> date:
    """Return the Tuesday that is `ahead` weeks after the first one not yet past."""
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7 * ahead)


def _week(expiry: date) -> str:
    """Return year, month and day as Kite's weekly contracts carry them: October to December are
    letters.
    """
    return f"{expiry:%y}{'123456789OND'[expiry.month - 1]}{expiry:%d}"


def _last_tuesday(first: date) -> date:
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - 1) % 7)
