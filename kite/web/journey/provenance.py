"""Where a basket came from, when it was not composed here: the published basket with its version and hash,
the site, the reference.
"""

from flask import make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.publishing.press_origins import NotOffered, PressOrigin, SiteNotListed
from kite.store.flow.executions import Execution
from kite.vocabulary import N_

SITE_NO_LONGER_LISTED = N_(
    "This basket came from a button on %(site)s. Buttons there may no longer send orders of their own from"
    " here."
)

Fact = tuple[str, str] | tuple[str, str, str]
"""A label, a text, and how it is set."""


def origin_facts(origin: PressOrigin | None) -> list[Fact]:
    """Return what led to an execution as lines for its pages; none for one that was composed here."""
    if origin is None:
        return []
    lines: list[Fact] = []
    press, version = origin.press, origin.version
    if version:
        lines.append((gettext("Published basket"), version.title))
        lines.append((gettext("Author"), version.author))
        lines.append(
            (
                gettext("Version"),
                gettext("%(number)s, %(hash)s", number=version.number, hash=version.hash[:8]),
            )
        )
    if press.origin:
        lines.append((gettext("Pressed on"), press.origin.removeprefix("https://")))
    if press.reference:
        lines.append((gettext("Reference"), press.reference))
    return lines


def refusal(gone: NotOffered | SiteNotListed, execution: Execution | None = None) -> Response:
    """Answer a hand-off that its origin no longer allows: with the page of the published basket or its link,
    which says why, or with a refusal.

    `execution` is given when its receipt belongs to this visit.
    """
    if isinstance(gone, NotOffered):
        return redirect(url_for("published.show", slug=gone.slug, l=gone.link or None), 303)
    reason = gettext(SITE_NO_LONGER_LISTED, site=str(gone).removeprefix("https://"))
    return make_response(
        render_template("journey/button_refused.html", reason=reason, execution=execution), 403
    )
