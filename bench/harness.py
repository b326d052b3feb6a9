"""Measure the CPU that a request costs, in process: no network, no other process, the same path that gunicorn calls."""

import io
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

HOST = "127.0.0.1:8000"
ROUNDS = 5
"""Every figure is the median of this many rounds, each long enough for the clock of the CPU."""


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds per request, and bytes of the answer."""

    milliseconds: float
    size: int


def request(
    method: str, path: str, *, query: str = "", body: bytes = b"", cookie: str = "", content_type: str = "application/x-www-form-urlencoded"
) -> dict[str, Any]:
    """Return a WSGI environ."""
    name, port = HOST.split(":")
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": HOST,
        "HTTP_COOKIE": cookie,
        "CONTENT_TYPE": content_type if body else "",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def call(app: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Send one request; return status, headers and body."""
    told: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        told.update(status=int(status.split()[0]), headers=dict(headers))

    answer = app(environ, start_response)
    body = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return told["status"], told["headers"], body


def cost(app: Callable[..., Iterable[bytes]], environs: Callable[[], dict[str, Any]], status: int, times: int = 200) -> Cost:
    """Measure a request that must be answered with `status`; `environs` makes a fresh one for each call."""
    seen, _, body = call(app, environs())
    if seen != status:
        raise SystemExit(f"expected {status}, got {seen}: {body[:500]!r}")
    per_round = []
    for _ in range(ROUNDS):
        batch = [environs() for _ in range(times)]
        began = time.process_time()
        for environ in batch:
            call(app, environ)
        per_round.append((time.process_time() - began) / times * 1000)
    return Cost(statistics.median(per_round), len(body))
