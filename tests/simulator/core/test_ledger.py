"""The ledger with many writers at once, with several processes, and with a file of an older
version.
"""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from kite.simulator.core import ledger_tables
from kite.simulator.core.ledger import Ledger, count
from kite.simulator.core.ledger_tables import counters
from tests.support.processes import started_together
from tests.support.simulator_rig import Rig, item, query


def test_token_exchanged_by_fifty_threads_opens_one_session(rig: Rig) -> None:
    token = query(rig.web.post("/connect/login", data={"decision": "approve"}))["request_token"]
    start = Barrier(50)

    def exchange(_: int) -> int:
        start.wait()
        return rig.exchange(token).status_code

    with ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(exchange, range(50)))
    assert sorted(codes) == [200] + [403] * 49


def test_two_presses_of_place_at_once_place_one_basket(rig: Rig) -> None:
    address = rig.open([item(), item("SBIN")])
    cookie = rig.web.get_cookie("kite_simulator")
    assert cookie
    start = Barrier(8)

    def press(_: int) -> str:
        browser = rig.app.test_client()
        browser.set_cookie("kite_simulator", cookie.value)
        start.wait()
        return str(browser.post(address, data={"decision": "place"}).location)

    with ThreadPoolExecutor(8) as pool:
        locations = set(pool.map(press, range(8)))
    assert len(locations) == 1
    assert len(rig.orders()) == 2


def test_baskets_placed_at_once_get_ids_of_their_own_and_share_the_funds(rig: Rig) -> None:
    addresses = [rig.open([item("MARUTI", quantity=100)]) for _ in range(8)]
    cookie = rig.web.get_cookie("kite_simulator")
    assert cookie
    start = Barrier(8)

    def press(address: str) -> int:
        browser = rig.app.test_client()
        browser.set_cookie("kite_simulator", cookie.value)
        start.wait()
        return browser.post(address, data={"decision": "place"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(press, addresses)) == [302] * 8
    rig.clock.forward(seconds=1)
    orders = rig.orders()
    assert len({order["order_id"] for order in orders}) == 8
    assert sorted(order["status"] for order in orders) == ["COMPLETE"] * 6 + ["REJECTED"] * 2


def test_processes_that_start_together_make_one_ledger(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys\n"
        "from kite.simulator.core.ledger import Ledger, count\n"
        "ledger = Ledger(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(20):\n"
        "    with ledger.write() as connection:\n"
        "        print(count(connection, 'order_id'))\n"
        "ledger.close()\n"
    )
    path = tmp_path / "simulator.db"
    command = [sys.executable, "-c", program, path]
    with started_together(4, command, stdout=subprocess.PIPE, text=True) as running:
        numbers = [int(line) for process in running for line in process.communicate()[0].split()]
    assert [process.returncode for process in running] == [0] * 4
    assert sorted(numbers) == list(range(1, 81))


def test_ledger_of_another_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "simulator.db"
    old = sqlite3.connect(path)
    old.executescript(
        "CREATE TABLE orders (a); CREATE TABLE gone (b); INSERT INTO orders VALUES (1); PRAGMA user_version"
        " = 99;"
    )
    old.close()
    ledger = Ledger(path)
    with ledger.read() as connection:
        assert connection.execute(select(ledger_tables.orders)).all() == []
        names = {
            row[0]
            for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    ledger.close()
    assert names == set(ledger_tables.metadata.tables)


def test_write_that_fails_takes_everything_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "simulator.db")

    def count_and_fail() -> None:
        with ledger.write() as connection:
            count(connection, "order_id")
            raise LookupError

    with pytest.raises(LookupError):
        count_and_fail()
    with ledger.read() as connection:
        assert connection.execute(select(counters)).all() == []
    ledger.close()


def test_what_is_long_past_is_forgotten(rig: Rig) -> None:
    rig.place([item()])
    rig.open([item()])
    rig.log_in()
    rig.clock.forward(days=4)
    rig.open([item("SBIN")])
    database = sqlite3.connect(rig.settings.database)
    rows = {
        name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ledger_tables.metadata.tables
    }
    database.close()
    assert {name: rows for name, rows in rows.items() if rows} == {
        "baskets": 1,
        "web_logins": 1,
        "counters": 3,
    }
