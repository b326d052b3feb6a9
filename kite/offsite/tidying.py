"""Tidying: what is due by the clock happens in time, also when nobody opens a page."""

import logging
import threading
from datetime import timedelta

from kite.exceptions import StoreUnavailable
from kite.offsite.exchanging import TOKEN_LIFE
from kite.offsite.parts import Parts
from kite.offsite.reconcile import mark_overdue
from kite.store import executions, returns, sessions

EVERY = timedelta(seconds=15)


def tidy(parts: Parts) -> None:
    """Do what is due now.

    Request_tokens are erased before they have been here for five minutes, access_tokens once they are worthless, and
    what nobody came back from for long is called unknown.
    """
    now = parts.now()
    with parts.store.writing() as conn:
        returns.forget_tokens(conn, now - TOKEN_LIFE + EVERY)
        sessions.forget_expired(conn, now)
        late = executions.overdue(conn, now - parts.settings.unknown_after)
    for execution in late:
        mark_overdue(parts, execution)


def keep_tidy(parts: Parts, stop: threading.Event, every: timedelta = EVERY) -> threading.Thread:
    """Tidy now and then in a thread of its own, until `stop` is set or the process ends. Returns the thread."""

    def work() -> None:
        while True:
            try:
                tidy(parts)
            except StoreUnavailable as error:
                logging.getLogger(__name__).error("Not tidied: %s", error)
            if stop.wait(every.total_seconds()):
                return

    thread = threading.Thread(target=work, name="tidy", daemon=True)
    thread.start()
    return thread
