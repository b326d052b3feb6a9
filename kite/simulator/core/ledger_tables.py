"""The tables of the simulator's ledger. Times are milliseconds since 1970, money is paise.

Whoever changes a table raises VERSION, and every ledger of an older version is emptied and created
again.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text

VERSION = 4
"""Add 1 with every change of the tables below."""

metadata = MetaData()

web_logins = Table(
    "web_logins",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("tag", Text),
)

request_tokens = Table(
    "request_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("used_at", Integer),
    Column("tag", Text),
)
"""`tag` is that of the basket that the token came back from; the session opened with it keeps
it.
"""

baskets = Table(
    "baskets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lines", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("redirect_params", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("ended_at", Integer),
    Column("outcome", Text),
    Column("location", Text),
    Column("ending", Text, nullable=False),
)
"""`ending` is how the browser leaves: by redirect, by a message to its opener, or as a fault
demands.
"""

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("placed_at", Integer, nullable=False),
    Column("begins_at", Integer, nullable=False),
    Column("gone_at", Integer, nullable=False),
    Column("ended_at", Integer, nullable=False),
    Column("exchange_order_id", Text, nullable=False),
    Column("parent_order_id", Text),
    Column("follows", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), index=True),
    Column("changes", Integer, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("tradingsymbol", Text, nullable=False),
    Column("item", Text, nullable=False),
    Index("orders_of_user", "user_id", "gone_at"),
    Index("orders_at_work", "user_id", "ended_at"),
    Index("orders_of_instrument", "exchange", "tradingsymbol", "gone_at"),
)
"""Orders with their newest terms in `item`.

`follows` is the order at whose completion this one begins; `changes` counts modifications;
`ended_at` is when its future ends it, or when it leaves the book.
"""

order_events = Table(
    "order_events",
    metadata,
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("blocked", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("told", Integer, nullable=False, server_default="0"),
    Index("events_untold", "told", "at"),
)
"""The dated future of every order.

`state` is the whole order as Kite shows it from `at` on, `blocked` its margin, `told` whether the
sender of postbacks has handled it.
"""

trades = Table(
    "trades",
    metadata,
    Column("trade_id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("trade", Text, nullable=False),
    Index("trades_of_user", "user_id", "at"),
)

folds = Table(
    "folds",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("through", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("gone_at", Integer, nullable=False),
    Column("positions", Text, nullable=False),
)
"""How far the fills of the day are summed up: see `kite/simulator/account/position_cache.py`."""

conversions = Table(
    "conversions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("gone_at", Integer, nullable=False),
    Column("moves", Text, nullable=False),
)
"""Positions that were moved from one product to another.

`moves` is JSON: what leaves the old product and what enters the new one.
"""

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
)

authorisations = Table(
    "authorisations",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("outcome", Text),
)
"""Requests to authorise sales of holdings: `wanted` is JSON, a quantity for each ISIN.

All of them expire when the trading day ends.
"""

switches = Table(
    "switches", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)
"""Behaviour that is switched on for every process; a switch without a row is at its default."""

faults = Table(
    "faults",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("tag", Text),
    Column("params", Text, nullable=False),
    Column("chances", Integer, nullable=False),
    Column("strikes", Integer, nullable=False),
)
"""Faults that are switched on, for a tag or for all."""

postbacks = Table(
    "postbacks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("due_at", Integer, nullable=False),
    Column("claimed_until", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Integer, nullable=False, server_default="0"),
    Column("body", Text, nullable=False),
)
"""Postbacks that wait to be sent.

One process at a time claims the first of them. `due_at` is the simulator's time, `claimed_until`
and `next_try_at` are the wall's.
"""

calls = Table(
    "calls",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("second", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
)
"""Calls of the API in every second, by kind of limit."""

prices = Table(
    "prices",
    metadata,
    Column("exchange", Text, primary_key=True),
    Column("tradingsymbol", Text, primary_key=True),
    Column("at", Integer, primary_key=True),
    Column("price", Text, nullable=False),
)
"""Prices that were set by hand: each counts from `at` until the next one, or until the day
turns.
"""

counters = Table(
    "counters", metadata, Column("name", Text, primary_key=True), Column("value", Integer, nullable=False)
)
