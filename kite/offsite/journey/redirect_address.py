"""The address to which Kite sends people back.

Returns show it: Kite has no call for the registered one.
"""

from datetime import timedelta

from kite.offsite.base.services import Services
from kite.offsite.journey.token_exchange import Landing, ReturnResult
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import ReturnAddress
from kite.store.flow.events import Event

KNOWN_FOR = timedelta(minutes=10)
"""How long a process remembers the address before it looks it up again."""


def expected_address(services: Services) -> str:
    """Return the address that should be registered at Kite."""
    return f"{services.settings.public_url}/redirect"


def latest_change(services: Services) -> Event | None:
    """Return the event of the last return that showed another address than the return before it,
    None when none ever did. It says a ReturnAddress.
    """
    with services.store.reading() as conn:
        return next(iter(events.without_execution(conn, [EventCause.RETURN_ADDRESS], 1)), None)


def note_address(services: Services, result: ReturnResult, address: str) -> bool:
    """Record at which address a return arrived; return whether that is news.

    Only a return whose token belonged to this visit shows where Kite sends people; any link can
    name an address and a token.
    """
    if result.landing not in (Landing.RECEIPT, Landing.NEXT):
        return False
    if services.answers.get(EventCause.RETURN_ADDRESS) == address:
        return False
    change = latest_change(services)
    known = change.unpack(ReturnAddress).address if change else expected_address(services)
    services.answers.put(EventCause.RETURN_ADDRESS, address, services.now() + KNOWN_FOR)
    if address == known:
        return False
    with services.store.writing() as conn:
        events.note(conn, services.now(), EventCause.RETURN_ADDRESS, data=ReturnAddress(address))
    return True
