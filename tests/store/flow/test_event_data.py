"""What events say beside their cause, and how it is stored."""

import json
from dataclasses import fields
from decimal import Decimal

import pytest

from kite.store.flow.event_causes import EventCause, EventReason
from kite.store.flow.event_data import (
    KINDS,
    EventData,
    KiteAnswer,
    Name,
    NewTerms,
    OfferedBasket,
    ReturnReason,
)

EVERY_KIND = sorted({*KINDS.values()}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        (ReturnReason(EventReason.FORGED_STATE), {"reason": "forged_state"}),
        (
            KiteAnswer(7, "OrderException", "“No”"),
            {"act_id": 7, "error": "OrderException", "message": "“No”"},
        ),
        (OfferedBasket("large-five", 2), {"slug": "large-five", "version": 2}),
        (
            NewTerms({"quantity": 5, "price": Decimal("1390.50")}),
            {"terms": {"quantity": 5, "price": "1390.50"}},
        ),
        (NewTerms({"price": Decimal("1E+3")}), {"terms": {"price": "1000"}}),
    ],
)
def test_data_is_stored_as_json_and_read_back_the_same(data: EventData, stored: object) -> None:
    assert json.loads(data.pack()) == stored
    assert type(data).unpack(data.pack()) == data


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_data_that_is_missing_or_of_a_newer_version_is_read_with_defaults(kind: type[EventData]) -> None:
    assert kind.unpack(None) == kind.unpack("{}") == kind.unpack('{"of_a_newer_version": 1}') == kind()


def test_text_that_no_database_takes_is_marked() -> None:
    assert Name.unpack(Name("half \ud83d a\0sign").pack()) == Name("half \ufffd a\ufffdsign")


def test_only_causes_that_there_are_have_data_and_no_kind_is_unused() -> None:
    assert {*KINDS} <= {*EventCause}
    assert {*EventData.__subclasses__()} == {*EVERY_KIND}
    assert all(fields(kind) for kind in EVERY_KIND)
