"""The thread behind all watchers of a process: it ends with the last of them, or when it is told to."""

import threading

import pytest

from kite.offsite.jobs.watchers import Watchers, WatchingEnded
from tests.support.person import until

PATIENCE = 10.0


@pytest.fixture
def watchers(site):
    watchers = Watchers(site.services)
    yield watchers
    watchers.stopping = lambda: True
    watchers.close()


@pytest.fixture
def threads():
    """The threads of watchers that run now and did not when the test began."""
    before = set(threading.enumerate())
    return lambda: [
        thread for thread in threading.enumerate() if thread.name == "live" and thread not in before
    ]


def test_the_thread_ends_with_the_last_watcher_and_begins_with_the_next(watchers, threads):
    first, second = (watchers.join(name, "visit") for name in ("a", "b"))
    watchers.leave(first)
    assert len(threads()) == 1
    watchers.leave(second)
    until(lambda: not threads(), "the thread of watchers that left goes on")
    watchers.join("a", "visit")
    assert len(threads()) == 1


def test_closing_lets_the_watchers_go_and_ends_the_thread(watchers, threads):
    watcher = watchers.join("a", "visit")
    closing = threading.Thread(target=watchers.close)
    closing.start()
    with pytest.raises(WatchingEnded):
        watcher.wait(PATIENCE)
    closing.join(PATIENCE)
    assert not threads()
