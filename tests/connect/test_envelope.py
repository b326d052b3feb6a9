"""What an answer is taken for: data, one of Kite's errors, or no answer."""

import pytest

from kite import exceptions
from kite.connect.envelope import data_of
from tests.support.wire import RESPONSES, envelope

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
ERRORS = sorted(path.stem for path in (RESPONSES / "errors").glob("*.json"))


@pytest.mark.parametrize("name", ERRORS)
def test_error_envelope_raises_the_class_of_its_error_type(name):
    code, error_type = name.split("_")
    with pytest.raises(exceptions.KiteException) as raised:
        data_of(int(code), "application/json", (RESPONSES / "errors" / f"{name}.json").read_bytes())
    assert type(raised.value) is exceptions.BY_ERROR_TYPE.get(error_type, exceptions.GeneralException)
    assert raised.value.code == int(code)
    assert raised.value.message.endswith((".", "requests"))


def test_there_is_an_envelope_for_every_error_type():
    assert exceptions.BY_ERROR_TYPE.keys() <= {name.split("_")[1] for name in ERRORS}


@pytest.mark.parametrize(
    ("code", "content_type", "body"),
    [
        (502, "text/html", HTML),
        (504, "application/json", b""),
        (200, "text/html", HTML),
        (200, "application/json", b""),
        (200, "", envelope([])),
        (200, "text/html", envelope([])),
        (200, "application/json", b"[]"),
        (200, "application/json", b'{"data": []}'),
        (200, "application/json", b'{"status": "success", "data": ['),
        (200, "application/json", b"[" * 100_000),
        (200, "application/json", b"\xff\xfe\xfd"),
        (500, "application/json", envelope([])),
        (504, "application/json", b'{"message": "Endpoint request timed out"}'),
        (302, "application/json", envelope([])),
        (403, "text/html", b"<html>a firewall's page</html>"),
    ],
)
def test_what_does_not_come_from_the_api_is_no_answer(code, content_type, body):
    with pytest.raises(exceptions.NoAnswer) as raised:
        data_of(code, content_type, body)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/html", b"<html>"), ("application/json", b""), ("application/json", envelope([]))],
)
def test_too_many_requests_are_that_whatever_stands_in_the_answer(content_type, body):
    with pytest.raises(exceptions.NetworkException, match="Too many requests"):
        data_of(429, content_type, body)


def test_error_without_a_message_says_so():
    with pytest.raises(exceptions.GeneralException, match="Kite gave no reason"):
        data_of(500, "application/json", b'{"status": "error", "message": null}')


def test_error_type_that_is_no_text_is_of_no_named_kind():
    with pytest.raises(exceptions.GeneralException):
        data_of(
            400,
            "application/json",
            b'{"status": "error", "message": "No.", "error_type": ["TokenException"]}',
        )


def test_content_type_may_name_a_character_set():
    assert data_of(200, "Application/JSON; charset=utf-8", envelope({"a": 1})) == {"a": 1}


def test_numbers_that_are_no_json_are_nothing():
    body = b'{"status": "success", "data": [NaN, -Infinity, 1e999, 1.5]}'
    assert data_of(200, "application/json", body) == [None, None, None, 1.5]
