"""The worker: one process beside the site that does what is due by the clock, even if nobody looks.

This module only decides when; the tasks are in kite/offsite. Every task may run twice or be cut off
at any point, so a worker that is killed is simply started again. Tasks wait in a file of their own,
or in Redis for a site on several machines.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer

from kite.exceptions import Erased, KiteError
from kite.instruments import refreshing
from kite.offsite.base.services import Services
from kite.offsite.jobs import expiry, polling
from kite.store.flow import events

NAME = "kite"
THREADS = 2
"""A round of readings may last a minute; what else is due does not wait for it."""
LOOKS = {"max_delay": 2.0, "scheduler_interval": 10}
"""Seconds between two looks at the queue and at the clock."""
PATIENCE = 5
"""Seconds that a task under way may go on after the worker was told to stop."""

EVERY_MINUTE = crontab(minute="*")
EVERY_TEN_MINUTES = crontab(minute="*/10")
EVERY_HOUR = crontab(minute="7")


def refresh_instruments(services: Services) -> None:
    """Load the day's list of instruments from 08:30 IST on; a failure is tried again in ten
    minutes.
    """
    if refreshing.is_due(services.catalogue, services.settings, services.now()):
        refreshing.refresh(services.catalogue, services.settings, services.now())


TASKS: tuple[tuple[Callable[[Services], object], Callable[..., bool]], ...] = (
    (expiry.call_unknown, EVERY_MINUTE),
    (polling.read_heard, EVERY_MINUTE),
    (polling.read_due, EVERY_MINUTE),
    (expiry.erase_old, EVERY_HOUR),
    (refresh_instruments, EVERY_TEN_MINUTES),
)
"""Every task and its schedule."""


def make(services: Services, *, immediate: bool = False) -> Huey:
    """Return the queue with its tasks.

    `immediate`: a task that is called runs at once and nothing is written, for tests.
    """
    # The library unpickles what it finds in the queue, so only what this site has signed may get
    # that far.
    options: dict[str, Any] = {
        "serializer": SignedSerializer(services.settings.secret_key, salt=NAME),
        "results": False,
        "immediate": immediate,
    }
    if services.settings.redis_url:
        queue = RedisHuey(NAME, url=services.settings.redis_url, **options)
    else:
        queue = SqliteHuey(NAME, filename=str(services.settings.instance / "worker.db"), **options)
    paced = polling.with_pacing(services)
    for work, when in TASKS:
        # A task that could not begin within the minute is due again by then.
        queue.periodic_task(when, name=work.__name__, expires=60)(
            partial(_run, paced, work, threading.Lock())
        )
    return queue


def run(services: Services) -> None:
    """Work until told to stop."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s worker: %(message)s"))
    handler.addFilter(_shortened)
    logging.basicConfig(handlers=[handler])
    queue = make(services)
    try:
        queue.create_consumer(
            workers=THREADS, **LOOKS, graceful_signal="TERM", shutdown_timeout=PATIENCE
        ).run()
    finally:
        close(queue)


def close(queue: Huey) -> None:
    """Close what the queue keeps open."""
    queue.storage.close()
    if isinstance(queue, RedisHuey):
        queue.storage.pool.disconnect()


def _run(services: Services, work: Callable[[Services], object], lock: threading.Lock) -> None:
    """Run one task, unless its last run has not ended.

    An error ends only this run: the task is due again soon.
    """
    if not lock.acquire(blocking=False):
        return
    try:
        with events.acting("worker"):
            work(services)
    except Erased:
        pass
    except KiteError as error:
        logging.getLogger(__name__).error("%s not done: %s", work.__name__, error)
    finally:
        lock.release()


def _shortened(record: logging.LogRecord) -> bool:
    """Shorten the library's traceback to one line when the queue does not answer: it tries again
    within seconds.
    """
    if record.name.startswith("huey.consumer.") and record.exc_info:
        record.msg, record.args, record.exc_info = (
            f"{record.getMessage().rstrip('.')}: {record.exc_info[1]}",
            (),
            None,
        )
    return True
