"""Drafts: what is refused before anything is kept."""

from datetime import datetime
from decimal import Decimal

import pytest

from kite.basket.items import MAX_ITEMS
from kite.publishing.drafts import draft_problems
from kite.vocabulary import IST
from kite.web.operator.draft_form import SENTENCES
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


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title": " "}, ("text_missing", "title", 0)),
        ({"author": ""}, ("text_missing", "author", 0)),
        ({"title": "a" * 121}, ("text_too_long", "title", 120)),
        ({"rationale": "a" * 2001}, ("text_too_long", "rationale", 2000)),
        ({"registration": "a" * 41}, ("text_too_long", "registration", 40)),
        ({"items": ()}, ("items_missing", "items", MAX_ITEMS)),
        ({"amount": Decimal(0)}, ("amount_unreadable", "amount", 0)),
        ({"amount": Decimal(1_000_000_001)}, ("amount_unreadable", "amount", 0)),
        ({"weights": (Decimal(1),)}, ("weights_unreadable", "weights", 0)),
        ({"weights": (Decimal(1),) * 4 + (Decimal(0),)}, ("weights_unreadable", "weights", 0)),
    ],
)
def test_what_is_wrong_with_a_draft_has_a_code_that_the_form_has_words_for(changes, problem):
    (fault,) = draft_problems(a_draft(**changes))
    assert (fault.code, fault.field, fault.most) == problem
    assert fault.code in SENTENCES


def test_a_draft_at_its_limits_is_taken():
    texts = {"title": "a" * 120, "rationale": "a" * 2000, "author": "a" * 120, "registration": "a" * 40}
    assert not list(
        draft_problems(a_draft(**texts, amount=Decimal(1_000_000_000), weights=(Decimal("0.1"),) * 5))
    )
