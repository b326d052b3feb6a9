"""Web and worker die at any moment, the database goes away: every hand-off that was answered is
there once, and every receipt is true.
"""

import datetime as dt
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from sqlalchemy import func, select

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from kite.simulator.account.order_book import order_list
from kite.simulator.core.context import EXTENSION
from kite.simulator.core.sessions import USER_ID
from kite.store.base import tables
from kite.store.base.engine import Store
from kite.vocabulary import IST
from tests.support.crowd import Member
from tests.support.fault_journey import differences
from tests.support.fuzzing import SOAK
from tests.support.live import ROOT, Live, LiveFactory
from tests.support.person import until
from tests.support.simulator_rig import close

PEOPLE = 5
EVERY = 0.25
"""Seconds between two baskets of one person: twenty a second in all, as far as the machine goes."""
KILLS = 5 * SOAK
BETWEEN = 8
"""Hand-offs that are answered before the next kill."""


class Worker:
    """The worker of a site, as a process of its own."""

    def __init__(self, site: Live) -> None:
        self._site = site
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._site.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        assert self._process
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()


def ledger_of(site: Live) -> list[dict[str, object]]:
    """Return every order that stands in the simulator's ledger."""
    simulator = create_simulator(SimulatorSettings.from_env(site.environ), lambda: dt.datetime.now(IST))
    services = simulator.extensions[EXTENSION]
    try:
        with services.ledger.read() as connection:
            return [json.loads(text) for text in order_list(connection, USER_ID, services.at())]
    finally:
        close(simulator)


def lock(site: Live, seconds: float) -> None:
    """Keep everybody else from writing for a while."""
    connection = sqlite3.connect(site.instance / "kite.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    connection.execute("ROLLBACK")
    connection.close()


def strike(site: Live, worker: Worker, people: list[Member]) -> None:
    """Kill web and worker at random moments, and once let the database be away for longer than
    anybody waits for it.
    """
    chance = random.Random(7)
    for number in range(KILLS):
        sent = sum(len(person.answered) for person in people)
        until(
            lambda sent=sent: sum(len(person.answered) for person in people) >= sent + BETWEEN,
            "more hand-offs are answered",
            60,
        )
        time.sleep(chance.uniform(0, 0.4))
        if number == KILLS // 2:
            lock(site, 6)
        if number % 2:
            worker.kill()
            worker.start()
        site.kill()
        site.start()


def test_no_hand_off_is_lost_or_doubled_and_every_receipt_equals_the_ledger_whatever_dies(
    start_live: LiveFactory,
) -> None:
    site = start_live("app:app", MISSING_AFTER="2")
    worker = Worker(site)
    worker.start()
    people = [Member(site, number) for number in range(PEOPLE)]
    stop = threading.Event()
    threads = [threading.Thread(target=person.work, args=(stop, EVERY)) for person in people]
    for thread in threads:
        thread.start()
    try:
        strike(site, worker, people)
        time.sleep(1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        worker.kill()
    assert [fault for person in people for fault in person.broken] == []
    answered = [execution_id for person in people for execution_id in person.answered]
    assert len(answered) == len(set(answered)) >= KILLS * BETWEEN
    store = Store(f"sqlite:///{site.instance}/kite.db")
    with store.reading() as conn:
        known = conn.execute(select(func.count()).where(tables.executions.c.id.in_(answered))).scalar()
    store.close()
    assert known == len(answered), "a hand-off that was answered is not there"
    time.sleep(2)
    receipts = [person.check(execution_id) for person in people for execution_id in person.answered]
    book = ledger_of(site)
    for receipt in receipts:
        orders = [order for order in book if receipt["tag"] in order["tags"]]  # type: ignore[operator]
        if orders:
            assert receipt["state"] == "settled", receipt
            assert list(differences(receipt, orders)) == []
        else:
            assert receipt["state"] != "settled" or {item["outcome"] for item in receipt["items"]} == {
                "missing"
            }, receipt
            assert receipt["orders"] == []
