"""Expiry: what is due by the clock happens in time, also when nobody opens a page."""

import logging
from datetime import datetime, timedelta

from kite.exceptions import StoreUnavailable
from kite.offsite.base.services import Services
from kite.offsite.journey.token_exchange import TOKEN_LIFE
from kite.offsite.order_book.reconcile import mark_overdue
from kite.repeating import RepeatingThread
from kite.store.flow import events, executions, postbacks, prefills, returns
from kite.store.people import operators, sessions, stored_person

EVERY = timedelta(seconds=15)

AT_ONCE = 500
RETURNS_LAST = timedelta(days=30)
"""How long returns, and postbacks of no basket of ours, are kept.

They are of no use after a day; for a month they answer questions. Not longer: anybody can add rows
there.
"""
ADDRESSES_LAST = timedelta(days=30)
PREFILLS_LAST = timedelta(hours=1)
"""How long the orders that another page posted wait to be opened."""


def forget_tokens(services: Services) -> None:
    """Erase request_tokens before they have been here for five minutes, and access_tokens once they
    are worthless.
    """
    now = services.now()
    with services.store.writing() as conn:
        returns.forget_tokens(conn, now - TOKEN_LIFE + EVERY)
        sessions.forget_expired(conn, now)


def forget_prefills(services: Services) -> None:
    """Erase orders that other pages posted an hour ago."""
    with services.store.writing() as conn:
        prefills.erase_older(conn, services.now() - PREFILLS_LAST)


# Tasks wait in the worker's queue under this function's name: a new name would lose those of an
# update.
def call_unknown(services: Services) -> None:
    """Call every execution unknown from which nobody has come back for long."""
    with services.store.reading() as conn:
        overdue = executions.overdue(conn, services.now() - services.settings.unknown_after)
    for execution in overdue:
        mark_overdue(services, execution)


def erase_old(services: Services) -> None:
    """Erase everything that is older than it may be kept."""
    now = services.now()
    with services.store.writing() as conn:
        events.drop_addresses(conn, now - ADDRESSES_LAST)
        operators.erase_sessions(conn, now - ADDRESSES_LAST)
    before = now - services.settings.retention
    # In small steps, so that nobody waits long for the database.
    while _erase_some(services, before, max(before, now - RETURNS_LAST)):
        pass


def _erase_some(services: Services, before: datetime, returns_before: datetime) -> bool:
    """Erase a little of everything that is old; return whether there may be more."""
    with services.store.writing() as conn:
        execution_ids = stored_person.older(conn, before, AT_ONCE)
        stored_person.erase(conn, execution_ids)
        erased = (
            len(execution_ids),
            stored_person.erase_older_returns(conn, returns_before, AT_ONCE),
            postbacks.erase_older(conn, returns_before, AT_ONCE),
            stored_person.erase_older_sessions(conn, before, AT_ONCE),
            stored_person.erase_older_acts(conn, before, AT_ONCE),
        )
    return max(erased) >= AT_ONCE


def start_forgetting(services: Services, every: timedelta = EVERY) -> RepeatingThread:
    """Start a thread that erases tokens and prefills in time, until it is closed; return it."""

    # It runs in every process that answers requests: a process that can receive a token can also
    # erase it.
    def work() -> None:
        try:
            forget_tokens(services)
            forget_prefills(services)
        except StoreUnavailable as error:
            logging.getLogger(__name__).error("Not forgotten what is past its time: %s", error)

    return RepeatingThread("forget", work, every.total_seconds())
