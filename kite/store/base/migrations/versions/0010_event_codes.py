"""Events say what happened by a code and data, and no longer by a sentence and a text.

Only columns are added here, which takes no time in any table. `event_conversion.convert_all` fills them
afterwards, in small batches. The columns `cause` and `detail` stay for a process of the version
before that still runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

COLUMNS = ("code", "order_id", "user_id", "data")


def upgrade() -> None:
    """Add the columns."""
    for name in COLUMNS:
        op.add_column("events", sa.Column(name, sa.Text))
