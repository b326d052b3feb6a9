"""The adapter that calls a WSGI application of this process, held against what a server would
do.
"""

import wsgiref.validate
from typing import Any

import pytest
import requests

from kite.connect.inprocess import WsgiAdapter
from kite.exceptions import NoAnswer
from tests.support.wire import JSON, Wire, envelope

ROOT = "http://site.invalid:8000/simulator"


def session(app: Any, prefix: str = "/simulator") -> requests.Session:
    http = requests.Session()
    http.mount("http://", WsgiAdapter(app, prefix))
    return http


def test_application_sees_what_a_server_would_show_it():
    wire = Wire()
    session(wire).post(
        f"{ROOT}/orders/a%2Fb%20%C3%A4?x=1&y=%20", data={"tag": "₹"}, headers={"X-Kite-Version": "3"}
    )
    environ = wire.last.environ
    assert environ["REQUEST_METHOD"] == "POST" and environ["SCRIPT_NAME"] == "/simulator"
    assert (
        environ["PATH_INFO"].encode("latin-1").decode() == "/orders/a/b ä"
        and environ["QUERY_STRING"] == "x=1&y=%20"
    )
    assert (
        environ["CONTENT_TYPE"] == "application/x-www-form-urlencoded" and environ["CONTENT_LENGTH"] == "13"
    )
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["HTTP_HOST"]) == (
        "site.invalid",
        "8000",
        "site.invalid:8000",
    )
    assert (
        environ["REMOTE_ADDR"] == "127.0.0.1"
        and environ["wsgi.url_scheme"] == "http"
        and environ["HTTP_X_KITE_VERSION"] == "3"
    )
    assert wire.last.form == {"tag": "₹"}


@pytest.mark.parametrize(("method", "form"), [("GET", None), ("POST", {"a": "b"}), ("DELETE", None)])
def test_protocol_is_kept_on_both_sides(method, form):
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]

    assert session(wsgiref.validate.validator(app)).request(method, f"{ROOT}/orders", data=form).text == "ok"


def test_answer_has_status_headers_and_body():
    answer = session(Wire(b"{}", code=403, headers=[JSON, ("X-Kite-Simulator", "1")])).get(f"{ROOT}/orders")
    assert (answer.status_code, answer.reason, answer.json()) == (403, "Forbidden", {})
    assert answer.headers["x-kite-simulator"] == "1" and answer.url == f"{ROOT}/orders"


def test_application_that_writes_and_yields_and_closes():
    closed = []

    class Body:
        def __iter__(self):
            yield b"b"
            yield b"c"

        def close(self) -> None:
            closed.append(True)

    def app(_: Any, start_response: Any) -> Body:
        start_response("200 OK", [])(b"a")
        return Body()

    assert session(app).get(ROOT).content == b"abc"
    assert closed == [True]


def test_answer_that_is_started_late_is_heard():
    def app(_: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        yield b"late"

    assert session(app).get(ROOT).text == "late"


def test_error_in_place_of_an_answer_replaces_it():
    def app(_: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        start_response("500 Internal Server Error", [], (None, None, None))
        return [b""]

    assert session(app).get(ROOT).status_code == 500


def test_application_that_starts_no_answer_gave_none():
    with pytest.raises(NoAnswer, match="ConnectionError"):
        Wire().client(adapter=WsgiAdapter(lambda environ, start_response: [])).orders()


def test_fault_of_the_application_is_not_hidden():
    def app(_: Any, __: Any) -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        session(app).get(ROOT)


def test_client_reaches_an_application_under_a_path():
    wire = Wire(envelope([]))
    assert wire.client(root=ROOT, adapter=WsgiAdapter(wire, "/simulator")).orders() == []
    assert (wire.last.environ["SCRIPT_NAME"], wire.last.path) == ("/simulator", "/orders")
