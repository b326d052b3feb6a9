"""Brings a database's tables up to date.

Only the command line imports this: Alembic is slow to import.

There is no way back to older tables: restore a copy of the database instead.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, func, make_url, select, text
from sqlalchemy.exc import OperationalError

from kite.store.base import event_conversion
from kite.store.base.engine import Connection, create_store_engine, reporting_unavailability

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_246_115_902
"""Any number that nobody else uses for a lock in the same PostgreSQL database."""

LOCK_WAIT = "100ms"
"""How long a change of a table waits on PostgreSQL for a reader, such as a backup, before it lets
other statements pass.
"""
LOCK_PAUSE = 0.5
LOCK_TRIES = 60
_LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that was waited for in vain."""


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest tables, in one transaction, and then convert the
    events of the version before in small ones; a SQLite file is made when there is none.

    Does nothing when all that is done. Of several processes that start together one makes the
    tables and the others wait. Raises StoreUnavailable.
    """
    engine = create_store_engine(url, new=True)
    try:
        with reporting_unavailability(), _locked_folder(make_url(url)):
            _make_tables(engine)
            # Apart from the tables, so that it can be cut off: a site reads both forms of an event.
            event_conversion.convert_all(engine)
    finally:
        engine.dispose()


def _make_tables(engine: Engine) -> None:
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            _try_to_make_tables(engine)
            return
        except OperationalError as error:
            if not tries_left or getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
        time.sleep(LOCK_PAUSE)


def _try_to_make_tables(engine: Engine) -> None:
    with engine.execution_options(begin="BEGIN IMMEDIATE").begin() as conn:
        is_postgresql = conn.dialect.name == "postgresql"
        if is_postgresql:
            conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if _revision(conn) == head():
            return
        if is_postgresql:
            # A change of a table waits for everybody who reads it, and all who come later wait for
            # the change.
            conn.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def current(url: str) -> str | None:
    """Return the revision of the tables at `url`, None when there are none.

    Raises StoreUnavailable.
    """
    engine = create_store_engine(url)
    try:
        with reporting_unavailability(), engine.connect() as conn:
            return _revision(conn)
    finally:
        engine.dispose()


def head() -> str | None:
    """Return the newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _revision(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def _config() -> Config:
    config = Config()
    # Alembic's configuration takes a single % for a reference.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


@contextmanager
def _locked_folder(url: URL) -> Iterator[None]:
    """Hold a lock on the folder of a SQLite file: of two processes that both switch a new file to
    WAL, one fails.

    The file itself is not locked: closing it would release SQLite's own locks of this process.
    """
    if url.get_backend_name() != "sqlite":
        yield
        return
    path = Path(url.database or "").absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
