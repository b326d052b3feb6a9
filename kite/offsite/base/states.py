"""The states of an execution and the only moves between them.

Nothing outside this package changes a state.
"""

from datetime import datetime

from kite.store.base.engine import Connection
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import EventData
from kite.store.flow.executions import Execution
from kite.vocabulary import State

TRANSITIONS: dict[State, frozenset[State]] = {
    State.PREPARED: frozenset({State.HANDED_OFF, State.RETURNED, State.CANCELLED}),
    State.HANDED_OFF: frozenset({State.RETURNED, State.CANCELLED, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.RETURNED, State.CANCELLED}),
    State.CANCELLED: frozenset({State.RETURNED}),
    State.RETURNED: frozenset({State.SETTLED}),
    State.SETTLED: frozenset({State.RETURNED}),
}
"""From a state to those that may follow.

A bare cancel proves nothing, so a return may still follow it.
"""

PROVED = frozenset({State.RETURNED, State.SETTLED})
"""States in which it is known that the basket reached Kite."""


def move(
    conn: Connection,
    execution: Execution,
    to: State,
    at: datetime,
    cause: EventCause,
    *,
    order_id: str | None = None,
    data: EventData | None = None,
) -> bool:
    """Move `execution` to another state; return whether this call did.

    `order_id` and `data` are what its event says beside the cause.

    It does not when the table does not allow the move, or when somebody else moved the execution
    first.
    """
    if to not in TRANSITIONS[execution.state]:
        return False
    # Guarded by the state that was read: of two processes with the same execution in hand, one
    # moves it.
    return executions.move(conn, execution.id, execution.state, to, at, cause, order_id=order_id, data=data)
