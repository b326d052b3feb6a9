"""Brings a database's tables up to date.

Only the command line imports this: Alembic is slow to import.

There is no way back to older tables: restore a copy of the database instead.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, func, make_url, select

from kite.store.base.engine import Connection, create_store_engine, reporting_unavailability

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_246_115_902
"""Any number that nobody else uses for a lock in the same PostgreSQL database."""


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest tables, in one transaction; a SQLite file is made
    when there is none.

    Does nothing when they are there. Of several processes that start together one does the work and
    the others wait. Raises StoreUnavailable.
    """
    engine = create_store_engine(url, new=True)
    try:
        with (
            reporting_unavailability(),
            _locked_folder(make_url(url)),
            engine.execution_options(begin="BEGIN IMMEDIATE").begin() as conn,
        ):
            if conn.dialect.name == "postgresql":
                conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            if _revision(conn) != head():
                config = _config()
                config.attributes["connection"] = conn
                command.upgrade(config, "head")
    finally:
        engine.dispose()


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
