"""The worker: what it does and when, with its library as it is; and as a process of its own, killed
and stopped.
"""

import logging
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kite import worker
from kite.exceptions import Erased, StoreUnavailable
from kite.store.flow import events, executions
from kite.vocabulary import IST
from tests.support import processes
from tests.support.clock import Clock
from tests.support.live import Live
from tests.support.person import until
from tests.support.redis_server import RedisServer
from tests.support.site import Site
from tests.support.sources import ROOT

ALONE = {"SIMULATOR_POSTBACK_URL": "none"}
"""Nobody but the worker hears of the order."""


@pytest.fixture
def queue(site):
    return worker.make(site.services, immediate=True)


def due(queue, at):
    return sorted(task.name for task in queue.read_periodic(datetime.fromisoformat(at)))


def do(queue, name):
    """Have one thing done as the scheduler has it done."""
    (task,) = [
        task for task in queue.read_periodic(datetime.fromisoformat("2026-11-20T10:07")) if task.name == name
    ]
    queue.enqueue(task)


def stored(services, execution_id):
    with services.store.reading() as conn:
        return executions.get(conn, execution_id)


def test_readings_are_due_every_minute_and_erasing_every_hour(queue):
    every_minute = ["call_unknown", "read_due", "read_heard"]
    assert due(queue, "2026-11-20T10:06") == every_minute
    assert due(queue, "2026-11-20T10:07") == sorted([*every_minute, "erase_old"])


def test_what_nobody_came_back_from_is_called_unknown_by_the_worker(site, queue):
    person = site.visitor()
    execution_id = person.compose({})
    person.form_of(execution_id)
    site.clock.advance(30 * 60 + 1)
    do(queue, "call_unknown")
    assert stored(site.services, execution_id).state == "unknown"
    with site.services.store.reading() as conn:
        last = events.of(conn, execution_id)[-1]
    assert (last.cause, last.actor, last.address) == ("no_return", "worker", None)


def test_a_basket_settles_by_the_worker_alone(site, queue):
    execution_id = site.visitor().buy()
    site.clock.advance(61)
    do(queue, "read_due")
    assert stored(site.services, execution_id).state == "settled"


def test_old_data_is_erased_by_the_worker(site, queue):
    execution_id = site.visitor().compose({})
    site.clock.advance(401 * 86400)
    do(queue, "erase_old")
    assert stored(site.services, execution_id) is None


def test_a_round_that_is_still_on_its_way_is_not_begun_a_second_time(site, monkeypatch):
    rounds = []

    def slow(services):
        rounds.append(services)
        do(queue, "slow")

    monkeypatch.setattr(worker, "TASKS", ((slow, worker.EVERY_MINUTE),))
    queue = worker.make(site.services, immediate=True)
    do(queue, "slow")
    assert len(rounds) == 1
    do(queue, "slow")
    assert len(rounds) == 2, "once it is over the next may begin"


@pytest.mark.parametrize(
    ("failure", "lines"), [(StoreUnavailable("away"), "fails not done: away"), (Erased(), "")]
)
def test_a_try_that_fails_ends_nothing_but_itself(site, monkeypatch, caplog, failure, lines):
    def fails(services):
        raise failure

    monkeypatch.setattr(worker, "TASKS", ((fails, worker.EVERY_MINUTE),))
    queue = worker.make(site.services, immediate=True)
    do(queue, "fails")
    do(queue, "fails")
    assert caplog.text.count(lines) == 2 if lines else not caplog.text
    assert "Traceback" not in caplog.text


def test_tasks_wait_in_a_file_of_their_own_and_what_somebody_else_put_there_is_not_run(site, caplog):
    queue = worker.make(site.services)
    queue.storage.enqueue(b"cos\nsystem\n(S'false'\ntR.")
    due = queue.read_periodic(datetime(2026, 11, 20, 10, 6))  # noqa: DTZ001  the queue's times are naive
    (task,) = [task for task in due if task.name == "call_unknown"]
    queue.enqueue(task)
    assert (site.settings.instance / "worker.db").exists()
    with pytest.raises(ValueError, match="not found"):
        queue.dequeue()
    assert queue.dequeue().name == "call_unknown"
    queue.storage.close()


def test_with_redis_tasks_wait_there(sites, tmp_path):
    server = RedisServer(tmp_path)
    try:
        site = sites(REDIS_URL=server.url)
        queue = worker.make(site.services)
        for task in queue.read_periodic(datetime(2026, 11, 20, 10, 6)):  # noqa: DTZ001
            queue.enqueue(task)
        assert len(queue) == 3
        assert not (site.settings.instance / "worker.db").exists()
        queue.storage.conn.close()
    finally:
        server.stop()


def test_a_queue_that_is_away_is_one_line_in_the_log_and_a_fault_of_ours_is_told_whole():
    def logged_lines(logger):
        try:
            raise ConnectionError("refused")
        except ConnectionError:
            record = logging.getLogger(logger).makeRecord(
                logger, logging.ERROR, "", 0, "Error reading schedule.", (), sys.exc_info()
            )
        assert worker._shortened(record)
        return logging.Formatter().format(record)

    assert logged_lines("huey.consumer.Scheduler") == "Error reading schedule: refused"
    assert "Traceback" in logged_lines("huey")


def children(pid):
    """The processes that a process has started, by what was called."""
    by_parent = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"\nPPid:\t{pid}\n" in status.read_text():
                by_parent[int(status.parent.name)] = (status.parent / "cmdline").read_text()
        except OSError:  # it ended meanwhile
            continue
    return by_parent


@pytest.fixture
def running(tmp_path, free_port):
    """The site with its worker, as `make run` starts them; whatever is left of it is killed at the
    end.
    """
    live = Live("app:app", tmp_path, free_port, ALONE)

    def run():
        command = [ROOT / "tools/run", sys.executable]
        with (tmp_path / "server.log").open("ab") as log:
            live.process = subprocess.Popen(
                command, cwd=ROOT, env=live.environ, stdout=log, stderr=log, start_new_session=True
            )
        return live

    yield run
    live.kill()


def test_site_and_worker_run_together_outlast_a_killed_worker_and_stop_together(running, tmp_path):
    clock = Clock(datetime.now(IST) - timedelta(minutes=31))
    site = Site(tmp_path, clock, **ALONE)
    person = site.visitor()
    forgotten = person.compose({})
    person.form_of(forgotten)
    clock.advance(31 * 60 - 5)
    bought = person.buy()
    live = running()
    until(lambda: stored(site.services, bought).state == "settled", "the worker reads what nobody looks at")
    until(
        lambda: stored(site.services, forgotten).state == "unknown",
        "the worker calls unknown what nobody came back from",
    )

    def worker_pid():
        return next((pid for pid, command in children(live.process.pid).items() if "worker" in command), None)

    killed = worker_pid()
    os.kill(killed, signal.SIGKILL)
    until(lambda: worker_pid() not in (None, killed), "a killed worker is started again")
    until(live.answers, "the site answers")
    started = children(live.process.pid)
    os.killpg(live.process.pid, signal.SIGINT)
    assert live.process.wait(20) == 0
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert not live.answers()
    assert "Traceback" not in live.log()
    site.close()


SLOW_MOTION = """set -o functrace
trap 'if [[ $BASH_COMMAND == $BEFORE ]]; then
  touch "$HERE/waits"
  until [ -e "$HERE/goes on" ]; do sleep 0.05; done
fi' DEBUG
"""
"""What bash does before each command: before one of them it waits for leave to go on."""


@pytest.mark.parametrize("before", ["web=*", "work *", "worker=*", "wait -n *"])
def test_signal_that_comes_while_they_are_begun_stops_both(tmp_path, before):
    sleeper, slow_motion = tmp_path / "python", tmp_path / "slow-motion"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    slow_motion.write_text(SLOW_MOTION)
    environ = {
        "PATH": os.environ["PATH"],
        "HERE": str(tmp_path),
        "BASH_ENV": str(slow_motion),
        "BEFORE": before,
    }
    with processes.started([ROOT / "tools/run", sleeper], env=environ) as both:
        until((tmp_path / "waits").exists, "one of them is about to be begun")
        both.terminate()
        (tmp_path / "goes on").touch()
        assert both.wait(20) == 0
        with pytest.raises(ProcessLookupError):  # nothing that it began is left
            os.killpg(both.pid, 0)


def test_wrong_setting_stops_both_in_words(tmp_path):
    process = subprocess.run(
        [ROOT / "tools/run", sys.executable],
        cwd=ROOT,
        env=Live("app:app", tmp_path, 8000, {"KITE_API_SECRET": "hunter2"}).environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert process.returncode != 0
    assert "Not started. KITE_API_SECRET is set, but KITE_API_KEY is not." in process.stderr
    assert "Traceback" not in process.stderr and "hunter2" not in process.stderr
