"""A press: somebody starts a basket that an operator offers.

Execution and press are recorded in one transaction.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kite.basket.items import Item
from kite.exceptions import KiteError
from kite.offsite.base.services import Services
from kite.offsite.journey import handoff, resend
from kite.publishing import sharing
from kite.publishing.offers import Offer
from kite.publishing.press_origins import NotOffered, check_press, link_of, newest_of
from kite.store.base.engine import Connection
from kite.store.flow import copies, events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import PressSource
from kite.store.flow.executions import Execution
from kite.store.publishing import links, presses, published
from kite.store.publishing.presses import Press

HANDLE = re.compile(r"[A-Za-z0-9_-]{22,100}")
"""A handle is a secret, since it opens the ending: it is at least as long as 128 random bits
are.
"""


class LinkUsedUp(KiteError):
    """The link is revoked, over, or was used as often as it may be. Nothing was recorded."""


@dataclass(frozen=True)
class PressDetails:
    """What came along with a press; "" for what did not.

    `link_id`, `reference` and `campaign` (JSON) are a link's. `origin` is the page that waits for
    the ending, `handle` the random name that it made, `return_to` an address that the caller has
    found on the operator's list.
    """

    link_id: str = ""
    reference: str = ""
    campaign: str = ""
    origin: str = ""
    handle: str = ""
    return_to: str = ""


def press(
    services: Services,
    offer: Offer,
    items: Sequence[Item],
    visit_id: str,
    details: PressDetails,
    form_key: str,
) -> list[Execution]:
    """Record a press of an offer that works, with the quantities that the visitor chose, count a
    use of its link, and return the basket's parts.

    Of several presses with the same `form_key` the first is recorded. Raises NotOffered when the
    offer was changed or paused meanwhile, and LinkUsedUp when the link does not work any more.
    """

    def also(conn: Connection, prepared: Sequence[Execution]) -> None:
        # Looked up anew inside the transaction: what is recorded is what was offered at that
        # moment.
        newest = published.get(conn, offer.basket.id)
        if newest is None or newest[0].paused_at or newest[0].version != offer.version.number:
            raise NotOffered(offer.basket.slug)
        if details.link_id and not links.use(conn, details.link_id, services.now()):
            raise LinkUsedUp(offer.basket.slug)
        _record(services, conn, prepared, details, offer)

    return handoff.prepare(services, items, visit_id, form_keys=[form_key], also=also)


def press_inline(
    services: Services, items: Sequence[Item], visit_id: str, details: PressDetails, form_key: str
) -> list[Execution]:
    """Record a press of items that a page of an allowed site brought along, and return the basket's
    parts.

    The caller has checked site and items. Of several presses with the same `form_key` the first is
    recorded.
    """

    def also(conn: Connection, prepared: Sequence[Execution]) -> None:
        _record(services, conn, prepared, details)

    return handoff.prepare(services, items, visit_id, form_keys=[form_key], also=also)


def send_again(services: Services, execution: Execution, visit_id: str) -> list[Execution]:
    """Record a cancelled basket once more, however often that is pressed, and return its parts.

    It gets the same press, so the page or app that waits for the ending gets that of the new
    basket. Raises what check_still_offered raises.
    """

    def also(conn: Connection, prepared: Sequence[Execution]) -> None:
        press = presses.of(conn, execution.id)
        if press is None:
            return
        check_press(services, conn, press)
        # A handle names one execution; `ending_for_handle` follows from that one to this.
        for part in prepared:
            presses.add(conn, replace(press, execution_id=part.id, handle=None, at=services.now()))

    return resend.prepare(services, execution.items, visit_id, execution.id, also=also)


def own_copy(conn: Connection, original: Execution, visit_id: str) -> Execution | None:
    """Return a visit's own execution of somebody else's basket, None when it has not pressed
    there.
    """
    copied = copies.of(conn, original.id, visit_id)
    return executions.get(conn, copied) if copied else None


def press_anew(services: Services, original: Execution, visit_id: str) -> Execution:
    """Record the press of somebody who opened another person's hand-off page, and return their
    execution: the same items, with a tag of its own.

    There is one for each visit and basket, however often and how many at once press. Raises what
    check_still_offered raises.
    """

    def also(conn: Connection, prepared: Sequence[Execution]) -> None:
        copies.add(conn, original.id, visit_id, prepared[0].id)
        press = presses.of(conn, original.id)
        if press:
            check_press(services, conn, press)
            _use_link(services, conn, press)
        for execution in prepared:
            now = services.now()
            events.note(conn, now, EventCause.COPIED, execution.id)
            if press:
                # Without handle and address: the page and the app that wait there are the other
                # person's.
                copied = replace(press, execution_id=execution.id, handle=None, return_to="", at=now)
                presses.add(conn, copied)

    # The key is unique: of several presses at once, in any process, one records the basket.
    key = handoff.form_key("copy", visit_id, original.id)
    return handoff.prepare(services, original.items, visit_id, form_keys=[key], also=also)[0]


def _use_link(services: Services, conn: Connection, press: Press) -> None:
    """Count a use of the link through which a press came.

    Raises NotOffered when it was used as often as it may be.
    """
    link, newest = link_of(conn, press), newest_of(conn, press)
    if link and newest and not links.use(conn, link.id, services.now()):
        raise NotOffered(newest[0].slug, sharing.sign_link(services, link))


def hash_handle(name: str) -> str | None:
    """Return the stored hash of the random name by which a page asks for the ending, None for no
    name and for one that could be guessed.
    """
    if not HANDLE.fullmatch(name):
        return None
    return hashlib.sha256(name.encode()).hexdigest()


def _record(
    services: Services,
    conn: Connection,
    prepared: Sequence[Execution],
    details: PressDetails,
    offer: Offer | None = None,
) -> None:
    """Record a press with every part; only the first carries the handle, which names one
    execution.
    """
    published_id = version = None
    content_hash, source = "", PressSource(origin=details.origin)
    if offer:
        published_id, version, content_hash = offer.basket.id, offer.version.number, offer.version.hash
        source = PressSource(slug=offer.basket.slug, version=version, hash=content_hash[:8])
    for execution in prepared:
        recorded = Press(
            execution_id=execution.id,
            published_id=published_id,
            version=version,
            hash=content_hash,
            link_id=details.link_id or None,
            reference=details.reference,
            campaign=details.campaign,
            origin=details.origin,
            handle=hash_handle(details.handle) if execution.part == 1 else None,
            return_to=details.return_to,
            at=services.now(),
        )
        presses.add_taking_handle(conn, recorded, execution.visit_id)
        events.note(conn, services.now(), EventCause.PRESSED, execution.id, data=source)
