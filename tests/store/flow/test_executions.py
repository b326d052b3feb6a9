from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from kite.basket.basket_data import to_data
from kite.store.base.engine import Connection, Store
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import ReportedOrder
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State
from tests.support.records import ITEM, after, an_event, an_execution


def _added(conn: Connection, **fields: object) -> Execution:
    execution = an_execution(**fields)
    executions.add(conn, execution, EventCause.COMPOSED)
    return execution


def test_an_execution_comes_back_as_it_was_given(store: Store) -> None:
    with store.writing() as conn:
        parent = _added(conn)
        full = _added(
            conn,
            basket_id="basket",
            part=2,
            parts=3,
            parent_id=parent.id,
            user_id="AB1234",
            mode=Mode.CONNECT,
            state=State.SETTLED,
            data=to_data([replace(ITEM, tag="mine"), replace(ITEM, tradingsymbol="M&M", quantity=1)]),
            handed_off_at=after(seconds=1),
            returned_at=after(seconds=2),
            cancelled_at=after(seconds=3),
            settled_at=after(seconds=4),
            read_at=after(seconds=5),
        )
    with store.reading() as conn:
        stored = executions.get(conn, full.id)
        assert stored == full
        assert executions.get(conn, parent.id) == parent
    assert type(stored.state) is State and type(stored.mode) is Mode
    assert [(item.tradingsymbol, item.tag) for item in stored.items] == [("INFY", "mine"), ("M&M", None)]


@pytest.mark.parametrize("made_up", ["", "nobody", "a\0b", "\udcff", "x" * 5000])
def test_an_id_that_nobody_has_finds_nothing(conn: Connection, made_up: str) -> None:
    assert executions.get(conn, made_up) is None


def test_adding_records_the_first_event(conn: Connection) -> None:
    execution = _added(conn)
    assert events.of(conn, execution.id) == [
        an_event(EventCause.COMPOSED, execution_id=execution.id, to_state=State.PREPARED)
    ]


def test_a_tag_belongs_to_one_execution(conn: Connection) -> None:
    _added(conn, tag="k7f3q9zt")
    with pytest.raises(IntegrityError):
        _added(conn, tag="k7f3q9zt")


@pytest.mark.parametrize(
    ("state", "stamp"),
    [
        (State.HANDED_OFF, "handed_off_at"),
        (State.RETURNED, "returned_at"),
        (State.CANCELLED, "cancelled_at"),
        (State.SETTLED, "settled_at"),
        (State.UNKNOWN, None),
    ],
)
def test_a_move_sets_the_state_its_time_and_nothing_else(
    conn: Connection, state: State, stamp: str | None
) -> None:
    execution = _added(conn)
    reported, at = ReportedOrder("INFY", "COMPLETE"), after(seconds=7)
    move = (execution.id, State.PREPARED, state, at, EventCause.POSTBACK)
    assert executions.move(conn, *move, order_id="7", data=reported)
    expected = replace(execution, state=state, version=1, **({stamp: after(seconds=7)} if stamp else {}))  # type: ignore[arg-type]
    assert executions.get(conn, execution.id) == expected
    happened = {"at": at, "execution_id": execution.id, "from_state": State.PREPARED, "to_state": state}
    assert events.of(conn, execution.id)[1:] == [
        an_event(EventCause.POSTBACK, **happened, order_id="7", data=reported)
    ]


def test_a_move_from_another_state_changes_nothing_and_records_nothing(conn: Connection) -> None:
    execution = _added(conn)
    assert not executions.move(
        conn, execution.id, State.HANDED_OFF, State.RETURNED, after(seconds=7), EventCause.CAME_BACK
    )
    assert not executions.move(
        conn, "nobody", State.PREPARED, State.RETURNED, after(seconds=7), EventCause.CAME_BACK
    )
    assert executions.get(conn, execution.id) == execution
    assert len(events.of(conn, execution.id)) == 1


def test_the_first_return_is_kept_and_settled_at_stands_only_while_settled(conn: Connection) -> None:
    execution = _added(conn)
    steps: list[tuple[State, State, int, datetime | None]] = [
        (State.PREPARED, State.RETURNED, 1, None),
        (State.RETURNED, State.SETTLED, 2, after(seconds=2)),
        (State.SETTLED, State.RETURNED, 3, None),
        (State.RETURNED, State.SETTLED, 4, after(seconds=4)),
    ]
    for from_state, to_state, second, settled_at in steps:
        assert executions.move(
            conn, execution.id, from_state, to_state, after(seconds=second), EventCause.CAME_BACK
        )
        stored = executions.get(conn, execution.id)
        assert (stored.returned_at, stored.settled_at) == (after(seconds=1), settled_at)


def test_an_execution_belongs_to_the_first_kite_user_and_to_no_other(conn: Connection) -> None:
    execution = _added(conn)
    owned = replace(execution, user_id="AB1234")
    assert executions.assign_owner(conn, execution.id, "AB1234") == owned
    assert executions.assign_owner(conn, execution.id, "AB1234") == owned
    assert not executions.assign_owner(conn, execution.id, "XY9999")
    assert not executions.assign_owner(conn, "nobody", "AB1234")
    assert executions.get(conn, execution.id).user_id == "AB1234"


def test_a_reading_is_claimed_once_until_the_claim_is_old(conn: Connection) -> None:
    execution = _added(conn)
    assert executions.claim_read(conn, execution.id, after(seconds=10), after(seconds=9))
    assert not executions.claim_read(conn, execution.id, after(seconds=10), after(seconds=9))
    assert not executions.claim_read(conn, execution.id, after(seconds=11), after(seconds=10))
    assert executions.claim_read(conn, execution.id, after(seconds=12), after(seconds=11))
    assert executions.get(conn, execution.id).read_at is None


def test_of_two_readings_that_overlap_the_later_one_is_noted(conn: Connection) -> None:
    execution = _added(conn)
    for second in (5, 8, 6):
        executions.note_read(conn, execution.id, after(seconds=second))
    assert executions.get(conn, execution.id).read_at == after(seconds=8)


def test_a_reading_raises_the_version_only_when_it_brought_news(conn: Connection) -> None:
    execution = _added(conn)
    for second, news in ((1, True), (2, False), (1, True)):
        executions.note_read(conn, execution.id, after(seconds=second), news=news)
    stored = executions.get(conn, execution.id)
    assert (stored.version, stored.read_at) == (execution.version + 2, after(seconds=2))


def test_an_execution_that_is_locked_is_as_it_is_now(conn: Connection) -> None:
    execution = _added(conn)
    executions.touch(conn, execution.id)
    assert executions.lock(conn, execution.id) == executions.get(conn, execution.id) != execution
    assert executions.lock(conn, "none") is None


def test_waiting_are_a_visits_handed_off_and_unknown_ones_newest_first(conn: Connection) -> None:
    by_state = {
        state: _added(conn, state=state, created_at=after(seconds=number))
        for number, state in enumerate(State)
    }
    _added(conn, visit_id="another", state=State.HANDED_OFF)
    assert executions.awaiting_return(conn, "visit") == [by_state[State.UNKNOWN], by_state[State.HANDED_OFF]]
    assert executions.awaiting_return(conn, "nobody") == []


def test_lists_of_a_visit_are_newest_first_and_limited(conn: Connection) -> None:
    executions_of_visit = [
        _added(conn, user_id=user, created_at=after(seconds=number))
        for number, user in enumerate(["A", "B", None, "A", "C"])
    ]
    _added(conn, visit_id="another", user_id="A", created_at=after(seconds=9))
    assert executions.of_visit(conn, "visit") == executions_of_visit[::-1]
    assert executions.of_visit(conn, "visit", limit=2) == [executions_of_visit[4], executions_of_visit[3]]


def test_parts_of_a_basket_come_in_their_order(conn: Connection) -> None:
    by_part = {part: _added(conn, basket_id="basket", part=part, parts=3) for part in (3, 1, 2)}
    _added(conn)
    assert executions.parts(conn, "basket") == [by_part[1], by_part[2], by_part[3]]


def test_an_execution_comes_with_what_was_sent_again_from_it(conn: Connection) -> None:
    parent = _added(conn)
    first = _added(conn, parent_id=parent.id, created_at=after(seconds=1))
    second = _added(conn, parent_id=parent.id, created_at=after(seconds=2))
    third = _added(conn, parent_id=second.id)
    assert executions.get_with_resends(conn, parent.id) == (parent, [second, first])
    assert executions.resends(conn, parent.id) == [second, first]
    assert executions.get_with_resends(conn, third.id) == (third, [])
    assert executions.get_with_resends(conn, "nobody's") == (None, [])


def test_a_basket_comes_with_everything_that_was_sent_again_from_its_parts(conn: Connection) -> None:
    one, two = (_added(conn, basket_id="basket", part=part, parts=2) for part in (1, 2))
    again = _added(conn, parent_id=two.id, created_at=after(seconds=1))
    once_more = _added(conn, parent_id=again.id, created_at=after(seconds=2))
    _added(conn)
    assert executions.basket_with_resends(conn, "basket") == [once_more, again, two, one]


def test_executions_are_found_by_their_tags(conn: Connection) -> None:
    old, new, _ = (
        _added(conn, tag=f"tag0000{letter}", created_at=after(seconds=second))
        for second, letter in enumerate("abc")
    )
    assert executions.by_tags(conn, {"tag0000a", "tag0000b", "unknown1"}) == [new, old]
    assert executions.by_tags(conn, set()) == []


def test_overdue_is_what_was_handed_off_before_a_time_and_still_waits(conn: Connection) -> None:
    later, earlier = (
        _added(conn, state=State.HANDED_OFF, handed_off_at=after(minutes=minute)) for minute in (2, 1)
    )
    _added(conn, state=State.HANDED_OFF, handed_off_at=after(minutes=3))
    _added(conn, state=State.UNKNOWN, handed_off_at=after(minutes=1))
    assert executions.overdue(conn, after(minutes=3)) == [earlier, later]


def test_news_are_counted_and_told_for_many_at_once(conn: Connection) -> None:
    one, other = _added(conn), _added(conn)
    executions.touch(conn, one.id)
    executions.touch(conn, one.id)
    executions.note_read(conn, other.id, after(seconds=4))
    assert executions.versions(conn, [one.id, other.id, "nobody"]) == {
        one.id: (2, None),
        other.id: (0, after(seconds=4)),
    }
