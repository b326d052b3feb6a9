"""The first tables: executions and their events, returns, Kite sessions, books.

A migration never changes once it was released, so it names its tables itself instead of importing
kite.store.base.tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEALED = sa.text("sealed_token IS NOT NULL")


def upgrade() -> None:
    """Make the tables."""
    _executions()
    _events()
    _returns()
    _kite_sessions()
    _books()


def _executions() -> None:
    op.create_table(
        "executions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("basket_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Text()),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_off_at", sa.DateTime(timezone=True)),
        sa.Column("returned_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("read_claimed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["parent_id"], ["executions.id"], name="fk_executions_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_executions"),
        sa.UniqueConstraint("tag", name="uq_executions_tag"),
    )
    op.create_index("ix_executions_basket_id_part", "executions", ["basket_id", "part"])
    op.create_index("ix_executions_state_handed_off_at", "executions", ["state", "handed_off_at"])
    op.create_index("ix_executions_user_id_created_at", "executions", ["user_id", "created_at"])
    op.create_index("ix_executions_visit_id_created_at", "executions", ["visit_id", "created_at"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("execution_id", sa.Text()),
        sa.Column("from_state", sa.Text()),
        sa.Column("to_state", sa.Text()),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"], name="fk_events_execution_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_execution_id_at", "events", ["execution_id", "at"])


def _returns() -> None:
    op.create_table(
        "returns",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("execution_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("sealed_token", sa.Text()),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"], name="fk_returns_execution_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_returns"),
        sa.UniqueConstraint("id", name="uq_returns_id"),
    )
    op.create_index(
        "ix_returns_sealed", "returns", ["received_at"], sqlite_where=SEALED, postgresql_where=SEALED
    )


def _kite_sessions() -> None:
    op.create_table(
        "kite_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("login_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_token", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_kite_sessions"),
    )
    op.create_index(
        "ix_kite_sessions_sealed",
        "kite_sessions",
        ["expires_at"],
        sqlite_where=SEALED,
        postgresql_where=SEALED,
    )
    op.create_index(
        "ix_kite_sessions_visit_id_user_id_created_at", "kite_sessions", ["visit_id", "user_id", "created_at"]
    )


def _books() -> None:
    op.create_table(
        "book_orders",
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"], name="fk_book_orders_execution_id"),
        sa.PrimaryKeyConstraint("execution_id", "order_id", name="pk_book_orders"),
    )
    op.create_table(
        "book_trades",
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("trade_id", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"], name="fk_book_trades_execution_id"),
        sa.PrimaryKeyConstraint("execution_id", "order_id", "trade_id", name="pk_book_trades"),
    )
    op.create_table(
        "book_histories",
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"], name="fk_book_histories_execution_id"),
        sa.PrimaryKeyConstraint("execution_id", "order_id", name="pk_book_histories"),
    )
