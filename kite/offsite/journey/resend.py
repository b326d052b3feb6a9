"""Sending again: what of a basket did not go through, as a new basket that names the old one as its
parent.

Nothing is sent again while Kite's order book holds an order without a tag that may be one of the
basket's: that item would be placed twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kite.basket.basket_data import to_data
from kite.basket.items import Item
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.receipt import ItemResult, Receipt
from kite.offsite.base.services import Services
from kite.offsite.base.states import PROVED
from kite.offsite.journey import access, handoff
from kite.offsite.journey.access import Role
from kite.offsite.journey.handoff import AlsoRecord
from kite.store.base.engine import Connection
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.vocabulary import Outcome, State

WITHOUT_FILLS = frozenset(outcome for outcome in Outcome if outcome.facts.ended and not outcome.facts.filled)
"""Outcomes after which all of an item may be sent again: nothing of it was bought or sold, and
nothing can be any more.
"""
UNSENT = (State.PREPARED, State.CANCELLED)
"""States of a basket sent again that leave the way open: nothing is known to have gone to Kite."""


@dataclass(frozen=True)
class Resend:
    """What may be sent again.

    `items` is empty when nothing may: all went through, or something is not known.

    `sent` is the basket in which it was sent again already, if it was; then `items` is empty too.
    """

    items: tuple[Item, ...]
    sent: Execution | None


def resend_of(receipt: Receipt, later: Sequence[Execution]) -> Resend:
    """Return what of a receipt may be sent again.

    `later` are the executions that name it as their parent.
    """
    sent = next((execution for execution in later if execution.state not in UNSENT), None)
    is_back = receipt.execution.state in PROVED
    # One unknown item holds back all: its order may be placed, and sending it again would double
    # it.
    if sent or not is_back or not all(map(_is_known, receipt.items)):
        return Resend((), sent)
    items = (_remaining_item(result) for result in receipt.items)
    return Resend(tuple(item for item in items if item), None)


def find_resend(services: Services, visit_id: str, execution_id: str) -> Resend | None:
    """Return what a visit may send again of an execution; None when it is not that visit's own."""
    # Read from Kite first: an order without a tag may have come since the last reading.
    with access.open_view(services, visit_id, execution_id, at_once=True) as opened:
        if opened is None or opened[1].role is not Role.OWNER:
            return None
        snapshot, view = opened
    unread = view.reading in (AnswerVerdict.NO_ANSWER, AnswerVerdict.REFUSED)
    if unread and any(result.outcome is Outcome.MISSING for result in view.receipt.items):
        return Resend((), None)
    return resend_of(view.receipt, snapshot.resends)


def latest_resend(conn: Connection, visit_id: str, parent_id: str) -> list[Execution]:
    """Return the parts of the newest basket in which this visit sent an earlier one again, unless
    it was cancelled as well; none when there is none.
    """
    later = executions.resends(conn, parent_id)
    own = (execution for execution in later if execution.visit_id == visit_id)
    newest = next((execution for execution in own if execution.state is not State.CANCELLED), None)
    return executions.parts(conn, newest.basket_id) if newest else []


def prepare(
    services: Services,
    items: Sequence[Item],
    visit_id: str,
    parent_id: str,
    *,
    sells_first: bool = False,
    form_keys: Collection[str] = (),
    also: AlsoRecord | None = None,
) -> list[Execution]:
    """Record a basket that names its parent, once, and return its parts: presses of the same
    basket, also at once, go on with what the first recorded.
    """
    wanted = handoff.split_into_parts(services, items, sells_first=sells_first)
    with services.store.reading() as conn:
        earlier = _resent_before(conn, visit_id, parent_id)
        unsent = [execution for execution in earlier if execution.state is State.PREPARED]
        unsent_baskets = [executions.parts(conn, execution.basket_id) for execution in unsent]
    for basket in unsent_baskets:
        if [part.items for part in basket] == wanted:
            return basket
    # What has gone to Kite since is part of the key: whoever may send again after it may do so once
    # more.
    gone = sorted(execution.id for execution in earlier if execution.state is not State.PREPARED)
    key = handoff.form_key("again", visit_id, parent_id, to_data(items), str(sells_first), *gone)
    return handoff.prepare(
        services, items, visit_id, parent_id, sells_first=sells_first, form_keys=[*form_keys, key], also=also
    )


def _resent_before(conn: Connection, visit_id: str, parent_id: str) -> list[Execution]:
    """Return the first part of every basket in which this visit sent an earlier one again."""
    later = executions.resends(conn, parent_id)
    return [execution for execution in later if execution.visit_id == visit_id and execution.part == 1]


def _is_known(result: ItemResult) -> bool:
    return result.outcome not in (None, Outcome.UNKNOWN) and not result.reports and not result.untagged


def _remaining_item(result: ItemResult) -> Item | None:
    """Return an item with the quantity that is still wanted of it, as the person last set it at
    Kite.
    """
    item = result.item
    if result.outcome not in WITHOUT_FILLS and result.outcome is not Outcome.PARTLY_FILLED:
        return None
    # Of an item that was placed twice, the sum of its orders is more than anybody wanted.
    wanted = item.quantity if result.twice else result.quantity
    remaining = wanted - result.filled_quantity
    if remaining <= 0:
        return None
    disclosed = item.disclosed_quantity
    if disclosed and disclosed > remaining:
        disclosed = None
    return replace(item, quantity=remaining, disclosed_quantity=disclosed or None)
