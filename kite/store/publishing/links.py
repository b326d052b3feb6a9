"""Links: signed addresses of a published basket, with an end, a number of uses, a client's
reference and campaign fields.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, or_, select, update

from kite.store.base import publishing_tables, rows
from kite.store.base.engine import Connection


@dataclass(frozen=True)
class Link:
    """A link.

    A use is a press that recorded an execution; `most_uses` None means any number. `campaign` is
    JSON, name to text.
    """

    id: str
    published_id: str
    reference: str
    campaign: str
    ends_at: datetime | None
    most_uses: int | None
    uses: int
    created_at: datetime
    operator: str
    revoked_at: datetime | None = None


_c = publishing_tables.links.c
_ROW = select(*rows.columns(publishing_tables.links, Link))
_GET = _ROW.where(_c.id == bindparam("link"))
_OF = _ROW.where(_c.published_id == bindparam("basket")).order_by(_c.created_at.desc(), _c.id)
_REFERENCES = select(_c.id, _c.reference)
# The conditions are part of the update, so that two presses at once cannot both take the last use.
_USE = (
    update(publishing_tables.links)
    .where(
        _c.id == bindparam("link"),
        _c.revoked_at.is_(None),
        or_(_c.ends_at.is_(None), _c.ends_at > bindparam("now")),
        or_(_c.most_uses.is_(None), _c.uses < _c.most_uses),
    )
    .values(uses=_c.uses + 1)
)
_REVOKE = (
    update(publishing_tables.links)
    .where(_c.id == bindparam("link"), _c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


def add(conn: Connection, link: Link) -> None:
    """Keep a new link."""
    conn.execute(insert(publishing_tables.links), rows.values(link))


def get(conn: Connection, link_id: str) -> Link | None:
    """Return a link, whatever its state."""
    return next((Link(*row) for row in conn.execute(_GET, {"link": link_id})), None)


def of(conn: Connection, published_id: str) -> list[Link]:
    """Return the links of a published basket, newest first."""
    return [Link(*row) for row in conn.execute(_OF, {"basket": published_id})]


def references(conn: Connection) -> dict[str, str]:
    """Return the reference of every link, by its id."""
    return {row.id: row.reference for row in conn.execute(_REFERENCES)}


def use(conn: Connection, link_id: str, at: datetime) -> bool:
    """Count a use. False, and nothing counted, when the link is revoked, over, or used up."""
    return bool(conn.execute(_USE, {"link": link_id, "now": at}).rowcount)


def revoke(conn: Connection, link_id: str, at: datetime) -> bool:
    """Make a link invalid. True for the one caller that did."""
    return bool(conn.execute(_REVOKE, {"link": link_id, "now": at}).rowcount)
