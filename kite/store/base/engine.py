"""The database, SQLite or PostgreSQL. Every connection that reads or writes comes from here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url, select

from kite import connection_pool
from kite.exceptions import Erased, StoreUnavailable
from kite.store.base.tables import executions

__all__ = ["Connection", "Store", "create_store_engine", "reporting_unavailability"]

BUSY_SECONDS = 5
"""How long a write waits for another's lock, and a thread for a free connection."""

_ANYTHING = select(executions.c.id).limit(1)
"""Reads a table: `SELECT 1` would work on SQLite without a file, and before the tables are made."""


class Store:
    """The database of one process, shared by its threads."""

    def __init__(self, url: str) -> None:
        """Take a SQLAlchemy URL.

        Nothing is opened before it is needed; a SQLite file must exist by then.
        """
        self._engine = create_store_engine(url)
        self._readers = self._engine
        if self._engine.name != "sqlite":  # where every transaction reads as of its first query
            self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writers = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._turns = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for queries. All of them see the database as it was at the first.

        Raises StoreUnavailable, also for a query inside that gets no answer.
        """
        with reporting_unavailability(), self._readers.connect() as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are committed together at the end, or not at all. Raises
        StoreUnavailable.

        On SQLite the write lock is taken at the start. A transaction that takes it later, after a
        read, is refused at once when another process wrote in between.
        """
        with self._turn(), reporting_unavailability(), self._writers.begin() as conn:
            yield conn

    def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers and has its tables."""
        try:
            with self.reading() as conn:
                conn.execute(_ANYTHING)
        except exc.ProgrammingError as error:  # PostgreSQL's error for a missing table
            raise StoreUnavailable(_reason(error)) from error

    def close(self) -> None:
        """Close every connection, those in use as soon as they are not.

        A later call opens one for itself alone.
        """
        connection_pool.close(self._engine)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of one process write to SQLite one after the other.

        SQLite has no queue: a writer that finds it locked sleeps and tries again. Measured with
        fifty writers in two processes, the longest wait is a quarter of what it is without turns.
        """
        if self._engine.name != "sqlite":
            yield
        elif self._turns.acquire(timeout=BUSY_SECONDS):
            try:
                yield
            finally:
                self._turns.release()
        else:
            raise StoreUnavailable("database is locked")


@contextmanager
def reporting_unavailability() -> Iterator[None]:
    """Turn every error of a database that is away, locked or refusing into StoreUnavailable.

    Raises Erased for a row that would belong to one that no longer exists: rows are erased when a
    person asks for it or when they are old, and that can happen while an answer of Kite is on its
    way.
    """
    try:
        yield
    except exc.IntegrityError as error:
        # Both drivers say so, and nothing else names it on both.
        if "foreign key" in _reason(error).lower():
            raise Erased(_reason(error)) from error
        raise
    except (exc.ProgrammingError, exc.DataError, exc.NotSupportedError):
        raise  # the database answers: the statement was wrong
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise StoreUnavailable(_reason(error)) from error


def create_store_engine(url: str, *, new: bool = False) -> Engine:
    """Return an engine for `url`; with `new` a SQLite file that is missing is made.

    The errors of a statement never contain its values, among which are sealed tokens.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            _of_file(parsed, new), hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}, **_POOL
        )
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # A network that swallows packets ends a statement after as long as a lock does.
    limits = {"connect_timeout": 3, "tcp_user_timeout": BUSY_SECONDS * 1000}
    engine = create_engine(
        parsed,
        hide_parameters=True,
        connect_args=limits,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        **_POOL,
    )
    event.listen(engine, "connect", _open_postgresql)
    return engine


_POOL: dict[str, Any] = {
    "poolclass": connection_pool.ClosingPool,
    "pool_size": 8,
    "max_overflow": 24,
    "pool_timeout": BUSY_SECONDS,
}
"""Per process.

Connections beyond the eight are closed after use; 32 are more than the threads that gunicorn runs.
"""


def _of_file(url: URL, new: bool) -> URL:
    """Return a URL that opens a file and, unless `new`, does not create it: a new, empty database
    would look like a site without a history.
    """
    name = f"file:{quote(url.database or '')}"
    return url.set(database=name, query={"mode": "rwc" if new else "rw", "uri": "true"})


def _open_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins and ends transactions, not the driver
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL keeps a hand-off that was answered even when the power fails; NORMAL only when the
    # process dies. Measured for one write on an SSD: 0.28 ms instead of 0.02 ms, of it 0.11 ms CPU.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(conn: Connection) -> None:
    conn.exec_driver_sql(conn.get_execution_options().get("begin", "BEGIN"))


def _open_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.commit()


def _reason(error: Exception) -> str:
    """Return the driver's first line; it names the host at most, and never a password."""
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__
