"""Positions: the sums of the day's fills, for every instrument and product.

A conversion counts as two fills: one takes a quantity out of the old product, one puts it into the
new one.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, insert, select

from kite.simulator.account import position_cache
from kite.simulator.account.order_book import is_newest_event
from kite.simulator.account.position_cache import Fold
from kite.simulator.core.ledger_tables import conversions, order_events, orders, trades
from kite.simulator.core.market import MULTIPLIERS
from kite.simulator.core.timestamps import DAY_TURNS, next_at
from kite.vocabulary import EQUITY, TransactionType, has_ended

FOLDED_AT_ONCE = 20
"""How many fills there must be before they are summed up in the cache."""

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
    """The sums of the fills of one instrument and product.

    Values are rupees for one unit of each contract.

    `quantity` is below 0 for what was sold first. `open_price` is the average price of the open
    quantity, `realised` the gain of the closed one, `held` the paise of margin that are still
    blocked.
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
        """How many units a quantity of 1 stands for."""
        exchange, tradingsymbol, _ = self.key
        if exchange in EQUITY:
            return 1
        # the contract may have left the instruments file; its symbol begins with the name of the
        # underlying
        return next((units for name, units in MULTIPLIERS.items() if tradingsymbol.startswith(name)), 1)

    def add(self, fill: PositionFill) -> None:
        """Add a fill: it first closes what is open on the other side, and the rest opens."""
        if fill.transaction_type == TransactionType.BUY:
            change = fill.quantity
            self.buy_quantity += fill.quantity
            self.buy_value += fill.quantity * fill.price
        else:
            change = -fill.quantity
            self.sell_quantity += fill.quantity
            self.sell_value += fill.quantity * fill.price
        opened = change - self._close(change, fill.price)
        self.held += fill.blocked
        if opened:
            before, added = abs(self.quantity), abs(opened)
            self.open_price = (self.open_price * before + fill.price * added) / (before + added)
            self.quantity += opened
        if not self.quantity:
            # divisions leave fractions behind, and a closed position blocks nothing
            self.held = self.open_price = Decimal(0)

    def _close(self, change: int, price: Decimal) -> int:
        """Close what a change of the quantity closes, and return that part of the change."""
        if self.quantity * change >= 0:
            return 0
        before = self.quantity
        closed = max(change, -before) if change < 0 else min(change, -before)
        self.held += self.held * closed / before
        self.realised -= closed * (price - self.open_price)
        self.quantity += closed
        return closed


def sum_up(fills: Iterable[PositionFill], before: Iterable[LedgerPosition] = ()) -> dict[Key, LedgerPosition]:
    """Return the positions after fills, oldest first, on top of those `before`; closed ones are
    among them.
    """
    positions = {position.key: position for position in before}
    for fill in fills:
        positions.setdefault(fill.key, LedgerPosition(fill.key)).add(fill)
    return positions


def positions(connection: Connection, user_id: str, at: int) -> dict[Key, LedgerPosition]:
    """Return the positions of the day at `at`."""
    fold = position_cache.find(connection, user_id, at)
    since = fold.through if fold else 0
    all_positions = sum_up(_fills(connection, user_id, at, since), _unpack(fold))
    # a conversion of the whole quantity takes the bought or sold quantity back to 0, as if it never
    # was there
    return {
        key: position
        for key, position in all_positions.items()
        if position.buy_quantity or position.sell_quantity
    }


def position(connection: Connection, key: Key, user_id: str, at: int) -> LedgerPosition:
    """Return one position at `at`, an empty one when nothing was traded."""
    return positions(connection, user_id, at).get(key, LedgerPosition(key))


def update_cache(connection: Connection, user_id: str, at: int) -> None:
    """Save the positions before `at` in the cache, once there are many new fills.

    Needs a writing connection.
    """
    before, now = position_cache.find(connection, user_id, at), at - 1
    since = before.through if before else 0
    new = trades.c.user_id == user_id, trades.c.at > since, trades.c.at <= now, orders.c.gone_at > now
    fills = select(func.count(), func.min(orders.c.gone_at)).select_from(trades.join(orders)).where(*new)
    # what an order blocks for its fills is known when it has ended: stop before the first fill of
    # another
    unended = (
        select(func.min(trades.c.at)).select_from(trades.join(orders)).where(*new, orders.c.ended_at > now)
    )
    through = min(now, (connection.scalar(unended) or at) - 1)
    number, gone_at = connection.execute(fills.where(trades.c.at <= through)).one()
    if number < FOLDED_AT_ONCE:
        return
    all_positions = sum_up(_fills(connection, user_id, through, since, now), _unpack(before))
    gone_at = min(gone_at, next_at(now, DAY_TURNS))
    if before:
        gone_at = min(gone_at, before.gone_at)
    packed = json.dumps([asdict(position) for position in all_positions.values()], default=str)
    position_cache.save(connection, Fold(user_id, through, now, gone_at, packed))


def save_conversion(
    connection: Connection, user_id: str, at: int, leaving: PositionFill, entering: PositionFill
) -> None:
    """Save a conversion. Needs a writing connection."""
    position_cache.forget(connection, user_id, at)
    moves = json.dumps([_as_list(leaving), _as_list(entering)])
    connection.execute(
        insert(conversions).values(user_id=user_id, at=at, gone_at=next_at(at, DAY_TURNS), moves=moves)
    )


def _unpack(fold: Fold | None) -> list[LedgerPosition]:
    if not fold:
        return []
    return [_position(fields) for fields in json.loads(fold.positions)]


def _position(fields: dict[str, Any]) -> LedgerPosition:
    numbers = {name: Decimal(value) for name, value in fields.items() if isinstance(value, str)}
    return LedgerPosition(**fields | numbers | {"key": tuple(fields["key"])})


def _fills(
    connection: Connection, user_id: str, through: int, since: int, at: int | None = None
) -> list[PositionFill]:
    """Return the fills and conversions after `since`, up to `through`, oldest first.

    Orders and their margins are those of `at`, or of `through` without it.
    """
    if at is None:
        at = through
    dated = [
        *_traded_fills(connection, user_id, at, since, through),
        *_converted_fills(connection, user_id, at, since, through),
    ]
    return [fill for _, fill in sorted(dated, key=itemgetter(0))]


def _traded_fills(
    connection: Connection, user_id: str, at: int, since: int, through: int
) -> list[tuple[int, PositionFill]]:
    trade_fields = (
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
        *trade_fields,
        order_events.c.blocked,
        *progress,
    )
    query = select(*columns).select_from(trades.join(orders).join(order_events))
    # the user of the trade, not of the order, so that the index of the trades is read and not the
    # whole book
    query = query.where(
        trades.c.user_id == user_id,
        trades.c.at > since,
        trades.c.at <= through,
        orders.c.gone_at > at,
        is_newest_event(at),
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
    # an ended order blocks margin for what was filled, a working one for all of its quantity
    blocked_for = filled if filled and has_ended(status) else whole
    share = Decimal(blocked * quantity) / blocked_for
    key = (exchange, tradingsymbol, product)
    return PositionFill(key, transaction_type, quantity, Decimal(str(price)), share)


def _converted_fills(
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
