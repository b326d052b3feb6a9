import re

import pytest
from sqlalchemy.exc import IntegrityError

from kite.store.base.engine import Connection
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause, EventReason
from kite.store.flow.event_data import Name, ReturnReason, TokenFailure
from kite.vocabulary import State
from tests.support.records import NINE, after, an_event, an_execution
from tests.support.sources import sources


def test_events_come_back_oldest_first_and_only_of_one_execution(conn: Connection) -> None:
    one, other = an_execution(), an_execution()
    executions.add(conn, one, EventCause.COMPOSED)
    executions.add(conn, other, EventCause.COMPOSED)
    expired = TokenFailure("Token is invalid or has expired.")
    late_id = events.note(conn, after(seconds=9), EventCause.TOKEN_USED, one.id, data=expired)
    early_id = events.note(conn, after(seconds=5), EventCause.NOT_FOUND, one.id, user_id="AB1234")
    composed, early, late = events.of(conn, one.id)
    assert composed == an_event(EventCause.COMPOSED, execution_id=one.id, to_state=State.PREPARED)
    assert early == an_event(EventCause.NOT_FOUND, at=after(seconds=5), execution_id=one.id, user_id="AB1234")
    assert (early.id, late.id) == (early_id, late_id)
    assert (late.at, late.unpack(TokenFailure)) == (after(seconds=9), expired)
    assert len(events.of(conn, other.id)) == 1


def test_events_of_several_executions_come_apart_and_of_some_causes_only(conn: Connection) -> None:
    one, other, quiet = an_execution(), an_execution(), an_execution()
    for execution in (one, other, quiet):
        executions.add(conn, execution, EventCause.COMPOSED)
    events.note(conn, after(seconds=5), EventCause.BOOK_READ, one.id)
    ids = [one.id, other.id]
    every = events.of_all(conn, ids)
    assert every == {execution_id: events.of(conn, execution_id) for execution_id in ids}
    assert len(every[one.id]) == 2
    some = events.of_all(conn, ids, [EventCause.BOOK_READ])
    assert some == {one.id: every[one.id][1:], other.id: []}
    assert events.of_all(conn, []) == {}


def test_events_of_the_same_instant_keep_the_order_in_which_they_were_added(conn: Connection) -> None:
    one = an_execution()
    executions.add(conn, one, EventCause.COMPOSED)
    for cause in (EventCause.OPENED, EventCause.FOUND_BY_TAG):
        events.note(conn, NINE, cause, one.id)
    assert [event.cause for event in events.of(conn, one.id)] == ["composed", "opened", "found_by_tag"]


def test_an_event_may_belong_to_no_execution(conn: Connection) -> None:
    events.note(conn, NINE, EventCause.RETURN_REFUSED, data=ReturnReason(EventReason.FORGED_STATE))


def test_an_event_of_an_execution_that_does_not_exist_is_an_error(conn: Connection) -> None:
    with pytest.raises(IntegrityError):
        events.note(conn, NINE, EventCause.CAME_BACK, "nobody")


def test_what_is_recorded_says_who_acts_and_addresses_are_dropped_with_time(conn: Connection) -> None:
    with events.acting("visit 1f0c", "203.0.113.9"):
        one = an_execution()
        executions.add(conn, one, EventCause.COMPOSED)
    with events.acting("worker"):
        events.note(conn, after(seconds=9), EventCause.CAME_BACK, one.id)
    actors = [(event.actor, event.address) for event in events.of(conn, one.id)]
    assert actors == [("visit 1f0c", "203.0.113.9"), ("worker", None)]
    assert events.drop_addresses(conn, after(seconds=1)) == 1
    assert [(event.actor, event.address) for event in events.of(conn, one.id)] == [
        ("visit 1f0c", None),
        ("worker", None),
    ]


def test_what_was_recorded_is_changed_only_to_convert_it_and_to_forget_addresses_and_people() -> None:
    changes = re.compile(r"\b(?:update|delete)\(tables\.events\)|UPDATE events|DELETE FROM events")
    assert {source.name for source in sources() if changes.search(source.text)} == {
        "kite.store.base.event_conversion",
        "kite.store.flow.events",
        "kite.store.people.stored_person",
    }


def test_data_of_another_kind_than_a_cause_has_is_an_error(conn: Connection) -> None:
    with pytest.raises(ValueError, match="opened does not say Name"):
        events.note(conn, NINE, EventCause.OPENED, data=Name("asha"))
    with pytest.raises(ValueError, match="signed_in does not say TokenFailure"):
        events.note(conn, NINE, EventCause.SIGNED_IN, data=TokenFailure())
