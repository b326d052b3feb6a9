"""Baseline: the orders in a person's book before a basket went to Kite.

None of them can be the basket's.

The tag says which orders are a basket's; the baseline keeps out those that carry the same tag by
chance. A hand-off never waits for it: it takes the last reading in a session of the same visit.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kite.connect.records import Order
from kite.offsite.base.kite_day import next_session_end
from kite.offsite.base.services import Services
from kite.store.base.engine import Connection
from kite.store.flow import baselines, executions, locks
from kite.store.flow.executions import Execution
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State


def remember_book(services: Services, session: KiteSession, book: Iterable[Order]) -> None:
    """Remember which orders a book held, for baskets that its visit composes from now on."""
    now = services.now()
    services.memory.put(
        _key(session.visit_id), ([order.order_id for order in book], now), next_session_end(now)
    )


def store_baseline(
    conn: Connection, services: Services, prepared: Iterable[Execution], visit_id: str
) -> None:
    """Store the remembered book of a visit as the baseline of the executions `prepared`.

    Without a remembered book they have none.
    """
    if remembered := services.memory.get(_key(visit_id)):
        for execution in prepared:
            baselines.keep(conn, execution.id, *remembered)


def store_baseline_of_later_parts(
    services: Services, execution: Execution, book: Sequence[Order], asked_at: datetime
) -> None:
    """Store the book read for one part as the baseline of the parts that have not gone to Kite.

    A part that is still only prepared when this is written was not at Kite when the book was read.
    """
    if execution.part == execution.parts:
        return
    with services.store.writing() as conn:
        parts = executions.parts(conn, execution.basket_id)
        locks.lock_all(conn, [part.id for part in parts])
        for part in parts:
            if part.state is State.PREPARED:
                baselines.keep(conn, part.id, [order.order_id for order in book], asked_at)


def _key(visit_id: str) -> tuple[str, str]:
    return "order book", visit_id
