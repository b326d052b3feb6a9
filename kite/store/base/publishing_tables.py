"""The tables of what operators offer to others. Who presses what they offer needs no account.

With those of kite.store.base.tables they are all there are; `metadata` holds both.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from kite.store.base.tables import execution_id, metadata
from kite.store.base.types import Instant, Words

__all__ = ["metadata"]

operators = Table(
    "operators",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("password_hash", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

operator_sessions = Table(
    "operator_sessions",
    metadata,
    # The SHA-256 of what the cookie holds.
    Column("id", Words, primary_key=True),
    Column("operator_id", Words, ForeignKey("operators.id"), nullable=False),
    Column("browser", Words, nullable=False),
    Column("address", Words),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "operator_id"),
)

published = Table(
    "published",
    metadata,
    Column("id", Words, primary_key=True),
    Column("slug", Words, nullable=False, unique=True),
    # The newest version; older ones stay, for executions name them.
    Column("version", Integer, nullable=False),
    Column("paused_at", Instant),
    Column("created_at", Instant, nullable=False),
)

published_versions = Table(
    "published_versions",
    metadata,
    Column("published_id", Words, ForeignKey("published.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hash", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("rationale", Words, nullable=False),
    Column("author", Words, nullable=False),
    Column("registration", Words, nullable=False),
    Column("disclosure", Words, nullable=False),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("data", Words, nullable=False),
    # The amount in rupees that is scaled to quantities, and each item's weight; empty: the quantities are
    # fixed.
    Column("amount", Words, nullable=False),
    Column("weights", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("operator", Words, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", Words, primary_key=True),
    Column("published_id", Words, ForeignKey("published.id"), nullable=False),
    Column("reference", Words, nullable=False),
    Column("campaign", Words, nullable=False),
    Column("ends_at", Instant),
    Column("most_uses", Integer),
    Column("uses", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("operator", Words, nullable=False),
    Column("revoked_at", Instant),
    Index(None, "published_id", "created_at"),
)

# What led to an execution, when it was not the composer: a page, a link, a button, and where its ending is
# told.
presses = Table(
    "presses",
    metadata,
    execution_id(primary_key=True),
    Column("published_id", Words, ForeignKey("published.id")),
    Column("version", Integer),
    Column("hash", Words, nullable=False),
    Column("link_id", Words, ForeignKey("links.id")),
    Column("reference", Words, nullable=False),
    Column("campaign", Words, nullable=False),
    Column("origin", Words, nullable=False),
    # The SHA-256 of a random name that the pressing page made, by which it may ask for the ending.
    Column("handle", Words, unique=True),
    Column("return_to", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "published_id", "at"),
    Index(None, "link_id"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("token_hash", Words, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("operator", Words, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
)

codes = Table(
    "codes",
    metadata,
    Column("code_hash", Words, primary_key=True),
    execution_id(),
    Column("made_at", Instant, nullable=False),
    Column("redeemed_at", Instant),
    Column("token_id", Words, ForeignKey("api_tokens.id")),
    Index(None, "execution_id"),
)

# Sites whose pages may send items that no operator has published, and addresses that a finished basket may
# return to.
allowed = Table(
    "allowed",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("value", Words, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("operator", Words, nullable=False),
)
