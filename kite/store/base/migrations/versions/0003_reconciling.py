"""What reconciliation needs: postbacks, baselines, a number that counts news, what lists are
filtered by, and who did what.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WITH_ADDRESS = sa.text("address IS NOT NULL")
UNREAD = sa.text("read_at IS NULL")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and tables; fill the symbols of what was composed before."""
    _add_columns()
    _create_postbacks()
    _create_baselines()
    _fill_symbols()


def _add_columns() -> None:
    for name, kind, default in (
        ("version", sa.Integer, "0"),
        ("symbols", sa.Text, ""),
        ("outcomes", sa.Text, ""),
    ):
        op.add_column("executions", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("events", sa.Column("actor", sa.Text, nullable=False, server_default=""))
    op.add_column("events", sa.Column("address", sa.Text))
    op.create_index(
        "ix_events_address", "events", ["at"], sqlite_where=WITH_ADDRESS, postgresql_where=WITH_ADDRESS
    )


def _create_postbacks() -> None:
    op.create_table(
        "postbacks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("filled_quantity", sa.BigInteger, nullable=False),
        sa.Column("order_timestamp", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("execution_id", sa.Text, sa.ForeignKey("executions.id", name="fk_postbacks_execution_id")),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT),
        sa.UniqueConstraint(
            "order_id", "status", "filled_quantity", "order_timestamp", name="uq_postbacks_order_id"
        ),
    )
    for column in ("execution_id", "tag", "received_at"):
        op.create_index(f"ix_postbacks_{column}", "postbacks", [column])
    op.create_index(
        "ix_postbacks_unread", "postbacks", ["received_at"], sqlite_where=UNREAD, postgresql_where=UNREAD
    )


def _create_baselines() -> None:
    op.create_table(
        "baselines",
        sa.Column(
            "execution_id",
            sa.Text,
            sa.ForeignKey("executions.id", name="fk_baselines_execution_id"),
            primary_key=True,
        ),
        sa.Column("order_ids", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )


def _fill_symbols() -> None:
    executions = sa.table("executions", sa.column("id"), sa.column("data"), sa.column("symbols"))
    conn = op.get_bind()
    changed = [
        {"which": row.id, "text": "".join(f",{item['tradingsymbol']}" for item in json.loads(row.data)) + ","}
        for row in conn.execute(sa.select(executions.c.id, executions.c.data))
    ]
    if changed:
        conn.execute(
            executions.update()
            .where(executions.c.id == sa.bindparam("which"))
            .values(symbols=sa.bindparam("text")),
            changed,
        )
