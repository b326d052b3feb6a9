"""Databases for the store's tests: SQLite in a file of its own, and a real PostgreSQL that is started for the tests."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kite.store import migrate
from kite.store.engine import Connection, Store

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"))
NUMBERS = itertools.count(1)


class Postgres:
    """A PostgreSQL of its own on loopback, with a password, that can be stopped and started."""

    password = "secret-of-the-tests"

    def __init__(self, folder: Path) -> None:
        # initdb refuses to run as root.
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.folder, self.data = folder, folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "password").write_text(self.password)
        if os.getuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, self.user)
        self._run("initdb", "-D", self.data, "-U", "kite", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://kite:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        name = f"kite_{next(NUMBERS)}"
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, program: str, *arguments: object) -> None:
        user = self.user if os.getuid() == 0 else None
        subprocess.run([BIN / program, *map(str, arguments)], check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="kite-postgres-") as folder:
        server = Postgres(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kite.db"
    return str(request.getfixturevalue("postgres").new_database())


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store with its tables, on both databases."""
    migrate.upgrade(database_url)
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture
def conn(store: Store) -> Iterator[Connection]:
    """A connection in a transaction of its own, for tests of one query after another."""
    with store.writing() as conn:
        yield conn
