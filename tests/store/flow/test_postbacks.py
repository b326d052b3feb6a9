from dataclasses import replace

from kite.store.base.engine import Connection
from kite.store.flow import baselines, executions, postbacks
from kite.store.flow.event_causes import EventCause
from kite.store.flow.postbacks import Postback
from tests.support.records import NINE, after, an_execution

HEARD = Postback(
    "1914", "COMPLETE", 10, "2026-11-20 09:17:42", "AB1234", "k7f3q9zt", None, '{"status":"COMPLETE"}', NINE
)


def test_a_message_is_kept_once_and_another_state_of_the_same_order_too(conn: Connection) -> None:
    assert postbacks.keep(conn, HEARD)
    assert not postbacks.keep(conn, replace(HEARD, received_at=after(seconds=3), data="{}"))
    assert postbacks.keep(conn, replace(HEARD, filled_quantity=4, status="UPDATE"))


def test_a_message_waits_until_the_order_was_read_after_it(conn: Connection) -> None:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    postbacks.keep(conn, replace(HEARD, execution_id=execution.id))
    assert postbacks.of(conn, execution.id)[0].read_at is None
    assert postbacks.note_read(conn, execution.id, ["1914"], after(seconds=-1), after(seconds=9)) == 0
    assert postbacks.note_read(conn, execution.id, ["another"], NINE, after(seconds=9)) == 0
    assert postbacks.note_read(conn, execution.id, ["1914"], NINE, after(seconds=9)) == 1
    assert postbacks.of(conn, execution.id)[0].read_at == after(seconds=9)


def test_a_reading_finds_what_it_may_follow_of_the_execution_and_of_its_orders(conn: Connection) -> None:
    own, other = an_execution(), an_execution()
    for execution in (own, other):
        executions.add(conn, execution, EventCause.COMPOSED)
    messages = [
        replace(HEARD, order_id="1", execution_id=own.id, received_at=after(seconds=2)),
        replace(HEARD, order_id="2", received_at=after(seconds=1)),
        replace(HEARD, order_id="3", execution_id=own.id, read_at=NINE),
        replace(HEARD, order_id="4"),
        replace(HEARD, order_id="5", execution_id=other.id),
    ]
    for message in messages:
        postbacks.keep(conn, message)
    assert postbacks.unread_or_unjoined(conn, own.id, ["2", "3", "5"]) == [messages[1], messages[0]]
    assert postbacks.unread_or_unjoined(conn, own.id, []) == [messages[0]]


def test_old_messages_of_no_execution_are_erased_and_the_others_stay(conn: Connection) -> None:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    postbacks.keep(conn, HEARD)
    postbacks.keep(conn, replace(HEARD, order_id="1915", execution_id=execution.id))
    assert postbacks.erase_older(conn, after(seconds=1), 10) == 1
    assert [postback.order_id for postback in postbacks.of(conn, execution.id)] == ["1915"]


def test_the_first_baseline_stays(conn: Connection) -> None:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    assert baselines.of(conn, execution.id) == frozenset()
    baselines.keep(conn, execution.id, ["2", "1"], NINE)
    baselines.keep(conn, execution.id, ["3"], after(seconds=1))
    assert baselines.of(conn, execution.id) == {"1", "2"}


def test_messages_without_a_tag_are_joined_by_their_order_and_lead_to_its_second_leg(
    conn: Connection,
) -> None:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    postbacks.keep(conn, replace(HEARD, tag=""))
    assert postbacks.execution_of_orders(conn, ["1914"]) is None
    assert postbacks.join_orders(conn, ["1913", "1914"], execution.id) == 1
    assert postbacks.join_orders(conn, ["1913", "1914"], execution.id) == 0
    assert postbacks.execution_of_orders(conn, ["2001", "1914"]) == execution.id
