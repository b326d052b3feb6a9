"""Every address of the simulator, called wrongly in every way: an envelope or a page that says so,
never a fault of its own.
"""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from tests.support.html import check_page
from tests.support.simulator_rig import REDIRECT, Clock, Rig, close, item

TEN_MEGABYTES = 10_000_000

WORDS = (
    "x",
    "-1",
    "0",
    "9" * 400,
    "%00",
    "%ff%fe",
    "..%2f..",
    "%F0%9F%93%88",
    "' OR 1=1 --",
    "a%0d%0aSet-Cookie:%20b=1",
    "NSE",
    "regular",
)
"""What stands in an address where something is asked for."""

AUTHORIZATIONS = (
    "",
    "token",
    "token ",
    "token :",
    "token a",
    "token a:",
    "token :b",
    "token simulator_key",
    "token simulator_key:",
    "token simulator_key:x",
    "token simulator_key:" + "x" * 5000,
    "token simulator_key:a:b:c",
    "token  simulator_key : x",
    "token simulator_key:\xe9\xff",
    "token \xe9:x",
    "Token simulator_key:x",
    "token\tsimulator_key:x",
    "Bearer abc",
    "Basic c2ltdWxhdG9yX2tleTp4",
    "Basic not-base64!",
    'Digest username="a", nonce=',
    "simulator_key:x",
    ":",
    "null",
    "token ' OR 1=1 --:' OR 1=1 --",
)

CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=nonsense",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/xml",
    "application/octet-stream",
    "image/png",
    "",
    ";;;",
    "json",
    "a/b; charset=\xff",
)

BODIES = (
    b"",
    b"null",
    b"3",
    b'"a"',
    b"[]",
    b"[[]]",
    b"[3]",
    b"{}",
    b'{"a":',
    b"\xff\xfe\x00",
    b"a=1&a=2&=&%",
    b"--x\r\n\r\n--x--\r\n",
    b'[{"quantity":-1}]',
)

NOT_A_LIST = (
    "{}",
    "null",
    "3",
    '"a"',
    "true",
    '{"0": {}}',
    "",
    "[",
    "[null]",
    "[3]",
    '["a"]',
    "[[]]",
    "NaN",
    "[{}]",
    json.dumps(item()),
)
"""Texts of `data` that are no list of items."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    database: Path = tmp_path_factory.mktemp("bad") / "simulator.db"
    settings = SimulatorSettings(
        api_key="simulator_key", redirect_url=REDIRECT, database=database, api_secret="simulator_secret"
    )
    rig = Rig(create_simulator(settings, clock := Clock()), clock, settings)
    rig.log_in()
    yield rig
    close(rig.app)


def rules(app: Flask) -> list[Rule]:
    """Return every address that the simulator has, its own files aside."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def calls(app: Flask, word: str = "x") -> list[tuple[str, str]]:
    """Return every method with every address, `word` wherever the address asks for something."""
    addresses = []
    for rule in rules(app):
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", word)
        addresses += [(method, path) for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})]
    return sorted(set(addresses))


def sound(answer: TestResponse, what: object = "") -> TestResponse:
    """Fail unless an answer is an envelope, a page, a file or a way on, and none of the simulator's
    own faults.
    """
    assert answer.status_code < 500, f"{what}: {answer.text[:2000]}"
    assert answer.headers["X-Kite-Simulator"] == "1"
    assert all(f"{name}{value}".isprintable() for name, value in answer.headers), what
    if not answer.data:  # a HEAD has no body
        return answer
    if answer.mimetype == "application/json":
        body = answer.get_json()
        error = {"status", "message", "data", "error_type"}
        assert set(body) == ({"status", "data"} if answer.status_code == 200 else error), f"{what}: {body}"
        assert body["status"] == ("success" if answer.status_code == 200 else "error")
    elif answer.mimetype == "text/html" and answer.status_code >= 400:
        check_page(answer.text)
    return answer


def open_(rig: Rig, method: str, path: str, *, known: bool = True, **arguments: Any) -> TestResponse:
    """Call the simulator, by default with a good session."""
    headers = (rig.authorization if known else {}) | arguments.pop("headers", {})
    return sound(
        rig.app.test_client().open(path, method=method, headers=headers, **arguments),
        (method, path, arguments),
    )


def test_every_address_without_anything_says_what_is_wrong(shared: Rig) -> None:
    for method, path in calls(shared.app):
        answer = open_(shared, method, path, known=False)
        if path.startswith(
            ("/orders/", "/portfolio", "/user", "/margins", "/charges", "/quote", "/trades")
        ) or (method, path) == ("GET", "/orders"):
            assert (answer.status_code, answer.get_json()["error_type"]) == (403, "TokenException"), (
                method,
                path,
            )


@pytest.mark.parametrize("word", WORDS)
def test_every_address_with_a_strange_word_in_it(shared: Rig, word: str) -> None:
    for method, path in calls(shared.app, word):
        open_(shared, method, path)


def test_a_malformed_authorization_is_nobody_everywhere(shared: Rig) -> None:
    ask = [
        (method, path)
        for method, path in calls(shared.app)
        if open_(shared, method, path, known=False).status_code == 403
    ]
    assert len(ask) > 20
    for value in AUTHORIZATIONS:
        for method, path in ask:
            answer = open_(shared, method, path, known=False, headers={"Authorization": value})
            assert (answer.status_code, answer.get_json()["error_type"]) == (403, "TokenException"), (
                value,
                method,
                path,
            )


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_every_address_with_a_wrong_content_type(shared: Rig, kind: str) -> None:
    for method, path in calls(shared.app, "regular"):
        if method == "GET":
            open_(shared, method, path, data=BODIES[-1], content_type=kind)
            continue
        for body in BODIES:
            open_(shared, method, path, data=body, content_type=kind)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
    ],
)
@pytest.mark.parametrize("length", ["told", "not told"])
def test_ten_megabytes_are_refused_or_not_read(shared: Rig, kind: str, length: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n' if "multipart" in kind else b"data="
    body += b"a" * (TEN_MEGABYTES - len(body))
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    for method, path in calls(shared.app, "regular"):
        stream = BytesIO(body)
        arguments: dict[str, Any] = {"input_stream": stream, "content_type": kind}
        arguments |= {"environ_overrides": chunked} if length == "not told" else {"content_length": len(body)}
        answer = open_(shared, method, path, **arguments)
        assert stream.tell() < TEN_MEGABYTES, f"{method} {path} reads all of it"
        if path in ("/connect/basket", "/session/token", "/margins/orders") and method == "POST":
            assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    "method", ["HEAD", "OPTIONS", "PATCH", "PUT", "DELETE", "POST", "GET", "TRACE", "CONNECT", "BREW"]
)
def test_every_address_with_another_method(shared: Rig, method: str) -> None:
    for _, path in calls(shared.app):
        sound(
            shared.app.test_client().open(path, method=method, headers=shared.authorization), (method, path)
        )


@pytest.mark.parametrize("data", NOT_A_LIST)
def test_data_that_is_no_list_of_items_is_a_page_and_no_return(shared: Rig, data: str) -> None:
    answer = sound(shared.send(data))
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "Location" not in answer.headers


@pytest.mark.parametrize("path", ["/margins/orders", "/margins/basket", "/charges/orders"])
@pytest.mark.parametrize("data", [*NOT_A_LIST, "[" * 50_000, '[{"quantity": 1e999999}]'])
def test_a_json_body_that_is_no_list_of_orders_is_an_envelope(shared: Rig, path: str, data: str) -> None:
    answer = open_(shared, "POST", path, data=data, content_type="application/json")
    assert (answer.status_code, answer.get_json()["error_type"]) == (400, "InputException")


@pytest.mark.parametrize("variety", ["bo", "gtt", "REGULAR", "regular%20", "0", "null", "%00", "x" * 300])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_unknown_variety_places_and_changes_nothing(shared: Rig, variety: str, method: str) -> None:
    before = len(shared.orders())
    order = {key: str(value) for key, value in item().items() if key != "variety"}
    answer = open_(
        shared,
        method,
        f"/orders/{variety}" + ("" if method == "POST" else "/1914227164488687616"),
        data=order,
    )
    assert (answer.status_code, answer.get_json()["error_type"]) == (400, "InputException")
    assert len(shared.orders()) == before


@pytest.mark.parametrize(
    "quantity", ["-1", "-10", "0", "", "1.5", "1e3", " 1", "0x10", "١", "NaN", "-0", "9" * 30, "ten", "1,000"]
)
def test_a_quantity_that_is_none_is_refused_everywhere(shared: Rig, quantity: str) -> None:
    before = len(shared.orders())
    order = {key: str(value) for key, value in item().items() if key != "variety"} | {"quantity": quantity}
    answer = open_(shared, "POST", "/orders/regular", data=order)
    assert (answer.status_code, answer.get_json()["error_type"]) == (400, "InputException")
    moved = order | {"position_type": "day", "old_product": "CNC", "new_product": "MIS"}
    assert open_(shared, "PUT", "/portfolio/positions", data=moved).status_code == 400
    for text in (quantity, -1, 0, 1.5, None, True, [], {}):
        rows = json.dumps([item(quantity=text)])
        assert (
            open_(shared, "POST", "/margins/orders", data=rows, content_type="application/json").status_code
            == 400
        )
        assert sound(shared.send(rows)).status_code == 400
    assert len(shared.orders()) == before
