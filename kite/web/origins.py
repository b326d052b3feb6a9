"""Where a basket came from, when it was not composed here: the published basket with its version and hash, the site, the reference."""

from flask_babel import gettext

from kite.store import presses, published
from kite.web.parts import parts

Fact = tuple[str, str] | tuple[str, str, str]
"""A label, a text, and how it is set."""


def facts(execution_id: str) -> list[Fact]:
    """Return what led to an execution, as lines for its pages; nothing for one that was composed here."""
    with parts().store.reading() as conn:
        press = presses.of(conn, execution_id)
        version = published.version(conn, press.published_id, press.version) if press and press.published_id and press.version else None
    told: list[Fact] = []
    if version:
        told.append((gettext("Published basket"), version.title))
        told.append((gettext("Author"), version.author))
        told.append((gettext("Version"), gettext("%(number)s, %(hash)s", number=version.number, hash=version.hash[:8])))
    if press and press.origin:
        told.append((gettext("Pressed on"), press.origin.removeprefix("https://")))
    if press and press.reference:
        told.append((gettext("Reference"), press.reference))
    return told
