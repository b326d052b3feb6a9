"""A simulator on a port of its own, as anybody starts it for an official client, and an address
that takes its postbacks.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from kite.vocabulary import IST
from tests.support.live import Live

REDIRECT = "http://127.0.0.1:5010/login"
"""The registered redirect URL.

Nothing listens there: where a browser is sent is read, not followed.
"""

KEY, SECRET = "simulator_key", "simulator_secret"


class Standing:
    """A simulator that runs.

    `morning` is 10:00 of today, where its clock begins: no test passes 06:00, when tokens die.
    """

    def __init__(self, live: Live) -> None:
        self.url = live.url
        self.morning = datetime.combine(datetime.now(IST), time(10))
        self.web = requests.Session()
        self.web.trust_env = False

    def control(self, *changes: dict[str, Any]) -> dict[str, Any]:
        """Make changes at the control page; returns what is set then."""
        answer = self.web.post(f"{self.url}/control", json=list(changes), timeout=10)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()["data"]
        return state

    def start_the_day(self) -> None:
        self.control({"action": "clock", "to": self.morning.isoformat()})

    def wait(self, seconds: int = 2) -> None:
        """Let simulated time pass; nobody waits for it."""
        self.control({"action": "clock", "seconds": self.control()["clock"]["seconds"] + seconds})

    def approve(self, login_url: str) -> dict[str, str]:
        """Open a client's login address, press the button, and return the query that comes back."""
        page = self.web.get(login_url, timeout=10)
        assert page.status_code == 200, page.text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        form = {name: unescape(value) for name, value in hidden.items()} | {"decision": "approve"}
        answer = self.web.post(page.url.partition("?")[0], data=form, allow_redirects=False, timeout=10)
        assert answer.headers["Location"].startswith(f"{REDIRECT}?"), answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@contextmanager
def postbox() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Listen for postbacks; yields the address and a list of the bodies, which grows."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/postback", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
