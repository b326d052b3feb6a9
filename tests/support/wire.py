"""The other end of the client's wire: a WSGI application that answers what a test says and
remembers what was asked, and a server on loopback for what only a socket can do.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from kite.connect.client import KiteConnect
from kite.connect.inprocess import WsgiAdapter

RESPONSES = Path(__file__).parents[1] / "responses"
API_KEY = "k" * 16
API_SECRET = "s" * 32
ACCESS_TOKEN = "a" * 32
JSON = ("Content-Type", "application/json")
REASONS = {
    200: "OK",
    302: "Found",
    400: "Bad Request",
    403: "Forbidden",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


def body_of(name: str) -> bytes:
    """Return the file of that name under tests/responses."""
    return (RESPONSES / f"{name}.json").read_bytes()


def envelope(data: object) -> bytes:
    return json.dumps({"status": "success", "data": data}).encode()


@dataclass
class Asked:
    """A request as the application saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]
    environ: dict[str, Any]
    json: str


@dataclass
class Wire:
    """Answers every request with `body`."""

    body: bytes = b'{"status": "success", "data": true}'
    code: int = 200
    headers: list[tuple[str, str]] = field(default_factory=lambda: [JSON])
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        headers["Content-Type"] = environ.get("CONTENT_TYPE", "")
        body = environ["wsgi.input"].read().decode()
        json_body = body if headers["Content-Type"] == "application/json" else ""
        form = {} if json_body else dict(parse_qsl(body, keep_blank_values=True))
        query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        self.asked.append(
            Asked(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, headers, form, environ, json_body)
        )
        start_response(f"{self.code} {REASONS.get(self.code, 'Other')}", self.headers)
        return [self.body]

    @property
    def last(self) -> Asked:
        return self.asked[-1]

    def client(self, **options: Any) -> KiteConnect:
        """Return a client in a session, whose every call comes here."""
        usual = {
            "root": "http://api.invalid",
            "api_secret": API_SECRET,
            "access_token": ACCESS_TOKEN,
            "adapter": WsgiAdapter(self),
        }
        return KiteConnect(API_KEY, **(usual | options))


def client_for(name: str) -> KiteConnect:
    """Return a client that gets the file of that name under tests/responses for an answer."""
    return Wire(body_of(name)).client()


class Quiet(BaseHTTPRequestHandler):
    """A handler that keeps connections and writes no log."""

    protocol_version = "HTTP/1.1"
    answer: Callable[["Quiet"], None]

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  the names that http.server looks for

    def send(self, code: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(code)
        for name, value in headers or [JSON]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(answer: Callable[[Quiet], None]) -> Iterator[str]:
    """Serve `answer` on loopback. Yields the root."""

    def guarded(handler: Quiet) -> None:
        try:
            answer(handler)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True  # the client hung up, as some tests mean it to

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing of a connection that the client cut off."""

    server = Server(("127.0.0.1", 0), type("Handler", (Quiet,), {"answer": guarded}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
