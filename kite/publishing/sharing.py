"""Sharing an offer: its address, its signed links, its QR code."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import segno

from kite.exceptions import KiteError
from kite.offsite.base.services import Services, new_id
from kite.payloads import Payload
from kite.store.base.engine import Connection
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import BasketLink
from kite.store.publishing import links
from kite.store.publishing.links import Link
from kite.store.publishing.published import Published
from kite.vocabulary import N_

LONGEST_REFERENCE = 80
MOST_CAMPAIGN = 10
MOST_USES = 1_000_000


@dataclass(frozen=True)
class SignedLink(Payload):
    """What the address of a link carries: uses, end and reference are looked up."""

    PURPOSE = "link"

    link_id: str


class LinkRefused(KiteError):
    """A link that cannot be made. The sentence says why."""


class LinkStatus(StrEnum):
    """Whether a link that somebody opened works."""

    GOOD = "good"
    TAMPERED = "tampered"
    REVOKED = "revoked"
    OVER = "over"
    USED_UP = "used_up"


def address(services: Services, slug: str, signed: str = "") -> str:
    """Return the address of an offer, of one link when `signed` is given."""
    offer = f"{services.settings.public_url}/b/{slug}"
    return f"{offer}?l={signed}" if signed else offer


def make_link(
    services: Services,
    basket: Published,
    operator: str,
    *,
    reference: str = "",
    campaign: Mapping[str, str] | None = None,
    ends_at: datetime | None = None,
    most_uses: int | None = None,
) -> Link:
    """Make a link to a published basket and return it.

    Raises LinkRefused for one that cannot be made.
    """
    fields = {name.strip(): text.strip() for name, text in (campaign or {}).items() if name.strip()}
    _check_texts(reference, fields)
    if ends_at is not None and ends_at <= services.now():
        raise LinkRefused(N_("The end is past already."))
    if most_uses is not None and not 1 <= most_uses <= MOST_USES:
        raise LinkRefused(N_("Enter how often the link may be used, 1 or more, or leave it empty."))
    link = Link(
        new_id(),
        basket.id,
        reference.strip(),
        json.dumps(fields, ensure_ascii=False),
        ends_at,
        most_uses,
        0,
        services.now(),
        operator,
    )
    with services.store.writing() as conn:
        links.add(conn, link)
        _note(services, conn, EventCause.LINK_MADE, basket, link)
    return link


def _check_texts(reference: str, campaign: Mapping[str, str]) -> None:
    """Check that a link's texts are not too long or too many. Raises LinkRefused."""
    texts = (reference, *campaign, *campaign.values())
    if len(campaign) > MOST_CAMPAIGN or any(len(text) > LONGEST_REFERENCE for text in texts):
        raise LinkRefused(
            N_(
                "A reference and a campaign’s fields have at most 80 letters each, and there are at most ten"
                " fields."
            )
        )


def revoke_link(services: Services, basket: Published, link_id: str) -> None:
    """Make a link of this basket worthless, at once."""
    with services.store.writing() as conn:
        link = links.get(conn, link_id)
        if link and link.published_id == basket.id and links.revoke(conn, link_id, services.now()):
            _note(services, conn, EventCause.LINK_REVOKED, basket, link)


def _note(services: Services, conn: Connection, cause: EventCause, basket: Published, link: Link) -> None:
    events.note(conn, services.now(), cause, data=BasketLink(basket.slug, link.reference))


def sign_link(services: Services, link: Link) -> str:
    """Return the signed text that names a link in an address; nobody else can make one."""
    return services.sealer.sign(SignedLink(link.id))


def judge_link(
    conn: Connection, services: Services, basket: Published, text: str
) -> tuple[Link | None, LinkStatus]:
    """Return the link that a text from an address names, and whether it works; None for one that
    was tampered with.
    """
    signed = services.sealer.verify(SignedLink, text)
    if signed is None:
        return None, LinkStatus.TAMPERED
    link = links.get(conn, signed.link_id)
    if link is None or link.published_id != basket.id:
        return None, LinkStatus.TAMPERED
    return link, link_status(services, link)


def is_personal(link: Link) -> bool:
    """Whether a link is for one person: it shows who presses, or can be used up.

    Whoever shares its page shares the basket's own address instead.
    """
    return bool(link.reference) or link.most_uses is not None


def link_status(services: Services, link: Link) -> LinkStatus:
    """Return whether a link still works, and if not why."""
    if link.revoked_at:
        return LinkStatus.REVOKED
    if link.ends_at and services.now() >= link.ends_at:
        return LinkStatus.OVER
    if link.most_uses is not None and link.uses >= link.most_uses:
        return LinkStatus.USED_UP
    return LinkStatus.GOOD


def qr_code(text: str) -> bytes:
    """Return the QR code of an address as SVG, dark on white with the quiet border that cameras
    need.
    """
    picture = io.BytesIO()
    # Level M bears a crease or a stain, and stays coarse enough for a phone held at arm's length.
    segno.make(text, micro=False, error="m").save(
        picture, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, title="QR"
    )
    return picture.getvalue()
