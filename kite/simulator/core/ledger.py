"""What the simulator remembers, in an SQLite file of its own.

Times are milliseconds since 1970, money is paise.

The ledger holds rehearsals, nothing of value: one of another version is emptied and made anew.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    func,
)
from sqlalchemy.dialects.sqlite import insert

from kite import connection_pool

VERSION = 4
"""Raised by one with every change of the tables below."""

WAIT = 15
"""Seconds to wait for another writer."""

metadata = MetaData()

web_logins = Table(
    "web_logins",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("tag", Text),
)

request_tokens = Table(
    "request_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("used_at", Integer),
    Column("tag", Text),
)
"""`tag` is that of the basket that the token came back from; the session opened with it keeps it."""

baskets = Table(
    "baskets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lines", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("redirect_params", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("ended_at", Integer),
    Column("outcome", Text),
    Column("location", Text),
    Column("ending", Text, nullable=False),
)
"""`ending` is how the browser leaves: by redirect, by a message to its opener, or as a fault has it."""

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("placed_at", Integer, nullable=False),
    Column("begins_at", Integer, nullable=False),
    Column("gone_at", Integer, nullable=False),
    Column("ended_at", Integer, nullable=False),
    Column("exchange_order_id", Text, nullable=False),
    Column("parent_order_id", Text),
    Column("follows", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), index=True),
    Column("changes", Integer, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("tradingsymbol", Text, nullable=False),
    Column("item", Text, nullable=False),
    Index("orders_of_user", "user_id", "gone_at"),
    Index("orders_at_work", "user_id", "ended_at"),
    Index("orders_of_instrument", "exchange", "tradingsymbol", "gone_at"),
)
"""Orders with their newest terms in `item`.

`follows` is the order at whose completion this one begins; `changes` counts modifications; `ended_at` is when
its future ends it, or when it leaves the book.
"""

order_events = Table(
    "order_events",
    metadata,
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("blocked", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("told", Integer, nullable=False, server_default="0"),
    Index("events_untold", "told", "at"),
)
"""The dated future of every order: `state` is the whole order, as Kite shows it from `at` on; `blocked` its
margin, `told` whether the sender of postbacks has seen it.
"""

trades = Table(
    "trades",
    metadata,
    Column("trade_id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("trade", Text, nullable=False),
    Index("trades_of_user", "user_id", "at"),
)

folds = Table(
    "folds",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("through", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("gone_at", Integer, nullable=False),
    Column("positions", Text, nullable=False),
)
"""How far the fills of the day are summed up: see the module of that name."""

conversions = Table(
    "conversions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("gone_at", Integer, nullable=False),
    Column("moves", Text, nullable=False),
)
"""Positions that were moved from one product to another: `moves` is JSON, what leaves the one and what enters
the other.
"""

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
)

authorisations = Table(
    "authorisations",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("outcome", Text),
)
"""Sales that a person authorises, or has: `wanted` is JSON, a quantity for each ISIN.

All end when the day turns.
"""

switches = Table(
    "switches", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)
"""Behaviour that is switched on for every process; a switch without a row is at its default."""

faults = Table(
    "faults",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("tag", Text),
    Column("params", Text, nullable=False),
    Column("chances", Integer, nullable=False),
    Column("strikes", Integer, nullable=False),
)
"""Faults that are switched on, for a tag or for all."""

postbacks = Table(
    "postbacks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("due_at", Integer, nullable=False),
    Column("claimed_until", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Integer, nullable=False, server_default="0"),
    Column("body", Text, nullable=False),
)
"""Postbacks that wait to be sent.

One process at a time claims the first of them. `due_at` is the simulator's time, `claimed_until` and
`next_try_at` are the wall's.
"""

calls = Table(
    "calls",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("second", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
)
"""Calls of the API in every second, by kind of limit."""

prices = Table(
    "prices",
    metadata,
    Column("exchange", Text, primary_key=True),
    Column("tradingsymbol", Text, primary_key=True),
    Column("at", Integer, primary_key=True),
    Column("price", Text, nullable=False),
)
"""Prices that were set by hand: each counts from `at` until the next one, or until the day turns."""

counters = Table(
    "counters", metadata, Column("name", Text, primary_key=True), Column("value", Integer, nullable=False)
)


class Ledger:
    """Transactions on the ledger, for any number of threads and processes; a process that was forked opens
    its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._engines: dict[int, Engine] = {}
        self._closed = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the ledger."""
        with self._engine().connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that alone writes, from its begin to its end; an exception takes everything
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
    """Return the next number of a counter: one more than the last, and at least `least`.

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
    """Switch to WAL, once in a file's life.

    SQLite does not wait here for others that do the same, so this does.
    """
    deadline = time.monotonic() + WAIT
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
    )
