"""The rows of a posted form: which names are fields, and in which order they come."""

import pytest
from werkzeug.datastructures import MultiDict

from kite.web.composer.row_fields import posted_rows


def test_posted_rows_are_numbered_without_gaps_and_kept_in_order():
    posted = MultiDict(
        [
            ("items-7-tag", "c"),
            ("items-2-tag", "b"),
            ("items-0-tag", "a"),
            ("items-2-quantity", "1e3"),
            ("items-2-tag", "second"),
            ("action", "add"),
        ]
    )
    assert posted_rows(posted) == [{"tag": "a"}, {"tag": "b", "quantity": "1e3"}, {"tag": "c"}]


@pytest.mark.parametrize(
    "name",
    [
        "items",
        "items-",
        "items-x-tag",
        "items--1-tag",
        "items-0",
        "items-0-",
        "items-0-meta",
        "items-0-csrf_token",
        "items-²-tag",
        "items-١-tag",
        "items-9999999-tag",
        f"items-{'9' * 5000}-tag",
        "items-0-tag-0",
        "xitems-0-tag",
        "items-0-tag\n",
        "items-0-__class__",
        "ITEMS-0-tag",
    ],
)
def test_names_that_are_no_fields_are_left_out(name):
    assert posted_rows(MultiDict([(name, "x")])) == []


def test_characters_that_no_page_can_hold_are_replaced():
    assert posted_rows(MultiDict([("items-0-tradingsymbol", "IN\0FY\x1b")])) == [
        {"tradingsymbol": "IN\ufffdFY\ufffd"}
    ]
