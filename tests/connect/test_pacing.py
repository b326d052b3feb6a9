"""Rate limits, under a clock that only sleeping moves."""

import threading
import time

import pytest

from kite.connect.pacing import LIMITS, REMEMBERED, Limiter


class Time:
    """A clock; `sleep` moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.fixture
def time_() -> Time:
    return Time()


@pytest.fixture
def limiter(time_: Time) -> Limiter:
    return Limiter(time_.clock, time_.sleep)


def moments(limiter: Limiter, time_: Time, kind: str, calls: int) -> list[float]:
    """Return when each of so many calls was let through, in seconds from now."""
    began = time_.now
    passed = []
    for _ in range(calls):
        limiter.wait(kind, "somebody")
        passed.append(round(time_.now - began, 6))
    return passed


@pytest.mark.parametrize(("kind", "most"), [("quote", 1), ("order", 10), ("other", 10)])
def test_call_over_the_limit_waits_for_the_next_second(limiter, time_, kind, most):
    assert moments(limiter, time_, kind, 2 * most + 1) == [0.0] * most + [1.0] * most + [2.0]


def test_no_second_holds_more_than_the_limit_wherever_it_begins(limiter, time_):
    passed = []
    for step in range(200):
        limiter.wait("other", "somebody")
        passed.append(time_.now)
        time_.now += step % 7 / 100
    assert all(sum(start <= moment < start + 0.999999 for moment in passed) <= 10 for start in passed)


def test_orders_are_also_limited_to_400_a_minute(limiter, time_):
    passed = moments(limiter, time_, "order", 401)
    assert passed[399] == 39.0
    assert passed[400] == 60.0


def test_somebody_elses_orders_do_not_wait_for_mine(limiter, time_):
    moments(limiter, time_, "order", 10)
    limiter.wait("order", "another")
    assert time_.now == 1000.0


def test_reading_does_not_wait_for_orders(limiter, time_):
    moments(limiter, time_, "order", 10)
    limiter.wait("other", "somebody")
    assert time_.now == 1000.0


def test_slow_calls_never_wait(limiter, time_):
    for _ in range(50):
        limiter.wait("other", "somebody")
        time_.now += 0.11
    assert time_.now == pytest.approx(1000 + 50 * 0.11)


def test_accounts_that_are_idle_are_forgotten(limiter, time_):
    for number in range(REMEMBERED):
        limiter.wait("order", str(number))
    time_.now += 61
    limiter.wait("order", "one more")
    assert len(limiter._calls) == 1


def test_accounts_that_are_busy_are_not_forgotten(limiter, time_):
    moments(limiter, time_, "order", 10)
    for number in range(REMEMBERED):
        limiter.wait("order", str(number))
    limiter.wait("order", "somebody")
    assert time_.now == 1001.0


def test_threads_keep_the_limit_together():
    limiter = Limiter(limits={"few": ((3, 1.0),)})
    passed: list[float] = []

    def call() -> None:
        limiter.wait("few", "somebody")
        passed.append(time.monotonic())

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed.sort()
    assert passed[3] - passed[0] > 0.95 and passed[4] - passed[1] > 0.95


def test_every_kind_has_a_limit_by_the_second():
    assert all(limits[0][1] == 1 for limits in LIMITS.values())
