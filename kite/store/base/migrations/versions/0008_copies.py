"""Who pressed on somebody else's hand-off page has an execution of their own, once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "copies",
        sa.Column(
            "execution_id",
            sa.Text,
            sa.ForeignKey("executions.id", name="fk_copies_execution_id"),
            nullable=False,
        ),
        sa.Column("original_id", sa.Text, nullable=False),
        sa.Column("visit_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("execution_id", name="pk_copies"),
        sa.UniqueConstraint("original_id", "visit_id", name="uq_copies_original_id"),
    )
    op.create_index("ix_copies_visit_id", "copies", ["visit_id"])
