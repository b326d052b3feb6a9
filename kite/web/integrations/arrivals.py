"""How somebody came to the page of a published basket: by which link, and who waits for the ending.

Everything is read from the address or the form, where anybody can write anything, and checked here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import abort

from kite.publishing import offers, permissions, sharing
from kite.publishing.drafts import SLUG
from kite.publishing.offers import Offer
from kite.publishing.pressing import PressDetails
from kite.publishing.sharing import LinkStatus
from kite.store.base.engine import Connection
from kite.store.people.allowed_sites import RETURN_TO
from kite.store.publishing import published
from kite.store.publishing.links import Link
from kite.web.site.context import services

LONGEST_HANDLE = 100


@dataclass(frozen=True)
class Arrival:
    """How somebody came here: to which offer, by which link, and who waits for the ending.

    `signed_link` is the text of the link in the address, "" without one.
    """

    offer: Offer
    link: Link | None
    link_status: LinkStatus
    press_details: PressDetails
    signed_link: str = ""

    @property
    def shareable_link(self) -> str:
        """The link that the page passes on, "" for the basket's own address.

        A link that is one person's is not passed on: it would name that person at every press, or
        be used up.
        """
        if self.link and self.link_status is LinkStatus.GOOD and not sharing.is_personal(self.link):
            return self.signed_link
        return ""


def read_arrival(conn: Connection, slug: str, fields: Mapping[str, str]) -> Arrival:
    """Return the offer, the link, and who waits for the ending.

    Values that are not allowed are ignored.

    Aborts with 404 when there is no such basket.
    """
    if not SLUG.fullmatch(slug):
        abort(404)
    text = fields.get("l", "")
    link, link_status = None, LinkStatus.GOOD
    basket, version = published.by_slug(conn, slug) or abort(404)
    if text:
        link, link_status = sharing.judge_link(conn, services(), basket, text)
    details = PressDetails(
        origin=_valid_origin(fields.get("origin", "")),
        handle=_valid_handle(fields.get("handle", "")),
        return_to=_permitted_return(conn, fields.get("return_to", "")),
    )
    if link:
        details = replace(details, link_id=link.id, reference=link.reference, campaign=link.campaign)
    return Arrival(offers.judge(services(), basket, version), link, link_status, details, text)


def _valid_origin(text: str) -> str:
    """Return `text` when it is the origin of a page that may wait for an ending, "" otherwise."""
    if not text:
        return ""
    try:
        return permissions.read_origin(text)
    except permissions.NotPermitted:
        return ""


def _valid_handle(text: str) -> str:
    if len(text) > LONGEST_HANDLE:
        return ""
    return text


def _permitted_return(conn: Connection, address: str) -> str:
    # Only listed addresses: anybody can write one into a link, and the ending with its code would
    # go there.
    if permissions.is_permitted(conn, RETURN_TO, address):
        return address
    return ""
