from dataclasses import replace

import pytest

from kite.store.base.engine import Connection
from kite.store.flow import due, executions, postbacks
from kite.store.flow.event_causes import EventCause
from kite.store.flow.postbacks import Postback
from kite.store.people import sessions
from kite.vocabulary import State
from tests.support.records import NINE, a_session, after, an_execution

NOW, SINCE = after(minutes=10), after(hours=-1)
HEARD = Postback(
    "1914",
    "COMPLETE",
    10,
    "2026-11-20 09:17:42",
    "AB1234",
    "k7f3q9zt",
    None,
    '{"status":"COMPLETE"}',
    after(minutes=1),
)


def added(conn: Connection, **fields: object) -> str:
    execution = an_execution(**({"state": State.RETURNED, "user_id": "AB1234"} | fields))
    executions.add(conn, execution, EventCause.COMPOSED)
    return execution.id


def test_users_who_own_something_unsettled_and_have_a_living_session_are_due(conn: Connection) -> None:
    for user_id, fields in {
        "AB1234": {},
        "ENDED1": {"ended_at": NINE},
        "GONE12": {"sealed_token": None},
        "OVER12": {"expires_at": NOW},
        "DONE12": {},
        "OLD123": {},
        "NONE12": {},
    }.items():
        sessions.add(conn, a_session(user_id=user_id, **fields))
    for user_id in ("AB1234", "ENDED1", "GONE12", "OVER12", "NOLOGIN"):
        added(conn, user_id=user_id)
    added(conn, user_id=None)
    added(conn, user_id="DONE12", state=State.SETTLED)
    added(conn, user_id="OLD123", created_at=SINCE)
    assert due.users_with_open_executions(conn, NOW, SINCE) == ["AB1234"]


def test_whoever_waited_longest_comes_first(conn: Connection) -> None:
    for user_id in ("AA1111", "BB2222"):
        sessions.add(conn, a_session(user_id=user_id))
    first, second = (added(conn, user_id=user_id) for user_id in ("AA1111", "BB2222"))
    executions.claim_read(conn, first, after(minutes=2), NINE)
    executions.claim_read(conn, second, after(minutes=1), NINE)
    assert due.users_with_open_executions(conn, NOW, SINCE) == ["BB2222", "AA1111"]


def test_only_what_a_user_owns_and_is_not_settled_is_read(conn: Connection) -> None:
    older, newer = added(conn), added(conn, created_at=after(minutes=1), state=State.CANCELLED)
    added(conn, state=State.SETTLED)
    added(conn, user_id="XY9999")
    added(conn, created_at=SINCE)
    assert [execution.id for execution in due.open_executions_of(conn, "AB1234", SINCE)] == [newer, older]


@pytest.mark.parametrize(
    ("owner", "session", "message", "readable"),
    [
        ("AB1234", {"visit_id": "another browser"}, {}, True),
        ("AB1234", {"user_id": "XY9999"}, {}, False),
        ("AB1234", {"ended_at": NINE}, {}, False),
        ("AB1234", {}, {"read_at": NINE}, False),
        ("AB1234", {}, {"received_at": SINCE}, False),
        ("AB1234", {}, {"received_at": after(minutes=9)}, False),
        (None, {}, {}, False),
    ],
)
def test_a_message_is_due_when_nobody_read_after_it_and_a_session_may(
    conn: Connection, owner, session, message, readable
) -> None:
    execution_id = added(conn, user_id=owner, state=State.UNKNOWN)
    sessions.add(conn, a_session(**session))
    postbacks.keep(conn, replace(HEARD, execution_id=execution_id, **message))
    assert due.with_unread_postbacks(conn, NOW, SINCE, after(minutes=9), 10) == (
        [execution_id] if readable else []
    )


def test_what_was_heard_of_last_comes_first_and_each_execution_once(conn: Connection) -> None:
    sessions.add(conn, a_session())
    older, newer = added(conn), added(conn)
    for minute, (order_id, execution_id) in enumerate((("1", older), ("2", older), ("3", newer))):
        postbacks.keep(
            conn,
            replace(HEARD, order_id=order_id, execution_id=execution_id, received_at=after(minutes=minute)),
        )
    assert due.with_unread_postbacks(conn, NOW, SINCE, NOW, 10) == [newer, older]
    assert due.with_unread_postbacks(conn, NOW, SINCE, NOW, 1) == [newer]
