"""Kite's day. It ends at 06:00 IST, and with it every session and the order book."""

from datetime import datetime, timedelta

from kite.store.flow.executions import Execution
from kite.vocabulary import IST

DAY_ENDS_AT_HOUR = 6
"""At 06:00 IST Kite ends every session; by then it has emptied the order book of the day before."""


def next_session_end(moment: datetime) -> datetime:
    """Return the first 06:00 IST after `moment`: sessions end there, and with them the day's order
    book.
    """
    local = moment.astimezone(IST)
    day_end = local.replace(hour=DAY_ENDS_AT_HOUR, minute=0, second=0, microsecond=0)
    return day_end if day_end > local else day_end + timedelta(days=1)


def proves_absence(execution: Execution, read_at: datetime, missing_after: timedelta) -> bool:
    """Whether an order that the book read at `read_at` does not hold was never placed.

    The reading must be late enough after the return, and still on the day of the hand-off.
    """
    returned_at = execution.returned_at
    if returned_at is None:
        return False
    # Counted from the hand-off: a person may come back the next morning, when Kite's book is
    # already empty.
    return returned_at + missing_after <= read_at < next_session_end(execution.handed_off_at or returned_at)
