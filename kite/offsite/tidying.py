"""Tidying: what is due by the clock happens in time, also when nobody opens a page."""

import logging
import threading
from datetime import datetime, timedelta
from itertools import count

from kite.exceptions import StoreUnavailable
from kite.offsite.exchanging import TOKEN_LIFE
from kite.offsite.parts import Parts
from kite.offsite.reconcile import mark_overdue
from kite.store import executions, people, returns, sessions

EVERY = timedelta(seconds=15)

HOURLY = 240
"""After so many times of tidying old data is looked for."""

AT_ONCE = 500
RETURNS_LAST = timedelta(days=30)
"""A return is of no use after a day; for a month it answers the question who came back with what. Anybody can add rows there."""


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


def erase_old(parts: Parts) -> None:
    """Erase what is older than it may be kept. In small steps, so that nobody waits long for the database."""
    before = parts.now() - parts.settings.retention
    while _erase_some(parts, before):
        pass


def _erase_some(parts: Parts, before: datetime) -> bool:
    """Erase a little of everything that is old; return whether there may be more."""
    with parts.store.writing() as conn:
        old = people.older(conn, before, AT_ONCE)
        people.erase(conn, old)
        returned = people.erase_older_returns(conn, max(before, parts.now() - RETURNS_LAST), AT_ONCE)
        over = people.erase_older_sessions(conn, before, AT_ONCE)
    return max(len(old), returned, over) >= AT_ONCE


def keep_tidy(parts: Parts, stop: threading.Event, every: timedelta = EVERY) -> threading.Thread:
    """Tidy now and then in a thread of its own, until `stop` is set or the process ends. Returns the thread."""

    def work() -> None:
        for round_number in count():
            try:
                tidy(parts)
                if round_number % HOURLY == 0:
                    erase_old(parts)
            except StoreUnavailable as error:
                logging.getLogger(__name__).error("Not tidied: %s", error)
            if stop.wait(every.total_seconds()):
                return

    thread = threading.Thread(target=work, name="tidy", daemon=True)
    thread.start()
    return thread
