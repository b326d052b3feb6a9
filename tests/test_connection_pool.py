"""Whoever closes a store, a ledger or the counts closes every connection, also those that are in
use.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, exc, text

from kite.simulator.core import ledger as ledger_module
from kite.simulator.core.ledger import Ledger
from kite.store.base import migrate
from kite.store.base.engine import Store
from kite.store.flow.rate_counts import FileStorage
from kite.vocabulary import IST
from tests.support.closing import Closes

Lend = Callable[[], AbstractContextManager[Connection]]


def store(path: Path) -> tuple[Closes, Lend]:
    migrate.upgrade(f"sqlite:///{path}")
    made = Store(f"sqlite:///{path}")
    return made, made.reading


def ledger(path: Path) -> tuple[Closes, Lend]:
    made = Ledger(path)
    return made, made.read


def counts(path: Path) -> tuple[Closes, Lend]:
    made = FileStorage("machine://", path=path, now=lambda: datetime.now(IST))
    return made, made._engine.connect


MAKERS = pytest.mark.parametrize("make", [store, ledger, counts])


def open_files(path: Path) -> list[str]:
    """The files of the database at `path` that this process has open."""
    open_now = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            open_now.append(str(descriptor.readlink()))
    return [name for name in open_now if name.startswith(str(path))]


@contextmanager
def in_use(lend: Lend) -> Iterator[Callable[[], None]]:
    """A thread that asks something over a connection and keeps it; gives what has it given back."""
    asked, enough = threading.Event(), threading.Event()

    def use() -> None:
        with lend() as connection:
            connection.execute(text("SELECT 1"))
            asked.set()
            enough.wait()

    thread = threading.Thread(target=use)

    def give_back() -> None:
        enough.set()
        thread.join()

    thread.start()
    try:
        assert asked.wait(10)
        yield give_back
    finally:
        give_back()


@MAKERS
def test_connection_that_is_in_use_is_closed_when_it_is_given_back(make, tmp_path):
    path = tmp_path / "some.db"
    opened, lend = make(path)
    with in_use(lend) as give_back_first, in_use(lend) as give_back_second:
        opened.close()
        assert open_files(path)
        give_back_first()
        give_back_second()
        assert not open_files(path)


@MAKERS
@pytest.mark.parametrize("used_before", [True, False])
def test_connection_of_a_call_that_comes_later_is_closed_after_it(make, used_before, tmp_path):
    path = tmp_path / "some.db"
    opened, lend = make(path)
    if used_before:
        with lend() as connection:
            connection.execute(text("SELECT 1"))
    opened.close()
    for _ in range(2):
        with lend() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
        assert not open_files(path)
    opened.close()


def test_ledger_whose_tables_cannot_be_made_leaves_nothing_open(tmp_path, monkeypatch):
    def refuse(_connection: Connection) -> None:
        raise exc.OperationalError("CREATE TABLE", {}, Exception("disk is full"))

    path = tmp_path / "some.db"
    opened = Ledger(path)
    with monkeypatch.context() as full:
        full.setattr(ledger_module.metadata, "create_all", refuse)
        with pytest.raises(exc.OperationalError), opened.read():
            pass
        assert not open_files(path)
    with opened.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    opened.close()
    assert not open_files(path)
