"""Baskets that wait for a person's decision, saved under a random id so that a login in between
loses nothing.

A basket ends once. A second press leads to the same address as the first.
"""

import json
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, Row, delete, insert, select, update

from kite.simulator.core.items import Item
from kite.simulator.core.ledger_tables import authorisations, baskets, calls, conversions, orders
from kite.simulator.core.sessions import forget_old, new_token

DAY = 86_400_000
PLACED, CANCELLED = "placed", "cancelled"
REDIRECT, MESSAGE, CLOSED, TWICE, LATE = "redirect", "message", "closed", "twice", "late"
"""How the browser leaves: in one of Kite's two ways, or in one of three that only faults cause.

`late` is followed by its seconds.
"""


@dataclass(frozen=True)
class BasketLine:
    """One item of a basket; `number` stays the same when others are removed."""

    number: int
    item: Item


@dataclass(frozen=True)
class WayBack:
    """Where the browser goes afterwards, and how."""

    target: str
    redirect_params: str
    ending: str = REDIRECT


@dataclass(frozen=True)
class WaitingBasket:
    """A basket in the ledger.

    `target` is where the browser goes afterwards, `ending` how it goes there, and `location` the
    full address once the basket has ended.
    """

    id: str
    lines: tuple[BasketLine, ...]
    target: str
    redirect_params: str
    ending: str = REDIRECT
    outcome: str | None = None
    location: str | None = None

    @property
    def tags(self) -> set[str]:
        """The tags of its items."""
        return {line.item.tag for line in self.lines if line.item.tag}


def save(connection: Connection, items: list[Item], back: WayBack, at: int) -> WaitingBasket:
    """Save a new basket, and delete what is more than a day old."""
    _forget_old(connection, at)
    lines = tuple(BasketLine(number, item) for number, item in enumerate(items))
    basket = WaitingBasket(new_token(), lines, back.target, back.redirect_params, back.ending)
    columns = {"id": basket.id, "lines": _dump(basket.lines), "created_at": at, **asdict(back)}
    connection.execute(insert(baskets).values(columns))
    return basket


def find(connection: Connection, basket_id: str) -> WaitingBasket | None:
    """Return the basket with an id, or None."""
    row = connection.execute(select(baskets).where(baskets.c.id == basket_id)).one_or_none()
    return _read(row) if row else None


def change(connection: Connection, basket: WaitingBasket, lines: tuple[BasketLine, ...]) -> WaitingBasket:
    """Save the changed lines of a basket. One that has ended stays as it was."""
    waiting = (baskets.c.id == basket.id, baskets.c.ended_at.is_(None))
    connection.execute(update(baskets).where(*waiting).values(lines=_dump(lines)))
    return replace(basket, lines=lines)


def end(connection: Connection, basket: WaitingBasket, outcome: str, location: str, at: int) -> WaitingBasket:
    """End a basket. The browser goes to `location` in the way of the basket's `ending`."""
    columns = {"outcome": outcome, "location": location, "ending": basket.ending}
    connection.execute(update(baskets).where(baskets.c.id == basket.id).values(**columns, ended_at=at))
    return replace(basket, outcome=outcome, location=location)


def _read(row: Row[tuple[object, ...]]) -> WaitingBasket:
    lines = tuple(BasketLine(line["number"], Item.from_dict(line["item"])) for line in json.loads(row.lines))
    return WaitingBasket(
        row.id, lines, row.target, row.redirect_params, row.ending, row.outcome, row.location
    )


def _dump(lines: tuple[BasketLine, ...]) -> str:
    return json.dumps([{"number": line.number, "item": line.item.as_dict()} for line in lines])


def _forget_old(connection: Connection, at: int) -> None:
    # the events and trades of an order go with it, by foreign key
    connection.execute(delete(baskets).where(baskets.c.created_at < at - DAY))
    connection.execute(delete(authorisations).where(authorisations.c.ends_at < at))
    for table in (orders, conversions):
        connection.execute(delete(table).where(table.c.gone_at < at - DAY))
    connection.execute(delete(calls).where(calls.c.second < (at - DAY) // 1000))
    forget_old(connection, at - DAY)
