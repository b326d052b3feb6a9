"""The signed, dated token of a published page's form: it stands in place of a cookie, and names the page that
was pressed on.

A published page is the same for everybody and may be cached and shared. So its token alone never says who
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
"""The field in which a script writes a random text that only this opening of the page has.

Without scripts it is empty.
"""

LASTS = timedelta(hours=24)
_PURPOSE = "press"


@dataclass(frozen=True)
class PressToken:
    """What a token says: when its page was made, which version it showed, a random text that names the page,
    and what it showed of the orders.
    """

    made_at: datetime
    version: int
    name: str
    figures: str

    def is_old(self, now: datetime) -> bool:
        """Whether the page is too old to be pressed on."""
        return self.made_at + LASTS < now


def sign(services: Services, offer: Offer, items: Sequence[Item]) -> str:
    """Return the token of a form that starts this version of an offer, on a page that shows `items` with
    their quantities.
    """
    made_at = int(services.now().timestamp())
    return services.sealer.sign(
        _PURPOSE, [offer.basket.slug, offer.version.number, made_at, new_id(), figures(items)]
    )


def read(services: Services, slug: str, text: str) -> PressToken | None:
    """Return what the token of a form of this basket says, None for one that is not ours."""
    payload = services.sealer.verify(_PURPOSE, text)
    if payload is None or len(payload) != 5 or payload[0] != slug:
        return None
    _, version, made_at, name, shown_figures = payload
    return PressToken(datetime.fromtimestamp(made_at, services.now().tzinfo), version, name, shown_figures)


def figures(items: Sequence[Item]) -> str:
    """Return what stands for the orders that a page shows: another quantity, or an order more or less, is
    another text.
    """
    return hashlib.sha256(to_data(items).encode()).hexdigest()[:32]


def key(visit: str, token: PressToken, handle: str, *sent: str) -> str:
    """Return the key of a press, for handoff.prepare: who pressed, on which page, and what that sends.

    A page that waits for the ending under a `handle` of its own stays the same page when it is loaded again.
    """
    return handoff.form_key("published", visit, handle or token.name, str(token.version), *sent)
