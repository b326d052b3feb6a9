"""Measure the CPU that a request costs a real server: gunicorn as `make run` starts it, asked over
loopback.
"""

import http.client
import os
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.support.live import Live

ROUNDS = 5
"""Every figure is the median of this many rounds; one round is long enough for the ticks in which
Linux counts.
"""


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds per request over all of the server's processes, and bytes of the answer."""

    milliseconds: float
    size: int


@dataclass(frozen=True)
class Request:
    """What to ask for, and the status that is right. With a form or with JSON it is a POST."""

    path: str
    status: int = 200
    form: dict[str, str] | None = None
    json: bytes | None = None


class Browser:
    """Asks a server over one connection that stays open, with the cookie it was given."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
        self.cookie = ""

    def ask(self, request: Request) -> tuple[str, bytes]:
        """Send a request; return where it leads and its body.

        Anything but the right status ends the run.
        """
        headers = {"Cookie": self.cookie} if self.cookie else {}
        body = None
        if request.form is not None:
            body = urlencode(request.form).encode()
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.live.url}
        elif request.json is not None:
            body = request.json
            headers = {"Content-Type": "application/json"}
        self.connection.request("GET" if body is None else "POST", request.path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != request.status:
            raise SystemExit(
                f"{request.path}: expected {request.status}, got {answer.status}: {text[:300]!r}"
            )
        self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).split(";")[0]
        return answer.headers.get("Location", "").removeprefix(self.live.url), text

    def cost(self, requests: Iterable[Request]) -> Cost:
        """Measure requests of one kind, split over the rounds."""
        prepared = list(requests)
        size = len(prepared) // ROUNDS
        per_request, length = [], 0
        for number in range(ROUNDS):
            began = _cpu(self.live)
            for request in prepared[number * size : (number + 1) * size]:
                length = len(self.ask(request)[1])
            per_request.append((_cpu(self.live) - began) / size * 1000)
        return Cost(statistics.median(per_request), length)


def _cpu(live: Live) -> float:
    """Seconds of CPU that the server's processes have used so far."""
    assert live.process is not None
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:  # a process that ended meanwhile
            continue
        if int(fields[2]) == live.process.pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
