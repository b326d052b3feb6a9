"""What the simulator remembers, in an SQLite file of its own.

Times are milliseconds since 1970, money is paise.

The ledger holds rehearsals, nothing of value, so there are no migrations: a file of another version
is emptied and created again. The tables are in `ledger_tables.py`.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, func
from sqlalchemy.dialects.sqlite import insert

from kite import connection_pool
from kite.simulator.core.ledger_tables import VERSION, counters, metadata

WAIT = 15
"""Seconds to wait for another writer."""


class Ledger:
    """Transactions on the ledger, for any number of threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        # by process id: SQLite's connections must not be used on both sides of a fork
        self._engines: dict[int, Engine] = {}
        self._closed = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the ledger."""
        with self._engine().connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give the only connection that writes until it ends; an exception rolls everything
        back.
        """
        with self._engine().connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close this process's connections, those in use as soon as they are not.

        A later transaction opens one for itself alone.
        """
        with self._lock:
            self._closed = True
            engine = self._engines.get(os.getpid())
        if engine:
            connection_pool.close(engine)

    def _engine(self) -> Engine:
        pid = os.getpid()
        with self._lock:
            if pid not in self._engines:
                self._engines[pid] = _open(self.path)
                if self._closed:
                    connection_pool.close(self._engines[pid])
            return self._engines[pid]


def count(connection: Connection, name: str, least: int = 1) -> int:
    """Return the next number of a counter: the last one plus 1, and at least `least`.

    Needs a writing connection.
    """
    statement = insert(counters).values(name=name, value=least)
    following = {"value": func.max(least, counters.c.value + 1)}
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=following)
    return int(connection.execute(statement.returning(counters.c.value)).scalar_one())


def _open(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": WAIT, "check_same_thread": False},
        poolclass=connection_pool.ClosingPool,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    try:
        _make_tables(engine)
    except Exception:
        connection_pool.close(engine)  # nobody else will know of it
        raise
    return engine


def _make_tables(engine: Engine) -> None:
    """Make the tables of this version, in place of those of another."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.exec_driver_sql("PRAGMA user_version").scalar_one() != VERSION:
            older = MetaData()
            older.reflect(connection)
            older.drop_all(connection)
            metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _prepare_connection(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: _begin does
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Switch a new file to WAL, so that readers do not wait for the writer."""
    # SQLite's own timeout does not apply to this statement, so wait here for other processes that
    # run it too
    deadline = time.monotonic() + WAIT
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    # a writer that begins as a reader fails at its first write when somebody else wrote meanwhile
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
