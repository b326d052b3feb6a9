"""A real socket on loopback: slow, broken, huge and hostile answers.

Nothing that goes wrong tells a secret.
"""

import gzip
import json
import logging
import socket
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from kite.connect import client as module
from kite.connect.client import KiteConnect
from kite.exceptions import NetworkException, NoAnswer, TokenException
from tests.support.wire import ACCESS_TOKEN, API_KEY, API_SECRET, JSON, body_of, envelope, served

SOON = (0.5, 0.3)


def connect(root: str, **options) -> KiteConnect:
    return KiteConnect(API_KEY, root=root, api_secret=API_SECRET, access_token=ACCESS_TOKEN, **options)


def everything_said(error: BaseException) -> str:
    """Return what a log or an error collector could show of an exception and of those behind it."""
    chain, current = [], error
    while current is not None:
        chain.append(f"{current!r} {current.__dict__}")
        current = current.__cause__ or current.__context__
    return "\n".join([*chain, *traceback.format_exception(error)])


def test_order_book_comes_over_a_socket():
    with served(lambda handler: handler.send(200, body_of("recorded/orders"))) as root:
        assert len(connect(root).orders()) == 10


def test_packed_answer_is_unpacked():
    packed = gzip.compress(body_of("recorded/orders"))
    with served(lambda handler: handler.send(200, packed, JSON, ("Content-Encoding", "gzip"))) as root:
        assert len(connect(root).orders()) == 10


def test_calls_share_a_connection():
    ports = []

    def answer(handler):
        ports.append(handler.client_address)
        handler.send(200, envelope([]))

    with served(answer) as root:
        client = connect(root)
        client.orders()
        client.with_token("t" * 32).trades()
        client.order_history("1")
    assert len(ports) == 3 and len(set(ports)) == 1


def test_threads_share_a_client_without_mixing_sessions():
    def answer(handler):
        time.sleep(0.005)
        handler.send(200, envelope({"user_id": handler.headers["Authorization"].rpartition(":")[2]}))

    class Free:
        def wait(self, kind: str, account: str) -> None:
            """Let everything through."""

    with served(answer) as root, ThreadPoolExecutor(8) as pool:
        base = connect(root, limiter=Free())
        names = [f"token{number}" for number in range(60)]
        assert list(pool.map(lambda name: base.with_token(name).profile().user_id, names)) == names


def test_refused_connection_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NoAnswer, match="no answer to GET /orders"):
        connect(f"http://127.0.0.1:{port}").orders()


def test_slow_answer_is_no_answer():
    with served(lambda handler: time.sleep(3)) as root:
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="Timeout"):
            connect(root, timeout=SOON).orders()
        assert time.monotonic() - began < 2


def test_dripping_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 0.4)

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.05)

    with served(answer) as root:
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="too slow"):
            connect(root).orders()
        assert time.monotonic() - began < 3


def test_answer_that_stops_midway_is_no_answer():
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(envelope([]))
        handler.close_connection = True

    with served(answer) as root, pytest.raises(NoAnswer):
        connect(root).orders()


@pytest.mark.parametrize("packed", [False, True])
def test_answer_without_an_end_is_given_up(packed):
    blank = b" " * (module.LARGEST + 1)
    headers = [JSON, ("Content-Encoding", "gzip")] if packed else [JSON]
    body = gzip.compress(blank, 1) if packed else blank
    with (
        served(lambda handler: handler.send(200, body, *headers)) as root,
        pytest.raises(NoAnswer, match="too large"),
    ):
        connect(root).orders()


def test_answer_that_claims_to_be_packed_and_is_not_is_no_answer():
    with (
        served(lambda handler: handler.send(200, b"plain", JSON, ("Content-Encoding", "gzip"))) as root,
        pytest.raises(NoAnswer),
    ):
        connect(root).orders()


def test_something_else_than_http_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            peer, _ = server.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(b"220 mail.invalid ESMTP\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoAnswer):
            connect(f"http://127.0.0.1:{server.getsockname()[1]}").orders()
        thread.join()


@pytest.mark.parametrize("code", [200, 403, 404, 500, 502, 503, 504])
def test_page_of_a_gateway_is_no_answer(code):
    page = (b"<html>Bad gateway</html>", ("Content-Type", "text/html"))
    with served(lambda handler: handler.send(code, *page)) as root, pytest.raises(NoAnswer) as raised:
        connect(root).orders()
    assert raised.value.code == code


def test_empty_answer_is_no_answer():
    with served(lambda handler: handler.send(504, b"", JSON)) as root, pytest.raises(NoAnswer):
        connect(root).orders()


def test_too_many_requests_over_the_wire():
    with (
        served(lambda handler: handler.send(429, b"slow down", ("Content-Type", "text/plain"))) as root,
        pytest.raises(NetworkException) as raised,
    ):
        connect(root).orders()
    assert raised.value.code == 429


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(code):
    paths = []

    def answer(handler):
        paths.append(handler.path)
        handler.send(code, b"", ("Location", "/elsewhere"))

    with served(answer) as root, pytest.raises(NoAnswer):
        connect(root).modify_order("regular", "1", quantity=1)
    assert paths == ["/orders/regular/1"]


def test_nothing_is_sent_twice():
    paths = []

    def answer(handler):
        paths.append(handler.path)
        handler.close_connection = True

    with served(answer) as root:
        client = connect(root)
        for call in (
            client.orders,
            client.invalidate_access_token,
            lambda: client.generate_session("r" * 32),
        ):
            with pytest.raises(NoAnswer):
                call()
    assert len(paths) == 3


def test_proxies_and_passwords_of_the_machine_are_not_used(monkeypatch, tmp_path):
    requests_received = []

    def answer(handler):
        requests_received.append(handler.headers["Authorization"])
        handler.send(200, envelope([]))

    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    with served(answer) as root:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv("NETRC", str(netrc))
        connect(root).orders()
        connect(root).with_token("").orders()
    assert requests_received == [f"token {API_KEY}:{ACCESS_TOKEN}", None]


@pytest.mark.parametrize("broken", ["refused", "slow", "html", "dripping", "redirect"])
def test_no_secret_is_told_by_what_goes_wrong(broken, caplog, monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 0.2)
    caplog.set_level(logging.DEBUG)

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(20):
            handler.wfile.write(b"x")
            time.sleep(0.04)

    answers = {
        "refused": lambda handler: None,
        "slow": lambda handler: time.sleep(0.5),
        "html": lambda handler: handler.send(502, b"<html>", ("Content-Type", "text/html")),
        "dripping": drip,
        "redirect": lambda handler: handler.send(302, b"", ("Location", f"/?access_token={ACCESS_TOKEN}")),
    }
    with served(answers[broken]) as root:
        client = connect("http://127.0.0.1:9" if broken == "refused" else root, timeout=SOON)
        for call in (client.invalidate_access_token, lambda: client.generate_session("r" * 32)):
            with pytest.raises(NoAnswer) as raised:
                call()
            output = everything_said(raised.value) + caplog.text
            assert not any(secret in output for secret in (ACCESS_TOKEN, API_SECRET, "r" * 32, "checksum="))


def test_token_that_breaks_a_header_is_not_told():
    token = f"{ACCESS_TOKEN}\nInjected: 1"
    with served(lambda handler: handler.send(200, envelope([]))) as root, pytest.raises(NoAnswer) as raised:
        connect(root).with_token(token).orders()
    assert ACCESS_TOKEN not in everything_said(raised.value)


def test_refusal_over_the_wire_keeps_kites_words():
    refusal = json.dumps(
        {
            "status": "error",
            "message": "Token is invalid or has expired.",
            "data": None,
            "error_type": "TokenException",
        }
    )
    with (
        served(lambda handler: handler.send(403, refusal.encode())) as root,
        pytest.raises(TokenException, match="Token is invalid or has expired"),
    ):
        connect(root).generate_session("r" * 32)
