"""What a reading of the order book leaves in doubt, and what the operator's figures are added up
from.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NOT_COUNTED = ("MCX", "CDS", "BCD")
COLUMNS = ("bought", "sold", "orders", "filled")


def upgrade() -> None:
    """Add the table and the columns, and fill these from what was read before."""
    op.create_table(
        "book_doubts",
        sa.Column(
            "execution_id",
            sa.Text,
            sa.ForeignKey("executions.id", name="fk_book_doubts_execution_id"),
            primary_key=True,
        ),
        sa.Column("untagged", sa.Text, nullable=False),
        sa.Column("unreadable_orders", sa.Integer, nullable=False),
        sa.Column("unreadable_trades", sa.Integer, nullable=False),
    )
    op.add_column("executions", sa.Column("bought", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("executions", sa.Column("sold", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("executions", sa.Column("orders", sa.Integer, nullable=False, server_default="0"))
    op.add_column("executions", sa.Column("filled", sa.Integer, nullable=False, server_default="0"))
    op.drop_column("executions", "traded")
    _fill(op.get_bind())


def _fill(conn: sa.Connection) -> None:
    traded = _traded(conn)
    orders: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for execution_id, text in conn.execute(sa.text("SELECT execution_id, data FROM book_orders")):
        orders[execution_id].append(json.loads(text))
    change = sa.text(
        "UPDATE executions SET bought = :BUY, sold = :SELL, orders = :orders, filled = :filled WHERE id = :id"
    )
    for execution_id, text in conn.execute(sa.text("SELECT id, data FROM executions")).all():
        items = json.loads(text)
        sums = {side: round(traded[execution_id, side] * 100) for side in ("BUY", "SELL")}
        filled = sum(_filled(items, orders[execution_id]))
        conn.execute(change, {"id": execution_id, "orders": len(items), "filled": filled} | sums)


def _traded(conn: sa.Connection) -> defaultdict[tuple[str, str], Decimal]:
    """Return what the trades of an execution come to, in rupees and by side."""
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for execution_id, text in conn.execute(sa.text("SELECT execution_id, data FROM book_trades")):
        trade = json.loads(text, parse_float=Decimal)
        if trade.get("exchange", "MCX") not in NOT_COUNTED:
            sums[execution_id, str(trade.get("transaction_type"))] += trade["quantity"] * Decimal(
                trade["average_price"]
            )
    return sums


def _filled(items: list[dict[str, Any]], orders: list[dict[str, Any]]) -> Iterator[int]:
    """Yield how many items are filled: of each symbol and side as many as there are whole orders of
    it.
    """
    alike: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for item in items:
        alike[_key(item)] += 1
    ids = {order.get("order_id") for order in orders}
    # Second legs belong to an order that was counted already.
    firsts = [order for order in orders if order.get("parent_order_id") not in ids]
    for key, number in alike.items():
        yield _filled_of([order for order in firsts if _key(order) == key], number)


def _filled_of(orders: list[dict[str, Any]], items: int) -> int:
    """Return how many of `items` alike these orders fill; several orders for one item fill it
    together.
    """
    complete = sum(1 for order in orders if order.get("status") == "COMPLETE")
    if items == 1:
        return int(bool(orders) and complete == len(orders))
    return min(items, complete)


def _key(thing: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(thing.get(name)) for name in ("exchange", "tradingsymbol", "transaction_type"))
