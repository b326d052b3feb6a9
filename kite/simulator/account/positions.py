"""Positions: what the fills of the day come to, for every instrument and product.

All of it is arithmetic over fills. A conversion is two of them: one takes a quantity out of the old product,
one puts it into the new.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, insert, select

from kite.simulator.account import position_cache
from kite.simulator.account.order_book import latest
from kite.simulator.account.position_cache import Fold
from kite.simulator.core.ledger import conversions, order_events, orders, trades
from kite.simulator.core.market import MULTIPLIERS
from kite.simulator.core.timestamps import DAY_TURNS, next_at
from kite.vocabulary import EQUITY, TransactionType, has_ended

FOLDED_AT_ONCE = 20
"""So many fills wait until they are summed up for good."""

Key = tuple[str, str, str]
"""Exchange, tradingsymbol, product."""


@dataclass(frozen=True)
class PositionFill:
    """A quantity that was traded at a price in rupees.

    `blocked` is its part of the order's margin, in paise.
    """

    key: Key
    transaction_type: str
    quantity: int
    price: Decimal
    blocked: Decimal = Decimal(0)


@dataclass
class LedgerPosition:
    """What the fills of one instrument and product come to. Values are rupees for one unit of each contract.

    `quantity` is below 0 for what was sold first. `open_price` is the average price of what is open,
    `realised` the gain of what was closed, `held` the paise of margin that stay blocked.
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
        named = (
            units
            for name, units in MULTIPLIERS.items()
            if exchange not in EQUITY and tradingsymbol.startswith(name)
        )
        return next(named, 1)

    def add(self, fill: PositionFill) -> None:
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


def sum_up(fills: Iterable[PositionFill], before: Iterable[LedgerPosition] = ()) -> dict[Key, LedgerPosition]:
    """Return the positions that fills, oldest first, come to after those `before`; one that was closed again
    stays among them.
    """
    found = {each.key: each for each in before}
    for fill in fills:
        found.setdefault(fill.key, LedgerPosition(fill.key)).add(fill)
    return found


def positions(connection: Connection, user_id: str, at: int) -> dict[Key, LedgerPosition]:
    """Return the positions of the day at `at`."""
    fold = position_cache.find(connection, user_id, at)
    found = sum_up(_fills(connection, user_id, at, fold.through if fold else 0), _unpack(fold))
    return {key: each for key, each in found.items() if each.buy_quantity or each.sell_quantity}


def position(connection: Connection, key: Key, user_id: str, at: int) -> LedgerPosition:
    """Return one position at `at`, an empty one when nothing was traded."""
    return positions(connection, user_id, at).get(key, LedgerPosition(key))


def fold(connection: Connection, user_id: str, at: int) -> None:
    """Sum up for good what was traded before `at`, once it is many fills. Needs a writing connection.

    What an order blocks for its fills is known when it has ended, so it goes up to the first fill of one that
    has not.
    """
    before, seen = position_cache.find(connection, user_id, at), at - 1
    since = before.through if before else 0
    new = trades.c.user_id == user_id, trades.c.at > since, trades.c.at <= seen, orders.c.gone_at > seen
    traded = select(func.count(), func.min(orders.c.gone_at)).select_from(trades.join(orders)).where(*new)
    unended = (
        select(func.min(trades.c.at)).select_from(trades.join(orders)).where(*new, orders.c.ended_at > seen)
    )
    through = min(seen, (connection.scalar(unended) or at) - 1)
    number, gone_at = connection.execute(traded.where(trades.c.at <= through)).one()
    if number < FOLDED_AT_ONCE:
        return
    found = sum_up(_fills(connection, user_id, through, since, seen), _unpack(before))
    gone_at = min(gone_at, before.gone_at if before else gone_at, next_at(seen, DAY_TURNS))
    position_cache.keep(
        connection,
        Fold(
            user_id,
            through,
            seen,
            gone_at,
            json.dumps([asdict(each) for each in found.values()], default=str),
        ),
    )


def convert(
    connection: Connection, user_id: str, at: int, leaving: PositionFill, entering: PositionFill
) -> None:
    """Write a conversion down. Needs a writing connection."""
    position_cache.forget(connection, user_id, at)
    moves = json.dumps([_as_list(leaving), _as_list(entering)])
    connection.execute(
        insert(conversions).values(user_id=user_id, at=at, gone_at=next_at(at, DAY_TURNS), moves=moves)
    )


def _unpack(fold: Fold | None) -> list[LedgerPosition]:
    return [_position(fields) for fields in json.loads(fold.positions)] if fold else []


def _position(fields: dict[str, Any]) -> LedgerPosition:
    numbers = {name: Decimal(value) for name, value in fields.items() if isinstance(value, str)}
    return LedgerPosition(**fields | numbers | {"key": tuple(fields["key"])})


def _fills(
    connection: Connection, user_id: str, through: int, since: int, seen: int | None = None
) -> list[PositionFill]:
    """Return what was traded and converted after `since`, up to `through`, oldest first, as it stands at
    `seen`.
    """
    at = through if seen is None else seen
    dated = [
        *_traded(connection, user_id, at, since, through),
        *_converted(connection, user_id, at, since, through),
    ]
    return [fill for _, fill in sorted(dated, key=itemgetter(0))]


def _traded(
    connection: Connection, user_id: str, at: int, since: int, through: int
) -> list[tuple[int, PositionFill]]:
    shown = (
        func.json_extract(trades.c.trade, f"$.{name}")
        for name in ("product", "transaction_type", "quantity", "average_price")
    )
    progress = (
        func.json_extract(order_events.c.state, f"$.{name}")
        for name in ("status", "quantity", "filled_quantity")
    )
    columns = (
        trades.c.at,
        orders.c.exchange,
        orders.c.tradingsymbol,
        *shown,
        order_events.c.blocked,
        *progress,
    )
    query = select(*columns).select_from(trades.join(orders).join(order_events))
    # the user of the trade, not of the order, so that the index of the trades is read and not the whole book
    query = query.where(
        trades.c.user_id == user_id,
        trades.c.at > since,
        trades.c.at <= through,
        orders.c.gone_at > at,
        latest(at),
    )
    query = query.order_by(trades.c.at, trades.c.trade_id)
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
) -> PositionFill:
    """An ended order blocks for what was filled, a working one for all of its quantity."""
    share = (
        Decimal(blocked * quantity) / (filled if filled and has_ended(status) else whole)
        if blocked
        else Decimal(0)
    )
    return PositionFill(
        (exchange, tradingsymbol, product), transaction_type, quantity, Decimal(str(price)), share
    )


def _converted(
    connection: Connection, user_id: str, at: int, since: int, through: int
) -> list[tuple[int, PositionFill]]:
    own = (
        conversions.c.user_id == user_id,
        conversions.c.gone_at > at,
        conversions.c.at > since,
        conversions.c.at <= through,
    )
    rows = connection.execute(
        select(conversions.c.at, conversions.c.moves).where(*own).order_by(conversions.c.number)
    )
    return [(moment, _from_list(fill)) for moment, moves in rows for fill in json.loads(moves)]


def _as_list(fill: PositionFill) -> list[Any]:
    return [fill.key, fill.transaction_type, fill.quantity, str(fill.price), str(fill.blocked)]


def _from_list(fields: list[Any]) -> PositionFill:
    key, transaction_type, quantity, price, blocked = fields
    return PositionFill(tuple(key), transaction_type, quantity, Decimal(price), Decimal(blocked))
