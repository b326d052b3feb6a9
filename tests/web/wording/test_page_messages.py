"""The pages of a return and of a refusal: one for each, and none too many."""

from kite.offsite.journey.token_exchange import Landing
from kite.web.wording.page_messages import REFUSALS, RETURN_MESSAGES

ELSEWHERE = {Landing.RECEIPT, Landing.NEXT, Landing.ASK, Landing.WHICH}
"""Landings that lead to a receipt, to another page of this site, or to a question."""


def test_every_landing_that_leads_nowhere_else_has_a_page() -> None:
    assert set(RETURN_MESSAGES) == set(Landing) - ELSEWHERE


def test_every_page_of_a_landing_says_something_of_its_own() -> None:
    assert len({message.title for message in RETURN_MESSAGES.values()}) == len(RETURN_MESSAGES)
    assert all(message.text for message in RETURN_MESSAGES.values())


def test_every_refusal_is_answered_with_its_own_status() -> None:
    assert {status: message.status for status, message in REFUSALS.items() if message.status != status} == {}
