import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kite.exceptions import StoreUnavailable
from kite.store.base import engine as engine_module
from kite.store.base import migrate
from kite.store.base.engine import Connection, Store
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from tests.support.closing import Opened
from tests.support.postgres import Postgres
from tests.support.records import an_execution


def _add(conn: Connection, **fields: object) -> str:
    execution = an_execution(**fields)
    executions.add(conn, execution, EventCause.COMPOSED)
    return execution.id


def _there(store: Store, execution_id: str) -> bool:
    with store.reading() as conn:
        return executions.get(conn, execution_id) is not None


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/kite.db"
    migrate.upgrade(url)
    store = Store(url)
    yield store
    store.close()


def test_what_was_written_stands_for_everybody(store: Store, database_url: str) -> None:
    with store.writing() as conn:
        added = _add(conn)
    other = Store(database_url)
    assert _there(other, added)
    other.close()


def test_a_reading_changes_nothing(store: Store) -> None:
    with store.reading() as conn:
        added = _add(conn)
    assert not _there(store, added)


def test_a_reading_sees_everything_as_it_was_at_its_first_query(store: Store) -> None:
    with store.writing() as conn:
        before = _add(conn)
    with store.reading() as conn:
        assert executions.get(conn, before) is not None
        with store.writing() as other:
            added = _add(other)
        assert executions.get(conn, added) is None
    assert _there(store, added)


def test_an_error_undoes_the_whole_writing(store: Store) -> None:
    added = []

    def add_and_fail() -> None:
        with store.writing() as conn:
            added.append(_add(conn))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert not _there(store, added[0])


def test_a_mistake_of_ours_is_not_called_an_unavailable_database(store: Store) -> None:
    with store.writing() as conn:
        added = _add(conn)
    with pytest.raises(IntegrityError), store.writing() as conn:
        _add(conn, id=added)


def test_errors_do_not_show_the_values_of_a_statement(store: Store) -> None:
    with store.writing() as conn:
        _add(
            conn,
            id="one",
            data=(
                '[{"tradingsymbol": "a secret", "exchange": "NSE", "transaction_type": "BUY", "order_type":'
                ' "MARKET", "quantity": 1}]'
            ),
        )
    with pytest.raises(IntegrityError) as caught, store.writing() as conn:
        _add(
            conn,
            id="one",
            data=(
                '[{"tradingsymbol": "a secret", "exchange": "NSE", "transaction_type": "BUY", "order_type":'
                ' "MARKET", "quantity": 1}]'
            ),
        )
    assert "a secret" not in str(caught.value)


def test_a_writing_that_reads_first_is_not_refused_when_others_write(store: Store) -> None:
    def read_then_write() -> None:
        for _ in range(10):
            with store.writing() as conn:
                executions.of_visit(conn, "visit")
                _add(conn)

    threads = [threading.Thread(target=read_then_write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as conn:
        assert len(executions.of_visit(conn, "visit", limit=1000)) == 80


def test_sqlite_runs_with_wal_foreign_keys_and_full_synchronous(sqlite: Store) -> None:
    with sqlite.reading() as conn:
        pragmas = [
            conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        ]
    assert pragmas == ["wal", 1, 2, 5000]


def test_a_reader_sees_the_same_from_its_first_query_to_its_last(sqlite: Store) -> None:
    with sqlite.reading() as reader:
        assert executions.of_visit(reader, "visit") == []
        with sqlite.writing() as writer:
            _add(writer)
        assert executions.of_visit(reader, "visit") == []


def test_what_was_answered_survives_a_process_that_is_killed(store: Store, database_url: str) -> None:
    code = """
import os, signal, sys
from kite.store.flow import executions
from kite.store.base.engine import Store
from tests.support.postgres import Postgres
from tests.support.records import an_execution
with Store(sys.argv[1]).writing() as conn:
    executions.add(conn, an_execution(id="kept"), "composed")
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code, database_url], check=False).returncode == -9
    assert _there(store, "kept")


def _reading(store: Store) -> AbstractContextManager[Connection]:
    return store.reading()


def _writing(store: Store) -> AbstractContextManager[Connection]:
    return store.writing()


WAYS = pytest.mark.parametrize("way", [_reading, _writing])


def _use(store: Store, way: Callable[[Store], AbstractContextManager[Connection]]) -> None:
    with way(store) as conn:
        executions.get(conn, "any")


@WAYS
def test_a_missing_file_is_unavailable_and_is_not_made(
    tmp_path: Path, opened: Opened, way: Callable[..., Any]
) -> None:
    store = opened(Store(f"sqlite:///{tmp_path}/kite.db"))
    with pytest.raises(StoreUnavailable):
        _use(store, way)
    with pytest.raises(StoreUnavailable):
        store.ping()
    assert list(tmp_path.iterdir()) == []


@WAYS
def test_a_file_that_is_no_database_is_unavailable(
    tmp_path: Path, opened: Opened, way: Callable[..., Any]
) -> None:
    (tmp_path / "kite.db").write_text("hello" * 1000)
    with pytest.raises(StoreUnavailable):
        _use(opened(Store(f"sqlite:///{tmp_path}/kite.db")), way)


def test_a_database_without_tables_does_not_answer_a_ping(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    store = Store(database_url)
    with pytest.raises(StoreUnavailable):
        store.ping()
    migrate.upgrade(database_url)
    store.ping()
    store.close()


def test_a_locked_sqlite_is_unavailable_for_writing_and_answers_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.1)
    url = f"sqlite:///{tmp_path}/kite.db"
    migrate.upgrade(url)
    store = Store(url)
    other = sqlite3.connect(tmp_path / "kite.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="database is locked"):
        _use(store, _writing)
    _use(store, _reading)
    store.ping()
    other.execute("ROLLBACK")
    other.close()
    _use(store, _writing)
    store.close()


def test_a_writer_waits_only_so_long_for_another_of_the_same_process(
    sqlite: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.1)
    with sqlite.writing(), pytest.raises(StoreUnavailable, match="database is locked"):
        _use(sqlite, _writing)
    _use(sqlite, _writing)


def test_a_row_that_stays_locked_on_postgresql_is_unavailable(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 1)
    url = postgres.new_database()
    migrate.upgrade(url)
    store = Store(url)
    with store.writing() as conn:
        added = _add(conn)
    with store.writing() as holder:
        executions.assign_owner(holder, added, "AB1234")
        with pytest.raises(StoreUnavailable, match="lock timeout"), store.writing() as conn:
            executions.assign_owner(conn, added, "AB1234")
    store.close()


def test_no_free_connection_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_POOL", {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1})
    url = f"sqlite:///{tmp_path}/kite.db"
    migrate.upgrade(url)
    store = Store(url)
    with store.reading(), pytest.raises(StoreUnavailable):
        _use(store, _reading)
    _use(store, _reading)
    store.close()


def test_a_stopped_postgresql_is_unavailable_everywhere_and_works_again_when_it_is_back(
    postgres: Postgres,
) -> None:
    url = postgres.new_database()
    migrate.upgrade(url)
    store, stack = Store(url), ExitStack()
    store.ping()
    conn = stack.enter_context(store.reading())
    executions.get(conn, "any")
    postgres.stop()
    try:
        # What a query in an open transaction meets is turned at the end of its block.
        with pytest.raises(StoreUnavailable), stack:
            executions.get(conn, "any")
        for way in (_reading, _writing):
            with pytest.raises(StoreUnavailable) as caught:
                _use(store, way)
            assert postgres.password not in "".join(traceback.format_exception(caught.value))
        with pytest.raises(StoreUnavailable):
            store.ping()
    finally:
        postgres.start()
    store.ping()
    store.close()


def test_connections_that_died_while_nobody_used_them_are_replaced(postgres: Postgres) -> None:
    url = postgres.new_database()
    migrate.upgrade(url)
    store = Store(url)
    store.ping()
    with store.reading() as conn:
        own = conn.execute(text("SELECT pg_backend_pid()")).scalar()
    killer = Store(postgres.url("postgres"))
    with killer.reading() as conn:
        conn.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
    killer.close()
    store.ping()
    store.close()


def test_a_wrong_password_is_unavailable_and_stands_in_no_message(postgres: Postgres, opened: Opened) -> None:
    url = postgres.new_database().replace(postgres.password, "wrong-secret")
    with pytest.raises(StoreUnavailable) as caught:
        opened(Store(url)).ping()
    assert "wrong-secret" not in "".join(traceback.format_exception(caught.value))
