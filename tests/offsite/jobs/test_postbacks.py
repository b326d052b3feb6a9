"""Which readings follow messages: one at a time for each execution, not more than can wait, and
none that stops the next.
"""

import threading
from collections.abc import Iterator

import pytest

from kite.exceptions import NoAnswer, StoreUnavailable
from kite.offsite.base.services import Services
from kite.offsite.jobs import postbacks
from kite.offsite.jobs.postbacks import READERS, WAITING, Readers
from kite.offsite.order_book import reconcile
from tests.support.closing import Opened
from tests.support.site import Site

LONGEST = 20


class Kite:
    """Stands in for the reading, which waits until it is let go.

    `read` are the executions in the order of their readings.
    """

    def __init__(self) -> None:
        self.read: list[str] = []
        self.began, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.raises: Exception | None = None

    def __call__(self, _services: Services, execution_id: str) -> None:
        self.read.append(execution_id)
        self.began.release()
        assert self.go_on.acquire(timeout=LONGEST)
        if self.raises:
            raise self.raises

    def let_go(self, times: int) -> None:
        for _ in range(times):
            self.go_on.release()


@pytest.fixture
def kite(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kite]:
    kite = Kite()
    monkeypatch.setattr(reconcile, "read_for_postback", kite)
    yield kite
    kite.let_go(WAITING + READERS)


def test_messages_of_one_basket_are_one_reading_and_one_more_for_what_came_while_it_ran(
    kite: Kite, site: Site, opened: Opened
) -> None:
    readers = opened(Readers(site.services))
    assert readers.ask("a")
    assert kite.began.acquire(timeout=LONGEST)
    assert all(readers.ask("a") for _ in range(9))
    kite.let_go(2)
    readers.wait()
    assert kite.read == ["a", "a"]


def test_what_does_not_fit_is_left_to_the_worker(kite: Kite, site: Site, opened: Opened) -> None:
    readers = opened(Readers(site.services))
    assert all(readers.ask(f"read {number}") for number in range(READERS))
    assert all(kite.began.acquire(timeout=LONGEST) for _ in range(READERS))
    assert all(readers.ask(f"waits {number}") for number in range(WAITING))
    assert not readers.ask("too many")
    assert readers.ask("waits 0")
    kite.let_go(READERS + WAITING)
    readers.wait()
    assert sorted(kite.read) == sorted(
        [f"read {number}" for number in range(READERS)] + [f"waits {number}" for number in range(WAITING)]
    )
    assert readers.ask("too many")
    kite.let_go(1)
    readers.wait()


@pytest.mark.parametrize(
    "error", [StoreUnavailable("away"), NoAnswer("silent"), ValueError("a mistake of ours")]
)
def test_reading_that_fails_does_not_stop_the_next(
    kite: Kite, site: Site, opened: Opened, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    readers = opened(Readers(site.services))
    kite.raises = error
    kite.let_go(READERS + 1)
    assert all(readers.ask(str(number)) for number in range(READERS + 1))
    readers.wait()
    assert len(kite.read) == READERS + 1
    assert "Not read after a postback" in caplog.text


def test_without_a_secret_nothing_is_believed(sites: object) -> None:
    keyed = sites(KITE_API_KEY="abcd1234", SECRET_KEY="a key of the tests, long enough for it")  # type: ignore[operator]
    assert postbacks.receive(keyed.services, b"{}").verdict is postbacks.PostbackVerdict.FORGED
