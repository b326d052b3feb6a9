"""A tap on the wire: a server that hands every request on to another, and writes down both ways."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding"})


@dataclass
class Passed:
    """A request and its answer, as they passed by."""

    method: str
    path: str
    asked: list[tuple[str, str]]
    sent: bytes
    status: int
    answered: list[tuple[str, str]]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """What was sent as a form, the query included."""
        return dict(parse_qsl(urlsplit(self.path).query)) | dict(parse_qsl(self.sent.decode("latin-1")))


@dataclass
class Tap:
    """`change` may rewrite the body of an answer before it goes on; `passed` is everything so far.

    `keeps` says of each header of an answer whether it goes on: without Set-Cookie, browsers behind
    the tap keep no cookie.
    """

    target: str
    url: str
    passed: list[Passed] = field(default_factory=list)
    change: Callable[[Passed], bytes] = lambda passed: passed.body
    keeps: Callable[[str, str], bool] = lambda name, value: True

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Hand one request on."""
        sent = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        asked = [(name, value) for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP]
        with closing(http.client.HTTPConnection(urlsplit(self.target).netloc, timeout=30)) as connection:
            connection.request(handler.command, handler.path, body=sent or None, headers=dict(asked))
            answer = connection.getresponse()
            headers = [
                (name, value)
                for name, value in answer.getheaders()
                if name.lower() not in HOP_BY_HOP and self.keeps(name, value)
            ]
            passed = Passed(handler.command, handler.path, asked, sent, answer.status, headers, answer.read())
        passed.body = self.change(passed)
        self.passed.append(passed)
        handler.send_response_only(passed.status)
        for name, value in headers:
            handler.send_header(name, value)
        if passed.status not in (204, 304):
            handler.send_header("Content-Length", str(len(passed.body)))
        handler.end_headers()
        handler.wfile.write(passed.body)


@contextmanager
def tapped(target: str, port: int = 0) -> Iterator[Tap]:
    """Listen on 127.0.0.1 in front of `target`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                tap.take(self)
            except (OSError, http.client.HTTPException):
                self.close_connection = True  # one of the two hung up

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  the names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing of a connection that was cut off."""

    server = Server(("127.0.0.1", port), Handler)
    tap = Tap(target, f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
