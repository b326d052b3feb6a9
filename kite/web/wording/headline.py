"""How an execution stands, in one line: counts, never moods."""

from collections import Counter

from flask_babel import gettext

from kite.offsite.base.receipt import ItemResult, Receipt
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.basket_parts import BACK, PartsState
from kite.store.flow.events import Event
from kite.vocabulary import N_, EventCause, Mode, Outcome, State

BEFORE: dict[State, str] = {
    State.PREPARED: N_("Not sent to Kite yet"),
    State.HANDED_OFF: N_("Waiting for you to come back from Kite"),
    State.UNKNOWN: N_("We do not know yet what Kite did"),
    State.CANCELLED: N_("Kite says you cancelled. We’ve seen no order."),
}
"""How an execution stands of which nothing came back."""

COUNTED = (
    (N_("%(number)s partly"), (Outcome.PARTLY_FILLED,)),
    (N_("%(number)s still working"), (Outcome.OPEN,)),
    (N_("%(number)s did not go through"), (Outcome.REJECTED, Outcome.MISSING)),
    (N_("%(number)s cancelled"), (Outcome.CANCELLED,)),
    (N_("%(number)s not known"), (Outcome.UNKNOWN,)),
    (N_("%(number)s on Kite"), (State.HANDED_OFF,)),
    (N_("%(number)s not sent yet"), (State.PREPARED,)),
)
"""What is told beside the filled ones, and what it counts: outcomes, and states of parts that did not come
back.

Cancelled and unknown are the same words as outcome and as state.
"""


def headline(receipt: Receipt, view: View | None = None, basket: PartsState | None = None) -> str:
    """Say in one line how an execution stands: counts, never moods.

    Of a `basket` in parts it counts every order.
    """
    execution = receipt.execution
    if view is not None and view.role is Role.COMPOSER:
        return gettext("Finished in another browser")
    if execution.state in BEFORE:
        return gettext(BEFORE[execution.state])
    if execution.mode is Mode.PUBLISHER:
        return gettext("Back from Kite. Its order book says what was placed.")
    if not receipt.orders and any(result.reports for result in receipt.items):
        return gettext("Kite reported orders of this basket. They are not confirmed yet.")
    if not receipt.orders and all(result.outcome is Outcome.UNKNOWN for result in receipt.items):
        return (
            gettext("Back from Kite. No order seen yet.")
            if execution.read_at
            else gettext("Back from Kite. Its order book is not read yet.")
        )
    return (
        _counted(_of_parts(basket), receipt)
        if basket
        else _counted(Counter(map(named_outcome, receipt.items)), receipt)
    )


def named_outcome(result: ItemResult) -> Outcome | None:
    """Return the outcome that a page names: what may have been placed without a tag is not known, though no
    order of the basket is there.
    """
    return Outcome.UNKNOWN if result.outcome is Outcome.MISSING and result.untagged else result.outcome


def looked_after_cancel(view: View) -> Event | None:
    """Return the last reading of an order book after Kite said cancelled, which held nothing of this basket.

    Kite's word alone is no proof.
    """
    since = view.receipt.execution.cancelled_at
    looks = [
        event
        for event in view.events
        if event.cause == EventCause.NOT_FOUND and since is not None and event.at >= since
    ]
    return looks[-1] if looks else None


def may_edit(view: View) -> bool:
    """Whether the orders may be taken into another basket: of a cancelled one once its order book was read,
    where there is one to read.
    """
    execution = view.receipt.execution
    unread = execution.mode is not Mode.PUBLISHER and looked_after_cancel(view) is None
    return execution.state is State.PREPARED or (
        execution.state is State.CANCELLED and not unread and not view.receipt.untagged
    )


def _of_parts(basket: PartsState) -> Counter[str | None]:
    """Count the orders of every part by outcome, and of parts that did not come back by their state."""
    counts: Counter[str | None] = Counter()
    for part in basket.basket:
        tries = basket.tries[part.id]
        back = next((sent for sent in tries if sent.state in BACK), None)
        if back is None:
            waiting = next((sent for sent in tries if sent.state in (State.HANDED_OFF, State.UNKNOWN)), part)
            counts[waiting.state] += len(waiting.items)
        elif receipt := basket.receipts.get(back.id):
            counts.update(map(named_outcome, receipt.items))
        else:
            counts[Outcome.UNKNOWN] += len(
                back.items
            )  # another browser came back with it, and this one may not see it
    return counts


def _counted(counts: Counter[str | None], receipt: Receipt) -> str:
    said = [gettext("%(filled)s of %(all)s filled", filled=counts[Outcome.FILLED], all=counts.total())]
    for words, outcomes in COUNTED:
        if number := sum(counts[each] for each in outcomes):
            said.append(gettext(words, number=number))
    if any(result.twice for result in receipt.items):
        said.append(gettext("placed twice"))
    return ", ".join(said)
