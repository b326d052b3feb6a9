"""Adoption: executions without an owner become the Kite user's in whose order book their orders are.

The tag says which orders are an execution's. Orders that the book held before the hand-off carry it
by chance: they are never the execution's, so they make nobody its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kite.connect.records import Order
from kite.offsite.base import states
from kite.offsite.base.matching import orders_with_tag, tags_of_book
from kite.offsite.base.services import Services
from kite.store.base.engine import Connection
from kite.store.flow import baselines, executions, locks
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
    with services.store.reading() as conn:
        placed = placed_executions(conn, book)
    if not placed:
        return Adoption()
    with services.store.writing() as conn:
        return adopt_placed(conn, services, session, placed)


def placed_executions(conn: Connection, book: Sequence[Order]) -> list[Execution]:
    """Return the executions of which a book holds orders, whoever owns them, newest first."""
    tagged = executions.by_tags(conn, tags_of_book(book))
    before = baselines.of_all(conn, [execution.id for execution in tagged])
    return [execution for execution in tagged if orders_with_tag(book, execution.tag, before[execution.id])]


def adopt_placed(
    conn: Connection, services: Services, session: KiteSession, placed: Sequence[Execution]
) -> Adoption:
    """Do what `adopt` does with the executions `placed`, which may have been read earlier."""
    adopted: list[Execution] = []
    earlier: list[Execution] = []
    others: list[Execution] = []
    locks.lock_all(conn, [execution.id for execution in placed])
    for execution in placed:
        owned = _own(conn, execution, session.user_id)
        if owned is None:
            others.append(execution)
            continue
        (earlier if execution.user_id else adopted).append(owned)
        if owned.state not in states.PROVED:
            states.move(conn, owned, State.RETURNED, services.now(), EventCause.FOUND_BY_TAG)
    return Adoption(tuple(adopted), tuple(earlier), tuple(others))


def _own(conn: Connection, execution: Execution, user_id: str) -> Execution | None:
    """Make a Kite user the owner of an execution; None when it is somebody else's."""
    if execution.user_id == user_id and execution.state in states.PROVED:
        return execution  # nothing of it is to change
    # Guarded in the database: somebody else may have become the owner meanwhile. The row comes back
    # as it is now and stays locked: a cancel or the time may have moved it, and from a state that
    # it has left nothing would move it on.
    return executions.assign_owner(conn, execution.id, user_id)
