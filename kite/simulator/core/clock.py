"""The simulator's time: the real time plus an offset in the ledger, so all processes have the
same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import g, has_app_context
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.core.ledger import Ledger
from kite.simulator.core.ledger_tables import switches

OFFSET = "clock_offset"
FARTHEST = 400 * 86_400
"""Seconds, about a year: how far the clock can be moved."""


class Clock:
    """Gives aware times: those of `now`, moved by the ledger's offset."""

    def __init__(self, now: Callable[[], datetime], ledger: Ledger) -> None:
        self.now = now
        self.ledger = ledger

    def __call__(self) -> datetime:
        """Return the simulator's time."""
        if not has_app_context():
            return self.now() + timedelta(seconds=self._offset())
        # read once for each request, or a request that is writing would wait here for its own
        # transaction
        if OFFSET not in g:
            setattr(g, OFFSET, self._offset())
        return self.now() + timedelta(seconds=g.get(OFFSET))

    def _offset(self) -> int:
        with self.ledger.read() as connection:
            return offset(connection)


def offset(connection: Connection) -> int:
    """Return by how many seconds the clock is moved."""
    return int(connection.scalar(select(switches.c.value).where(switches.c.name == OFFSET)) or 0)


def move(connection: Connection, seconds: int) -> None:
    """Move the clock `seconds` ahead of the real time; a negative number moves it behind.

    Needs a writing connection.
    """
    statement = insert(switches).values(name=OFFSET, value=str(seconds))
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": str(seconds)}))
    if has_app_context():
        setattr(g, OFFSET, seconds)
