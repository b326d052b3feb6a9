"""Memory: what Kite answered a moment ago, so that the same question is not asked twice.

In this process only, and bounded.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

MOST = 500
"""Answers that are kept; beyond them the oldest goes.

One for a basket of a hundred orders takes about 100 KB.
"""


class AnswerCache:
    """Shared by the threads of a process. A value is good until the time it was put with."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Any, datetime]] = OrderedDict()
        self._turns: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()

    def get(self, key: Hashable, now: datetime) -> Any:
        """Return what is kept under `key` and still good, or None."""
        with self._lock:
            value, until = self._values.get(key, (None, now))
        return value if until > now else None

    def put(self, key: Hashable, value: Any, until: datetime) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value, until
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    @contextmanager
    def alone(self, key: Hashable, patience: float) -> Iterator[bool]:
        """Take turns with whoever else asks about `key`; False when the turn did not come within `patience`
        seconds.
        """
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        taken = turn.acquire(timeout=patience)
        try:
            yield taken
        finally:
            if taken:
                turn.release()
