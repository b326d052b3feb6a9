"""The tables.

Column names are those of the dataclasses in the modules that use them, in the same order.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, UniqueConstraint, text

from kite.store.base.types import CleanText, EnumText, Instant
from kite.vocabulary import Mode, ReturnKind, ReturnVerdict, State, TokenAnswer

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


AGAIN = text("parent_id IS NOT NULL")
OF_NONE = text("execution_id IS NULL")
WITH_ADDRESS = text("address IS NOT NULL")
UNREAD = text("read_at IS NULL")


def execution_id(*, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    """Return the column by which a row hangs on an execution."""
    return Column(
        "execution_id", CleanText, ForeignKey("executions.id"), nullable=nullable, primary_key=primary_key
    )


executions = Table(
    "executions",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("basket_id", CleanText, nullable=False),
    Column("part", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("parent_id", CleanText, ForeignKey("executions.id")),
    Column("tag", CleanText, nullable=False, unique=True),
    Column("visit_id", CleanText, nullable=False),
    Column("user_id", CleanText),
    Column("mode", EnumText(Mode), nullable=False),
    Column("state", EnumText(State), nullable=False),
    Column("data", CleanText, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("handed_off_at", Instant),
    Column("returned_at", Instant),
    Column("cancelled_at", Instant),
    Column("settled_at", Instant),
    Column("read_at", Instant),
    Column("read_claimed_at", Instant),
    # Counts what happened to it: whoever waits for news compares this number.
    Column("version", Integer, nullable=False, server_default="0"),
    # ",INFY,SBIN," and ",filled,open,": what lists of receipts are filtered by.
    Column("symbols", CleanText, nullable=False, server_default=""),
    Column("outcomes", CleanText, nullable=False, server_default=""),
    # Paise, of trades whose value is known.
    Column("bought", BigInteger, nullable=False, server_default="0"),
    Column("sold", BigInteger, nullable=False, server_default="0"),
    # How many items it has, and how many of them are filled.
    Column("orders", Integer, nullable=False, server_default="0"),
    Column("filled", Integer, nullable=False, server_default="0"),
    Index(None, "basket_id", "part"),
    Index(None, "visit_id", "created_at"),
    Index(None, "user_id", "created_at"),
    Index(None, "state", "handed_off_at"),
    Index(None, "created_at"),
    Index("ix_executions_again", "parent_id", sqlite_where=AGAIN, postgresql_where=AGAIN),
)

events = Table(
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    execution_id(nullable=True),
    Column("from_state", EnumText(State)),
    Column("to_state", EnumText(State)),
    # The version before wrote and reads these two (event_conversion.py); this one leaves them empty.
    Column("cause", CleanText, key="old_cause", nullable=False),
    Column("detail", CleanText, key="old_detail", nullable=False),
    # Who did it, and the network address it came from, which is dropped after a month.
    Column("actor", CleanText, nullable=False, server_default=""),
    Column("address", CleanText),
    # What happened; None in what the version before wrote, until it is converted.
    Column("code", CleanText, key="cause"),
    # The order and the Kite user that it names, and what else it says, as JSON.
    Column("order_id", CleanText),
    Column("user_id", CleanText),
    Column("data", CleanText),
    Index(None, "execution_id", "at"),
    Index("ix_events_address", "at", sqlite_where=WITH_ADDRESS, postgresql_where=WITH_ADDRESS),
    Index("ix_events_of_none", "at", sqlite_where=OF_NONE, postgresql_where=OF_NONE),
)

returns = Table(
    "returns",
    metadata,
    Column("token_hash", CleanText, primary_key=True),
    Column("id", CleanText, nullable=False, unique=True),
    Column("visit_id", CleanText, nullable=False),
    execution_id(nullable=True),
    Column("kind", EnumText(ReturnKind), nullable=False),
    Column("verdict", EnumText(ReturnVerdict), nullable=False),
    Column("next", CleanText, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("answered_at", Instant),
    Column("answer", EnumText(TokenAnswer), nullable=False),
    Column("message", CleanText, nullable=False),
    Column("user_id", CleanText),
    Column("sealed_token", CleanText),
    # Only rows that still hold a token, so that forgetting them looks at a handful, not at the
    # whole past.
    Index(
        "ix_returns_sealed",
        "received_at",
        sqlite_where=text("sealed_token IS NOT NULL"),
        postgresql_where=text("sealed_token IS NOT NULL"),
    ),
    Index(None, "execution_id"),
    Index(None, "visit_id"),
    Index(None, "user_id"),
    Index(None, "received_at"),
)

kite_sessions = Table(
    "kite_sessions",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("visit_id", CleanText, nullable=False),
    Column("user_id", CleanText, nullable=False),
    Column("user_name", CleanText, nullable=False),
    Column("login_time", Instant, nullable=False),
    Column("sealed_token", CleanText),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "visit_id", "user_id", "created_at"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
    Index(
        "ix_kite_sessions_sealed",
        "expires_at",
        sqlite_where=text("sealed_token IS NOT NULL"),
        postgresql_where=text("sealed_token IS NOT NULL"),
    ),
)

book_orders = Table(
    "book_orders",
    metadata,
    execution_id(primary_key=True),
    Column("order_id", CleanText, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("data", CleanText, nullable=False),
    Column("at", Instant, nullable=False),
)

book_trades = Table(
    "book_trades",
    metadata,
    execution_id(primary_key=True),
    Column("order_id", CleanText, primary_key=True),
    Column("trade_id", CleanText, primary_key=True),
    Column("data", CleanText, nullable=False),
    Column("at", Instant, nullable=False),
)

book_histories = Table(
    "book_histories",
    metadata,
    execution_id(primary_key=True),
    Column("order_id", CleanText, primary_key=True),
    Column("data", CleanText, nullable=False),
    Column("at", Instant, nullable=False),
)

# Orders without a tag that may be the basket's, and how many rows of Kite's lists could not be read
# that may be.
book_doubts = Table(
    "book_doubts",
    metadata,
    execution_id(primary_key=True),
    Column("untagged", CleanText, nullable=False),
    Column("unreadable_orders", Integer, nullable=False),
    Column("unreadable_trades", Integer, nullable=False),
)

postbacks = Table(
    "postbacks",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("order_id", CleanText, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("filled_quantity", BigInteger, nullable=False),
    Column("order_timestamp", CleanText, nullable=False),
    Column("user_id", CleanText, nullable=False),
    # The last 8 characters of the order's tag: an execution's own, if it is one of this site's.
    Column("tag", CleanText, nullable=False),
    execution_id(nullable=True),
    Column("data", CleanText, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("read_at", Instant),
    UniqueConstraint("order_id", "status", "filled_quantity", "order_timestamp"),
    Index(None, "execution_id"),
    Index(None, "tag"),
    Index(None, "received_at"),
    Index("ix_postbacks_unread", "received_at", sqlite_where=UNREAD, postgresql_where=UNREAD),
)

# Baskets of somebody else's hand-off page, each recorded once for every visit that pressed there.
copies = Table(
    "copies",
    metadata,
    execution_id(primary_key=True),
    Column("original_id", CleanText, nullable=False),
    Column("visit_id", CleanText, nullable=False),
    UniqueConstraint("original_id", "visit_id"),
    Index(None, "visit_id"),
)

baselines = Table(
    "baselines",
    metadata,
    execution_id(primary_key=True),
    Column("order_ids", CleanText, nullable=False),
    Column("at", Instant, nullable=False),
)

prefills = Table(
    "prefills",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("data", CleanText, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "created_at"),
)

# Which basket a form led to, by what its post is known by: posted again, also at once, it leads to
# the same one.
form_posts = Table(
    "form_posts",
    metadata,
    # A SHA-256 of the visit, the form's own token and what was sent.
    Column("key", CleanText, primary_key=True),
    # The first part of the basket.
    execution_id(),
    Index(None, "execution_id"),
)
