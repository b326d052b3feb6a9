import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from kite.exceptions import StoreUnavailable
from kite.store.base import migrate, tables
from kite.store.base.engine import Store, create_store_engine
from kite.store.base.publishing_tables import metadata
from kite.store.flow import books, events, executions, returns
from kite.store.flow.books import Book
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions
from kite.store.publishing import presses
from kite.store.publishing.presses import Press
from kite.vocabulary import State
from tests.support.closing import Opened
from tests.support.old_tables import put_at
from tests.support.processes import started_together
from tests.support.records import NINE, a_return, a_session, after, an_event, an_execution

FILL = {"transaction_type": "BUY", "exchange": "NSE", "quantity": 2, "average_price": 1448.35}
UPGRADE = (
    "import sys; from kite.store.base import migrate; print('ready', flush=True); input();"
    " migrate.upgrade(sys.argv[1])"
)


def test_migrations_from_nothing_make_exactly_the_tables_that_the_code_knows(database_url: str) -> None:
    migrate.upgrade(database_url)
    engine = create_store_engine(database_url)
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        inspector = inspect(conn)
        assert set(inspector.get_table_names()) == {*metadata.tables, "alembic_version"}
        # What the comparison does not look at: keys, and what a row belongs to.
        for table in metadata.sorted_tables:
            assert inspector.get_pk_constraint(table.name)["constrained_columns"] == [
                column.name for column in table.primary_key
            ]
            assert {key["referred_table"] for key in inspector.get_foreign_keys(table.name)} == {
                key.column.table.name for key in table.foreign_keys
            }
    engine.dispose()
    assert migrate.current(database_url) == migrate.head()


def test_a_second_upgrade_changes_nothing(store: Store, database_url: str) -> None:
    execution = an_execution()
    with store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
    migrate.upgrade(database_url)
    with store.reading() as conn:
        assert executions.get(conn, execution.id) == execution


@pytest.mark.parametrize("revision", ["0001", "0003"])
def test_a_database_that_holds_baskets_has_them_all_after_the_upgrade(
    database_url: str, revision: str
) -> None:
    first = an_execution(
        state=State.SETTLED,
        user_id="AB1234",
        handed_off_at=NINE,
        returned_at=NINE,
        settled_at=after(minutes=1),
    )
    second = an_execution(parent_id=first.id)
    composed = {"at": NINE, "execution_id": first.id, "to_state": State.PREPARED}
    settled = {
        "at": after(seconds=9),
        "execution_id": first.id,
        "from_state": State.RETURNED,
        "to_state": State.SETTLED,
    }
    order = {
        "order_id": "1914227164488687616",
        "status": "COMPLETE",
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "exchange": "NSE",
    }
    trade = {"order_id": "1914227164488687616", "trade_id": "75894751"} | FILL
    read = {"execution_id": first.id, "order_id": order["order_id"], "at": after(seconds=9)}
    earlier_return, session = a_return(execution_id=first.id, user_id="AB1234"), a_session()
    rows = {
        "executions": [asdict(first), asdict(second)],
        "events": [
            {"from_state": None, "cause": "composed", "detail": ""} | composed,
            {"cause": "every order has ended", "detail": ""} | settled,
        ],
        "returns": [asdict(earlier_return)],
        "kite_sessions": [asdict(session)],
        "book_orders": [read | {"place": 1, "data": json.dumps(order)}],
        "book_trades": [read | {"trade_id": trade["trade_id"], "data": json.dumps(trade)}],
        "book_histories": [read | {"data": json.dumps([order])}],
    }
    put_at(database_url, revision, rows)
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.head()
    store = Store(database_url)
    with store.reading() as conn:
        assert [executions.get(conn, event.id) for event in (first, second)] == [first, second]
        assert events.of(conn, first.id) == [
            an_event(EventCause.COMPOSED, **composed),
            an_event(EventCause.ALL_ENDED, **settled),
        ]
        assert books.of(conn, first.id) == Book(
            [order], {order["order_id"]: after(seconds=9)}, [trade], {order["order_id"]: [order]}
        )
        assert executions.resends(conn, first.id) == [second]
        assert returns.get(conn, earlier_return.id) == earlier_return
        assert sessions.active_session(conn, session.visit_id, session.user_id, NINE) == session
        sums = select(
            *(tables.executions.c[name] for name in ("bought", "sold", "orders", "filled"))
        ).order_by(tables.executions.c.bought)
        assert [tuple(row) for row in conn.execute(sums)] == [(0, 0, 1, 0), (289670, 0, 1, 1)]
        assert conn.execute(select(tables.executions.c.symbols)).scalars().all() == [",INFY,"] * 2
    with store.writing() as conn:  # the new tables hang on what was there
        press = Press(first.id, None, None, "", None, "", "{}", "https://blog.example", "a" * 64, "", NINE)
        assert presses.add(conn, press)
        events.note(conn, after(hours=1), EventCause.PRESSED, second.id)
    with store.reading() as conn:
        assert presses.of(conn, first.id) == press
        assert [event.cause for event in events.of(conn, second.id)] == [EventCause.PRESSED]
    store.close()


def test_a_database_without_tables_is_at_no_revision(postgres_url: str, tmp_path: Path) -> None:
    assert migrate.current(postgres_url) is None
    (tmp_path / "kite.db").touch()
    assert migrate.current(f"sqlite:///{tmp_path}/kite.db") is None


def test_a_folder_that_is_missing_is_made(tmp_path: Path, opened: Opened) -> None:
    url = f"sqlite:///{tmp_path}/new folder/of 100% ours/kite.db"
    migrate.upgrade(url)
    opened(Store(url)).ping()
    assert [path.name for path in tmp_path.rglob("*.db")] == ["kite.db"]


def test_four_processes_that_start_together_make_the_tables_once(database_url: str) -> None:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with started_together(4, [sys.executable, "-c", UPGRADE, database_url], **pipes) as processes:
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


def test_a_change_of_tables_does_not_wait_for_a_long_reader_and_hold_up_the_others(
    postgres_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_at(postgres_url, "0009", {})
    store = opened(Store(postgres_url))
    pauses: list[float] = []
    with store.reading() as reader:
        reader.execute(text("SELECT count(*) FROM events"))

        def pause(seconds: float) -> None:
            with store.reading() as other:  # nobody waits for the change while it pauses
                other.execute(text("SET LOCAL lock_timeout = '1ms'"))
                other.execute(text("SELECT count(*) FROM events"))
            pauses.append(seconds)
            if len(pauses) == 2:
                reader.rollback()

        monkeypatch.setattr(migrate.time, "sleep", lambda seconds: pause(seconds) if seconds else None)
        migrate.upgrade(postgres_url)
    assert pauses[:2] == [migrate.LOCK_PAUSE] * 2
    assert migrate.current(postgres_url) == migrate.head()
