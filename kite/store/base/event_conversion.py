"""Converts the events of the version before, in small batches.

That version may still run, and write, meanwhile. It reads the columns `cause` and `detail`, so these
stay as they are, and the new values go into other columns. The next version drops both, and this
module with `old_events.py`.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, or_, select, update

from kite.store.base import tables
from kite.store.base.old_events import ConvertedEvent, convert

BATCH = 100
"""How many events are converted in one transaction.

On SQLite every other writer waits for it: a few milliseconds.
"""

PAUSE = 4
"""How long the conversion rests after it held SQLite's lock, as a multiple of that time.

SQLite has no queue: a writer that finds it locked tries again after 1 to 100 ms, so it has to be
free most of the time. On PostgreSQL no other writer needs the rows that this changes.
"""


_events = tables.events.c
_LEFT = or_(
    _events.cause.is_(None),
    # A process of the version before erased a person from an event that was converted already.
    and_(_events.user_id.is_not(None), _events.old_detail == "", _events.old_cause != ""),
)
_NEXT = (
    select(_events.id)
    .where(_events.id > bindparam("after"), _LEFT)
    .order_by(_events.id)
    .limit(bindparam("most"))
)
# On PostgreSQL a row that another process has locked is converted later: waiting for it could end
# in a deadlock, and then in an error for that process.
_LOCKED = (
    select(_events.id, _events.old_cause, _events.old_detail)
    .where(_events.id.in_(bindparam("ids", expanding=True)), _LEFT)
    .order_by(_events.id)
    .with_for_update(skip_locked=True)
)
_CONVERT = (
    update(tables.events)
    .where(_events.id == bindparam("event"))
    .values({name: bindparam(f"new_{name}") for name in ConvertedEvent._fields})
)


def convert_all(engine: Engine) -> int:
    """Convert the events of the version before, batch by batch, each in a transaction of its own;
    return how many there were. The engine is for this alone.

    It may end at any point, and goes on from there when it is called again. Several processes may
    do it at the same time.
    """
    total = 0
    # Another round for events that were added, or locked by another process, meanwhile.
    while count := _convert_round(engine):
        total += count
    return total


def _convert_round(engine: Engine) -> int:
    count, after = 0, 0
    while True:
        with engine.connect() as conn:
            ids = list(conn.execute(_NEXT, {"after": after, "most": BATCH}).scalars())
        if not ids:
            return count
        after = ids[-1]
        count += _convert_batch(engine, ids)


def _convert_batch(engine: Engine, ids: Sequence[int]) -> int:
    with _locking_briefly(engine) as conn, conn.begin():
        locked_at = time.monotonic()
        # Read again, in the transaction: a person may have been erased from them since.
        rows = conn.execute(_LOCKED, {"ids": ids}).all()
        if rows:
            _store(conn, [(event_id, convert(text, detail)) for event_id, text, detail in rows])
    if engine.name == "sqlite":
        time.sleep((time.monotonic() - locked_at) * PAUSE)
    return len(rows)


@contextmanager
def _locking_briefly(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that SQLite does not let wait for the disk, with the lock in hand.

    A batch that is lost when the power fails is converted again.
    """
    with engine.execution_options(begin="BEGIN IMMEDIATE").connect() as conn:
        driver_connection = conn.connection.driver_connection
        if engine.name == "sqlite" and driver_connection:
            driver_connection.execute("PRAGMA synchronous = NORMAL")
        yield conn


def _store(conn: Connection, converted: Sequence[tuple[int, ConvertedEvent]]) -> None:
    values: list[dict[str, Any]] = [
        {"event": event_id, **{f"new_{name}": value for name, value in event._asdict().items()}}
        for event_id, event in converted
    ]
    conn.execute(_CONVERT, values)
