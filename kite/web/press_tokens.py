"""The signed, dated token of a published page's form: it stands in place of a cookie, and names the page that was pressed on.

A published page is the same for everybody and may be cached and shared. So its token alone never says who pressed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kite.offsite import handoff
from kite.offsite.parts import Parts, new_id
from kite.publishing.offers import Offer

OPENING = "opening"
"""The field in which a script writes a random text that only this opening of the page has. Without scripts it is empty."""

LASTS = timedelta(hours=24)
_PURPOSE = "press"


@dataclass(frozen=True)
class PressToken:
    """What a token says: when its page was made, which version it showed, and a random text that names the page."""

    made_at: datetime
    version: int
    name: str

    def is_old(self, now: datetime) -> bool:
        """Whether the page is too old to be pressed on."""
        return self.made_at + LASTS < now


def sign(parts: Parts, offer: Offer) -> str:
    """Return the token of a form that starts this version of an offer."""
    return parts.sealer.sign(_PURPOSE, [offer.basket.slug, offer.version.number, int(parts.now().timestamp()), new_id()])


def read(parts: Parts, slug: str, text: str) -> PressToken | None:
    """Return what the token of a form of this basket says, None for one that is not ours."""
    payload = parts.sealer.verify(_PURPOSE, text)
    if payload is None or len(payload) != 4 or payload[0] != slug:
        return None
    _, version, made_at, name = payload
    return PressToken(datetime.fromtimestamp(made_at, parts.now().tzinfo), version, name)


def key(visit: str, token: PressToken, handle: str, *sent: str) -> str:
    """Return the key of a press, for handoff.prepare: who pressed, on which page, and what that sends.

    A page that waits for the ending under a `handle` of its own stays the same page when it is loaded again.
    """
    return handoff.form_key("published", visit, handle or token.name, str(token.version), *sent)
