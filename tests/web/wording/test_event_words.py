"""Events in a few words: as the version before wrote them, from codes and data."""

import pytest
from flask import Flask
from flask_babel import Babel

from kite.store.flow.event_causes import EventCause, EventReason
from kite.store.flow.event_data import KINDS, EventData
from kite.web.wording import event_words
from tests.support.old_tables import OLD_EVENTS
from tests.support.records import an_event


@pytest.fixture(autouse=True)
def words():
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def test_every_cause_reason_and_kind_of_data_has_its_words():
    assert [*event_words.CAUSES] == [*EventCause]
    assert [*event_words.REASONS] == [*EventReason]
    for kind in EventData.__subclasses__():
        assert isinstance(event_words.data_words(kind()), str)


@pytest.mark.parametrize(("cause", "detail", "code", "fields"), OLD_EVENTS)
def test_an_event_is_in_the_words_that_it_was_once_stored_in(cause, detail, code, fields):
    event = an_event(EventCause(code), **fields)
    assert event_words.cause_words(event) == cause
    assert event_words.detail_words(event) == detail


def test_an_event_of_a_newer_version_is_named_by_its_code():
    event = an_event("of_tomorrow", data='{"something": 1}')
    assert event_words.cause_words(event) == "of_tomorrow"
    assert event_words.detail_words(event) == ""


def test_only_kinds_that_a_cause_has_are_written():
    assert {*KINDS.values()} == {*EventData.__subclasses__()}
