"""A press: somebody starts what an operator offers, and it becomes an execution, in one transaction with what led to it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from kite.basket.items import Item
from kite.exceptions import KiteError
from kite.offsite import handoff
from kite.offsite.parts import Parts
from kite.publishing.offers import Offer
from kite.store import events, links, presses, published
from kite.store.engine import Connection
from kite.store.events import Event
from kite.store.executions import Execution
from kite.store.presses import Press
from kite.vocabulary import Cause


class LinkUsedUp(KiteError):
    """The link is revoked, over, or was used as often as it may be. Nothing was recorded."""


class NotOffered(KiteError):
    """The basket was changed or paused between the page and the press. Nothing was recorded."""


@dataclass(frozen=True)
class Wish:
    """What came along with a press; "" for what did not.

    `link_id`, `reference` and `campaign` (JSON) are a link's. `origin` is the page that wants to hear the ending,
    `handle` the random name that it made, `return_to` an address that the caller has found on the operator's list.
    """

    link_id: str = ""
    reference: str = ""
    campaign: str = ""
    origin: str = ""
    handle: str = ""
    return_to: str = ""


def press(parts: Parts, offer: Offer, items: Sequence[Item], visit_id: str, wish: Wish) -> list[Execution]:
    """Record a press of an offer that works, with the quantities that the visitor chose, and count a use of its link.

    Raises NotOffered when it was changed or paused meanwhile, LinkUsedUp when the link is worth nothing any more.
    """

    def also(conn: Connection, prepared: Sequence[Execution]) -> None:
        newest = published.get(conn, offer.basket.id)
        if newest is None or newest[0].paused_at or newest[0].version != offer.version.number:
            raise NotOffered(offer.basket.slug)
        if wish.link_id and not links.use(conn, wish.link_id, parts.now()):
            raise LinkUsedUp(offer.basket.slug)
        _record(parts, conn, prepared, wish, offer)

    return handoff.prepare(parts, items, visit_id, also=also)


def press_inline(parts: Parts, items: Sequence[Item], visit_id: str, wish: Wish) -> list[Execution]:
    """Record a press of items that a page of an allowed site brought along. The caller has checked site and items."""

    def also(conn: Connection, prepared: Sequence[Execution]) -> None:
        _record(parts, conn, prepared, wish)

    return handoff.prepare(parts, items, visit_id, also=also)


def handle_of(name: str) -> str | None:
    """Return what is stored of the random name by which a page asks for the ending, None for none."""
    return hashlib.sha256(name.encode()).hexdigest() if name else None


def _record(parts: Parts, conn: Connection, prepared: Sequence[Execution], wish: Wish, offer: Offer | None = None) -> None:
    """Keep a press with every part; the first carries the handle, which names one execution."""
    for execution in prepared:
        made = Press(
            execution_id=execution.id,
            published_id=offer.basket.id if offer else None,
            version=offer.version.number if offer else None,
            hash=offer.version.hash if offer else "",
            link_id=wish.link_id or None,
            reference=wish.reference,
            campaign=wish.campaign,
            origin=wish.origin,
            handle=handle_of(wish.handle) if execution.part == 1 else None,
            return_to=wish.return_to,
            at=parts.now(),
        )
        presses.add(conn, made)
        detail = f"{offer.basket.slug}, version {offer.version.number}, {offer.version.hash[:8]}" if offer else wish.origin
        events.add(conn, Event(parts.now(), execution.id, None, None, Cause.PRESSED, detail))
