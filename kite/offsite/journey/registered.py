"""The address at which Kite sends people back, as returns have shown it: Kite tells nobody which one is
registered.
"""

from datetime import timedelta

from kite.offsite.base.services import Parts
from kite.offsite.journey.token_exchange import Arrived, Landing, event
from kite.store.flow import events
from kite.store.flow.events import Event
from kite.vocabulary import Cause

KNOWN_FOR = timedelta(minutes=10)
"""How long a process does without looking the address up again."""


def wanted(parts: Parts) -> str:
    """Return the address that should be registered at Kite."""
    return f"{parts.settings.public_url}/redirect"


def last_seen(parts: Parts) -> Event | None:
    """Return the event of the last return that showed another address than the return before it, None when
    none ever did.

    `detail` of the event is the address.
    """
    with parts.store.reading() as conn:
        return next(iter(events.of_none(conn, [Cause.RETURN_ADDRESS], 1)), None)


def note(parts: Parts, arrived: Arrived, address: str) -> bool:
    """Remember where a return arrived, and say whether that is news.

    Only a return whose token belonged to this visit shows where Kite sends people; any link can name an
    address and a token.
    """
    if arrived.landing not in (Landing.RECEIPT, Landing.NEXT):
        return False
    if parts.answers.get(Cause.RETURN_ADDRESS, parts.now()) == address:
        return False
    seen = last_seen(parts)
    parts.answers.put(Cause.RETURN_ADDRESS, address, parts.now() + KNOWN_FOR)
    if address == (seen.detail if seen else wanted(parts)):
        return False
    with parts.store.writing() as conn:
        events.add(conn, event(parts.now(), None, Cause.RETURN_ADDRESS, address))
    return True
