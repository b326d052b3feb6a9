"""Keeps Kite's rate limits by waiting.

Kite counts calendar seconds and refuses calls over the limit until the next one begins. We do not
know when its seconds begin, so no second of ours exceeds the limit, wherever it begins. Source:
Kite Connect documentation, page "Exceptions and errors" (rate limits): quote 1 a second, orders 10 and
400 a minute, all others 10.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

Limits = Mapping[str, tuple[tuple[int, float], ...]]

LIMITS: dict[str, tuple[tuple[int, float], ...]] = {
    "quote": ((1, 1.0),),
    "order": ((10, 1.0), (400, 60.0)),
    "other": ((10, 1.0),),
}
"""By kind of call: how many, in how many seconds.

Changing and cancelling an order are one kind.
"""

REMEMBERED = 1000
"""Accounts of one process whose calls are remembered; with more than these, idle ones are
forgotten.
"""


class Limiter:
    """Shared by all clients of a process and its threads. `clock` gives seconds; it must not jump.

    `limits` are Kite's own, or stricter ones for whoever leaves room to others. Orders count by
    user account, everything else by api_key; callers name it.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        limits: Limits = LIMITS,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._limits = limits
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, str], list[deque[float]]] = {}

    def wait(self, kind: str, account: str) -> None:
        """Return as soon as one more call of this kind is allowed; whoever asks first goes
        first.
        """
        now = self._clock()
        with self._lock:
            turn = self._book(kind, account, now)
        if turn > now:
            self._sleep(turn - now)

    def _book(self, kind: str, account: str, now: float) -> float:
        """Return the time of the next free turn, and take it."""
        if len(self._calls) >= REMEMBERED:
            longest = max(seconds for limits in self._limits.values() for _, seconds in limits)
            self._calls = {key: calls for key, calls in self._calls.items() if calls[0][-1] + longest > now}
        calls = self._calls.setdefault(
            (kind, account), [deque(maxlen=most) for most, _ in self._limits[kind]]
        )
        # Each deque holds as many turns as its limit allows; once it is full, the oldest must have
        # passed.
        earliest = [
            turns[0] + seconds
            for turns, (most, seconds) in zip(calls, self._limits[kind], strict=True)
            if len(turns) == most
        ]
        turn = max([now, *earliest])
        for turns in calls:
            turns.append(turn)
        return turn
