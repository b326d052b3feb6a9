"""The tables of what operators offer to others. Who presses what they offer needs no account.

With those of kite.store.base.tables they are all there are; `metadata` holds both.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from kite.store.base.tables import execution_id, metadata
from kite.store.base.types import CleanText, Instant

__all__ = ["metadata"]

operators = Table(
    "operators",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("name", CleanText, nullable=False, unique=True),
    Column("password_hash", CleanText, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

operator_sessions = Table(
    "operator_sessions",
    metadata,
    # The SHA-256 of what the cookie holds.
    Column("id", CleanText, primary_key=True),
    Column("operator_id", CleanText, ForeignKey("operators.id"), nullable=False),
    Column("browser", CleanText, nullable=False),
    Column("address", CleanText),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "operator_id"),
)

published = Table(
    "published",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("slug", CleanText, nullable=False, unique=True),
    # The newest version; older ones stay, for executions name them.
    Column("version", Integer, nullable=False),
    Column("paused_at", Instant),
    Column("created_at", Instant, nullable=False),
)

published_versions = Table(
    "published_versions",
    metadata,
    Column("published_id", CleanText, ForeignKey("published.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hash", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("rationale", CleanText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("registration", CleanText, nullable=False),
    Column("disclosure", CleanText, nullable=False),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("data", CleanText, nullable=False),
    # The amount in rupees that is scaled to quantities, and each item's weight; empty: the
    # quantities are fixed.
    Column("amount", CleanText, nullable=False),
    Column("weights", CleanText, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("operator", CleanText, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("published_id", CleanText, ForeignKey("published.id"), nullable=False),
    Column("reference", CleanText, nullable=False),
    Column("campaign", CleanText, nullable=False),
    Column("ends_at", Instant),
    Column("most_uses", Integer),
    Column("uses", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("operator", CleanText, nullable=False),
    Column("revoked_at", Instant),
    Index(None, "published_id", "created_at"),
)

# What led to an execution, when it was not the composer: a page, a link, a button, and where its
# ending is told.
presses = Table(
    "presses",
    metadata,
    execution_id(primary_key=True),
    Column("published_id", CleanText, ForeignKey("published.id")),
    Column("version", Integer),
    Column("hash", CleanText, nullable=False),
    Column("link_id", CleanText, ForeignKey("links.id")),
    Column("reference", CleanText, nullable=False),
    Column("campaign", CleanText, nullable=False),
    Column("origin", CleanText, nullable=False),
    # The SHA-256 of a random name that the pressing page made, by which it may ask for the ending.
    Column("handle", CleanText, unique=True),
    Column("return_to", CleanText, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "published_id", "at"),
    Index(None, "link_id"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("name", CleanText, nullable=False),
    Column("token_hash", CleanText, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("operator", CleanText, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
)

codes = Table(
    "codes",
    metadata,
    Column("code_hash", CleanText, primary_key=True),
    execution_id(),
    Column("made_at", Instant, nullable=False),
    Column("redeemed_at", Instant),
    Column("token_id", CleanText, ForeignKey("api_tokens.id")),
    Index(None, "execution_id"),
)

# Sites whose pages may send items that no operator has published, and addresses that a finished
# basket may return to.
allowed = Table(
    "allowed",
    metadata,
    Column("kind", CleanText, primary_key=True),
    Column("value", CleanText, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("operator", CleanText, nullable=False),
)
