"""Rate limits, by calendar second: counted for every call, enforced when the switch `rate_limits` is on (documentation, "API rate limit")."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.ledger import calls

QUOTES, ORDERS, OTHERS = "quotes", "orders", "others"
LIMITS = {QUOTES: 1, ORDERS: 10, OTHERS: 10}
"""Calls in a second; placing, modifying and cancelling count together."""

KEPT = 60
"""Seconds that are remembered."""


def kind_of(method: str, path: str) -> str:
    """Return the limit that a call counts against."""
    if path.startswith("/quote"):
        return QUOTES
    return ORDERS if path.startswith("/orders") and method != "GET" else OTHERS


def count_call(connection: Connection, kind: str, at: int) -> bool:
    """Count a call at `at`, and return whether it is within its limit. Needs a writing connection."""
    second = at // 1000
    statement = insert(calls).values(kind=kind, second=second, count=1)
    statement = statement.on_conflict_do_update(index_elements=["kind", "second"], set_={"count": calls.c["count"] + 1})
    number = int(connection.execute(statement.returning(calls.c["count"])).scalar_one())
    if number == 1:
        connection.execute(delete(calls).where(calls.c.second < second - KEPT))
    return number <= LIMITS[kind]


def busiest(connection: Connection, at: int) -> dict[str, int]:
    """Return by kind how many calls the fullest second of the last minute had."""
    rows = connection.execute(select(calls.c.kind, calls.c["count"]).where(calls.c.second >= at // 1000 - KEPT)).all()
    return {kind: max((number for name, number in rows if name == kind), default=0) for kind in LIMITS}
