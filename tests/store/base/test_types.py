from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from kite.store.base import tables
from kite.store.base.engine import Store
from kite.store.base.rows import columns
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.vocabulary import IST
from tests.support.records import NINE

ZONES = st.sampled_from([UTC, IST, ZoneInfo("America/New_York"), timezone(timedelta(hours=-11, minutes=-7))])
TIMES = st.datetimes(
    min_value=NINE.replace(year=1970, tzinfo=None),
    max_value=NINE.replace(year=2200, tzinfo=None),
    timezones=ZONES,
)


def _stored(store: Store, at: datetime = NINE, actor: str = "") -> Event:
    """An event after a way through the database; it belongs to no execution, so it is found by a
    query of its own.
    """
    with store.writing() as conn, events.acting(actor):
        event_id = events.note(conn, at, EventCause.LOGGED_OUT)
        query = select(*columns(tables.events, Event)).where(tables.events.c.id == event_id)
        return Event(*conn.execute(query).one())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=TIMES)
def test_a_time_comes_back_as_the_same_instant_in_ist_to_the_microsecond(store: Store, at: datetime) -> None:
    stored_at = _stored(store, at).at
    # Both read as UTC: a wall clock that repeats an hour compares its two times as equal only so.
    assert stored_at.astimezone(UTC) == at.astimezone(UTC)
    assert stored_at.tzinfo is IST


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="a time without a zone"), store.writing() as conn:
        events.note(conn, NINE.replace(tzinfo=None), EventCause.COMPOSED)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_any_text_of_whole_characters_comes_back_unchanged(store: Store, text: str) -> None:
    assert _stored(store, actor=text).actor == text.replace("\0", "\ufffd")


@pytest.mark.parametrize(
    ("sent", "stored_text"), [("a\0b", "a\ufffdb"), ("half \ud83d a sign", "half ? a sign")]
)
def test_what_no_database_takes_is_kept_as_a_mark(store: Store, sent: str, stored_text: str) -> None:
    assert _stored(store, actor=sent).actor == stored_text
