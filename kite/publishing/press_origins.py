"""Where an execution comes from: its press, and whether somebody could still press in the same
way.
"""

from dataclasses import dataclass

from kite.exceptions import KiteError
from kite.offsite.base.services import Services
from kite.publishing import offers, permissions, sharing
from kite.publishing.offers import OfferStatus
from kite.publishing.sharing import LinkStatus
from kite.store.base.engine import Connection
from kite.store.flow.executions import Execution
from kite.store.publishing import links, presses, published
from kite.store.publishing.links import Link
from kite.store.publishing.presses import Press
from kite.store.publishing.published import Published, Version
from kite.vocabulary import State


class NotOffered(KiteError):
    """The basket under `slug` was changed or paused between the page and the press.

    Nothing was recorded.

    `link` is the signed text of the link that is revoked or over, "" when it is the basket itself
    that is not offered.
    """

    def __init__(self, slug: str, link: str = "") -> None:
        super().__init__(slug)
        self.slug, self.link = slug, link


class SiteNotListed(KiteError):
    """The site whose page brought the items is no longer on the list. Nothing was recorded."""


@dataclass(frozen=True)
class PressOrigin:
    """Where an execution comes from: its press, and of a published basket the version that was
    pressed.

    `gone` says why an execution that waits to be sent no longer may be: the basket is paused or
    over, or the site is not on the list any more.
    """

    press: Press
    version: Version | None
    gone: NotOffered | SiteNotListed | None


def press_origin(services: Services, conn: Connection, execution: Execution) -> PressOrigin | None:
    """Return where an execution comes from, None when it was composed here."""
    press = presses.of(conn, execution.id)
    if press is None:
        return None
    newest = newest_of(conn, press)
    version = gone = None
    if newest:
        version = newest[1]
    if version and version.number != press.version:
        version = published.version(conn, version.published_id, press.version or 0)
    # Later parts of a basket go on whatever was changed: half of it is placed already.
    if execution.state is State.PREPARED and execution.part == 1:
        gone = _withdrawn(services, conn, press, newest)
    return PressOrigin(press, version, gone)


def check_still_offered(services: Services, conn: Connection, execution: Execution) -> None:
    """Check that a basket could still be pressed as it was.

    Raises NotOffered when it came from a published basket that is changed, paused or over by now,
    or cannot be sent today, or by a link that was revoked or is over; SiteNotListed when its items
    came from a site that is no longer on the list. A link that is used up was used for this basket:
    sending it again is no further use.
    """
    press = presses.of(conn, execution.id)
    if press:
        check_press(services, conn, press)


def check_press(services: Services, conn: Connection, press: Press) -> None:
    """Check what `check_still_offered` checks, of a press."""
    gone = why_not_offered(services, conn, press)
    if gone:
        raise gone


def why_not_offered(services: Services, conn: Connection, press: Press) -> NotOffered | SiteNotListed | None:
    """Return what `check_still_offered` would raise of a press, None when it could be made again."""
    newest = newest_of(conn, press)
    if newest and not _still_offered(services, press, *newest):
        return NotOffered(newest[0].slug)
    return _withdrawn_way(services, conn, press, newest)


def newest_of(conn: Connection, press: Press) -> tuple[Published, Version] | None:
    """Return the published basket that was pressed, as it is offered now."""
    return published.get(conn, press.published_id) if press.published_id else None


def link_of(conn: Connection, press: Press) -> Link | None:
    """Return the link by which a press came."""
    return links.get(conn, press.link_id) if press.link_id else None


def _withdrawn(
    services: Services, conn: Connection, press: Press, newest: tuple[Published, Version] | None
) -> NotOffered | SiteNotListed | None:
    if newest and offers.offer_status(services, *newest) is not OfferStatus.LIVE:
        return NotOffered(newest[0].slug)
    return _withdrawn_way(services, conn, press, newest)


def _withdrawn_way(
    services: Services, conn: Connection, press: Press, newest: tuple[Published, Version] | None
) -> NotOffered | SiteNotListed | None:
    """Return why nobody could press in the same way any more: by its link, or on the site that
    brought the items.
    """
    if not press.published_id:
        listed = permissions.may_bring_items(services, conn, press.origin)
        return None if listed else SiteNotListed(press.origin)
    link = link_of(conn, press)
    # A link that is used up was used for this press too: that takes nothing back.
    if link and sharing.link_status(services, link) in (LinkStatus.REVOKED, LinkStatus.OVER):
        slug = newest[0].slug if newest else ""
        return NotOffered(slug, sharing.sign_link(services, link))
    return None


def _still_offered(services: Services, press: Press, basket: Published, version: Version) -> bool:
    return version.number == press.version and offers.judge(services, basket, version).works
