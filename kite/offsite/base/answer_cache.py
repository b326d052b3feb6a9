"""A cache of what Kite answered a moment ago, so that the same question is not asked twice.

It is kept in this process only, and bounded.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from cachetools import TLRUCache

MOST = 500
"""Answers that are kept; beyond them the one that was not asked for the longest goes.

One for a basket of a hundred orders takes about 100 KB.
"""


class AnswerCache:
    """Shared by the threads of a process. A value is good until the time it was put with, which is
    compared with `now`.
    """

    def __init__(self, now: Callable[[], datetime], most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._values: TLRUCache[Hashable, tuple[Any, datetime], datetime] = TLRUCache(
            most, lambda _key, entry, _now: entry[1], now
        )
        self._turns: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()

    def get(self, key: Hashable) -> Any:
        """Return the value under `key` that is still good, or None."""
        with self._lock:
            entry = self._values.get(key)
        return entry[0] if entry else None

    def put(self, key: Hashable, value: Any, until: datetime) -> None:
        """Store a value that is good until a time. Whatever is no longer good goes."""
        with self._lock:
            self._values[key] = value, until

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
