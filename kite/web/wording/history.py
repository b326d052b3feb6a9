"""What happened to an order, in words: its history at Kite as steps of a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from kite.connect.records import Order, Trade
from kite.vocabulary import OrderStatus
from kite.web.wording.labels import clock, price, quantity

PASSING = frozenset(
    {
        OrderStatus.VALIDATION_PENDING,
        OrderStatus.OPEN_PENDING,
        OrderStatus.MODIFY_VALIDATION_PENDING,
        OrderStatus.MODIFY_PENDING,
        OrderStatus.CANCEL_PENDING,
    }
)
"""Statuses that last a tenth of a second. They are shown only while an order has them."""


@dataclass(frozen=True)
class TimelineStep:
    """One line: a time as text ("now" when it lasts), what happened, and whether it is what
    lasts.
    """

    time: str
    text: str
    now: bool = False


def order_steps(
    order: Order, history: Sequence[Order], trades: Sequence[Trade], seen_at: datetime | None = None
) -> list[TimelineStep]:
    """Return an order's history and its fills, oldest first, and how it is now.

    `seen_at` is when that was last read, None for now.
    """
    steps = [TimelineStep(clock(at), text) for at, text in _moments(history, trades)]
    if order.ended:
        ended_at = clock(order.exchange_update_timestamp or order.order_timestamp)
        return [*steps, TimelineStep(ended_at, _status(order))]
    if seen_at:
        last_seen = gettext("Last seen: %(words)s", words=_waiting(order))
        return [*steps, TimelineStep(clock(seen_at), last_seen)]
    return [*steps, TimelineStep(gettext("now"), _waiting(order), now=True)]


def _moments(history: Sequence[Order], trades: Sequence[Trade]) -> list[tuple[datetime | None, str]]:
    """Return what happened, with its time, sorted by that; what has no time comes last."""
    moments: list[tuple[datetime | None, str]] = []
    for number, entry in enumerate(history):
        text = _status(entry)
        is_last = number == len(history) - 1
        # How the order ended is the timeline's last step, with a time of its own.
        if entry.ended or (entry.known_status in PASSING and not is_last):
            continue
        # Kite repeats an entry when only a field changes that no sentence names.
        if not moments or moments[-1][1] != text:
            moments.append((entry.exchange_timestamp or entry.order_timestamp, text))
    moments += [(trade.fill_timestamp, _fill(trade)) for trade in trades]
    return sorted(moments, key=_when)


def _when(moment: tuple[datetime | None, str]) -> tuple[bool, float]:
    at, _ = moment
    if at is None:
        return True, 0
    return False, at.timestamp()


def in_kites_words(order: Order) -> str:
    """Return the status of an order as Kite writes it, for one that we do not know."""
    if order.status:
        return gettext("Kite’s word for it: %(status)s", status=order.status)
    return gettext("Kite sent no status")


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
    if order.trigger_price:
        return gettext("%(terms)s, trigger %(trigger)s", terms=at, trigger=price(order.trigger_price))
    return at


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
