"""Published baskets: what operators offer to others.

Every change is a new version; old ones stay, because executions refer to them.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from sqlalchemy import bindparam, insert, select, update

from kite.basket.basket_data import from_data
from kite.basket.items import Item
from kite.store.base import publishing_tables, rows
from kite.store.base.engine import Connection


@dataclass(frozen=True)
class Published:
    """A basket under its address /b/<slug>.

    `version` is the newest; paused while `paused_at` is set.
    """

    id: str
    slug: str
    version: int
    paused_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Version:
    """The content of a basket from one change to the next.

    `data` is the JSON of its items; `readonly` ones are locked at Kite. With an `amount` (rupees, a
    decimal text) the quantities follow the amount that a visitor types, by `weights` (a JSON list
    of decimal texts, "" for equal ones). `hash` is the SHA-256 of all that a visitor is shown, in
    hex. `operator` is the name of who made it.
    """

    published_id: str
    number: int
    hash: str
    title: str
    rationale: str
    author: str
    registration: str
    disclosure: str
    valid_from: datetime | None
    valid_until: datetime | None
    data: str
    amount: str
    weights: str
    created_at: datetime
    operator: str

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items as they were published."""
        return _parsed(self.data)


@lru_cache(maxsize=256)
def _parsed(data: str) -> tuple[Item, ...]:
    """Read the items of `data` once: the same few baskets are looked at and pressed again and
    again.
    """
    return tuple(from_data(data))


_p, _v = publishing_tables.published.c, publishing_tables.published_versions.c
_BOTH = select(
    *rows.columns(publishing_tables.published, Published),
    *rows.columns(publishing_tables.published_versions, Version),
).join(publishing_tables.published_versions, _v.published_id == _p.id)
_NEWEST = _BOTH.where(_v.number == _p.version)
_BY_SLUG = _NEWEST.where(_p.slug == bindparam("called"))
_BY_ID = _NEWEST.where(_p.id == bindparam("basket"))
_ALL = _NEWEST.order_by(_p.created_at.desc(), _p.id)
_VERSIONS = (
    select(*rows.columns(publishing_tables.published_versions, Version))
    .where(_v.published_id == bindparam("basket"))
    .order_by(_v.number.desc())
)
_ONE_VERSION = _VERSIONS.where(_v.number == bindparam("which"))
_COUNT_UP = (
    update(publishing_tables.published)
    .where(_p.id == bindparam("basket"), _p.version == bindparam("after"))
    .values(version=bindparam("after") + 1)
)
_PAUSE = (
    update(publishing_tables.published)
    .where(_p.id == bindparam("basket"), _p.paused_at.is_(None))
    .values(paused_at=bindparam("now"))
)
_GO_ON = (
    update(publishing_tables.published)
    .where(_p.id == bindparam("basket"), _p.paused_at.is_not(None))
    .values(paused_at=None)
)
_PUBLISHED = len(rows.columns(publishing_tables.published, Published))


def add(conn: Connection, basket: Published, version: Version) -> bool:
    """Store a new basket with its first version; False when the slug is taken."""
    if not rows.insert_unless_present(conn, publishing_tables.published, rows.values(basket), "slug"):
        return False
    conn.execute(insert(publishing_tables.published_versions), rows.values(version))
    return True


def change(conn: Connection, version: Version) -> bool:
    """Store the next version of a basket; False when somebody else made that version first."""
    if not conn.execute(_COUNT_UP, {"basket": version.published_id, "after": version.number - 1}).rowcount:
        return False
    conn.execute(insert(publishing_tables.published_versions), rows.values(version))
    return True


def by_slug(conn: Connection, slug: str) -> tuple[Published, Version] | None:
    """Return a basket with its newest version, by its address."""
    return next(iter(_pairs(conn, _BY_SLUG, called=slug)), None)


def get(conn: Connection, published_id: str) -> tuple[Published, Version] | None:
    """Return a basket with its newest version."""
    return next(iter(_pairs(conn, _BY_ID, basket=published_id)), None)


def list_all(conn: Connection) -> list[tuple[Published, Version]]:
    """Return all baskets with their newest versions, the newest basket first."""
    return _pairs(conn, _ALL)


def versions(conn: Connection, published_id: str) -> list[Version]:
    """Return every version of a basket, the newest first."""
    return [Version(*row) for row in conn.execute(_VERSIONS, {"basket": published_id})]


def version(conn: Connection, published_id: str, number: int) -> Version | None:
    """Return one version of a basket."""
    row = conn.execute(_ONE_VERSION, {"basket": published_id, "which": number}).first()
    return Version(*row) if row else None


def pause(conn: Connection, published_id: str, at: datetime) -> bool:
    """Stop offering a basket. True for the one caller that did."""
    return bool(conn.execute(_PAUSE, {"basket": published_id, "now": at}).rowcount)


def resume(conn: Connection, published_id: str) -> bool:
    """Offer a paused basket again. True for the one caller that did."""
    return bool(conn.execute(_GO_ON, {"basket": published_id}).rowcount)


def _pairs(conn: Connection, statement: object, **values: object) -> list[tuple[Published, Version]]:
    rows_of_both = conn.execute(statement, values)  # type: ignore[call-overload]
    return [(Published(*row[:_PUBLISHED]), Version(*row[_PUBLISHED:])) for row in rows_of_both]
