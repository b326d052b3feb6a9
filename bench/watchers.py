"""Five hundred watchers of receipts on two workers: how fast news reach them, and what ordinary pages cost meanwhile.

Part of `make soak`. Every watcher holds a stream, as a receipt's page does; those who find no place ask every two seconds.
Postbacks are posted one after the other, and the clock of a piece of news begins when the postback is answered.
"""

import hashlib
import http.client
import json
import selectors
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness import Browser, Request
from bench.pages import basket_form
from tests.support.live import Live
from tests.support.ports import free_port

WATCHERS = 500
EXECUTIONS = 50
NEWS = 60
PAGES_A_SECOND = 50
SECONDS = 20
POLL = 2.0


def measure() -> Iterator[tuple[str, str]]:
    """Yield names and figures."""
    with tempfile.TemporaryDirectory() as folder:
        # Nothing is placed, so the simulator has nothing to post: every postback is one of ours.
        site = Live("app:app", Path(folder, "site"), free_port(), {"SIMULATOR_POSTBACK_URL": "none", "WEB_CONCURRENCY": "2"})
        site.prepare()
        site.start()
        try:
            browser = Browser(site)
            form = Request("/", 303, basket_form(browser.ask(Request("/"))[1].decode()))
            paths = [browser.ask(form)[0].replace("/handoff/", "/executions/") for _ in range(EXECUTIONS)]
            tags = [json.loads(browser.ask(Request(f"{path}.json"))[1])["tag"] for path in paths]
            with Ordinary(site) as alone:
                time.sleep(SECONDS)
            crowd = Crowd(site, browser.cookie, paths)
            with Ordinary(site) as beside, crowd.polling():
                waits = [crowd.news_after(_postback(site, tags[number % EXECUTIONS], number), number % EXECUTIONS) for number in range(NEWS)]
            heard = [wait for each in waits for wait in each]
            yield "watchers with a stream, of " + str(WATCHERS), str(len(crowd.streams))
            yield f"news until seen by a stream, p50 / p99 of {len(heard)}", f"{_p(heard, 50):.0f} / {_p(heard, 99):.0f} ms"
            yield f"ordinary page without watchers, p99 of {len(alone.times)}", f"{_p(alone.times, 99):.1f} ms"
            yield f"ordinary page beside them, p99 of {len(beside.times)}", f"{_p(beside.times, 99):.1f} ms"
            yield "failed pages beside them", str(beside.failed)
            crowd.close()
        finally:
            site.kill()


class Ordinary:
    """Asks for a small page fifty times a second, each time on a connection of its own, and notes how long each took (ms)."""

    def __init__(self, site: Live) -> None:
        self.times: list[float] = []
        self.failed = 0
        self._site = site
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(5)]

    def __enter__(self) -> "Ordinary":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stop.wait(len(self._threads) / PAGES_A_SECOND):
            began = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=10)
            try:
                connection.request("GET", "/rules")
                self.failed += connection.getresponse().read() == b""
            except OSError:
                self.failed += 1
            finally:
                connection.close()
            self.times.append((time.perf_counter() - began) * 1000)


class Crowd:
    """All watchers. Streams are read by one thread; who is refused one asks for the page every two seconds."""

    def __init__(self, site: Live, cookie: str, paths: list[str]) -> None:
        self.streams: list[tuple[int, socket.socket]] = []
        self.refused: list[str] = []
        self._site, self._cookie = site, cookie
        self._selector = selectors.DefaultSelector()
        for number in range(WATCHERS):
            which = number % len(paths)
            stream = socket.create_connection(("127.0.0.1", site.port))
            stream.sendall(f"GET {paths[which]}/events HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: {cookie}\r\n\r\n".encode())
            if stream.recv(4096).startswith(b"HTTP/1.1 200"):
                stream.setblocking(False)
                self._selector.register(stream, selectors.EVENT_READ, which)
                self.streams.append((which, stream))
            else:
                stream.close()
                self.refused.append(paths[which])
        self._settle()

    def _settle(self) -> None:
        """Read what everybody is told at first."""
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for key, _ in self._selector.select(0.2):
                key.fileobj.recv(65536)  # type: ignore[union-attr]

    def news_after(self, answered_at: float, which: int) -> list[float]:
        """Wait until every stream of an execution has said something; return after how many ms each did."""
        waiting = {stream for number, stream in self.streams if number == which}
        waits = []
        until = time.monotonic() + 5
        while waiting and time.monotonic() < until:
            for key, _ in self._selector.select(0.5):
                told = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if key.fileobj in waiting and b"data:" in told:
                    waits.append((time.perf_counter() - answered_at) * 1000)
                    waiting.discard(key.fileobj)  # type: ignore[arg-type]
        return waits + [5000.0] * len(waiting)

    @contextmanager
    def polling(self) -> Iterator[None]:
        """Let those without a stream ask for their page, each every two seconds."""
        stop = threading.Event()
        threads = [threading.Thread(target=self._poll, args=(stop, self.refused[first::4]), daemon=True) for first in range(4)]
        for thread in threads:
            thread.start()
        yield
        stop.set()
        for thread in threads:
            thread.join()

    def _poll(self, stop: threading.Event, paths: list[str]) -> None:
        tags: dict[str, str] = {}
        connection = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=10)
        while paths and not stop.is_set():
            for path in paths:
                connection.request("GET", path, headers={"Cookie": self._cookie, "If-None-Match": tags.get(path, "")})
                answer = connection.getresponse()
                answer.read()
                tags[path] = answer.headers["ETag"]
                if stop.wait(POLL / len(paths)):
                    break

    def close(self) -> None:
        """Leave."""
        for _, stream in self.streams:
            stream.close()


def _postback(site: Live, tag: str, number: int) -> float:
    """Post one update of an order with a tag; return when it was answered."""
    order = {"order_id": f"19{number:017d}", "order_timestamp": "2026-11-20 09:17:42", "status": "UPDATE", "tag": tag, "user_id": "AB1234"}
    order |= {"tradingsymbol": "INFY", "exchange": "NSE", "transaction_type": "BUY", "quantity": 10, "filled_quantity": 1, "product": "CNC"}
    order |= {"order_type": "MARKET", "validity": "DAY", "variety": "regular", "price": 0, "trigger_price": 0, "average_price": 0}
    order["checksum"] = hashlib.sha256(f"{order['order_id']}{order['order_timestamp']}simulator_secret".encode()).hexdigest()
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    connection.request("POST", "/postback", json.dumps(order), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"/postback: {answer.status} {answer.read()!r}")
    answer.read()
    answered_at = time.perf_counter()
    connection.close()
    return answered_at


def _p(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


if __name__ == "__main__":
    for name, figure in measure():
        print(f"{name:60}{figure:>20}", flush=True)
