"""Adoption: executions without an owner become the Kite user's in whose order book their orders are.

The tag says which orders are an execution's. Orders that the book held before the hand-off carry it
by chance: they are never the execution's, so they make nobody its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kite.connect.records import Order
from kite.offsite.base import states
from kite.offsite.base.matching import orders_with_tag, tags_of_book
from kite.offsite.base.services import Services
from kite.store.base.engine import Connection
from kite.store.flow import baselines, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.executions import Execution
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State


@dataclass(frozen=True)
class Adoption:
    """The executions of which a Kite user's order book holds orders, newest first.

    `adopted` had no owner until now; `earlier` were that user's before. `others` are another Kite
    user's.
    """

    adopted: tuple[Execution, ...] = ()
    earlier: tuple[Execution, ...] = ()
    others: tuple[Execution, ...] = ()

    @property
    def own(self) -> tuple[Execution, ...]:
        """All that are that user's now."""
        return self.adopted + self.earlier


def adopt(services: Services, session: KiteSession, book: Sequence[Order]) -> Adoption:
    """Give the executions without an owner of which a book holds orders to the session's user.

    Their orders prove that they reached Kite: they are returned from then on, as are those that the
    user owned before.
    """
    user_id, now = session.user_id, services.now()
    with services.store.reading() as conn:
        placed = _placed_executions(conn, book)
    adopted, earlier, others = [], [], []
    if not placed:
        return Adoption()
    with services.store.writing() as conn:
        for execution in placed:
            if execution.user_id == user_id:
                earlier.append(execution)
            # Guarded in the database: somebody else may have become the owner meanwhile.
            elif execution.user_id is None and executions.assign_owner(conn, execution.id, user_id):
                adopted.append(replace(execution, user_id=user_id))
            else:
                others.append(execution)
        for execution in (*adopted, *earlier):
            if execution.state not in states.PROVED:
                states.move(conn, execution, State.RETURNED, now, EventCause.FOUND_BY_TAG)
    return Adoption(tuple(adopted), tuple(earlier), tuple(others))


def _placed_executions(conn: Connection, book: Sequence[Order]) -> list[Execution]:
    """Return the executions of which a book holds orders, whoever owns them, newest first."""
    tagged = executions.by_tags(conn, tags_of_book(book))
    before = baselines.of_all(conn, [execution.id for execution in tagged])
    return [execution for execution in tagged if orders_with_tag(book, execution.tag, before[execution.id])]
