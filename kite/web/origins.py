"""Where a basket came from, when it was not composed here: the published basket with its version and hash, the site, the reference."""

from flask_babel import gettext

from kite.store import published
from kite.store.presses import Press
from kite.web.parts import parts

Fact = tuple[str, str] | tuple[str, str, str]
"""A label, a text, and how it is set."""


def facts(press: Press | None) -> list[Fact]:
    """Return what led to an execution, as lines for its pages; nothing for one that was composed here."""
    if press is None:
        return []
    told: list[Fact] = []
    version = None
    if press.published_id and press.version:
        with parts().store.reading() as conn:
            version = published.version(conn, press.published_id, press.version)
    if version:
        told.append((gettext("Published basket"), version.title))
        told.append((gettext("Author"), version.author))
        told.append((gettext("Version"), gettext("%(number)s, %(hash)s", number=version.number, hash=version.hash[:8])))
    if press.origin:
        told.append((gettext("Pressed on"), press.origin.removeprefix("https://")))
    if press.reference:
        told.append((gettext("Reference"), press.reference))
    return told
