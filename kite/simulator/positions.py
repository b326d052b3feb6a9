"""Positions: what the fills of the day come to, for every instrument and product.

All of it is arithmetic over fills. A conversion is two of them: one takes a quantity out of the old product, one puts it into the new.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.sql.elements import ColumnElement

from kite.simulator.book import in_book, latest
from kite.simulator.ledger import conversions, order_events, orders, trades
from kite.simulator.market import MULTIPLIERS
from kite.simulator.moments import DAY_TURNS, next_at
from kite.vocabulary import ENDED, EQUITY, TransactionType

Key = tuple[str, str, str]
"""Exchange, tradingsymbol, product."""


@dataclass(frozen=True)
class Fill:
    """A quantity that was traded at a price in rupees. `blocked` is its part of the order's margin, in paise."""

    key: Key
    transaction_type: str
    quantity: int
    price: Decimal
    blocked: Decimal = Decimal(0)


@dataclass
class Position:
    """What the fills of one instrument and product come to. Values are rupees for one unit of each contract.

    `quantity` is below 0 for what was sold first. `open_price` is the average price of what is open, `realised` the gain of
    what was closed, `held` the paise of margin that stay blocked.
    """

    key: Key
    quantity: int = 0
    open_price: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    buy_quantity: int = 0
    buy_value: Decimal = Decimal(0)
    sell_quantity: int = 0
    sell_value: Decimal = Decimal(0)

    @property
    def multiplier(self) -> int:
        """Units behind a quantity of one; symbols of contracts begin with the name of what they stand on."""
        exchange, tradingsymbol, _ = self.key
        named = (units for name, units in MULTIPLIERS.items() if exchange not in EQUITY and tradingsymbol.startswith(name))
        return next(named, 1)

    def add(self, fill: Fill) -> None:
        """Take a fill in: first it closes what is open on the other side, its rest opens."""
        buying = fill.transaction_type == TransactionType.BUY
        if buying:
            self.buy_quantity += fill.quantity
            self.buy_value += fill.quantity * fill.price
        else:
            self.sell_quantity += fill.quantity
            self.sell_value += fill.quantity * fill.price
        change = fill.quantity if buying else -fill.quantity
        closed = self._close(change, fill.price)
        self.held += fill.blocked
        opened = abs(change) - closed
        if opened:
            standing = abs(self.quantity)
            self.open_price = (self.open_price * standing + fill.price * opened) / (standing + opened)
            self.quantity += opened if change > 0 else -opened
        if not self.quantity:
            self.held = self.open_price = Decimal(0)

    def _close(self, change: int, price: Decimal) -> int:
        if self.quantity * change >= 0:
            return 0
        standing, side = abs(self.quantity), 1 if self.quantity > 0 else -1
        closed = min(standing, abs(change))
        self.held -= self.held * closed / standing
        self.realised += side * closed * (price - self.open_price)
        self.quantity -= side * closed
        return closed


def sum_up(fills: Iterable[Fill]) -> dict[Key, Position]:
    """Return the positions that fills, oldest first, come to; one that was closed again stays among them."""
    found: dict[Key, Position] = {}
    for fill in fills:
        found.setdefault(fill.key, Position(fill.key)).add(fill)
    return {key: each for key, each in found.items() if each.buy_quantity or each.sell_quantity}


def positions(connection: Connection, user_id: str, at: int) -> dict[Key, Position]:
    """Return the positions of the day at `at`."""
    dated = [*_traded(connection, user_id, at), *_converted(connection, user_id, at)]
    return sum_up(fill for _, fill in sorted(dated, key=itemgetter(0)))


def position(connection: Connection, key: Key, user_id: str, at: int) -> Position:
    """Return one position at `at`, an empty one when nothing was traded."""
    own = orders.c.exchange == key[0], orders.c.tradingsymbol == key[1]
    dated = [*_traded(connection, user_id, at, *own), *_converted(connection, user_id, at)]
    found = sum_up(fill for _, fill in sorted(dated, key=itemgetter(0)) if fill.key == key)
    return found.get(key, Position(key))


def convert(connection: Connection, user_id: str, at: int, leaving: Fill, entering: Fill) -> None:
    """Write a conversion down. Needs a writing connection."""
    moves = json.dumps([_as_list(leaving), _as_list(entering)])
    connection.execute(insert(conversions).values(user_id=user_id, at=at, gone_at=next_at(at, DAY_TURNS), moves=moves))


def _traded(connection: Connection, user_id: str, at: int, *only: ColumnElement[bool]) -> list[tuple[int, Fill]]:
    shown = (func.json_extract(trades.c.trade, f"$.{name}") for name in ("product", "transaction_type", "quantity", "average_price"))
    progress = (func.json_extract(order_events.c.state, f"$.{name}") for name in ("status", "quantity", "filled_quantity"))
    columns = trades.c.at, orders.c.exchange, orders.c.tradingsymbol, *shown, order_events.c.blocked, *progress
    query = select(*columns).select_from(trades.join(orders).join(order_events))
    query = query.where(*in_book(user_id, at), *only, trades.c.at <= at, latest(at)).order_by(trades.c.at, trades.c.trade_id)
    return [(moment, _fill(*fields)) for moment, *fields in connection.execute(query)]


def _fill(
    exchange: str,
    tradingsymbol: str,
    product: str,
    transaction_type: str,
    quantity: int,
    price: float,
    blocked: int,
    status: str,
    whole: int,
    filled: int,
) -> Fill:
    """An ended order blocks for what was filled, a working one for all of its quantity."""
    share = Decimal(blocked * quantity) / (filled if filled and status in ENDED else whole) if blocked else Decimal(0)
    return Fill((exchange, tradingsymbol, product), transaction_type, quantity, Decimal(str(price)), share)


def _converted(connection: Connection, user_id: str, at: int) -> list[tuple[int, Fill]]:
    own = conversions.c.user_id == user_id, conversions.c.gone_at > at, conversions.c.at <= at
    rows = connection.execute(select(conversions.c.at, conversions.c.moves).where(*own).order_by(conversions.c.number))
    return [(moment, _from_list(fill)) for moment, moves in rows for fill in json.loads(moves)]


def _as_list(fill: Fill) -> list[Any]:
    return [fill.key, fill.transaction_type, fill.quantity, str(fill.price), str(fill.blocked)]


def _from_list(fields: list[Any]) -> Fill:
    key, transaction_type, quantity, price, blocked = fields
    return Fill(tuple(key), transaction_type, quantity, Decimal(price), Decimal(blocked))
