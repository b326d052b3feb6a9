"""What happened, in words: an order's history and an execution's events as steps of a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, ngettext

from kite.connect.records import Order, Trade
from kite.offsite.base import modifications
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.vocabulary import EventCause, OrderStatus
from kite.web.wording.labels import clock, field_name, price, quantity

PASSING = frozenset(
    {
        OrderStatus.VALIDATION_PENDING,
        OrderStatus.OPEN_PENDING,
        OrderStatus.MODIFY_VALIDATION_PENDING,
        OrderStatus.MODIFY_PENDING,
        OrderStatus.CANCEL_PENDING,
    }
)
"""Stations of a tenth of a second; told only while an order stands there."""


@dataclass(frozen=True)
class TimelineStep:
    """One line: a time as text ("now" when it lasts), what happened, and whether it is what lasts."""

    time: str
    text: str
    now: bool = False


def order_steps(
    order: Order, history: Sequence[Order], trades: Sequence[Trade], seen_at: datetime | None = None
) -> list[TimelineStep]:
    """Tell an order's history and its fills, oldest first, and how it stands.

    `seen_at` is when that was last seen, None for now.
    """
    moments: list[tuple[datetime | None, str]] = []
    for number, entry in enumerate(history):
        sentence = _status(entry)
        told = entry.known_status not in PASSING or number == len(history) - 1
        if told and not entry.ended and (not moments or moments[-1][1] != sentence):
            moments.append((entry.exchange_timestamp or entry.order_timestamp, sentence))
    moments += [(trade.fill_timestamp, _fill(trade)) for trade in trades]
    moments.sort(key=lambda moment: (moment[0] is None, moment[0].timestamp() if moment[0] else 0))
    steps = [TimelineStep(clock(at), sentence) for at, sentence in moments]
    if order.ended:
        return [
            *steps,
            TimelineStep(clock(order.exchange_update_timestamp or order.order_timestamp), _status(order)),
        ]
    if seen_at:
        return [*steps, TimelineStep(clock(seen_at), gettext("Last seen: %(words)s", words=_waiting(order)))]
    return [*steps, TimelineStep(gettext("now"), _waiting(order), now=True)]


def in_kites_words(order: Order) -> str:
    """Say how an order stands whose status nobody knows: by Kite's word for it alone."""
    return (
        gettext("Kite’s word for it: %(status)s", status=order.status)
        if order.status
        else gettext("Kite sent no status")
    )


def event_steps(execution: Execution, events: Sequence[Event], waiting_for: str) -> list[TimelineStep]:
    """Tell what this site has seen of an execution, and what it waits for, if anything."""
    steps = [
        TimelineStep(clock(event.at), sentence) for event in events if (sentence := _event(execution, event))
    ]
    return [*steps, TimelineStep(gettext("now"), waiting_for, now=True)] if waiting_for else steps


def _status(entry: Order) -> str:
    terms = _terms(entry)
    sentences: dict[OrderStatus | None, str] = {
        None: in_kites_words(entry),
        OrderStatus.PUT_ORDER_REQ_RECEIVED: gettext("Kite received the order"),
        OrderStatus.PUT_ORDER_REQUEST_RECEIVED: gettext("Kite received the order"),
        OrderStatus.AMO_REQ_RECEIVED: gettext("Kite keeps the order until the market opens"),
        OrderStatus.VALIDATION_PENDING: gettext("Kite checks the order"),
        OrderStatus.OPEN_PENDING: gettext("On its way to %(exchange)s", exchange=entry.exchange),
        OrderStatus.OPEN: gettext("Sent to %(exchange)s: %(terms)s", exchange=entry.exchange, terms=terms),
        OrderStatus.TRIGGER_PENDING: gettext(
            "Waits at %(exchange)s: %(terms)s", exchange=entry.exchange, terms=terms
        ),
        OrderStatus.MODIFY_VALIDATION_PENDING: gettext("Kite checks a change"),
        OrderStatus.MODIFY_PENDING: gettext(
            "A change is on its way to %(exchange)s", exchange=entry.exchange
        ),
        OrderStatus.MODIFIED: gettext("Changed: %(terms)s", terms=terms),
        OrderStatus.CANCEL_PENDING: gettext(
            "A cancellation is on its way to %(exchange)s", exchange=entry.exchange
        ),
        OrderStatus.CANCELLED: gettext(
            "Cancelled, %(filled)s filled", filled=quantity(entry.filled_quantity)
        ),
        OrderStatus.REJECTED: gettext("Rejected"),
        OrderStatus.COMPLETE: gettext("Complete"),
    }
    return sentences[entry.known_status]


def _terms(order: Order) -> str:
    number = quantity(order.quantity)
    at = gettext("%(number)s at market", number=number)
    if order.price:
        at = gettext("%(number)s at %(price)s", number=number, price=price(order.price))
    return (
        gettext("%(terms)s, trigger %(trigger)s", terms=at, trigger=price(order.trigger_price))
        if order.trigger_price
        else at
    )


def _fill(trade: Trade) -> str:
    return gettext(
        "Filled %(number)s at %(price)s", number=quantity(trade.quantity), price=price(trade.average_price)
    )


def _waiting(order: Order) -> str:
    waits = quantity(order.pending_quantity or order.quantity - order.filled_quantity)
    if order.known_status is None:
        return in_kites_words(order)
    if order.known_status is OrderStatus.TRIGGER_PENDING:
        return gettext(
            "%(number)s wait for the trigger %(trigger)s", number=waits, trigger=price(order.trigger_price)
        )
    if order.price and order.transaction_type == "BUY":
        return gettext("%(number)s wait at %(price)s or lower", number=waits, price=price(order.price))
    if order.price:
        return gettext("%(number)s wait at %(price)s or higher", number=waits, price=price(order.price))
    return gettext("%(number)s wait", number=waits)


def sentence(execution: Execution, event: Event) -> str:
    """Say what happened; what no sentence is made for, in the word under which it was recorded."""
    return _event(execution, event) or f"{event.cause[:1].upper()}{event.cause[1:]}"


def _new_terms(text: str) -> str:
    """Write the terms that an order was asked to have: "quantity 7, price 1,290.50"."""
    terms = modifications.read(text).items()
    return ", ".join(
        f"{field_name(name)} {quantity(value) if isinstance(value, int) else price(value)}"
        for name, value in terms
    )


def _event(execution: Execution, event: Event) -> str:
    order_id, _, rest = event.detail.partition(" ")
    minutes = int(event.detail) if event.detail.isdecimal() else 0
    reported = (
        gettext("Kite reported: %(order)s", order=event.detail)
        if event.detail
        else gettext("An order was reported that is not known yet")
    )
    sentences: dict[str, str] = {
        EventCause.COMPOSED: ngettext(
            "Basket %(tag)s recorded, %(num)s order",
            "Basket %(tag)s recorded, %(num)s orders",
            len(execution.items),
            tag=execution.tag,
        ),
        EventCause.SENT_AGAIN: gettext("Basket %(tag)s recorded, from an earlier one", tag=execution.tag),
        EventCause.OPENED: gettext("Kite’s page opened"),
        EventCause.NO_RETURN: ngettext(
            "%(num)s minute without a return. Marked not known",
            "%(num)s minutes without a return. Marked not known",
            minutes,
        ),
        EventCause.SAID_CANCELLED: gettext("Kite said that you cancelled"),
        EventCause.CAME_BACK: gettext("Kite sent the browser back"),
        EventCause.CAME_BACK_LATE: gettext("Kite sent the browser back, after 06:00 of another day"),
        EventCause.FOUND_BY_TAG: gettext("Found in Kite’s order book by its tag"),
        EventCause.NOT_FOUND: gettext(
            "Order book of %(user)s read: no order of this basket", user=event.detail
        ),
        EventCause.RETURN_REFUSED: gettext("A return that did not fit was refused"),
        EventCause.TOKEN_EXCHANGED: gettext("Kite user %(user)s came back", user=event.detail)
        if event.detail
        else gettext("Somebody came back"),
        EventCause.TOKEN_USED: gettext("Kite’s answer came too late, or had been used"),
        EventCause.TOKEN_REFUSED: gettext(
            "Kite refused to open the order book: %(message)s", message=event.detail
        ),
        EventCause.BOOK_READ: gettext("Kite’s order book read"),
        EventCause.ALL_ENDED: gettext("Every order has ended"),
        EventCause.NOTHING_PLACED: gettext("Kite shows no order for this basket"),
        EventCause.POSTBACK: reported,
        EventCause.WORKS_AGAIN: gettext("An order works again"),
        EventCause.PRESSED: gettext("Pressed: %(basket)s", basket=event.detail),
        EventCause.COPIED: gettext("Pressed on the hand-off page of another browser"),
        EventCause.CODE_REDEEMED: gettext("The result was handed to %(name)s", name=event.detail),
        EventCause.SELLS_FIRST: gettext("The sells go first"),
        EventCause.WENT_ON: gettext("You went on without waiting for the earlier part"),
        EventCause.STOPPED: gettext("You stopped before part %(part)s", part=event.detail),
        EventCause.TAKEN_UP: gettext("You took the basket up again"),
        EventCause.ASKED_TO_MODIFY: gettext(
            "Kite was asked to change order %(order)s: %(terms)s", order=order_id, terms=_new_terms(rest)
        ),
        EventCause.ASKED_TO_CANCEL: gettext("Kite was asked to cancel order %(order)s", order=event.detail),
        EventCause.ASKED_TO_EXIT: gettext("Kite was asked to exit order %(order)s", order=event.detail),
        EventCause.KITE_TOOK: gettext("Kite took it: order %(order)s", order=event.detail),
        EventCause.KITE_REFUSED: gettext(
            "Kite refused it: order %(order)s. %(message)s", order=order_id, message=rest.partition(": ")[2]
        ),
        EventCause.KITE_SILENT: gettext("Kite gave no answer: order %(order)s", order=order_id),
    }
    return sentences.get(event.cause, event.cause)
