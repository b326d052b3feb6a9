"""What can be done now on a receipt, and what became of what was done: in words, for its templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext, ngettext

from kite.connect.records import Order
from kite.offsite.account.order_actions import (
    ActionKind,
    ActionResult,
    RecordedAct,
    acts,
    ends_with,
    modifiable,
    working,
)
from kite.offsite.journey import resend
from kite.offsite.journey.access import Role, View
from kite.store.flow.executions import Execution
from kite.web.receipts.view_models import ReceiptNote
from kite.web.wording.kite_messages import explain
from kite.web.wording.labels import clock

TOLD_FOR = timedelta(minutes=10)
"""How long a receipt tells at its top how the last act ended; after that its list of events still does."""
DONE_WITHIN = timedelta(minutes=1)
"""How long it tells that Kite took an act which does not show yet."""
NAMED = 4
"""Instruments that the words below the button name."""


@dataclass(frozen=True)
class OrderActions:
    """The buttons of one working order: where a change begins, None when nothing can be changed, and where it
    is ended.
    """

    change: str | None
    end: str
    words: str


@dataclass(frozen=True)
class ActionPanel:
    """What a receipt offers. `press` goes with every form, so that one page acts once.

    `send`: address, words and a sentence below; `sent`: address and words of the basket in which it was sent
    again. `cancel` are the ids of the orders that one button cancels, with its words in `cancel_words`.
    """

    send: tuple[str, str, str] | None = None
    sent: tuple[str, str] | None = None
    cancel: tuple[str, ...] = ()
    cancel_words: str = ""
    orders: dict[str, OrderActions] = field(default_factory=dict)
    press: int = 0
    note: ReceiptNote | None = None


def show(view: View, later: Sequence[Execution], now: datetime) -> ActionPanel:
    """Say what the owner of a receipt can do; anybody else nothing.

    `later` are the executions sent again from this one.
    """
    if view.role is not Role.OWNER:
        return ActionPanel()
    receipt = view.receipt
    found, done = resend.offered(receipt, later), acts(view.events)
    open_orders = working(receipt) if view.logged_in else {}
    ends = tuple(order_id for order_id, order in open_orders.items() if ends_with(order) is ActionKind.CANCEL)
    return ActionPanel(
        send=_send(receipt.execution.id, [item.tradingsymbol for item in found.items])
        if found.items
        else None,
        sent=_sent(found.sent) if found.sent else None,
        cancel=ends,
        cancel_words=ngettext("Cancel %(num)s open order", "Cancel %(num)s open orders", len(ends)),
        orders={order_id: _order(receipt.execution.id, order) for order_id, order in open_orders.items()},
        press=len(done),
        note=_note(done[-1], {order.order_id: order for order in receipt.orders}, now) if done else None,
    )


def _send(execution_id: str, names: Sequence[str]) -> tuple[str, str, str]:
    named, more = ", ".join(names[:NAMED]), len(names) - NAMED
    hint = gettext("%(names)s, as a new basket. You can edit it first.", names=named)
    if more > 0:
        hint = gettext(
            "%(names)s and %(more)s more, as a new basket. You can edit it first.", names=named, more=more
        )
    words = ngettext("Send %(num)s again", "Send %(num)s again", len(names))
    return url_for("composer.show", again=execution_id), words, hint


def _sent(later: Execution) -> tuple[str, str]:
    words = gettext(
        "Sent again at %(time)s: its receipt", time=clock(later.handed_off_at or later.created_at)
    )
    return url_for("executions.show", execution_id=later.id), words


def _order(execution_id: str, order: Order) -> OrderActions:
    verb, order_id = ends_with(order), order.order_id
    words = gettext("Cancel the rest") if order.filled_quantity else gettext("Cancel the order")
    return OrderActions(
        change=url_for("acting.modify", execution_id=execution_id, order_id=order_id)
        if modifiable(order)
        else None,
        end=url_for("acting.end", execution_id=execution_id, order_id=order_id, verb=str(verb)),
        words=gettext("Exit at market") if verb is ActionKind.EXIT else words,
    )


def _note(act: RecordedAct, orders: dict[str, Order], now: datetime) -> ReceiptNote | None:
    """Tell how the last act ended."""
    if act.asked.at + TOLD_FOR < now:
        return None
    order = orders.get(act.order_id)
    name = order.tradingsymbol if order else act.order_id
    if act.did is ActionResult.REFUSED:
        return ReceiptNote("trouble", _refused(act.verb, name), _why(act))
    if act.did is ActionResult.TAKEN:
        shows = order and not order.ended and now < act.asked.at + DONE_WITHIN
        return (
            ReceiptNote("tells", _taken(act, name), gettext("What it did shows below within moments."))
            if shows
            else None
        )
    return ReceiptNote(
        "care",
        gettext("Kite gave no answer about %(name)s", name=name),
        gettext("It may have been done all the same. Look at the order below before you try again."),
    )


def _why(act: RecordedAct) -> str:
    """Say why Kite refused an act and what to do next, with Kite's own words where the sentence is not
    those.
    """
    explained = explain(act.message, error=act.error)
    if explained is None:
        return ""
    own = (
        [gettext("Kite’s own words: %(message)s", message=act.message)]
        if explained.sentence != act.message
        else []
    )
    return " ".join([explained.sentence, explained.next, *own])


def _refused(verb: ActionKind, name: str) -> str:
    words = {
        ActionKind.MODIFY: gettext("Kite did not change %(name)s", name=name),
        ActionKind.CANCEL: gettext("Kite did not cancel %(name)s", name=name),
        ActionKind.EXIT: gettext("Kite did not exit %(name)s", name=name),
    }
    return words[verb]


def _taken(act: RecordedAct, name: str) -> str:
    at = clock(act.asked.at)
    words = {
        ActionKind.MODIFY: gettext("Kite took the change of %(name)s at %(time)s", name=name, time=at),
        ActionKind.CANCEL: gettext("Kite took the cancellation of %(name)s at %(time)s", name=name, time=at),
        ActionKind.EXIT: gettext("Kite took the exit of %(name)s at %(time)s", name=name, time=at),
    }
    return words[act.verb]
