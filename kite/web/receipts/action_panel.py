"""What the owner of a receipt can do now, and what became of their last action, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext, ngettext

from kite.connect.records import Order
from kite.offsite.account.order_actions import ending_action, modifiable_fields, working_orders
from kite.offsite.base.recorded_acts import ActionKind, ActionResult, RecordedAct, read_acts
from kite.offsite.journey import resend
from kite.offsite.journey.access import Role, View
from kite.store.flow.executions import Execution
from kite.web.receipts.view_models import ReceiptNote
from kite.web.wording.kite_messages import explain
from kite.web.wording.labels import clock

NOTE_SHOWN_FOR = timedelta(minutes=10)
"""How long the top of a receipt says how the last action ended; its list of events says it for
good.
"""
EFFECT_WITHIN = timedelta(minutes=1)
"""How long it says that Kite took an action whose effect the order book does not show yet."""
MOST_NAMES = 4
"""How many instruments the words below the button name."""


@dataclass(frozen=True)
class OrderActions:
    """The buttons of one working order: addresses that change it (None when nothing can be changed)
    and that end it, with the words of the latter.
    """

    change: str | None
    end: str
    words: str


@dataclass(frozen=True)
class ActionPanel:
    """What a receipt offers. `press` goes with every form, so that one page acts once.

    `send` has address, words and a hint of the button that sends again, `sent` address and words of
    the link to the basket in which that was done. `cancel` are the ids of the orders that one
    button cancels, with its words in `cancel_words`.
    """

    send: tuple[str, str, str] | None = None
    sent: tuple[str, str] | None = None
    cancel: tuple[str, ...] = ()
    cancel_words: str = ""
    orders: dict[str, OrderActions] = field(default_factory=dict)
    press: int = 0
    note: ReceiptNote | None = None


def build_panel(view: View, later: Sequence[Execution], now: datetime) -> ActionPanel:
    """Return what the owner of a receipt can do; nobody else can do anything.

    `later` are the executions sent again from this one.
    """
    if view.role is not Role.OWNER:
        return ActionPanel()
    execution_id = view.receipt.execution.id
    resendable, earlier_acts = resend.resend_of(view.receipt, later), read_acts(view.events)
    # Kite takes no action without a session, and the page already asks for a login.
    open_orders = working_orders(view.receipt) if view.logged_in else {}
    cancellable = _cancellable(open_orders)
    return ActionPanel(
        send=_send(execution_id, [item.tradingsymbol for item in resendable.items]),
        sent=_sent(resendable.sent),
        cancel=cancellable,
        cancel_words=ngettext("Cancel %(num)s open order", "Cancel %(num)s open orders", len(cancellable)),
        orders={order_id: _order(execution_id, order) for order_id, order in open_orders.items()},
        press=len(earlier_acts),
        note=_note(earlier_acts, view.receipt.orders, now),
    )


def _cancellable(open_orders: Mapping[str, Order]) -> tuple[str, ...]:
    # A cover order is exited, at the market's price, so no button for all does that along with the
    # others.
    return tuple(
        order_id for order_id, order in open_orders.items() if ending_action(order) is ActionKind.CANCEL
    )


def _send(execution_id: str, names: Sequence[str]) -> tuple[str, str, str] | None:
    if not names:
        return None
    first_names, more = ", ".join(names[:MOST_NAMES]), len(names) - MOST_NAMES
    hint = gettext("%(names)s, as a new basket. You can edit it first.", names=first_names)
    if more > 0:
        hint = gettext(
            "%(names)s and %(more)s more, as a new basket. You can edit it first.",
            names=first_names,
            more=more,
        )
    words = ngettext("Send %(num)s again", "Send %(num)s again", len(names))
    return url_for("composer.show", again=execution_id), words, hint


def _sent(later: Execution | None) -> tuple[str, str] | None:
    if later is None:
        return None
    words = gettext(
        "Sent again at %(time)s: its receipt", time=clock(later.handed_off_at or later.created_at)
    )
    return url_for("executions.show", execution_id=later.id), words


def _order(execution_id: str, order: Order) -> OrderActions:
    verb, order_id = ending_action(order), order.order_id
    change = None
    if modifiable_fields(order):
        change = url_for("acting.modify", execution_id=execution_id, order_id=order_id)
    end = url_for("acting.end", execution_id=execution_id, order_id=order_id, verb=str(verb))
    return OrderActions(change, end, _end_words(verb, order))


def _end_words(verb: ActionKind, order: Order) -> str:
    if verb is ActionKind.EXIT:
        return gettext("Exit at market")
    if order.filled_quantity:
        return gettext("Cancel the rest")
    return gettext("Cancel the order")


def _note(earlier_acts: Sequence[RecordedAct], orders: Sequence[Order], now: datetime) -> ReceiptNote | None:
    """Return how the last action ended, None when that is long ago or shows at its order."""
    if not earlier_acts or earlier_acts[-1].event.at + NOTE_SHOWN_FOR < now:
        return None
    act = earlier_acts[-1]
    order = next((order for order in orders if order.order_id == act.order_id), None)
    name = order.tradingsymbol if order else act.order_id
    if act.result is ActionResult.REFUSED:
        return ReceiptNote("trouble", _refused_title(act.verb, name), _why_refused(act))
    if act.result is ActionResult.TAKEN:
        return _note_taken(act, order, now)
    return ReceiptNote(
        "care",
        gettext("Kite gave no answer about %(name)s", name=name),
        gettext("It may have been done all the same. Look at the order below before you try again."),
    )


def _note_taken(act: RecordedAct, order: Order | None, now: datetime) -> ReceiptNote | None:
    """Return the note for an action that Kite took, as long as the order does not show it."""
    if order is None or order.ended or now >= act.event.at + EFFECT_WITHIN:
        return None
    title = _taken_title(act, order.tradingsymbol)
    return ReceiptNote("tells", title, gettext("What it did shows below within moments."))


def _why_refused(act: RecordedAct) -> str:
    """Return why Kite refused an action and what to do next, with Kite's own words unless the
    sentence is just those.
    """
    explained = explain(act.message, error=act.error)
    if explained is None:
        return ""
    sentences = [explained.sentence, explained.next]
    if explained.sentence != act.message:
        sentences.append(gettext("Kite’s own words: %(message)s", message=act.message))
    return " ".join(sentences)


def _refused_title(verb: ActionKind, name: str) -> str:
    words = {
        ActionKind.MODIFY: gettext("Kite did not change %(name)s", name=name),
        ActionKind.CANCEL: gettext("Kite did not cancel %(name)s", name=name),
        ActionKind.EXIT: gettext("Kite did not exit %(name)s", name=name),
    }
    return words[verb]


def _taken_title(act: RecordedAct, name: str) -> str:
    at = clock(act.event.at)
    words = {
        ActionKind.MODIFY: gettext("Kite took the change of %(name)s at %(time)s", name=name, time=at),
        ActionKind.CANCEL: gettext("Kite took the cancellation of %(name)s at %(time)s", name=name, time=at),
        ActionKind.EXIT: gettext("Kite took the exit of %(name)s at %(time)s", name=name, time=at),
    }
    return words[act.verb]
