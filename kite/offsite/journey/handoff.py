"""Hand off: record an execution, then give the browser the form that it posts to Kite's page.

Source: Kite Connect documentation, page "Offsite order execution".
"""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from kite.basket import batches
from kite.basket.basket_data import to_data
from kite.basket.items import Item
from kite.exceptions import Erased
from kite.offsite.base import states
from kite.offsite.base.services import Services, new_id, new_tag
from kite.offsite.order_book import baseline
from kite.payloads import Payload
from kite.store.base.engine import Connection
from kite.store.flow import events, executions, form_posts
from kite.store.flow.event_causes import EventCause
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State

OPEN_TO_KITE = frozenset({State.PREPARED, State.HANDED_OFF, State.UNKNOWN, State.CANCELLED})
"""States in which the basket may still be sent to Kite: nothing is known to have come back."""


@dataclass(frozen=True)
class BasketState(Payload):
    """The state in redirect_params, which Kite brings back with a return: the basket, the visit
    that sent it (see visit_nonce), and when its form was made.
    """

    PURPOSE = "state"

    execution_id: str
    visit_nonce: str
    made_at: datetime


AlsoRecord = Callable[[Connection, Sequence[Execution]], None]
"""Records something together with a basket, in the same transaction, of which it gets the
connection.
"""


def has_invented_instruments(services: Services, execution: Execution) -> bool:
    """Whether a basket was composed for the simulator, before this site had a key: at Kite its
    instruments may not exist.
    """
    return execution.mode is Mode.SIMULATOR and services.settings.mode is not Mode.SIMULATOR


@dataclass(frozen=True)
class Opening:
    """One opening of the hand-off page.

    `by_itself`: the page posts itself, for this one opening. `opened_at`: when Kite was opened for
    this basket before, or None. `fields` are the form's: api_key, data, redirect_params.
    """

    execution: Execution
    by_itself: bool
    opened_at: datetime | None
    fields: dict[str, str]


def prepare(
    services: Services,
    items: Sequence[Item],
    visit_id: str,
    parent_id: str | None = None,
    *,
    sells_first: bool = False,
    form_keys: Collection[str] = (),
    also: AlsoRecord | None = None,
) -> list[Execution]:
    """Record a basket and return its parts: one, or several when it holds more items than Kite
    takes at once, or sells first.

    `form_keys` are what the post of a form is known by. Of any number of posts with the same key,
    also at once, the first is recorded, and all of them return what it recorded. `also` records
    more in the same transaction; what it raises undoes all of it.
    """
    cause = EventCause.COMPOSED if parent_id is None else EventCause.SENT_AGAIN
    prepared = _executions(
        services, split_into_parts(services, items, sells_first=sells_first), visit_id, parent_id
    )
    basket_id = prepared[0].basket_id
    try:
        with services.store.writing() as conn:
            for execution in prepared:
                executions.add(conn, execution, cause)
            # Before anything that others may wait for: the loser waits here, and holds nothing that
            # the winner needs. Sorted, so that two posts with the same keys cannot wait for each
            # other.
            for key in sorted(form_keys):
                if not form_posts.add(conn, key, basket_id):
                    raise _PostedBefore(key)
            baseline.store_baseline(conn, services, prepared, visit_id)
            if sells_first and batches.has_both_sides(items):
                events.note(conn, services.now(), EventCause.SELLS_FIRST, basket_id)
            if also:
                also(conn, prepared)
    except _PostedBefore as before:
        return basket_posted_with(services, [before.key]) or _erased(before.key)
    return prepared


def form_key(*known_by: str) -> str:
    """Return the key of a form's post: a hash of the texts that it is known by, in their order."""
    return hashlib.sha256(json.dumps(known_by).encode()).hexdigest()


def basket_posted_with(services: Services, form_keys: Collection[str]) -> list[Execution]:
    """Return the parts of the basket that a post with one of these keys recorded, or none."""
    with services.store.reading() as conn:
        return load_posted(conn, form_keys)


def load_posted(conn: Connection, form_keys: Collection[str]) -> list[Execution]:
    """Return what `basket_posted_with` does, read on a connection that is open already."""
    return next(filter(None, (form_posts.basket(conn, key) for key in form_keys)), [])


class _PostedBefore(Exception):
    """A post with this key was recorded already; the transaction is undone."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _erased(key: str) -> NoReturn:
    raise Erased(f"The basket of the form {key[:8]} was erased while the form was posted again.")


def _executions(
    services: Services, batched: Sequence[Sequence[Item]], visit_id: str, parent_id: str | None
) -> list[Execution]:
    """Return an execution for each part of a basket, not recorded yet.

    The first part's id is the basket's.
    """
    basket_id = new_id()
    return [
        Execution(
            id=basket_id if number == 1 else new_id(),
            basket_id=basket_id,
            part=number,
            parts=len(batched),
            parent_id=parent_id,
            tag=new_tag(),
            visit_id=visit_id,
            user_id=None,
            mode=services.settings.mode,
            state=State.PREPARED,
            data=to_data(batch),
            created_at=services.now(),
            handed_off_at=None,
            returned_at=None,
            cancelled_at=None,
            settled_at=None,
            read_at=None,
        )
        for number, batch in enumerate(batched, 1)
    ]


def split_into_parts(
    services: Services, items: Sequence[Item], *, sells_first: bool = False
) -> list[tuple[Item, ...]]:
    """Return a basket in the parts in which it goes to Kite."""
    return batches.split_basket(items, services.settings.basket_max_items, sells_first=sells_first)


def open_page(services: Services, execution: Execution) -> Opening:
    """Return the form that goes to Kite, for its own browser; only the first posts itself.

    Raises NoInstruments, and changes nothing, while there is no list that orders may be checked
    against.
    """
    services.catalogue.check()
    now = services.now()
    by_itself = False
    # The guarded move decides: of two tabs that open the page at once, one sends the basket by
    # itself.
    if execution.state is State.PREPARED:
        with services.store.writing() as conn:
            by_itself = states.move(conn, execution, State.HANDED_OFF, now, EventCause.OPENED)
    opened_at = execution.handed_off_at
    if by_itself:
        opened_at = None
        execution = replace(execution, state=State.HANDED_OFF, handed_off_at=now)
    return Opening(execution, by_itself, opened_at, form_fields(services, execution))


def form_fields(services: Services, execution: Execution) -> dict[str, str]:
    """Return the fields of the form: the public key, the basket with its tag, and the state that
    should come back.

    They are only for the visit that pressed.
    """
    # The state names that visit: whoever knows it could send the visit a return with a token of
    # their own.
    state = BasketState(execution.id, visit_nonce(execution.visit_id), services.now())
    return {
        "api_key": services.settings.api_key,
        "data": to_data(execution.items, execution.tag),
        "redirect_params": f"state={services.sealer.sign(state)}",
    }


def visit_nonce(visit_id: str) -> str:
    """Return a short hash of a visit for addresses, from which nobody can find the visit."""
    return hashlib.sha256(visit_id.encode()).hexdigest()[:16]
