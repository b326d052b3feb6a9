"""Events of the version before: read right at any time, and converted in steps that hold up nobody."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy import event as sql_event

from kite.store.base import event_conversion, migrate, old_events
from kite.store.base.engine import Store, create_store_engine
from kite.store.flow import events, executions
from kite.store.flow.event_causes import OPERATORS_ACTS, EventCause
from kite.store.flow.event_data import KINDS, Name
from kite.store.flow.events import Event
from kite.store.people import stored_person
from tests.support.closing import Opened
from tests.support.old_tables import OLD_EVENTS, old_row, put_at, write_as_before
from tests.support.records import NINE, after, an_event, an_execution

MANY = 3 * event_conversion.BATCH + 1
KILLED_AFTER = """
import os, signal, sys
from kite.store.base import event_conversion, migrate
batches = []
convert = event_conversion._convert_batch
def count(engine, ids):
    if len(batches) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    batches.append(ids)
    return convert(engine, ids)
event_conversion._convert_batch = count
migrate.upgrade(sys.argv[1])
"""


def facts(event: Event) -> tuple[object, ...]:
    """What an event says, however its data is written."""
    kind = KINDS.get(event.cause)
    return event.cause, event.order_id, event.user_id, event.unpack(kind) if kind else event.data


def every_event(store: Store) -> list[Event]:
    """All events that belong to no execution, oldest first."""
    with store.reading() as conn:
        return events.without_execution(conn, [*EventCause], 10_000)[::-1]


def unconverted(store: Store) -> int:
    with store.reading() as conn:
        return int(conn.execute(text("SELECT count(*) FROM events WHERE code IS NULL")).scalar_one())


@pytest.fixture
def old_site(database_url: str, opened: Opened) -> Store:
    """A database of the version before that holds many events, not upgraded yet."""
    rows = [old_row("no return", str(minutes)) for minutes in range(MANY)]
    put_at(database_url, "0009", {"events": rows})
    return opened(Store(database_url))


def test_every_old_event_becomes_a_code_with_what_it_says(database_url: str, opened: Opened) -> None:
    assert {cause for cause, *_ in OLD_EVENTS} == {*old_events.CODES}
    assert {code for _, _, code, _ in OLD_EVENTS} == {*EventCause}
    put_at(database_url, "0009", {"events": [old_row(cause, detail) for cause, detail, *_ in OLD_EVENTS]})
    migrate.upgrade(database_url)
    store = opened(Store(database_url))
    assert unconverted(store) == 0
    assert [facts(event) for event in every_event(store)] == [
        facts(an_event(EventCause(code), **fields)) for _, _, code, fields in OLD_EVENTS
    ]


def test_what_a_process_of_the_version_before_writes_later_is_read_right_and_then_converted(
    store: Store, database_url: str
) -> None:
    with store.writing() as conn:
        for cause, detail, *_ in OLD_EVENTS:
            write_as_before(conn, cause, detail)
    assert unconverted(store) == len(OLD_EVENTS)
    read_before = every_event(store)
    migrate.upgrade(database_url)
    assert unconverted(store) == 0
    assert every_event(store) == read_before


def test_an_old_event_is_found_by_its_cause_before_it_is_converted(store: Store) -> None:
    one, other = an_execution(), an_execution()
    with store.writing() as conn:
        for execution in (one, other):
            executions.add(conn, execution, EventCause.COMPOSED)
        write_as_before(conn, "order book read", "", one.id)
        write_as_before(conn, "sells go first", "", other.id)
        ids = [one.id, other.id]
        read = events.of_all(conn, ids, [EventCause.BOOK_READ])
        assert [len(read[execution_id]) for execution_id in ids] == [1, 0]
        of_all = events.of_all(conn, ids, [EventCause.SELLS_FIRST, EventCause.COMPOSED])
        assert [event.cause for event in of_all[other.id]] == ["composed", "sells_first"]
        assert [event.cause for event in of_all[one.id]] == ["composed"]


def test_the_version_before_reads_what_it_wrote_as_it_was(old_site: Store, database_url: str) -> None:
    migrate.upgrade(database_url)
    with old_site.reading() as conn:
        rows = conn.execute(text("SELECT cause, detail FROM events ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("no return", str(minutes)) for minutes in range(MANY)]


def test_a_cause_that_nobody_knows_stays_as_it_is(store: Store, database_url: str) -> None:
    execution = an_execution()
    with store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
        write_as_before(conn, "told by a pigeon", "at noon", execution.id)
    migrate.upgrade(database_url)
    with store.reading() as conn:
        last = events.of(conn, execution.id)[-1]
    assert (last.cause, last.data) == ("told by a pigeon", '{"text":"at noon"}')


@pytest.mark.parametrize(
    ("cause", "detail"),
    [
        ("no return", "soon"),
        ("stopped before the next part", "9" * 30),
        ("erased by its person", "many"),
        ("asked Kite to modify an order", "7 quantity ten, price 1E+3, Quantity 5, quantity -5"),
        ("ended a session", "asha"),
        ("changed a published basket", "one two three"),
        ("Kite refused it", "7"),
        ("return refused", "for no reason"),
    ],
)
def test_a_detail_of_another_form_is_read_as_far_as_it_goes(cause: str, detail: str) -> None:
    converted = old_events.convert(cause, detail)
    kind = KINDS[converted.cause]
    assert kind.unpack(converted.data).pack()


def test_each_transaction_converts_a_few_events_and_locks_nobody_out_in_between(
    old_site: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_store_engine(database_url)
    migrate._make_tables(engine)
    updated: list[int] = []
    written: list[int] = []
    sql_event.listen(engine, "begin", lambda _: updated.append(0))

    def count(_conn: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith("UPDATE events"):
            updated[-1] += len(values) if many else 1

    convert_batch = event_conversion._convert_batch

    def convert_and_write(engine: Engine, ids: Sequence[int]) -> int:
        converted = convert_batch(engine, ids)
        # Between two batches somebody of the version before writes, as long as there are old ones.
        if len(written) < 4:
            with old_site.writing() as conn:
                written.append(write_as_before(conn, "no return", "30"))
        return converted

    sql_event.listen(engine, "before_cursor_execute", count)
    monkeypatch.setattr(event_conversion, "_convert_batch", convert_and_write)
    assert event_conversion.convert_all(engine) == MANY + 4
    engine.dispose()
    assert max(updated) == event_conversion.BATCH
    assert sum(updated) == MANY + 4
    assert len(written) == 4
    assert unconverted(old_site) == 0


@pytest.mark.parametrize("batches", [0, 2])
def test_a_conversion_that_was_killed_goes_on_at_the_next_start(
    old_site: Store, database_url: str, batches: int
) -> None:
    command = [sys.executable, "-c", KILLED_AFTER, database_url, str(batches)]
    assert subprocess.run(command, env=os.environ, timeout=60, check=False).returncode == -9
    assert migrate.current(database_url) == migrate.head()
    assert unconverted(old_site) == MANY - batches * event_conversion.BATCH
    whole = [an_event(EventCause.NO_RETURN, data=f'{{"minutes":{number}}}') for number in range(MANY)]
    assert every_event(old_site) == whole, "a site that starts now reads all of them"
    migrate.upgrade(database_url)
    assert unconverted(old_site) == 0
    assert every_event(old_site) == whole


def test_an_event_that_somebody_changes_is_left_for_later_on_postgresql(
    postgres_url: str, opened: Opened
) -> None:
    put_at(postgres_url, "0009", {"events": [old_row("signed in", "asha"), old_row("signed out", "asha")]})
    engine = create_store_engine(postgres_url)
    migrate._make_tables(engine)
    store = opened(Store(postgres_url))
    with store.writing() as conn:
        conn.execute(text("UPDATE events SET address = NULL WHERE cause = 'signed in'"))
        assert event_conversion.convert_all(engine) == 1
    assert unconverted(store) == 1
    assert event_conversion.convert_all(engine) == 1
    engine.dispose()


def test_a_person_whom_the_version_before_erases_is_erased_from_what_was_converted(
    store: Store, database_url: str
) -> None:
    execution = an_execution()
    with store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
        write_as_before(conn, "not found in the order book", "CC3333", execution.id)
    migrate.upgrade(database_url)
    with store.writing() as conn:
        assert events.of(conn, execution.id)[-1].user_id == "CC3333"
        conn.execute(text("UPDATE events SET detail = '' WHERE detail = 'CC3333'"))
    migrate.upgrade(database_url)
    with store.reading() as conn:
        assert events.of(conn, execution.id)[-1].user_id is None


def test_a_person_is_erased_from_old_events_too(store: Store) -> None:
    execution = an_execution(visit_id="composer", user_id="XY9999")
    with store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
        write_as_before(conn, "not found in the order book", "CC3333", execution.id)
        stored_person.forget_composer(conn, "composer", ["CC3333"])
        assert "CC3333" not in repr(conn.execute(text("SELECT * FROM events")).all())


def test_old_acts_of_operators_are_kept_as_long_as_new_ones(store: Store) -> None:
    with store.writing() as conn:
        write_as_before(conn, "signed in", "asha")
        write_as_before(conn, "sign-in refused", "asha")
        events.note(conn, NINE, EventCause.SIGNED_OUT, data=Name("asha"))
        events.note(conn, NINE, EventCause.LOGGED_OUT)
        assert stored_person.erase_older_returns(conn, after(days=1), 500) == 2
        remaining = events.without_execution(conn, [*EventCause], 10)
        assert {event.cause for event in remaining} == {EventCause.SIGNED_IN, EventCause.SIGNED_OUT}
        assert {event.cause for event in remaining} <= {*OPERATORS_ACTS}
        assert stored_person.erase_older_acts(conn, after(days=1), 500) == 2
