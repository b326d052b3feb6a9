"""What happened to an execution, in words: a sentence for every cause of an event."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext, ngettext

from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import (
    KiteAnswer,
    Name,
    NewTerms,
    Overdue,
    PartNumber,
    PressSource,
    ReportedOrder,
    TokenFailure,
)
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.vocabulary import N_
from kite.web.wording.event_words import cause_words, data_words
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
    EventCause.BOOK_READ: N_("Kite’s order book read"),
    EventCause.ALL_ENDED: N_("Every order has ended"),
    EventCause.NOTHING_PLACED: N_("Kite shows no order for this basket"),
    EventCause.WORKS_AGAIN: N_("An order works again"),
    EventCause.COPIED: N_("Pressed on the hand-off page of another browser"),
    EventCause.SELLS_FIRST: N_("The sells go first"),
    EventCause.WENT_ON: N_("You went on without waiting for the earlier part"),
    EventCause.TAKEN_UP: N_("You took the basket up again"),
    EventCause.ASKED_TO_CANCEL: N_("Kite was asked to cancel order %(order)s"),
    EventCause.ASKED_TO_EXIT: N_("Kite was asked to exit order %(order)s"),
    EventCause.KITE_TOOK: N_("Kite took it: order %(order)s"),
    EventCause.KITE_SILENT: N_("Kite gave no answer: order %(order)s"),
}
"""By cause: a sentence that names the execution's tag, or the event's order or Kite user."""


def event_steps(execution: Execution, events: Sequence[Event], waiting_for: str) -> list[TimelineStep]:
    """Return what this site has seen of an execution, and what it waits for, if anything."""
    steps = [TimelineStep(clock(event.at), event_sentence(execution, event)) for event in events]
    if waiting_for:
        steps.append(TimelineStep(gettext("now"), waiting_for, now=True))
    return steps


def event_sentence(execution: Execution, event: Event) -> str:
    """Return what happened; an event without a sentence is named by its cause."""
    if event.cause in SENTENCES:
        return gettext(
            SENTENCES[event.cause],
            tag=execution.tag,
            order=event.order_id or "",
            user=event.user_id or "",
        )
    if event.cause in _BUILDERS:
        return _BUILDERS[event.cause](execution, event)
    return cause_words(event)


def _composed(execution: Execution, _event: Event) -> str:
    return ngettext(
        "Basket %(tag)s recorded, %(num)s order",
        "Basket %(tag)s recorded, %(num)s orders",
        len(execution.items),
        tag=execution.tag,
    )


def _no_return(_execution: Execution, event: Event) -> str:
    return ngettext(
        "%(num)s minute without a return. Marked not known",
        "%(num)s minutes without a return. Marked not known",
        event.unpack(Overdue).minutes,
    )


def _token_exchanged(_execution: Execution, event: Event) -> str:
    if event.user_id:
        return gettext("Kite user %(user)s came back", user=event.user_id)
    return gettext("Somebody came back")


def _token_refused(_execution: Execution, event: Event) -> str:
    message = event.unpack(TokenFailure).message
    return gettext("Kite refused to open the order book: %(message)s", message=message)


def _pressed(_execution: Execution, event: Event) -> str:
    return gettext("Pressed: %(basket)s", basket=data_words(event.unpack(PressSource)))


def _code_redeemed(_execution: Execution, event: Event) -> str:
    return gettext("The result was handed to %(name)s", name=event.unpack(Name).name)


def _stopped(_execution: Execution, event: Event) -> str:
    return gettext("You stopped before part %(part)s", part=event.unpack(PartNumber).part)


def _postback(_execution: Execution, event: Event) -> str:
    if order := data_words(event.unpack(ReportedOrder)):
        return gettext("Kite reported: %(order)s", order=order)
    return gettext("An order was reported that is not known yet")


def _asked_to_modify(_execution: Execution, event: Event) -> str:
    terms = event.unpack(NewTerms).terms
    return gettext(
        "Kite was asked to change order %(order)s: %(terms)s",
        order=event.order_id or "",
        terms=", ".join(_new_term(name, value) for name, value in terms.items()),
    )


def _kite_refused(_execution: Execution, event: Event) -> str:
    message = event.unpack(KiteAnswer).message
    return gettext(
        "Kite refused it: order %(order)s. %(message)s", order=event.order_id or "", message=message
    )


_BUILDERS: Mapping[str, Callable[[Execution, Event], str]] = {
    EventCause.COMPOSED: _composed,
    EventCause.NO_RETURN: _no_return,
    EventCause.TOKEN_EXCHANGED: _token_exchanged,
    EventCause.TOKEN_REFUSED: _token_refused,
    EventCause.PRESSED: _pressed,
    EventCause.CODE_REDEEMED: _code_redeemed,
    EventCause.STOPPED: _stopped,
    EventCause.POSTBACK: _postback,
    EventCause.ASKED_TO_MODIFY: _asked_to_modify,
    EventCause.KITE_REFUSED: _kite_refused,
}
"""By cause: what makes the sentence when its words depend on what else the event says."""


def _new_term(name: str, value: int | Decimal) -> str:
    figure = quantity(value) if isinstance(value, int) else price(value)
    return f"{field_name(name)} {figure}"
