"""Everything that opens something closes it: no file, connection or thread is left behind."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.vocabulary import IST
from tests.support.clock import Clock
from tests.support.crowd import Member
from tests.support.live import ROOT, Live
from tests.support.person import until
from tests.support.site import Site

COMPLAINTS = "warning|exception|traceback"
"""What Python writes about what was left open, and about threads that ended in an error."""

PROGRAM = """
import logging, os, sys, threading
from pathlib import Path
from kite import worker
from tests.support.clock import Clock
from tests.support.site import HOST, Site

def open_now():
    return len(os.listdir("/proc/self/fd")), threading.active_count()

SEARCHES = [f"/instruments.json?q={word}" for word in ("infy", "nifty dec", "26000 ce", "zz", "sbi")]
PATHS = ("/", "/readyz", "/executions", "/?data=[{}]", "/b/nothing", *SEARCHES)

def look(site):
    client = site.app.test_client()
    for path in PATHS:
        assert client.get(path, base_url=HOST).status_code in (200, 404), path

def visit(site):
    site.visitor().buy()
    look(site)

def in_threads(site, threads, at_once):
    for _ in range(threads // at_once):
        running = [threading.Thread(target=look, args=(site,)) for _ in range(at_once)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

folder = Path(sys.argv[1])
warm = Site(folder / "warm", Clock())
visit(warm)
warm.close()
before = open_now()

site = Site(folder / "site", Clock())
in_threads(site, 200, 10)
while_it_runs = open_now()
site.close()
print("requests", *open_now(), *while_it_runs)

for number in range(10):
    site = Site(folder / str(number), Clock())
    visit(site)
    site.close()
print("applications", *open_now())

site = Site(folder / "worked", Clock())
for _ in range(10):
    queue = worker.make(site.services)
    consumer = queue.create_consumer(workers=worker.THREADS, **worker.LOOKS)
    consumer.start()
    worker.TASKS[0][0](site.services)
    consumer.stop(graceful=True)
    worker.close(queue)
site.close()
print("workers", *open_now())
print("before", *before)
"""


def test_files_and_threads_are_what_they_were_after_requests_applications_and_workers(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    counts = {
        name: [int(figure) for figure in figures]
        for name, *figures in map(str.split, run.stdout.splitlines())
    }
    before = counts["before"]
    *after_requests, files, threads = counts["requests"]
    assert files < before[0] + 60, "connections are used again, by whatever thread"
    assert threads == before[1], "the threads of requests have ended"
    assert after_requests == counts["applications"] == counts["workers"] == before


def stored(site: Site, execution_id: str) -> Execution:
    with site.services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
    assert execution
    return execution


@pytest.fixture
def strict(tmp_path: Path, free_port: int) -> Iterator[Live]:
    """The site with its worker, where every warning is an error and every file that is left open is
    reported.
    """
    live = Live(
        "app:app",
        tmp_path,
        free_port,
        {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error", "MISSING_AFTER": "1"},
    )
    yield live
    live.kill()


def test_a_journey_of_web_worker_and_simulator_is_silent_in_development_mode(strict: Live) -> None:
    clock = Clock(datetime.now(IST) - timedelta(minutes=31))
    site = Site(strict.instance, clock, SIMULATOR_POSTBACK_URL="none")
    person = site.visitor()
    forgotten = person.compose({})
    person.form_of(forgotten)
    with (strict.instance / "server.log").open("ab") as log:
        command = [ROOT / "tools/run", sys.executable]
        strict.process = subprocess.Popen(
            command, cwd=ROOT, env=strict.environ, stdout=log, stderr=log, start_new_session=True
        )
    until(strict.answers, "the site answers")
    member = Member(strict, 1)
    stop = threading.Event()
    visit = threading.Thread(target=member.work, args=(stop, 0.05))
    visit.start()
    try:
        until(lambda: len(member.answered) >= 8, "eight baskets are sent")
    finally:
        stop.set()
        visit.join()
    receipts = [member.check(execution_id) for execution_id in member.answered]
    member.close()
    assert "settled" in {receipt["state"] for receipt in receipts}
    until(
        lambda: stored(site, forgotten).state == "unknown",
        "the worker calls unknown what nobody came back from",
        90,
    )
    site.close()
    os.killpg(strict.process.pid, signal.SIGINT)
    assert strict.process.wait(20) == 0
    assert member.broken == []
    assert not re.search(COMPLAINTS, strict.log(), re.IGNORECASE), strict.log()


def test_a_stop_at_once_closes_the_connections_of_requests_that_are_being_answered(strict: Live) -> None:
    strict.prepare()
    strict.start()
    asking = True

    def ask() -> None:
        while asking:
            strict.answers()

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    try:
        until(lambda: strict.log().count("GET /healthz") > 50, "the site is busy")
        strict.stop()
    finally:
        asking = False
        for asker in askers:
            asker.join()
    assert not re.search(COMPLAINTS, strict.log(), re.IGNORECASE), strict.log()
