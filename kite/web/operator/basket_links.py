"""The links of a published basket on the operator's page: a row for each, and the form of a new
one.
"""

import json
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext

from kite.basket.numbers import Unreadable, whole_number
from kite.publishing import sharing
from kite.publishing.sharing import LinkRefused
from kite.store.publishing.links import Link
from kite.store.publishing.published import Published
from kite.texts import typable
from kite.vocabulary import IST, N_
from kite.web.operator.draft_form import TIME
from kite.web.site.context import services

LINK_STATUS_LABELS = {
    sharing.LinkStatus.GOOD: N_("works"),
    sharing.LinkStatus.REVOKED: N_("revoked"),
    sharing.LinkStatus.OVER: N_("over"),
    sharing.LinkStatus.USED_UP: N_("used up"),
    sharing.LinkStatus.TAMPERED: N_("not whole"),
}


def link_row(link: Link, basket: Published) -> dict[str, Any]:
    """Return what the page shows of a link: its address, and whether it still works."""
    status = sharing.link_status(services(), link)
    return {
        "link": link,
        "url": sharing.address(services(), basket.slug, sharing.sign_link(services(), link)),
        "works": status is sharing.LinkStatus.GOOD,
        "worth": gettext(LINK_STATUS_LABELS[status]),
        "campaign": json.loads(link.campaign),
    }


def posted_link() -> dict[str, Any]:
    """Return the fields of a new link from its form.

    Raises LinkRefused for texts that cannot be read.
    """
    uses, ends = request.form.get("most_uses", "").strip(), request.form.get("ends_at", "").strip()
    most_uses = ends_at = None
    try:
        if uses:
            most_uses = whole_number(uses)
        if ends:
            ends_at = datetime.strptime(ends[:16], TIME).replace(tzinfo=IST)
    except (Unreadable, ValueError):
        raise LinkRefused(
            N_("Enter a number of uses and a time, like 2026-11-27T15:30, or leave them empty.")
        ) from None
    # One field a line, or pasted from an address: utm_source=whatsapp&utm_medium=chat.
    pairs = (
        line.partition("=")
        for line in typable(request.form.get("campaign", "").replace("\n", "&")).split("&")
    )
    campaign = {name.strip(): text.strip() for name, _, text in pairs if name.strip()}
    return {
        "reference": typable(request.form.get("reference", "")).strip(),
        "campaign": campaign,
        "most_uses": most_uses,
        "ends_at": ends_at,
    }
