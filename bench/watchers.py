"""Five hundred watchers of receipts on two workers: how fast news reach them, and what ordinary
pages cost meanwhile.

Part of `make soak`. Every watcher holds a stream, as a receipt's page does; those who find no place
ask every two seconds. Postbacks are posted one after the other, and the clock of a piece of news
begins when the postback is answered.
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
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path

from bench.harness import Browser, Request
from bench.pages import basket_form
from tests.support.live import Live
from tests.support.ports import free_port

WATCHERS = 500
EXECUTIONS = 50
NEWS = 50
PAGES_A_SECOND = 50
SECONDS = 10
ROUNDS = 3
"""So that what else the machine does falls on pages with and without watchers alike."""
LEAVING = 17
"""Seconds after which the server has noticed that its watchers are gone: it writes to each every 15
s.
"""
POLL = 2.0


def measure() -> Iterator[tuple[str, str]]:
    """Yield names and figures."""
    with tempfile.TemporaryDirectory() as folder:
        # Nothing is placed, so the simulator has nothing to post: every postback is one of ours.
        site = Live(
            "app:app",
            Path(folder, "site"),
            free_port(),
            {"SIMULATOR_POSTBACK_URL": "none", "WEB_CONCURRENCY": "2"},
        )
        site.prepare()
        site.start()
        try:
            browser = Browser(site)
            form = Request("/", 303, basket_form(browser.ask(Request("/"))[1].decode()))
            paths = [browser.ask(form)[0].replace("/handoff/", "/executions/") for _ in range(EXECUTIONS)]
            tags = [json.loads(browser.ask(Request(f"{path}.json"))[1])["tag"] for path in paths]
            yield from _figures(
                [_round(site, browser.cookie, paths, tags, number) for number in range(ROUNDS)]
            )
        finally:
            site.kill()


def _round(site: Live, cookie: str, paths: list[str], tags: list[str], number: int) -> "Round":
    """Ask for ordinary pages without anybody watching, then beside a crowd that hears of one
    postback after the other.
    """
    with Ordinary(site) as alone:
        time.sleep(SECONDS)
    crowd = Crowd(site, cookie, paths)
    waits: list[float] = []
    with Ordinary(site) as beside, crowd.polling():
        for news in range(number * NEWS, (number + 1) * NEWS):
            waits += crowd.news_after(_postback(site, tags[news % EXECUTIONS], news), news % EXECUTIONS)
    crowd.close()
    time.sleep(LEAVING)
    return Round(alone, beside, waits, len(crowd.streams))


def _figures(rounds: list["Round"]) -> Iterator[tuple[str, str]]:
    waits = [wait for result in rounds for wait in result.waits]
    alone, beside = (
        [duration for result in rounds for duration in getattr(result, which).times]
        for which in ("alone", "beside")
    )
    yield f"watchers with a stream, of {WATCHERS}", " ".join(str(result.streams) for result in rounds)
    yield (
        f"news until seen by a stream, p50 / p99 of {len(waits)}",
        f"{_p(waits, 50):.0f} / {_p(waits, 99):.0f} ms",
    )
    for name, times in (("without watchers", alone), ("beside them", beside)):
        yield (
            f"ordinary page {name}, p50 / p99 of {len(times)}",
            f"{_p(times, 50):.1f} / {_p(times, 99):.1f} ms",
        )
    yield (
        "the same p99, round by round",
        ", ".join(
            f"{_p(result.alone.times, 99):.1f} / {_p(result.beside.times, 99):.1f}" for result in rounds
        ),
    )
    yield "failed pages beside them", str(sum(result.beside.failed for result in rounds))


@dataclass(frozen=True)
class Round:
    """What one round measured; `streams` is how many watchers found a place."""

    alone: "Ordinary"
    beside: "Ordinary"
    waits: list[float]
    streams: int


class Ordinary:
    """Asks for a small page fifty times a second, each time on a connection of its own, and notes
    how long each took (ms).

    It runs in a process of its own, so that what the crowd does in this one is not taken for the
    server's.
    """

    def __init__(self, site: Live) -> None:
        self.times: list[float] = []
        self.failed = 0
        spawn = get_context("spawn")
        self._ready, self._stop, self._results = spawn.Event(), spawn.Event(), spawn.SimpleQueue()
        self._process = spawn.Process(
            target=_ask, args=(site.port, self._ready, self._stop, self._results), daemon=True
        )

    def __enter__(self) -> "Ordinary":
        self._process.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.times, self.failed = self._results.get()
        self._process.join()


def _ask(port: int, ready: Event, stop: Event, results: "SimpleQueue[tuple[list[float], int]]") -> None:
    ready.set()
    times: list[float] = []
    failed = [0]
    threads = [threading.Thread(target=_ask_now_and_then, args=(port, stop, times, failed)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((times, failed[0]))


def _ask_now_and_then(port: int, stop: Event, times: list[float], failed: list[int]) -> None:
    while not stop.wait(5 / PAGES_A_SECOND):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/rules")
            failed[0] += connection.getresponse().read() == b""
        except OSError:
            failed[0] += 1
        finally:
            connection.close()
        times.append((time.perf_counter() - began) * 1000)


class Crowd:
    """All watchers.

    Streams are read by one thread; who is refused one asks for the page every two seconds.
    """

    def __init__(self, site: Live, cookie: str, paths: list[str]) -> None:
        self.streams: list[tuple[int, socket.socket]] = []
        self.refused: list[str] = []
        self._site, self._cookie = site, cookie
        self._selector = selectors.DefaultSelector()
        for number in range(WATCHERS):
            which = number % len(paths)
            stream = socket.create_connection(("127.0.0.1", site.port))
            stream.sendall(
                f"GET {paths[which]}/events HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie:"
                f" {cookie}\r\n\r\n".encode()
            )
            if stream.recv(4096).startswith(b"HTTP/1.1 200"):
                stream.setblocking(False)
                self._selector.register(stream, selectors.EVENT_READ, which)
                self.streams.append((which, stream))
            else:
                stream.close()
                self.refused.append(paths[which])
        self._settle()

    def _settle(self) -> None:
        """Read the first news of every watcher."""
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for key, _ in self._selector.select(0.2):
                key.fileobj.recv(65536)  # type: ignore[union-attr]

    def news_after(self, answered_at: float, which: int) -> list[float]:
        """Wait until every stream of an execution has said something; return after how many ms each
        did.
        """
        waiting = {stream for number, stream in self.streams if number == which}
        waits = []
        until = time.monotonic() + 5
        while waiting and time.monotonic() < until:
            for key, _ in self._selector.select(0.5):
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if key.fileobj in waiting and b"data:" in data:
                    waits.append((time.perf_counter() - answered_at) * 1000)
                    waiting.discard(key.fileobj)  # type: ignore[arg-type]
        return waits + [5000.0] * len(waiting)

    @contextmanager
    def polling(self) -> Iterator[None]:
        """Let those without a stream ask for their page, each every two seconds."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._poll, args=(stop, self.refused[first::4]), daemon=True)
            for first in range(4)
        ]
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
                connection.request(
                    "GET", path, headers={"Cookie": self._cookie, "If-None-Match": tags.get(path, "")}
                )
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
    order = {
        "order_id": f"19{number:017d}",
        "order_timestamp": "2026-11-20 09:17:42",
        "status": "UPDATE",
        "tag": tag,
        "user_id": "AB1234",
    }
    order |= {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "quantity": 10,
        "filled_quantity": 1,
        "product": "CNC",
    }
    order |= {
        "order_type": "MARKET",
        "validity": "DAY",
        "variety": "regular",
        "price": 0,
        "trigger_price": 0,
        "average_price": 0,
    }
    order["checksum"] = hashlib.sha256(
        f"{order['order_id']}{order['order_timestamp']}simulator_secret".encode()
    ).hexdigest()
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
