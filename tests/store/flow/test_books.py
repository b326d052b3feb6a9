import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kite.store.base.engine import Connection, Store
from kite.store.flow import books, executions
from kite.store.flow.books import Book
from kite.store.flow.event_causes import EventCause
from tests.support.records import after, an_execution

SENT = """{"order_id": "1914227164488687616", "average_price": 1450.0, "price": 0, "trigger_price": 0.05, "tag": null, "meta": {"iceberg":
{"leg": 1}}, "status_message": "\\u20b9 short by 10\\u0000", "tags": ["k7f3q9zt"], "guid": "x", "big": 12345678901234567890, "modified": false}"""


@pytest.fixture
def execution_id(conn: Connection) -> str:
    return _execution(conn)


def _execution(conn: Connection) -> str:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    return execution.id


def _trade(trade_id: str, at: str | None, order_id: str = "1") -> dict[str, Any]:
    return {"order_id": order_id, "trade_id": trade_id, "fill_timestamp": at}


def test_an_execution_of_which_nothing_was_read_has_an_empty_book(
    conn: Connection, execution_id: str
) -> None:
    assert books.of(conn, execution_id) == Book([], {}, [], {})


def test_what_kite_sent_comes_back_as_it_was_with_every_field_and_number(
    conn: Connection, execution_id: str
) -> None:
    books.keep(conn, execution_id, [json.loads(SENT)], [], after(seconds=1))
    stored_order = books.of(conn, execution_id).orders[0]
    assert stored_order == json.loads(SENT)
    assert json.dumps(stored_order) == json.dumps(json.loads(SENT))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=5))
def test_any_json_comes_back_unchanged(store: Store, fields: dict[str, Any]) -> None:
    row = fields | {"order_id": "1", "trade_id": "2", "fill_timestamp": "2026-11-20 09:16:39"}
    with store.writing() as conn:
        execution_id = _execution(conn)
        books.keep(conn, execution_id, [row], [row], after(seconds=1))
        books.keep_histories(conn, execution_id, {"1": [row, row]}, after(seconds=1))
        assert repr(books.of(conn, execution_id)) == repr(
            Book([row], {"1": after(seconds=1)}, [row], {"1": [row, row]})
        )


def test_orders_keep_the_order_in_which_they_were_first_seen(conn: Connection, execution_id: str) -> None:
    for second, ids in enumerate((["30", "20"], ["10", "20", "30"], ["05", "10"])):
        books.keep(
            conn,
            execution_id,
            [{"order_id": order_id, "seen": second} for order_id in ids],
            [],
            after(seconds=second),
        )
    book = books.of(conn, execution_id)
    assert [(order_id["order_id"], order_id["seen"]) for order_id in book.orders] == [
        ("30", 1),
        ("20", 1),
        ("10", 2),
        ("05", 2),
    ]
    assert book.seen_at == {order_id["order_id"]: after(seconds=order_id["seen"]) for order_id in book.orders}


def test_trades_stand_by_the_time_of_the_fill_then_by_id(conn: Connection, execution_id: str) -> None:
    nine, ten = "2026-11-20 09:16:39", "2026-11-20 10:16:39"
    trade_rows = [
        _trade("7", ten),
        _trade("100", nine),
        _trade("99", nine),
        _trade("3", None),
        _trade("100", nine, order_id="2"),
    ]
    books.keep(conn, execution_id, [], trade_rows, after(seconds=1))
    books.keep(conn, execution_id, [], trade_rows[:2], after(seconds=2))
    assert [trade["trade_id"] for trade in books.of(conn, execution_id).trades] == [
        "3",
        "99",
        "100",
        "100",
        "7",
    ]


READING = st.tuples(
    st.integers(1, 4),
    st.lists(st.sampled_from("123"), unique=True),
    st.lists(st.tuples(st.sampled_from("123"), st.sampled_from(["7", "8", "10"])), unique=True),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=st.lists(READING, max_size=4), locked=st.booleans())
def test_the_book_after_a_reading_is_what_is_stored_whatever_the_order_of_readings(
    store: Store, readings: list[tuple[int, list[str], list[tuple[str, str]]]], locked: bool
) -> None:
    with store.writing() as conn:
        execution_id = _execution(conn)
        for number, (second, order_ids, fills) in enumerate(readings):
            orders = [{"order_id": order_id, "reading": number} for order_id in order_ids]
            trades = [
                _trade(trade_id, None, order_id) | {"reading": number}
                for order_id, trade_id in fills
                if order_id in order_ids
            ]
            before = books.of(conn, execution_id) if locked else None
            after_reading = books.keep(
                conn, execution_id, orders, trades, after(seconds=second), before=before
            )
            stored = books.of(conn, execution_id)
            assert sorted(map(repr, after_reading.trades)) == sorted(map(repr, stored.trades))
            assert replace(after_reading, trades=[]) == replace(stored, trades=[])


def test_an_earlier_reading_that_arrives_late_changes_nothing(conn: Connection, execution_id: str) -> None:
    for second, status in ((5, "COMPLETE"), (3, "OPEN")):
        row = {"order_id": "1", "status": status}
        books.keep(conn, execution_id, [row], [row | {"trade_id": "1"}], after(seconds=second))
        books.keep_histories(conn, execution_id, {"1": [row]}, after(seconds=second))
    book = books.of(conn, execution_id)
    assert {row["status"] for row in (*book.orders, *book.trades, *book.histories["1"])} == {"COMPLETE"}


def test_a_history_replaces_the_earlier_one_of_its_order(conn: Connection, execution_id: str) -> None:
    for second, order_id, statuses in ((1, "1", ["OPEN"]), (2, "1", ["OPEN", "COMPLETE"]), (2, "2", [])):
        rows = [{"status": status} for status in statuses]
        books.keep_histories(conn, execution_id, {order_id: rows}, after(seconds=second))
    assert books.of(conn, execution_id).histories == {
        "1": [{"status": "OPEN"}, {"status": "COMPLETE"}],
        "2": [],
    }


def test_books_of_two_executions_are_apart(conn: Connection, execution_id: str) -> None:
    other = _execution(conn)
    for owner in (execution_id, other):
        books.keep(
            conn,
            owner,
            [{"order_id": "1", "of": owner}],
            [{"order_id": "1", "trade_id": "1", "of": owner}],
            after(seconds=1),
        )
    assert [owner["of"] for owner in (*books.of(conn, other).orders, *books.of(conn, other).trades)] == [
        other,
        other,
    ]
