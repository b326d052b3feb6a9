"""Connections to a database that many threads use again, and that can all be closed at once."""

from sqlalchemy import Engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool


class ClosingPool(QueuePool):
    """A pool that keeps nothing open once it is closed.

    SQLAlchemy's own closes what is idle. A connection that is in use at that moment goes back into
    a pool that nobody asks any more, and stays open there until the memory is cleared up.
    """

    _closed = False

    def dispose(self) -> None:
        """Close every connection, those in use as soon as they are not.

        A later call opens one for itself alone.
        """
        self._closed = True
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        # Asked after it was given back, so that a close at the same moment misses none.
        if self._closed:
            super().dispose()


def close(engine: Engine) -> None:
    """Close every connection of an engine that has a ClosingPool, for good."""
    engine.pool.dispose()  # engine.dispose() would put a new pool in its place, which nobody closes
