import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from kite.exceptions import StoreUnavailable
from kite.store import executions, migrate
from kite.store.engine import Store, create
from kite.store.offered import metadata
from kite.vocabulary import Cause
from tests.support.records import an_execution

UPGRADE = "import sys; from kite.store import migrate; print('ready', flush=True); input(); migrate.upgrade(sys.argv[1])"


def test_migrations_from_nothing_make_exactly_the_tables_that_the_code_knows(database_url: str) -> None:
    migrate.upgrade(database_url)
    engine = create(database_url)
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        found = inspect(conn)
        assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
        # What the comparison does not look at: keys, and what a row belongs to.
        for table in metadata.sorted_tables:
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [column.name for column in table.primary_key]
            assert {key["referred_table"] for key in found.get_foreign_keys(table.name)} == {key.column.table.name for key in table.foreign_keys}
    engine.dispose()
    assert migrate.current(database_url) == migrate.head()


def test_a_second_upgrade_changes_nothing(store: Store, database_url: str) -> None:
    execution = an_execution()
    with store.writing() as conn:
        executions.add(conn, execution, Cause.COMPOSED)
    migrate.upgrade(database_url)
    with store.reading() as conn:
        assert executions.get(conn, execution.id) == execution


def test_a_database_without_tables_is_at_no_revision(postgres_url: str, tmp_path: Path) -> None:
    assert migrate.current(postgres_url) is None
    (tmp_path / "kite.db").touch()
    assert migrate.current(f"sqlite:///{tmp_path}/kite.db") is None


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new folder/of 100% ours/kite.db"
    migrate.upgrade(url)
    Store(url).ping()
    assert [path.name for path in tmp_path.rglob("*.db")] == ["kite.db"]


def test_four_processes_that_start_together_make_the_tables_once(database_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, database_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in processes] == [b""] * 4
    assert migrate.current(database_url) == migrate.head()


def test_a_database_that_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        migrate.upgrade("postgresql+psycopg://kite:secret@127.0.0.1:1/kite")
    with pytest.raises(StoreUnavailable):
        migrate.current(f"sqlite:///{tmp_path}/none.db")
