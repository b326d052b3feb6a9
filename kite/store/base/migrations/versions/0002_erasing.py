"""Indexes by age and by what hangs on an execution, so that erasing looks only at what it
erases.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

AGAIN = sa.text("parent_id IS NOT NULL")
OF_NONE = sa.text("execution_id IS NULL")


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_executions_created_at", "executions", ["created_at"])
    op.create_index(
        "ix_executions_again", "executions", ["parent_id"], sqlite_where=AGAIN, postgresql_where=AGAIN
    )
    op.create_index("ix_events_of_none", "events", ["at"], sqlite_where=OF_NONE, postgresql_where=OF_NONE)
    op.create_index("ix_returns_execution_id", "returns", ["execution_id"])
    op.create_index("ix_returns_visit_id", "returns", ["visit_id"])
    op.create_index("ix_returns_user_id", "returns", ["user_id"])
    op.create_index("ix_returns_received_at", "returns", ["received_at"])
    op.create_index("ix_kite_sessions_user_id", "kite_sessions", ["user_id"])
    op.create_index("ix_kite_sessions_expires_at", "kite_sessions", ["expires_at"])
