"""What is stored of a person, found and erased as a whole, on both databases."""

from kite.store.flow import books, events, executions, returns
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions, stored_person
from tests.support.records import NINE, a_return, a_session, after, an_execution


def keep(store, **fields):
    """Store an execution with everything that hangs on one."""
    execution = an_execution(**fields)
    with store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
        returns.receive(
            conn,
            a_return(
                execution_id=execution.id, visit_id=execution.visit_id, received_at=execution.created_at
            ),
        )
        books.keep(conn, execution.id, [{"order_id": "1"}], [{"order_id": "1", "trade_id": "1"}], NINE)
        books.keep_histories(conn, execution.id, {"1": [{"status": "OPEN"}]}, NINE)
    return execution


def test_a_person_is_a_visit_and_its_kite_users(store):
    mine, proved, other = (
        keep(store, visit_id="me"),
        keep(store, visit_id="phone", user_id="AB1234"),
        keep(store, visit_id="you", user_id="XY9999"),
    )
    with store.writing() as conn:
        sessions.add(conn, a_session(visit_id="phone", user_id="AB1234"))
        sessions.add(conn, a_session(visit_id="you", user_id="XY9999"))
    with store.reading() as conn:
        assert {row.id for row in stored_person.executions(conn, "me", ["AB1234"])} == {mine.id, proved.id}
        assert {row.id for row in stored_person.executions(conn, "me", [])} == {mine.id}
        assert {row.visit_id for row in stored_person.returns(conn, "me", ["AB1234"])} == {"me"}
        assert [row.user_id for row in stored_person.sessions(conn, "me", ["AB1234"])] == ["AB1234"]
        assert other.id not in {row.id for row in stored_person.executions(conn, "me", ["AB1234"])}


def test_an_execution_is_erased_with_all_that_hangs_on_it_and_nothing_else(store):
    erased, other = keep(store), keep(store)
    again = keep(store, parent_id=erased.id)
    with store.writing() as conn:
        stored_person.erase(conn, [erased.id])
    with store.reading() as conn:
        assert executions.get(conn, erased.id) is None
        assert (
            events.of(conn, erased.id) == []
            and books.of(conn, erased.id).orders == []
            and books.of(conn, erased.id).histories == {}
        )
        assert executions.get(conn, again.id).parent_id is None
        assert books.of(conn, other.id).trades and events.of(conn, other.id)
        assert {row.execution_id for row in stored_person.returns(conn, "visit", [])} == {other.id, again.id}


def test_old_executions_are_found_oldest_first_a_few_at_a_time(store):
    ages = [keep(store, created_at=after(days=days)) for days in (3, 1, 2, 9)]
    with store.reading() as conn:
        assert stored_person.older(conn, after(days=5), 2) == [ages[1].id, ages[2].id]
        assert stored_person.older(conn, after(days=1), 2) == []


def test_old_returns_and_sessions_are_erased(store):
    old, new = keep(store), keep(store, created_at=after(days=9))
    with store.writing() as conn:
        sessions.add(conn, a_session(visit_id="old", expires_at=after(days=1)))
        sessions.add(conn, a_session(visit_id="new", expires_at=after(days=9)))
        stored_person.erase_older_returns(conn, after(days=5), 500)
        stored_person.erase_older_sessions(conn, after(days=5), 500)
    with store.reading() as conn:
        assert [row.execution_id for row in stored_person.returns(conn, "visit", [])] == [new.id]
        assert sessions.proved_users(conn, "old") == frozenset() != sessions.proved_users(conn, "new")
        assert executions.get(conn, old.id)


def test_what_a_person_is_logged_in_as_is_erased_in_every_browser(store):
    with store.writing() as conn:
        for visit, user in (("me", "AB1234"), ("phone", "AB1234"), ("you", "XY9999")):
            sessions.add(conn, a_session(visit_id=visit, user_id=user))
            returns.receive(conn, a_return(visit_id=visit, user_id=user))
        stored_person.erase_logins(conn, "me", ["AB1234"])
    with store.reading() as conn:
        assert [sessions.proved_users(conn, visit) for visit in ("me", "phone", "you")] == [
            frozenset(),
            frozenset(),
            {"XY9999"},
        ]
        assert [row.user_id for row in stored_person.returns(conn, "you", ["AB1234"])] == ["XY9999"]


def test_a_flood_of_returns_is_erased_in_small_steps(store):
    with store.writing() as conn:
        for _ in range(7):
            returns.receive(conn, a_return(execution_id=None, received_at=NINE))
    steps = []
    while not steps or steps[-1]:
        with store.writing() as conn:
            steps.append(stored_person.erase_older_returns(conn, after(days=1), 3))
    assert steps == [3, 3, 1, 0]
