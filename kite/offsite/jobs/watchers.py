"""Live: whoever watches a receipt gets news within a moment, in whatever process it became known.

A process asks the shared database every 200 ms, with one query for all that is watched in it,
whether a version moved on. So it works over workers and machines without anything between them.
While somebody watches, Kite is read too: once a second for a young execution, less often the longer
nothing happens, and never more often because more people watch.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from kite.exceptions import Erased, StoreUnavailable
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.services import Services
from kite.offsite.journey import access
from kite.store.flow import executions
from kite.vocabulary import State

MOST = 200
"""Watchers in one process: each holds a thread of the server."""
EVERY = 0.2
"""Seconds between two looks at the database."""
READERS = 4
"""Threads that ask Kite, so that a slow answer holds up neither the others nor the news."""
QUICKEST, SLOWEST = 1.0, 15.0
"""Seconds between two readings of Kite for one execution: a tenth of the time since its last news,
within these.
"""

SETTLED = (State.SETTLED, State.CANCELLED)


class TooManyWatchers(Exception):
    """This process has as many watchers as it takes."""


class WatchingEnded(Exception):
    """There will be no more news from this process."""


@dataclass(frozen=True)
class News:
    """What a watcher gets: the version to compare, when Kite was last read, and whether Kite gives
    no answer.
    """

    version: int
    read_at: datetime | None
    silent: bool = False


@dataclass(eq=False)
class Watcher:
    """Somebody who waits for news, with the rights and the Kite session of the visit `visit_id`."""

    execution_id: str
    visit_id: str
    _news: News | None = None
    _delivered: News | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _over: bool = False

    def wait(self, seconds: float) -> News | None:
        """Return what is new, or None when nothing is after these seconds.

        Raises WatchingEnded when this process stops.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._news != self._delivered, seconds)
            if self._over:
                raise WatchingEnded
            if self._news == self._delivered:
                return None
            self._delivered = self._news
            return self._news

    def deliver(self, news: News) -> None:
        """Leave news for the one who waits, in place of news that was not fetched yet."""
        with self._changed:
            self._news = news
            self._changed.notify()

    def end(self) -> None:
        """Release the one who waits, because the process stops."""
        with self._changed:
            self._over = True
            self._changed.notify()


@dataclass
class _Watched:
    """An execution that is watched in this process. Times are of the monotonic clock."""

    watchers: list[Watcher] = field(default_factory=list)
    news: News | None = None
    changed_at: float = 0.0
    read_next: float = 0.0
    reading: bool = False

    def update(self, version: int, read_at: datetime | None, at: float) -> None:
        """Take over what the database says."""
        if self.news is None or version != self.news.version:
            # News often come in a row: read soon, however slow the reading had become.
            self.changed_at = at
            self.read_next = min(self.read_next, at + QUICKEST)
        self.news = News(version, read_at, self.news.silent if self.news else False)


class Watchers:
    """All watchers in this process.

    The threads begin with the first watcher and end with the last.
    """

    def __init__(self, services: Services, stopping: Callable[[], bool] = lambda: False) -> None:
        """Take the services, and a function that says whether this process is about to stop."""
        self.stopping = stopping
        self._services = services
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._ticker: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._closed = False

    def close(self) -> None:
        """Release all watchers, and end the threads once each has finished its reading."""
        with self._lock:
            self._closed = True
            ticker = self._ticker
        if ticker:
            ticker.join()  # nobody else hands work to the readers
        if self._readers:
            self._readers.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        """Count the watchers."""
        with self._lock:
            return self._count()

    def join(self, execution_id: str, visit_id: str) -> Watcher:
        """Begin to watch. Raises TooManyWatchers when this process takes no more, or is closed."""
        with self._lock:
            if self._closed or self._count() >= MOST:
                raise TooManyWatchers
            watcher = Watcher(execution_id, visit_id)
            watched = self._watched.setdefault(execution_id, _Watched())
            watched.watchers.append(watcher)
            if watched.news:
                watcher.deliver(watched.news)
            if self._ticker is None:
                self._ticker = threading.Thread(target=self._tick, name="live", daemon=True)
                self._ticker.start()
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """End watching."""
        with self._lock:
            watched = self._watched.get(watcher.execution_id)
            if watched and watcher in watched.watchers:
                watched.watchers.remove(watcher)
                if not watched.watchers:
                    del self._watched[watcher.execution_id]

    def _count(self) -> int:
        return sum(len(watched.watchers) for watched in self._watched.values())

    def _tick(self) -> None:
        while True:
            with self._lock:
                if not self._watched or self._closed or self.stopping():
                    self._ticker = None
                    self._end_all()
                    return
                ids = list(self._watched)
            try:
                with self._services.store.reading() as conn:
                    versions = executions.versions(conn, ids)
                self._spread(versions)
            except StoreUnavailable as error:
                logging.getLogger(__name__).warning("No news: %s", error)
            time.sleep(EVERY)

    def _end_all(self) -> None:
        for watched in self._watched.values():
            for watcher in watched.watchers:
                watcher.end()

    def _spread(self, versions: dict[str, tuple[int, datetime | None]]) -> None:
        """Pass news on to the watchers, and have Kite read for every execution that is due."""
        now = time.monotonic()
        with self._lock:
            for execution_id, (version, read_at) in versions.items():
                watched = self._watched.get(execution_id)
                if watched is None:  # its last watcher left while the database was asked
                    continue
                watched.update(version, read_at, now)
                self._deliver(watched)
                if not watched.reading and watched.read_next <= now:
                    watched.reading = True
                    self._pool().submit(self._read, execution_id, watched.watchers[0].visit_id)

    def _deliver(self, watched: _Watched) -> None:
        for watcher in watched.watchers:
            if watched.news:
                watcher.deliver(watched.news)

    def _pool(self) -> ThreadPoolExecutor:
        if self._readers is None:
            self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="live")
        return self._readers

    def _read(self, execution_id: str, visit_id: str) -> None:
        """Read Kite as one of the watchers may, and plan the next reading."""
        view = None
        try:
            view = access.view_execution(self._services, visit_id, execution_id)
        except (StoreUnavailable, Erased) as error:
            logging.getLogger(__name__).warning("Not read: %s", error)
        finally:
            # Whatever happened: an execution that stayed marked as being read would never be read
            # again.
            with self._lock:
                if watched := self._watched.get(execution_id):
                    self._plan_next(watched, view)

    def _plan_next(self, watched: _Watched, view: access.View | None) -> None:
        """Say when to read an execution again after a reading, and whether Kite was silent."""
        now = time.monotonic()
        watched.reading = False
        if view is not None and view.receipt.execution.state in SETTLED:
            watched.read_next = now + SLOWEST
        else:
            watched.read_next = now + max(QUICKEST, min(SLOWEST, (now - watched.changed_at) / 10))
        if watched.news and view and view.reading:
            silent = view.reading in (AnswerVerdict.NO_ANSWER, AnswerVerdict.REFUSED)
            watched.news = News(watched.news.version, watched.news.read_at, silent)
            self._deliver(watched)
