"""Baskets that wait for a person's decision, kept under a random id: a login in between loses nothing.

A basket ends once. Whoever presses again is sent where the first press went.
"""

import json
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, Row, delete, insert, select, update

from kite.simulator.core.items import Item
from kite.simulator.core.ledger import authorisations, baskets, calls, conversions, orders
from kite.simulator.core.sessions import forget_old, new_token

DAY = 86_400_000
PLACED, CANCELLED = "placed", "cancelled"
REDIRECT, MESSAGE, CLOSED, TWICE, LATE = "redirect", "message", "closed", "twice", "late"
"""How the browser leaves: Kite's two ways, and three that a fault brings.

`late` is followed by its seconds.
"""


@dataclass(frozen=True)
class BasketLine:
    """One item of a basket; `number` stays the same when others are removed."""

    number: int
    item: Item


@dataclass(frozen=True)
class WayBack:
    """Where and how the browser is to leave."""

    target: str
    redirect_params: str
    ending: str = REDIRECT


@dataclass(frozen=True)
class WaitingBasket:
    """A basket as it waits.

    `target` is where the browser goes afterwards, `location` the whole address once it ended.

    `ending` is how it goes there.
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


def keep(connection: Connection, items: list[Item], back: WayBack, at: int) -> WaitingBasket:
    """Keep a new basket, and drop what is more than a day past."""
    _forget_old(connection, at)
    lines = tuple(BasketLine(number, item) for number, item in enumerate(items))
    basket = WaitingBasket(new_token(), lines, back.target, back.redirect_params, back.ending)
    columns = {"id": basket.id, "lines": _dump(basket.lines), "created_at": at, **asdict(back)}
    connection.execute(insert(baskets).values(columns))
    return basket


def find(connection: Connection, basket_id: str) -> WaitingBasket | None:
    """Return the basket, or None."""
    row = connection.execute(select(baskets).where(baskets.c.id == basket_id)).one_or_none()
    return _read(row) if row else None


def change(connection: Connection, basket: WaitingBasket, lines: tuple[BasketLine, ...]) -> WaitingBasket:
    """Keep a basket's changed lines; one that has ended stays as it was."""
    waiting = (baskets.c.id == basket.id, baskets.c.ended_at.is_(None))
    connection.execute(update(baskets).where(*waiting).values(lines=_dump(lines)))
    return replace(basket, lines=lines)


def end(connection: Connection, basket: WaitingBasket, outcome: str, location: str, at: int) -> WaitingBasket:
    """Use a basket up; the browser goes to `location` in the way of its `ending`."""
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
    connection.execute(delete(baskets).where(baskets.c.created_at < at - DAY))
    connection.execute(delete(authorisations).where(authorisations.c.ends_at < at))
    for table in (orders, conversions):
        connection.execute(delete(table).where(table.c.gone_at < at - DAY))
    connection.execute(delete(calls).where(calls.c.second < (at - DAY) // 1000))
    forget_old(connection, at - DAY)
