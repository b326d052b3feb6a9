"""Drafts: what is refused before anything is kept."""

from datetime import datetime

import pytest

from kite.publishing.drafts import draft_problems
from kite.vocabulary import IST
from tests.support.offered import a_draft


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=IST),
        datetime(1999, 12, 31, tzinfo=IST),
        datetime(9999, 12, 31, 23, 59, tzinfo=IST),
    ],
)
def test_a_time_that_no_calendar_shows_is_refused(moment):
    assert "time_unreadable" in [fault.code for fault in draft_problems(a_draft(valid_from=moment))]
    assert "time_unreadable" in [fault.code for fault in draft_problems(a_draft(valid_until=moment))]


@pytest.mark.parametrize("slug", ["", "../x", "a/b", "A", "-a", "a-", "a b", "a\n", "ü", "a" * 65, "%2e%2e"])
def test_an_address_that_could_mean_another_path_is_refused(slug):
    assert [fault.code for fault in draft_problems(a_draft(slug=slug))] == ["slug_unreadable"]
