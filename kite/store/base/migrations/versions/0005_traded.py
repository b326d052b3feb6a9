"""What an execution's trades come to, so that the figures of published baskets need not read every
trade.
"""

import json
from collections import defaultdict
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NOT_COUNTED = ("MCX", "CDS", "BCD")


def upgrade() -> None:
    """Add the column, and fill it from the trades that were read before."""
    op.add_column("executions", sa.Column("traded", sa.BigInteger, nullable=False, server_default="0"))
    conn = op.get_bind()
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for execution_id, text in conn.execute(sa.text("SELECT execution_id, data FROM book_trades")):
        trade = json.loads(text, parse_float=Decimal)
        if trade.get("exchange", "MCX") not in NOT_COUNTED:
            sums[execution_id] += trade["quantity"] * Decimal(trade["average_price"])
    for execution_id, rupees in sums.items():
        conn.execute(
            sa.text("UPDATE executions SET traded = :paise WHERE id = :id"),
            {"paise": round(rupees * 100), "id": execution_id},
        )
