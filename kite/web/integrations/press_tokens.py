"""The signed, dated tokens in the forms of pages that know no visit: a published basket's, and the
page that follows the press of a button elsewhere.

They take the place of a CSRF token in a cookie. A published page is the same for everybody and may
be cached and shared, so its token never says who pressed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

from kite.basket.basket_data import from_data, to_data
from kite.basket.items import Item
from kite.exceptions import BasketError
from kite.offsite.base.services import Services, new_id
from kite.offsite.journey import handoff
from kite.payloads import Payload
from kite.publishing.offers import Offer

OPENING = "opening"
"""The field into which a script writes a random text, a new one each time that the page is shown.

Without scripts it is empty.
"""

LASTS = timedelta(hours=24)
"""How long a published page may be pressed on."""
EMBEDDED_LASTS = timedelta(minutes=10)
"""How long the page that follows a button may wait before it posts the press.

It does so at once, or when its own button is pressed.
"""


@dataclass(frozen=True)
class PressToken(Payload):
    """What the token of a published page says: its basket, which version it showed, when it was
    made, a random text that names the page, and a digest of the orders on it.
    """

    PURPOSE = "press"

    slug: str
    version: int
    made_at: datetime
    name: str
    digest: str

    def is_old(self, now: datetime) -> bool:
        """Whether the page is too old to be pressed on."""
        return now - self.made_at > LASTS


@dataclass(frozen=True)
class EmbeddedPress(Payload):
    """What the press of a button on another site's page asks for: a published basket, or orders
    that the page brings.

    `data` is the JSON of these orders, "" for a published basket; `slug` and `amount` are "" for
    orders. `origin` is the page's, "" when it is hidden. `page` is its address when our page took
    its place in the window, for a link back. `name` is a random text that only our own page has.
    """

    PURPOSE = "embedded press"

    slug: str
    data: str
    origin: str
    handle: str
    amount: str
    page: str
    name: str
    made_at: datetime

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The orders that the page brings, none for a published basket.

        Raises BasketError for `data` that holds no basket; a press that was read from a token holds
        one.
        """
        return tuple(from_data(self.data)) if self.data else ()

    @classmethod
    def unpack(cls, packed: object) -> Self | None:
        """Return a press whose orders can be read, None for anything else."""
        press = super().unpack(packed)
        if press is None or not press.data:
            return press
        try:
            return press if press.items else None
        except BasketError:
            return None

    def is_old(self, now: datetime) -> bool:
        """Whether our page waited too long."""
        return now - self.made_at > EMBEDDED_LASTS


def sign_token(services: Services, offer: Offer, items: Sequence[Item]) -> str:
    """Return the token of a form that starts this version of an offer, on a page that shows `items`
    with their quantities.
    """
    return services.sealer.sign(
        PressToken(
            offer.basket.slug,
            offer.version.number,
            services.now(),
            name=new_id(),
            digest=orders_digest(items),
        )
    )


def read_token(services: Services, slug: str, text: str) -> PressToken | None:
    """Return the content of a form's token, None for one that is not ours or of another basket."""
    token = services.sealer.verify(PressToken, text)
    if token is None or token.slug != slug:
        return None
    return token


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
