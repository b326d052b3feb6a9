"""Work that is repeated in a thread of its own until it is closed."""

import threading
from collections.abc import Callable


class RepeatingThread:
    """Calls `work` at once and then every `pause` seconds, until `close`.

    `work` handles its own errors.

    The thread is a daemon: a process that ends without `close` is not held up by it.
    """

    def __init__(self, name: str, work: Callable[[], object], pause: float) -> None:
        self._work = work
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self, patience: float = 10.0) -> None:
        """Stop, and wait at most `patience` seconds for work that is under way.

        Calling it again does nothing.
        """
        self._stop.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work()
            self._stop.wait(self._pause)
