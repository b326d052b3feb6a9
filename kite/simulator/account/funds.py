"""Funds: what the day's orders and positions block, and what remains free. Whole paise.

A working order blocks its margin. What it fills stays blocked with the position, and is free again
when the position is closed. Realised losses reduce the funds at once, gains come the next morning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from kite.simulator.account import costs
from kite.simulator.account.order_book import is_newest_event
from kite.simulator.account.positions import Key, LedgerPosition, position, positions
from kite.simulator.core.items import Item
from kite.simulator.core.ledger_tables import order_events, orders
from kite.simulator.core.market import Instrument
from kite.simulator.exchange.refusals import DELIVERED
from kite.vocabulary import EQUITY, TransactionType, Variety


@dataclass(frozen=True)
class WorkingOrder:
    """An order that has not ended: the quantity still to fill, and the paise that this blocks."""

    key: Key
    transaction_type: str
    quantity: int
    blocked: Decimal


@dataclass(frozen=True)
class Funds:
    """The day's funds.

    `blocked` is by purpose, under the names of /user/margins. `loss` is the realised loss, below 0
    for a gain.
    """

    blocked: dict[str, int]
    loss: int
    sales: int

    @property
    def debits(self) -> int:
        """Everything that reduces the funds.

        A gain does not raise them: it comes the next morning.
        """
        return sum(self.blocked.values()) + max(self.loss, 0)

    @property
    def net(self) -> int:
        """The funds that are free."""
        return costs.FUNDS - self.debits


def funds(connection: Connection, user_id: str, at: int) -> Funds:
    """Return the funds at `at`."""
    day_positions = positions(connection, user_id, at).values()
    amounts = [(position.key, _side(position.quantity), position.held) for position in day_positions]
    amounts += [
        (order.key, order.transaction_type, order.blocked)
        for order in working_orders(connection, user_id, at)
    ]
    blocked: dict[str, Decimal] = {}
    for key, transaction_type, amount in amounts:
        head = _head(key, transaction_type)
        blocked[head] = blocked.get(head, Decimal(0)) + amount
    gain = sum((position.realised * position.multiplier for position in day_positions), Decimal(0))
    # rounded once, at the end: the parts of a margin that was filled in pieces are fractions of a
    # paisa
    rounded = {head: round(amount) for head, amount in blocked.items()}
    return Funds(rounded, round(-gain * 100), _sales(day_positions))


def available(connection: Connection, user_id: str, at: int) -> int:
    """Return the paise that are free at `at`."""
    return funds(connection, user_id, at).net


def needed_margin(connection: Connection, item: Item, instrument: Instrument, user_id: str, at: int) -> int:
    """Return the paise that an order placed at `at` blocks.

    Closing an open position blocks nothing.
    """
    margin = costs.margin(item, instrument)
    # A cover order never closes a position, it opens its own.
    if not margin or item.variety == Variety.CO:
        return margin
    key = item.exchange, item.tradingsymbol, item.product
    quantity = position(connection, key, user_id, at).quantity
    if not quantity or _side(quantity) == item.transaction_type:
        return margin
    # an earlier order that is still working may close the same position: it is counted once
    closing = abs(quantity) - pending(connection, user_id, at, key, item.transaction_type)
    return margin * (item.quantity - min(max(closing, 0), item.quantity)) // item.quantity


def pending(connection: Connection, user_id: str, at: int, key: Key, transaction_type: str) -> int:
    """Return the quantity that working orders of one side have still to fill."""
    this_instrument = orders.c.exchange == key[0], orders.c.tradingsymbol == key[1]
    return sum(
        order.quantity
        for order in working_orders(connection, user_id, at, *this_instrument)
        if order.key == key and order.transaction_type == transaction_type
    )


def working_orders(
    connection: Connection, user_id: str, at: int, *only: ColumnElement[bool]
) -> list[WorkingOrder]:
    """Return the orders of the book that have not ended at `at` and fulfil all conditions of
    `only`.
    """
    rest = (_state_field(name) for name in ("product", "transaction_type", "quantity", "filled_quantity"))
    at_work = orders.c.user_id == user_id, orders.c.ended_at > at
    columns = order_events.c.blocked, orders.c.exchange, orders.c.tradingsymbol, *rest
    query = select(*columns).join(orders).where(*at_work, *only, is_newest_event(at))
    return [_working_order(*fields) for fields in connection.execute(query)]


def _state_field(name: str) -> ColumnElement[Any]:
    # SQLite takes single fields out of the JSON much faster than Python would read all of it
    return func.json_extract(order_events.c.state, f"$.{name}")


def _working_order(
    blocked: int,
    exchange: str,
    tradingsymbol: str,
    product: str,
    transaction_type: str,
    quantity: int,
    filled: int,
) -> WorkingOrder:
    unfilled = quantity - filled
    blocked_for_it = Decimal(blocked * unfilled) / quantity
    return WorkingOrder((exchange, tradingsymbol, product), transaction_type, unfilled, blocked_for_it)


def _head(key: Key, transaction_type: str) -> str:
    """Return the name under which /user/margins shows what is blocked."""
    exchange, tradingsymbol, product = key
    if exchange in EQUITY:
        return "delivery" if product in DELIVERED else "exposure"
    if tradingsymbol.endswith(("CE", "PE")) and transaction_type == TransactionType.BUY:
        return "option_premium"
    return "span"


def _sales(day_positions: Iterable[LedgerPosition]) -> int:
    """Return the value in paise of the shares that were sold for delivery out of the holdings."""
    value = Decimal(0)
    for sold in day_positions:
        exchange, _, product = sold.key
        if sold.quantity < 0 and exchange in EQUITY and product in DELIVERED:
            value -= sold.quantity * sold.open_price
    return round(value * 100)


def _side(quantity: int) -> str:
    return TransactionType.BUY if quantity >= 0 else TransactionType.SELL
