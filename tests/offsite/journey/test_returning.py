"""Returns that are refused: each is noted with its reason."""

import pytest

from kite.store.flow import events
from kite.store.flow.event_causes import EventCause, EventReason
from kite.store.flow.event_data import ReturnReason


def refusals(site):
    """The reasons of the returns that were refused, newest first."""
    with site.services.store.reading() as conn:
        refused = events.without_execution(conn, [EventCause.RETURN_REFUSED], 10)
    return [event.unpack(ReturnReason) for event in refused]


@pytest.mark.parametrize(
    "query", ["status=failed&request_token=abc", "status=success", "status=success&request_token="]
)
def test_a_return_with_a_status_that_kite_does_not_document_is_noted(site, query):
    person = site.visitor()
    person.get(f"/redirect?{query}")
    assert refusals(site) == [ReturnReason(EventReason.UNDOCUMENTED_STATUS)]


def test_a_return_that_calls_itself_something_else_than_its_state_is_noted(site):
    person = site.visitor()
    address = person.place(person.compose({}))
    person.get(address.replace("type=basket", "type=login").replace("action=basket", "action=login"))
    assert refusals(site) == [ReturnReason(EventReason.CONTRADICTS_STATE)]
