"""What publishing needs: operators and their sessions, published baskets in versions, links,
presses, codes, tokens, allowed sites.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)


def _words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=nullable)


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _of(
    table: str, name: str, other: str, *, nullable: bool = False, primary_key: bool = False
) -> sa.Column[str]:
    key = sa.ForeignKey(f"{other}.id", name=f"fk_{table}_{name}")
    return sa.Column(name, sa.Text, key, nullable=nullable, primary_key=primary_key)


def upgrade() -> None:
    """Add the tables."""
    _operators()
    _baskets()
    _presses()
    op.create_table("allowed", _id("kind"), _id("value"), _instant("created_at"), _words("operator"))


def _operators() -> None:
    op.create_table(
        "operators",
        _id(),
        _words("name"),
        _words("password_hash"),
        _instant("created_at"),
        _instant("disabled_at", nullable=True),
        sa.UniqueConstraint("name", name="uq_operators_name"),
    )
    op.create_table(
        "operator_sessions",
        _id(),
        _of("operator_sessions", "operator_id", "operators"),
        _words("browser"),
        _words("address", nullable=True),
        _instant("created_at"),
        _instant("seen_at"),
        _instant("ended_at", nullable=True),
    )
    op.create_index("ix_operator_sessions_operator_id", "operator_sessions", ["operator_id"])


def _baskets() -> None:
    op.create_table(
        "published",
        _id(),
        _words("slug"),
        sa.Column("version", sa.Integer, nullable=False),
        _instant("paused_at", nullable=True),
        _instant("created_at"),
        sa.UniqueConstraint("slug", name="uq_published_slug"),
    )
    op.create_table(
        "published_versions",
        _of("published_versions", "published_id", "published", primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *(_words(name) for name in ("hash", "title", "rationale", "author", "registration", "disclosure")),
        _instant("valid_from", nullable=True),
        _instant("valid_until", nullable=True),
        *(_words(name) for name in ("data", "amount", "weights")),
        _instant("created_at"),
        _words("operator"),
    )
    op.create_table(
        "links",
        _id(),
        _of("links", "published_id", "published"),
        _words("reference"),
        _words("campaign"),
        _instant("ends_at", nullable=True),
        sa.Column("most_uses", sa.Integer),
        sa.Column("uses", sa.Integer, nullable=False),
        _instant("created_at"),
        _words("operator"),
        _instant("revoked_at", nullable=True),
    )
    op.create_index("ix_links_published_id_created_at", "links", ["published_id", "created_at"])


def _presses() -> None:
    op.create_table(
        "presses",
        _of("presses", "execution_id", "executions", primary_key=True),
        _of("presses", "published_id", "published", nullable=True),
        sa.Column("version", sa.Integer),
        _words("hash"),
        _of("presses", "link_id", "links", nullable=True),
        *(_words(name) for name in ("reference", "campaign", "origin")),
        _words("handle", nullable=True),
        _words("return_to"),
        _instant("at"),
        sa.UniqueConstraint("handle", name="uq_presses_handle"),
    )
    op.create_index("ix_presses_published_id_at", "presses", ["published_id", "at"])
    op.create_index("ix_presses_link_id", "presses", ["link_id"])
    op.create_table(
        "api_tokens",
        _id(),
        _words("name"),
        _words("token_hash"),
        _instant("created_at"),
        _words("operator"),
        _instant("used_at", nullable=True),
        _instant("revoked_at", nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_table(
        "codes",
        _id("code_hash"),
        _of("codes", "execution_id", "executions"),
        _instant("made_at"),
        _instant("redeemed_at", nullable=True),
        _of("codes", "token_id", "api_tokens", nullable=True),
    )
    op.create_index("ix_codes_execution_id", "codes", ["execution_id"])
