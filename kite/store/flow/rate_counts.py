"""Counts for rate limits, shared by all processes of one machine: a small SQLite file of its own,
which may be lost.

It is a storage of the library `limits`. The main database is no place for it: every count
would be a durable write.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from limits.storage import Storage
from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    case,
    create_engine,
    delete,
    event,
    exc,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.schema import CreateTable

from kite import connection_pool

metadata = MetaData()
counts = Table(
    "counts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("ends_at", Float, nullable=False),
)
"""`number` of times within a window that ends at `ends_at`, seconds since 1970."""

MAKE = str(CreateTable(counts, if_not_exists=True))
MAKE_INDEX = "CREATE INDEX IF NOT EXISTS counts_by_end ON counts (ends_at)"

WAIT = 1.0
"""Seconds to wait for another process. A count that comes too late is not worth more."""

_c = counts.c
_NAME = _c.name == bindparam("key")
_FORGET = delete(counts).where(_c.ends_at <= bindparam("at"))
_GET = select(_c.number, _c.ends_at).where(_NAME, _c.ends_at > bindparam("at"))
_new = insert(counts).values(name=bindparam("key"), number=bindparam("many"), ends_at=bindparam("end"))
_over = _c.ends_at <= bindparam("at")
_COUNT = _new.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "number": case((_over, _new.excluded.number), else_=_c.number + _new.excluded.number),
        "ends_at": case((_over, _new.excluded.ends_at), else_=_c.ends_at),
    },
).returning(_c.number)


class FileStorage(Storage):
    """Counts in the file `path`, by the clock `now`. Windows that are over are deleted."""

    STORAGE_SCHEME = ["machine"]  # noqa: RUF012  the library declares it so

    def __init__(self, uri: str, *, path: Path, now: Callable[[], datetime], **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=False, **options)
        self._now = now
        # Every count is a single statement: a transaction around it would cost as much again.
        self._engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": WAIT},
            poolclass=connection_pool.ClosingPool,
            pool_size=4,
            max_overflow=28,
            isolation_level="AUTOCOMMIT",
        )
        event.listen(self._engine, "connect", _open)

    @property
    def base_exceptions(self) -> type[Exception]:
        """The exceptions that mean that the file cannot be used."""
        return exc.SQLAlchemyError

    def close(self) -> None:
        """Close every connection, those in use as soon as they are not."""
        connection_pool.close(self._engine)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more under `key`, in a window of `expiry` seconds from the first; return
        the count.
        """
        at = self._at()
        values = {"key": key, "many": amount, "end": at + expiry, "at": at}
        with self._engine.connect() as connection:
            number = int(connection.execute(_COUNT, values).scalar_one())
            # Only when a window begins: often enough to forget windows that are over.
            if number == amount:
                connection.execute(_FORGET, {"at": at})
        return number

    def get(self, key: str) -> int:
        """Return the count under `key`."""
        with self._engine.connect() as connection:
            return self._number_and_end(connection, key)[0]

    def get_expiry(self, key: str) -> float:
        """Return when the window of `key` ends, in seconds since 1970."""
        with self._engine.connect() as connection:
            return self._number_and_end(connection, key)[1]

    def check(self) -> bool:
        """Whether the file can be used."""
        try:
            self.get("")
        except exc.SQLAlchemyError:
            return False
        return True

    def reset(self) -> int:
        """Forget every count; return how many there were."""
        with self._engine.connect() as connection:
            return connection.execute(delete(counts)).rowcount

    def clear(self, key: str) -> None:
        """Forget the count under `key`."""
        with self._engine.connect() as connection:
            connection.execute(delete(counts).where(_NAME), {"key": key})

    def _number_and_end(self, connection: Connection, key: str) -> tuple[int, float]:
        at = self._at()
        row = connection.execute(_GET, {"key": key, "at": at}).one_or_none()
        return (row.number, row.ends_at) if row else (0, at)

    def _at(self) -> float:
        return self._now().timestamp()


def _open(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # The counts may be lost, so no write has to wait for the disk.
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(MAKE)
    connection.execute(MAKE_INDEX)
