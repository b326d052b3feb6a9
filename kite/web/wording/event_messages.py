"""What happened to an execution, in words: a sentence for every cause of an event."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext, ngettext

from kite.offsite.base import modifications
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.vocabulary import N_
from kite.web.wording.history import TimelineStep
from kite.web.wording.labels import clock, field_name, price, quantity

SENTENCES: Mapping[str, str] = {
    EventCause.SENT_AGAIN: N_("Basket %(tag)s recorded, from an earlier one"),
    EventCause.OPENED: N_("Kite’s page opened"),
    EventCause.SAID_CANCELLED: N_("Kite said that you cancelled"),
    EventCause.CAME_BACK: N_("Kite sent the browser back"),
    EventCause.CAME_BACK_LATE: N_("Kite sent the browser back, after 06:00 of another day"),
    EventCause.FOUND_BY_TAG: N_("Found in Kite’s order book by its tag"),
    EventCause.NOT_FOUND: N_("Order book of %(user)s read: no order of this basket"),
    EventCause.RETURN_REFUSED: N_("A return that did not fit was refused"),
    EventCause.TOKEN_USED: N_("Kite’s answer came too late, or had been used"),
    EventCause.TOKEN_REFUSED: N_("Kite refused to open the order book: %(message)s"),
    EventCause.BOOK_READ: N_("Kite’s order book read"),
    EventCause.ALL_ENDED: N_("Every order has ended"),
    EventCause.NOTHING_PLACED: N_("Kite shows no order for this basket"),
    EventCause.WORKS_AGAIN: N_("An order works again"),
    EventCause.PRESSED: N_("Pressed: %(basket)s"),
    EventCause.COPIED: N_("Pressed on the hand-off page of another browser"),
    EventCause.CODE_REDEEMED: N_("The result was handed to %(name)s"),
    EventCause.SELLS_FIRST: N_("The sells go first"),
    EventCause.WENT_ON: N_("You went on without waiting for the earlier part"),
    EventCause.STOPPED: N_("You stopped before part %(part)s"),
    EventCause.TAKEN_UP: N_("You took the basket up again"),
    EventCause.ASKED_TO_CANCEL: N_("Kite was asked to cancel order %(order)s"),
    EventCause.ASKED_TO_EXIT: N_("Kite was asked to exit order %(order)s"),
    EventCause.KITE_TOOK: N_("Kite took it: order %(order)s"),
}
"""By cause: a sentence that names the execution's tag, or the whole detail of the event under some
name.
"""

DETAIL_NAMES = ("user", "message", "basket", "name", "part", "order")
"""The names by which SENTENCES mean an event's detail."""


def event_steps(execution: Execution, events: Sequence[Event], waiting_for: str) -> list[TimelineStep]:
    """Return what this site has seen of an execution, and what it waits for, if anything."""
    steps = [TimelineStep(clock(event.at), event_sentence(execution, event)) for event in events]
    if waiting_for:
        steps.append(TimelineStep(gettext("now"), waiting_for, now=True))
    return steps


def event_sentence(execution: Execution, event: Event) -> str:
    """Return what happened; an event without a sentence is named by its cause, as it was
    recorded.
    """
    if event.cause in SENTENCES:
        params = dict.fromkeys(DETAIL_NAMES, event.detail) | {"tag": execution.tag}
        return gettext(SENTENCES[event.cause], **params)
    if event.cause in _BUILDERS:
        return _BUILDERS[event.cause](execution, event)
    return event.cause


def _composed(execution: Execution, _event: Event) -> str:
    return ngettext(
        "Basket %(tag)s recorded, %(num)s order",
        "Basket %(tag)s recorded, %(num)s orders",
        len(execution.items),
        tag=execution.tag,
    )


def _no_return(_execution: Execution, event: Event) -> str:
    minutes = int(event.detail) if event.detail.isdecimal() else 0
    return ngettext(
        "%(num)s minute without a return. Marked not known",
        "%(num)s minutes without a return. Marked not known",
        minutes,
    )


def _token_exchanged(_execution: Execution, event: Event) -> str:
    if event.detail:
        return gettext("Kite user %(user)s came back", user=event.detail)
    return gettext("Somebody came back")


def _postback(_execution: Execution, event: Event) -> str:
    if event.detail:
        return gettext("Kite reported: %(order)s", order=event.detail)
    return gettext("An order was reported that is not known yet")


def _asked_to_modify(_execution: Execution, event: Event) -> str:
    order_id, _, terms = event.detail.partition(" ")
    return gettext(
        "Kite was asked to change order %(order)s: %(terms)s", order=order_id, terms=_new_terms(terms)
    )


def _kite_refused(_execution: Execution, event: Event) -> str:
    order_id, _, error = event.detail.partition(" ")
    # The error begins with Kite's name for its kind: "InputException: Insufficient stock holding".
    message = error.partition(": ")[2]
    return gettext("Kite refused it: order %(order)s. %(message)s", order=order_id, message=message)


def _kite_silent(_execution: Execution, event: Event) -> str:
    order_id = event.detail.partition(" ")[0]
    return gettext("Kite gave no answer: order %(order)s", order=order_id)


_BUILDERS: Mapping[str, Callable[[Execution, Event], str]] = {
    EventCause.COMPOSED: _composed,
    EventCause.NO_RETURN: _no_return,
    EventCause.TOKEN_EXCHANGED: _token_exchanged,
    EventCause.POSTBACK: _postback,
    EventCause.ASKED_TO_MODIFY: _asked_to_modify,
    EventCause.KITE_REFUSED: _kite_refused,
    EventCause.KITE_SILENT: _kite_silent,
}
"""By cause: what makes the sentence when its words depend on the detail."""


def _new_terms(text: str) -> str:
    """Write the terms that an order was asked to have: "quantity 7, price 1,290.50"."""
    return ", ".join(_new_term(name, value) for name, value in modifications.parse_terms(text).items())


def _new_term(name: str, value: int | Decimal) -> str:
    figure = quantity(value) if isinstance(value, int) else price(value)
    return f"{field_name(name)} {figure}"
