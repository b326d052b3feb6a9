"""A real PostgreSQL for tests, in a folder of its own, that nobody else's touches."""

import itertools
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg

from tests.support.ports import free_port

NUMBERS = itertools.count(1)


def programs() -> Path:
    """The folder of initdb and pg_ctl; Debian keeps them off the PATH, one folder per version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    assert found or on_path, "PostgreSQL is missing: make test installs it"
    return found[-1] if found else Path(str(on_path)).parent


class Postgres:
    """A server on loopback, with a password, that can be stopped and started. initdb refuses root,
    so that becomes somebody else.
    """

    password = "secret-of-the-tests"

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        (folder / "password").write_text(self.password)
        if os.getuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, self.user)
        options = (
            "-U",
            "kite",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-A",
            "scram-sha-256",
            f"--pwfile={folder / 'password'}",
            "--no-sync",
        )
        self._run("initdb", "-D", self.data, *options)

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c"
            " max_connections=200"
        )
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://kite:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database; return its address."""
        name = f"kite_{next(NUMBERS)}"
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, program: str, *arguments: object) -> None:
        user = self.user if os.getuid() == 0 else None
        with (self.folder / "setup.log").open(
            "a+"
        ) as log:  # a pipe would stay open in the server that pg_ctl leaves behind
            done = subprocess.run(
                [programs() / program, *map(str, arguments)],
                check=False,
                user=user,
                group=user,
                cwd="/",
                stdout=log,
                stderr=log,
            )
            log.seek(0)
            assert done.returncode == 0, f"{program} failed:\n{log.read()}"
