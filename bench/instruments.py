"""The catalogue at the size of Kite's list: 120,000 generated rows, loaded, searched in process and
over HTTP, and searched while loaded.

The yardsticks of the same run: the official Python client's parse of the same bytes, LIKE over the
same file, and `/healthz`.
"""

import http.client
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

from kiteconnect import KiteConnect

from bench.harness import Browser, Request
from kite.instruments import download
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_file import COLUMNS
from kite.instruments.catalogue_writer import load
from kite.instruments.search import search
from kite.vocabulary import IST
from tests.support.kites_list import ROWS, as_csv
from tests.support.live import Live
from tests.support.ports import free_port

QUESTIONS = 2_000
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=IST)

LIKE = f"select {COLUMNS} from instruments where tradingsymbol || ' ' || name like ? order by id limit 20"


ALONE = """
import re, sys
from pathlib import Path
from bench.instruments import load_from
def kept(name): return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
Path("/proc/self/clear_refs").write_text("5")
before = kept("VmRSS")
load_from(Path(sys.argv[1]), Path(sys.argv[2]))
print(kept("VmHWM") - before)
"""
"""Load a list in a process of its own; print by how many KiB its memory grew at most."""


def questions(catalogue: Catalogue, chance: random.Random) -> list[str]:
    """Return what people type: symbols, parts of them and of names, several words, and every fifth
    time something that there is not.
    """
    instruments = [instrument for _, instrument in catalogue.select("where id % 17 = 0 and name <> ''")]
    queries = []
    for instrument in chance.choices(instruments, k=QUESTIONS):
        symbol, words = instrument.tradingsymbol, instrument.name.split()
        kinds = (
            symbol,
            symbol[: chance.randint(1, len(symbol))].lower(),
            " ".join(word[:3] for word in words[:2]).lower(),
            f"{words[0]} {instrument.strike} {instrument.instrument_type}"
            if instrument.expiry
            else " ".join(words).lower(),
            f"{words[0][:3]} {''.join(chance.choices('QXZJ', k=4))}".lower(),
        )
        queries.append(chance.choice(kinds))
    return queries


def measure() -> Iterator[tuple[str, str]]:
    """Yield names and figures."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "list.csv")
        source.write_bytes(as_csv())
        yield from _loading(source, Path(folder, "instruments.db"))
        catalogue = Catalogue(Path(folder, "instruments.db"))
        queries = questions(catalogue, random.Random(8))
        yield from _searching(catalogue, queries)
        yield from _meanwhile(catalogue, queries, source)
        catalogue.close()
        yield from _over_http(queries, source, Path(folder, "site"))


def _loading(source: Path, path: Path) -> Iterator[tuple[str, str]]:
    more = int(
        subprocess.run(
            [sys.executable, "-c", ALONE, source, path], check=True, capture_output=True, text=True
        ).stdout
    )
    ours = statistics.median(_cpu(lambda: load_from(source, path)) for _ in range(3))
    text = source.read_bytes()
    theirs = _cpu(lambda: KiteConnect("key")._parse_instruments(text))
    yield f"instruments: refresh of {ROWS:,} rows", f"{ours:.2f} s CPU"
    yield "instruments: more memory for it", f"{more / 1024:.1f} MB"
    yield "instruments: official Python client, its parse alone", f"{theirs:.2f} s CPU, {theirs / ours:.1f}×"


def load_from(source: Path, path: Path) -> None:
    """Load the list in a file."""
    with download.rows(str(source)) as rows:
        load(path, rows, NOW)


def _searching(catalogue: Catalogue, queries: list[str]) -> Iterator[tuple[str, str]]:
    ours = [_cpu(partial(search, catalogue, q)) for q in queries]
    like = [_cpu(partial(catalogue._rows, LIKE, f"%{'%'.join(q.split())}%")) for q in queries[::10]]
    yield f"search: {len(queries):,} questions, p50 / p99", f"{_p(ours, 50):.2f} / {_p(ours, 99):.2f} ms CPU"
    yield "search: the same with LIKE, p50 / p99", f"{_p(like, 50):.1f} / {_p(like, 99):.1f} ms CPU"
    yield "search: p99 of LIKE is this many times as much", f"{_p(like, 99) / _p(ours, 99):.0f}×"


def _meanwhile(catalogue: Catalogue, queries: list[str], source: Path) -> Iterator[tuple[str, str]]:
    """Search while another process loads the list and puts it in its place."""
    before = catalogue.path.stat().st_ino
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE, source, catalogue.path], stdout=subprocess.DEVNULL
    )
    times = []
    for q in cycle(queries):
        times.append(_cpu(partial(search, catalogue, q)))
        if process.poll() is not None:
            break
        time.sleep(0.001)
    if process.returncode or catalogue.path.stat().st_ino == before:
        raise SystemExit("the list was not loaded")
    yield f"search: while the list is loaded, p99 of {len(times):,}", f"{_p(times, 99):.2f} ms CPU, 0 failed"


def _over_http(queries: list[str], source: Path, folder: Path) -> Iterator[tuple[str, str]]:
    site = Live("app:app", folder, free_port(), {"INSTRUMENTS_URL": str(source)})
    site.prepare()
    load_from(source, folder / "instruments.db")
    site.start()
    try:
        connection = site.connection()
        constant = [_seconds_to_answer(connection, "/healthz") for _ in queries]
        times = [_seconds_to_answer(connection, _path(q)) for q in queries]
        connection.close()
        browser = Browser(site)
        costs = [
            browser.cost([Request(path) for path in paths])
            for paths in (["/healthz"] * len(queries), [_path(q) for q in queries])
        ]
    finally:
        site.stop()
    yield (
        "/healthz and /instruments.json, CPU for each",
        f"{costs[0].milliseconds:.2f} and {costs[1].milliseconds:.2f} ms CPU",
    )
    yield "/healthz, p50 / p99", f"{_p(constant, 50):.1f} / {_p(constant, 99):.1f} ms"
    yield "/instruments.json, p50 / p99", f"{_p(times, 50):.1f} / {_p(times, 99):.1f} ms"
    yield "/instruments.json: p99 more than that of /healthz", f"{_p(times, 99) - _p(constant, 99):.1f} ms"


def _path(q: str) -> str:
    return f"/instruments.json?q={quote(q)}"


def _seconds_to_answer(connection: http.client.HTTPConnection, path: str) -> float:
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return time.perf_counter() - began


def _cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU: what else the machine does says nothing of us."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _p(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1] * 1000


if __name__ == "__main__":
    for name, figure in measure():
        print(f"{name:60}{figure:>30}", flush=True)
