"""Which execution the post of a form led to: the same form posted twice, also at once, leads to the
same one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "form_posts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column(
            "execution_id",
            sa.Text,
            sa.ForeignKey("executions.id", name="fk_form_posts_execution_id"),
            nullable=False,
        ),
    )
    op.create_index("ix_form_posts_execution_id", "form_posts", ["execution_id"])
