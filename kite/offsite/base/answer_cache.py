"""A cache of what Kite answered a moment ago, so that the same question is not asked twice.

It is kept in this process only, and bounded.
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
        """Return the value under `key` that is still good, or None."""
        with self._lock:
            value, until = self._values.get(key, (None, now))
        return value if until > now else None

    def put(self, key: Hashable, value: Any, until: datetime) -> None:
        """Store a value that is good until a time."""
        with self._lock:
            self._values[key] = value, until
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    @contextmanager
    def take_turn(self, key: Hashable, patience: float) -> Iterator[bool]:
        """Wait for a turn among all who ask about `key`; False when none came in `patience`
        seconds.

        Whoever gets no turn must not ask: the one who has it is waiting for Kite just now.
        """
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        has_turn = turn.acquire(timeout=patience)
        try:
            yield has_turn
        finally:
            if has_turn:
                turn.release()
