"""Funds: what the day's orders and positions block, and what is left. Whole paise.

A working order blocks its margin. What it fills stays blocked with the position, and is free again when the
position is closed. Losses that were made reduce the funds, gains come the next morning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from kite.simulator.account import costs
from kite.simulator.account.order_book import latest
from kite.simulator.account.positions import Key, LedgerPosition, position, positions
from kite.simulator.core.items import Item
from kite.simulator.core.ledger import order_events, orders
from kite.simulator.core.market import Instrument
from kite.simulator.exchange.refusals import DELIVERED
from kite.vocabulary import EQUITY, TransactionType, Variety


@dataclass(frozen=True)
class Working:
    """An order that has not ended: what is left of it, and the paise that this blocks."""

    key: Key
    transaction_type: str
    quantity: int
    blocked: Decimal


@dataclass(frozen=True)
class Funds:
    """The day's funds.

    `blocked` is by what it is blocked for, as /user/margins names it; `loss` is what was lost or gained.
    """

    blocked: dict[str, int]
    loss: int
    sales: int

    @property
    def debits(self) -> int:
        """All that the funds are reduced by."""
        return sum(self.blocked.values()) + max(self.loss, 0)

    @property
    def net(self) -> int:
        """What is left."""
        return costs.FUNDS - self.debits


def funds(connection: Connection, user_id: str, at: int) -> Funds:
    """Return the funds at `at`."""
    standing = positions(connection, user_id, at).values()
    parts = [(each.key, _side(each.quantity), each.held) for each in standing]
    parts += [(each.key, each.transaction_type, each.blocked) for each in working(connection, user_id, at)]
    blocked: dict[str, Decimal] = {}
    for key, transaction_type, amount in parts:
        head = _head(key, transaction_type)
        blocked[head] = blocked.get(head, Decimal(0)) + amount
    loss = -sum((each.realised * each.multiplier for each in standing), Decimal(0))
    return Funds(
        {head: round(amount) for head, amount in blocked.items()}, round(loss * 100), _sales(standing)
    )


def available(connection: Connection, user_id: str, at: int) -> int:
    """Return the paise that are free at `at`."""
    return funds(connection, user_id, at).net


def needed(connection: Connection, item: Item, instrument: Instrument, user_id: str, at: int) -> int:
    """Return the paise that an order placed at `at` blocks: what closes an open position blocks nothing."""
    margin = costs.margin(item, instrument)
    if not margin or item.variety == Variety.CO:
        return margin
    key = item.exchange, item.tradingsymbol, item.product
    standing = position(connection, key, user_id, at).quantity
    if not standing or _side(standing) == item.transaction_type:
        return margin
    closing = abs(standing) - pending(connection, user_id, at, key, item.transaction_type)
    return margin * (item.quantity - min(max(closing, 0), item.quantity)) // item.quantity


def pending(connection: Connection, user_id: str, at: int, key: Key, transaction_type: str) -> int:
    """Return the quantity that working orders of one side have still to fill."""
    own = orders.c.exchange == key[0], orders.c.tradingsymbol == key[1]
    found = (
        each
        for each in working(connection, user_id, at, *own)
        if (each.key, each.transaction_type) == (key, transaction_type)
    )
    return sum(each.quantity for each in found)


def working(connection: Connection, user_id: str, at: int, *only: ColumnElement[bool]) -> list[Working]:
    """Return the orders of the book that have not ended at `at`, or those of them that `only` names."""
    rest = (_shown(name) for name in ("product", "transaction_type", "quantity", "filled_quantity"))
    at_work = orders.c.user_id == user_id, orders.c.ended_at > at
    columns = order_events.c.blocked, orders.c.exchange, orders.c.tradingsymbol, *rest
    query = select(*columns).join(orders).where(*at_work, *only, latest(at))
    return [_working(*fields) for fields in connection.execute(query)]


def _shown(name: str) -> ColumnElement[Any]:
    return func.json_extract(order_events.c.state, f"$.{name}")


def _working(
    blocked: int,
    exchange: str,
    tradingsymbol: str,
    product: str,
    transaction_type: str,
    quantity: int,
    filled: int,
) -> Working:
    left = quantity - filled
    return Working(
        (exchange, tradingsymbol, product), transaction_type, left, Decimal(blocked * left) / quantity
    )


def _head(key: Key, transaction_type: str) -> str:
    """Return the name under which /user/margins shows what is blocked."""
    exchange, tradingsymbol, product = key
    if exchange in EQUITY:
        return "delivery" if product in DELIVERED else "exposure"
    option = tradingsymbol.endswith(("CE", "PE"))
    return "option_premium" if option and transaction_type == TransactionType.BUY else "span"


def _sales(standing: Iterable[LedgerPosition]) -> int:
    """Return what shares sold for delivery out of the holdings came to."""
    sold = (
        each for each in standing if each.quantity < 0 and each.key[0] in EQUITY and each.key[2] in DELIVERED
    )
    return round(sum((-each.quantity * each.open_price for each in sold), Decimal(0)) * 100)


def _side(quantity: int) -> str:
    return TransactionType.BUY if quantity >= 0 else TransactionType.SELL
