"""What became of an execution, in one line: counts, without judging them."""

from collections import Counter

from flask_babel import gettext

from kite.offsite.base.receipt import ItemResult, Receipt
from kite.offsite.base.states import PROVED
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.basket_parts import PartsState
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.vocabulary import N_, Mode, Outcome, State
from kite.vocabulary.outcomes import outcomes_in_place

BEFORE: dict[State, str] = {
    State.PREPARED: N_("Not sent to Kite yet"),
    State.HANDED_OFF: N_("Waiting for you to come back from Kite"),
    State.UNKNOWN: N_("We do not know yet what Kite did"),
    State.CANCELLED: N_("Kite says you cancelled. We’ve seen no order."),
}
"""By state: the headline of an execution that has not come back from Kite."""


def _counted() -> dict[str, list[str]]:
    """Return the outcomes that a headline counts, by the phrase that counts them."""
    phrases: dict[str, list[str]] = {}
    for outcome in outcomes_in_place():
        if outcome.facts.counted:
            phrases.setdefault(outcome.facts.counted, []).append(outcome)
    return phrases


COUNTED: dict[str, list[str]] = _counted() | {
    N_("%(number)s on Kite"): [State.HANDED_OFF],
    N_("%(number)s not sent yet"): [State.PREPARED],
}
"""What the headline counts beside filled orders: by outcome, and by state for parts that did not
come back.

The words for cancelled and for unknown are the same as outcome and as state, so those count both.
"""


AT_KITE = (State.HANDED_OFF, State.UNKNOWN)
"""States of a part that has gone to Kite and not come back."""


def headline(receipt: Receipt, view: View | None = None, basket: PartsState | None = None) -> str:
    """Return the headline of an execution.

    With a `basket` in parts it counts the orders of every part.
    """
    execution = receipt.execution
    if view is not None and view.role is Role.COMPOSER:
        return gettext("Finished in another browser")
    if execution.state in BEFORE:
        return gettext(BEFORE[execution.state])
    if execution.mode is Mode.PUBLISHER:
        return gettext("Back from Kite. Its order book says what was placed.")
    if not receipt.orders and (sentence := _without_orders(receipt)):
        return sentence
    if basket:
        return _count_words(_count_parts(basket), receipt)
    return _count_words(Counter(map(named_outcome, receipt.items)), receipt)


def _without_orders(receipt: Receipt) -> str:
    """Return the headline while the order book has shown no order, "" when that settles what became
    of the items.
    """
    if any(result.reports for result in receipt.items):
        return gettext("Kite reported orders of this basket. They are not confirmed yet.")
    if any(result.outcome is not Outcome.UNKNOWN for result in receipt.items):
        return ""
    if receipt.execution.read_at:
        return gettext("Back from Kite. No order seen yet.")
    return gettext("Back from Kite. Its order book is not read yet.")


def named_outcome(result: ItemResult) -> Outcome | None:
    """Return the outcome that a page names."""
    # An order without a tag may be this item's, so the page must not say that Kite made none.
    if result.outcome is Outcome.MISSING and result.untagged:
        return Outcome.UNKNOWN
    return result.outcome


def looked_after_cancel(view: View) -> Event | None:
    """Return the last reading of an order book, after Kite said cancelled, that held no order of
    this basket; None without one.
    """
    since = view.receipt.execution.cancelled_at
    if since is None:
        return None
    looks = [event for event in view.events if event.cause == EventCause.NOT_FOUND and event.at >= since]
    return looks[-1] if looks else None


def may_edit(view: View) -> bool:
    """Whether the orders may be taken into another basket."""
    execution = view.receipt.execution
    if execution.state is State.PREPARED:
        return True
    if execution.state is not State.CANCELLED or view.receipt.untagged:
        return False
    # Kite's word "cancelled" proves nothing until the order book was read. A publisher key cannot
    # read it.
    return execution.mode is Mode.PUBLISHER or looked_after_cancel(view) is not None


def _count_parts(basket: PartsState) -> Counter[str | None]:
    """Count the orders of every part by outcome, and of parts that did not come back by their
    state.
    """
    counts: Counter[str | None] = Counter()
    for part in basket.basket:
        attempts = basket.attempts[part.id]
        back = next((execution for execution in attempts if execution.state in PROVED), None)
        if back is None:
            waiting = next((execution for execution in attempts if execution.state in AT_KITE), part)
            counts[waiting.state] += len(waiting.items)
        elif receipt := basket.receipts.get(back.id):
            counts.update(map(named_outcome, receipt.items))
        else:
            # Another browser came back with this part, and this one may not see what became of it.
            counts[Outcome.UNKNOWN] += len(back.items)
    return counts


def _count_words(counts: Counter[str | None], receipt: Receipt) -> str:
    phrases = [gettext("%(filled)s of %(all)s filled", filled=counts[Outcome.FILLED], all=counts.total())]
    for words, outcomes in COUNTED.items():
        if number := sum(counts[outcome] for outcome in outcomes):
            phrases.append(gettext(words, number=number))
    if any(result.twice for result in receipt.items):
        phrases.append(gettext("placed twice"))
    return ", ".join(phrases)
