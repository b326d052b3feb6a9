"""A small, invented but realistic instruments file, in Kite's columns, for a site without a download and the simulator.

Expiries live: a row whose expiry is "+n" is the n-th monthly contract from today on (the last Tuesday of the month),
and "{month}" in its symbol becomes Kite's year and month, as in NIFTY26DECFUT. The figures are nobody's quotes.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

CSV = Path(__file__).with_name("bundled.csv")


def rows(today: date) -> Iterator[dict[str, str]]:
    """Yield every row as Kite's daily file would hold it on `today`: column name to text, expiry as YYYY-MM-DD."""
    with CSV.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["expiry"].startswith("+"):
                expiry = monthly_expiry(today, int(row["expiry"][1:]))
                month = expiry.strftime("%y%b").upper()
                row |= {"expiry": expiry.isoformat(), "tradingsymbol": row["tradingsymbol"].replace("{month}", month)}
            yield row


def monthly_expiry(today: date, ahead: int) -> date:
    """Return the last Tuesday of the month that is `ahead` months after the first one not yet past."""
    first = today.replace(day=1)
    if _last_tuesday(first) < today:
        ahead += 1
    months = first.month - 1 + ahead
    return _last_tuesday(date(first.year + months // 12, months % 12 + 1, 1))


def _last_tuesday(first: date) -> date:
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - 1) % 7)
