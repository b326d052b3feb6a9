"""The conversion of a million events of the version before, beside a process of that version which
goes on writing, on SQLite and PostgreSQL.

Part of `make soak`. The writer is a process of its own and writes an event every few milliseconds,
first alone and then beside the conversion: its longest wait shows whether it was held up.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, timedelta
from itertools import islice
from multiprocessing import get_context
from multiprocessing.synchronize import Event as Signal
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from kite.store.base import migrate, tables
from kite.store.base.engine import Store
from tests.support.old_tables import OLD_EVENTS, put_at, write_as_before
from tests.support.postgres import Postgres
from tests.support.records import NINE

SIZE = int(os.environ.get("EVENTS", "1000000"))
AT_ONCE = 20_000
ALONE = 60.0
"""Seconds for which the writer writes alone."""
BETWEEN = 0.005
"""Seconds between two of its writes."""


def measure() -> Iterator[tuple[str, str]]:
    """Yield names and figures."""
    with tempfile.TemporaryDirectory(prefix="kite-postgres-") as folder:
        yield from _measured("SQLite", f"sqlite:///{folder}/kite.db")
    with tempfile.TemporaryDirectory(prefix="kite-postgres-") as folder:
        postgres = Postgres(Path(folder))
        postgres.start()
        try:
            yield from _measured("PostgreSQL", postgres.new_database())
        finally:
            postgres.stop()


def _measured(kind: str, url: str) -> Iterator[tuple[str, str]]:
    put_at(url, "0009", {})
    _fill(url)
    spawn = get_context("spawn")
    stop, queue = spawn.Event(), spawn.SimpleQueue()
    writer = spawn.Process(target=_write, args=(url, stop, queue))
    writer.start()
    queue.get()
    time.sleep(ALONE)
    began = time.time()
    migrate.upgrade(url)
    ended = time.time()
    stop.set()
    waits = queue.get()
    writer.join()
    alone = [wait for at, wait in waits if at < began]
    beside = [wait for at, wait in waits if began <= at < ended]
    yield f"{kind}: {SIZE:,} events converted in", f"{ended - began:.0f} s"
    for name, times in (("alone", alone), ("beside the conversion", beside)):
        p50, p99 = statistics.median(times) * 1000, statistics.quantiles(times, n=100)[98] * 1000
        yield (
            f"{kind}: a write {name}, p50 / p99 / longest of {len(times):,}",
            f"{p50:.1f} / {p99:.1f} / {max(times) * 1000:.1f} ms",
        )
    began = time.perf_counter()
    migrate.upgrade(url)
    yield f"{kind}: the next start, with what was written meanwhile", f"{time.perf_counter() - began:.2f} s"
    store = Store(url)
    with store.reading() as conn:
        unconverted = conn.execute(text("SELECT count(*) FROM events WHERE code IS NULL")).scalar_one()
    store.close()
    if unconverted:
        raise SystemExit(f"{unconverted} events are not converted")


def _fill(url: str) -> None:
    """Write a million events of every kind, as the version before wrote them."""
    old = tables.events
    store, rows = Store(url), _rows()
    while batch := list(islice(rows, AT_ONCE)):
        with store.writing() as conn:
            conn.execute(insert(old), batch)
    store.close()


def _rows() -> Iterator[dict[str, Any]]:
    for number in range(SIZE):
        cause, detail, *_ = OLD_EVENTS[number % len(OLD_EVENTS)]
        yield {
            "at": (NINE + timedelta(seconds=number)).astimezone(UTC),
            "old_cause": cause,
            "old_detail": detail,
            "actor": "visit 1f0c3a9e",
            "address": "203.0.113.9",
        }


def _write(url: str, stop: Signal, queue: Any) -> None:
    """Write until `stop`; then put when each write began and how many seconds it took."""
    store = Store(url)
    waits: list[tuple[float, float]] = []
    queue.put("ready")
    while not stop.is_set():
        at, began = time.time(), time.perf_counter()
        with store.writing() as conn:
            write_as_before(conn, "no return", "30")
        waits.append((at, time.perf_counter() - began))
        time.sleep(BETWEEN)
    store.close()
    queue.put(waits)


if __name__ == "__main__":
    for name, figure in measure():
        print(f"{name:75}{figure:>30}", flush=True)
