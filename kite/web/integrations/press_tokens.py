"""The signed, dated token in the form of a published page.

It takes the place of a CSRF token in a cookie, and says which version and which quantities the page
showed. The page is the same for everybody and may be cached and shared, so its token never says who
pressed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kite.basket.items import Item, to_data
from kite.offsite.base.services import Services, new_id
from kite.offsite.journey import handoff
from kite.publishing.offers import Offer

OPENING = "opening"
"""The field into which a script writes a random text, a new one each time that the page is shown.

Without scripts it is empty.
"""

LASTS = timedelta(hours=24)
_PURPOSE = "press"


@dataclass(frozen=True)
class PressToken:
    """What a token says: when its page was made, which version it showed, a random text that names
    the page, and a digest of the orders on it.
    """

    made_at: datetime
    version: int
    name: str
    digest: str

    def is_old(self, now: datetime) -> bool:
        """Whether the page is too old to be pressed on."""
        return self.made_at + LASTS < now


def sign_token(services: Services, offer: Offer, items: Sequence[Item]) -> str:
    """Return the token of a form that starts this version of an offer, on a page that shows `items`
    with their quantities.
    """
    made_at = int(services.now().timestamp())
    return services.sealer.sign(
        _PURPOSE, [offer.basket.slug, offer.version.number, made_at, new_id(), orders_digest(items)]
    )


def read_token(services: Services, slug: str, text: str) -> PressToken | None:
    """Return the content of a form's token, None for one that is not ours or of another basket."""
    payload = services.sealer.verify(_PURPOSE, text)
    if payload is None or len(payload) != 5 or payload[0] != slug:
        return None
    _, version, made_at, name, digest = payload
    return PressToken(datetime.fromtimestamp(made_at, services.now().tzinfo), version, name, digest)


def orders_digest(items: Sequence[Item]) -> str:
    """Return a digest of the orders that a page shows: it differs when a quantity or an order
    differs.
    """
    return hashlib.sha256(to_data(items).encode()).hexdigest()[:32]


def press_key(visit: str, token: PressToken, handle: str, *sent: str) -> str:
    """Return the key of a press, for handoff.prepare: who pressed, on which page, and what that
    sends.

    With the `handle` of a page that waits for the ending, the key stays the same when that page is
    reloaded.
    """
    return handoff.form_key("published", visit, handle or token.name, str(token.version), *sent)
