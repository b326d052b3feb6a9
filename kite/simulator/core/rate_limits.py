"""Rate limits: by second for every call, by minute and day for orders.

Calls are always counted; the limits are enforced when the switch `rate_limits` is on.

A window begins with the second, minute or day of the clock (documentation, "API rate limit"; 400
and 5,000 are the figures given on the forum in 2026).
"""

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.core.ledger_tables import calls, orders
from kite.simulator.core.timestamps import DAY_TURNS, next_at

QUOTES, ORDERS, OTHERS = "quotes", "orders", "others"
LIMITS = {QUOTES: 1, ORDERS: 10, OTHERS: 10}
"""Calls in a second; placing, modifying and cancelling count together."""

A_MINUTE = 400
"""Orders placed, modified and cancelled in a minute."""

A_DAY = 5_000
"""Orders placed in a day; every leg of an iceberg counts as one."""

KEPT = 60
"""For how many seconds counts are remembered."""

DAY = 86_400_000


def kind_of(method: str, path: str) -> str:
    """Return the limit that a call counts against."""
    if path.startswith("/quote"):
        return QUOTES
    if path.startswith("/orders") and method != "GET":
        return ORDERS
    return OTHERS


def count_call(connection: Connection, kind: str, at: int) -> bool:
    """Count a call at `at`, and return whether it is within its limit.

    Needs a writing connection.
    """
    second = at // 1000
    statement = insert(calls).values(kind=kind, second=second, count=1)
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "second"], set_={"count": calls.c["count"] + 1}
    )
    number = int(connection.execute(statement.returning(calls.c["count"])).scalar_one())
    if number == 1:  # the first call of a second cleans up, so the table stays small
        connection.execute(delete(calls).where(calls.c.second < second - KEPT))
    return number <= LIMITS[kind]


def used_up(connection: Connection, kind: str, at: int, placing: bool) -> bool:
    """Whether a call on orders is above the limit of its minute, or places one order too many for
    the day.
    """
    if kind != ORDERS:
        return False
    minute = select(func.sum(calls.c["count"])).where(
        calls.c.kind == ORDERS, calls.c.second >= at // 60_000 * 60, calls.c.second <= at // 1000
    )
    today = next_at(at, DAY_TURNS) - DAY
    placed = (
        select(func.count()).select_from(orders).where(orders.c.placed_at >= today, orders.c.placed_at <= at)
    )
    return int(connection.scalar(minute) or 0) > A_MINUTE or (
        placing and int(connection.scalar(placed) or 0) >= A_DAY
    )


def busiest(connection: Connection, at: int) -> dict[str, int]:
    """Return for each kind of call how many came in the busiest second of the last minute."""
    rows = connection.execute(
        select(calls.c.kind, calls.c["count"]).where(calls.c.second >= at // 1000 - KEPT)
    ).all()
    return {kind: max((number for name, number in rows if name == kind), default=0) for kind in LIMITS}
