"""The receipt, the archive's page and a postback with a thousand and with a million stored
executions, on SQLite and PostgreSQL.

Part of `make soak`. The pages are asked for in this process, so the figures are the site's own work
and the database's.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert

from kite.store.base import tables
from kite.store.base.engine import Store
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from kite.vocabulary import Mode, State
from tests.support.clock import START, Clock
from tests.support.postbacks import message
from tests.support.postgres import Postgres
from tests.support.site import HOST, Site

SIZES = (1_000, int(os.environ.get("EXECUTIONS", "1000000")))
OF_ONE = 50
"""Executions of every visit but the one that looks, which has two hundred."""
MINE = 200
AT_ONCE = 20_000
TIMES = 400
ITEM = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": 10,
    "product": "CNC",
}
ORDER = ITEM | {
    "status": "COMPLETE",
    "filled_quantity": 10,
    "average_price": 1450.0,
    "order_timestamp": "2026-11-20 09:16:40",
    "validity": "DAY",
}
ORDER |= {
    "variety": "regular",
    "price": 0,
    "trigger_price": 0,
    "pending_quantity": 0,
    "cancelled_quantity": 0,
    "parent_order_id": None,
}


def measure() -> Iterator[tuple[str, str]]:
    """Yield names and figures."""
    with tempfile.TemporaryDirectory(prefix="kite-postgres-") as folder:
        postgres = Postgres(Path(folder))
        postgres.start()
        try:
            for kind, new in (("SQLite", None), ("PostgreSQL", postgres.new_database)):
                yield from _compared(kind, new)
        finally:
            postgres.stop()


def _compared(kind: str, new: Callable[[], str] | None) -> Iterator[tuple[str, str]]:
    percentiles: dict[str, list[float]] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder, "site"), Clock(), **({"DATABASE_URL": new()} if new else {}))
            for name, times in _timed(site, size).items():
                percentiles.setdefault(name, []).append(statistics.quantiles(times, n=100)[98] * 1000)
            site.services.store.close()
    for name, (few, many) in percentiles.items():
        yield (
            f"{kind}: {name}, p99 at {SIZES[0]:,} / {SIZES[1]:,}",
            f"{few:.1f} / {many:.1f} ms, {many / few:.2f}×",
        )


def _timed(site: Site, size: int) -> dict[str, list[float]]:
    person = site.visitor()
    first = person.compose({})
    with site.services.store.reading() as conn:
        composed = executions.get(conn, first)
    assert composed
    mine = _fill(site.services.store, size, composed.visit_id)
    client = person.client

    def receipt(number: int) -> int:
        return client.get(f"/executions/{mine[number % MINE]}", base_url=HOST).status_code

    def page(number: int) -> int:
        return client.get("/executions" + ("?symbol=INFY" if number % 2 else ""), base_url=HOST).status_code

    def postback(number: int) -> int:
        order = ORDER | {"order_id": f"20{number:017d}", "tag": f"{number % MINE:08d}", "tags": []}
        return client.post("/postback", data=message(order), base_url=HOST).status_code

    return {
        name: _times(work)
        for name, work in (("receipt", receipt), ("archive page", page), ("postback", postback))
    }


def _times(work: Callable[[int], int]) -> list[float]:
    for number in range(20):
        work(number)
    times = []
    for number in range(TIMES):
        began = time.perf_counter()
        status = work(number)
        times.append(time.perf_counter() - began)
        if status != 200:
            raise SystemExit(f"answered {status}")
    return times


def _fill(store: Store, size: int, visit: str) -> list[str]:
    """Write executions as they are a day after: settled, with an order and three events each.

    Returns those of `visit`.
    """
    mine = [f"mine{number:018d}" for number in range(MINE)]
    for begin in range(0, size, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, size))
        with store.writing() as conn:
            for table, rows in _rows(numbers, visit):
                conn.execute(insert(table), rows)
    return mine


def _rows(numbers: range, visit: str) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    data = json.dumps([ITEM])
    ids = {number: f"mine{number:018d}" if number < MINE else f"else{number:018d}" for number in numbers}
    at = {number: START - timedelta(seconds=number) for number in numbers}
    yield (
        tables.executions,
        [
            {
                "id": ids[number],
                "basket_id": ids[number],
                "part": 1,
                "parts": 1,
                "tag": f"{number:08d}",
                "visit_id": visit if number < MINE else f"visit{number // OF_ONE}",
                "user_id": None,
                "mode": Mode.SIMULATOR,
                "state": State.SETTLED,
                "data": data,
                "created_at": at[number],
                "handed_off_at": at[number],
                "returned_at": at[number],
                "settled_at": at[number],
                "read_at": at[number],
                "symbols": ",INFY,",
                "outcomes": ",filled,",
            }
            for number in numbers
        ],
    )
    causes = (EventCause.COMPOSED, EventCause.OPENED, EventCause.CAME_BACK)
    yield (
        tables.events,
        [
            {
                "at": at[number],
                "execution_id": ids[number],
                "cause": cause,
                "old_cause": "",
                "old_detail": "",
                "actor": "",
            }
            for number in numbers
            for cause in causes
        ],
    )
    yield (
        tables.book_orders,
        [
            {
                "execution_id": ids[number],
                "order_id": f"19{number:017d}",
                "place": 1,
                "data": json.dumps(ORDER | {"order_id": f"19{number:017d}", "tag": f"{number:08d}"}),
                "at": at[number],
            }
            for number in numbers
        ],
    )


if __name__ == "__main__":
    for name, figure in measure():
        print(f"{name:60}{figure:>30}", flush=True)
