"""A receipt as its page shows it: facts from kite.offsite, in words.

Templates only lay these objects out.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from flask_babel import gettext

from kite.basket.worth import UNCOUNTED
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.receipt import Receipt
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.basket_parts import PartsState
from kite.offsite.journey.cancels import BROUGHT_BACK
from kite.store.flow.event_causes import EventCause
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State
from kite.vocabulary.outcomes import outcomes_in_place
from kite.web.receipts.item_view import present_extra_order, present_item, present_trade
from kite.web.receipts.receipt_notes import doubts, top_note
from kite.web.receipts.view_models import Facts, ReceiptView
from kite.web.wording.event_messages import event_steps
from kite.web.wording.fact_words import named_fact
from kite.web.wording.headline import headline, looked_after_cancel, may_edit, named_outcome
from kite.web.wording.labels import clock, day, rupees


def present_receipt(
    view: View, next_part: tuple[str, str] | None, web_root: str, basket: PartsState | None = None
) -> ReceiptView:
    """Return a receipt in words, with as much of it as the person may see.

    `next_part` is address and words of the part of its basket that may be sent now, `basket` the
    state of a basket in parts.
    """
    receipt, execution = view.receipt, view.receipt.execution
    # The simulator has no pages for funds and holdings that a line could lead to.
    pages_root = "" if execution.mode is Mode.SIMULATOR else web_root
    receipt_view = ReceiptView(
        execution=execution,
        state=str(execution.state),
        headline=headline(receipt, view, basket),
        items=[present_item(result, receipt, _seen_at(view), pages_root) for result in receipt.items],
        about=_about(receipt, view),
        live=_is_live(view),
        note=top_note(view),
        viewer=str(view.role),
        looked=_looked_after_cancel(view),
        next_part=next_part,
        kite_orders_url=f"{web_root}/orders",
    )
    if view.role is Role.OWNER:
        return _add_owners_part(receipt_view, view)
    return receipt_view


def _add_owners_part(receipt_view: ReceiptView, view: View) -> ReceiptView:
    """Add what only the Kite user who placed the orders may see and do."""
    receipt, execution = view.receipt, view.receipt.execution
    publisher = execution.mode is Mode.PUBLISHER
    can_login = not publisher and not view.logged_in and execution.state in (State.RETURNED, State.UNKNOWN)
    return replace(
        receipt_view,
        tally=_tally(receipt),
        trades=[present_trade(trade) for trade in receipt.trades],
        extra=[present_extra_order(order, receipt, _seen_at(view)) for order in receipt.extra],
        checked_at=execution.read_at,
        doubts=doubts(receipt),
        events=event_steps(execution, view.events, _waiting_for(execution)),
        can_login=can_login,
        can_check=not publisher and execution.state is not State.PREPARED and not can_login,
        can_again=execution.state is State.CANCELLED and not receipt.untagged,
        can_edit=may_edit(view),
    )


def _looked_after_cancel(view: View) -> str:
    """Return whose order book was read after a cancel, and when; "" when none was."""
    look = looked_after_cancel(view)
    if look is None:
        return ""
    return str(
        gettext(
            "The order book of %(user)s was read at %(at)s IST and holds no order of this basket.",
            user=look.user_id or "",
            at=clock(look.at),
        )
    )


def _tally(receipt: Receipt) -> list[tuple[str, int]]:
    counts = Counter(map(named_outcome, receipt.items))
    return [(str(outcome), counts[outcome]) for outcome in outcomes_in_place() if counts[outcome]]


def _seen_at(view: View) -> datetime | None:
    """Return when the orders were last read, None when they were read for this page."""
    if view.logged_in and view.reading not in (AnswerVerdict.REFUSED, AnswerVerdict.NO_ANSWER):
        return None
    return view.receipt.execution.read_at


def _about(receipt: Receipt, view: View) -> Facts:
    execution = receipt.execution
    facts: Facts = []
    if execution.parts > 1:
        part = gettext("%(part)s of %(parts)s", part=execution.part, parts=execution.parts)
        facts.append((gettext("Part"), part))
    facts.append((gettext("Sent to Kite"), day(execution.handed_off_at)))
    came_back = gettext("Heard from Kite") if _only_reported(view) else gettext("Came back")
    facts.append((came_back, day(execution.returned_at)))
    if view.role is Role.OWNER and receipt.orders:
        facts.append((gettext("Bought"), _traded(receipt, "BUY")))
        facts.append((gettext("Sold"), _traded(receipt, "SELL")))
    if view.role is Role.OWNER and execution.user_id:
        facts.append((gettext("Kite user"), execution.user_id))
    facts.append((gettext("Tag on every order"), execution.tag))
    facts.append((gettext("How we know"), _source(receipt, view)))
    return facts


def _traded(receipt: Receipt, side: str) -> str:
    """Return what the trades of a side come to in rupees."""
    exchanges = {trade.exchange for trade in receipt.trades if trade.transaction_type == side}
    # The contracts of these exchanges have a multiplier that Kite does not tell, so they are left
    # out.
    if exchanges & UNCOUNTED:
        uncounted = named_fact("uncounted_exchanges")
        return str(
            gettext("%(sum)s, without %(exchanges)s", sum=rupees(receipt.traded(side)), exchanges=uncounted)
        )
    return rupees(receipt.traded(side))


def _only_reported(view: View) -> bool:
    """Whether only postbacks say that the basket reached Kite: no browser has come back from
    there.
    """
    causes = {event.cause for event in view.events}
    return EventCause.POSTBACK in causes and not causes & BROUGHT_BACK


def _source(receipt: Receipt, view: View) -> str:
    """Return where our knowledge of the orders comes from."""
    if view.role is Role.OWNER and any(result.reports for result in receipt.items):
        return gettext("Kite’s postback, not confirmed by its order book")
    if view.role is Role.OWNER and receipt.execution.read_at:
        return _book_source(view)
    if receipt.execution.returned_at:
        return gettext("Your return")
    return gettext("Not known yet")


def _book_source(view: View) -> str:
    if any(event.cause == EventCause.POSTBACK for event in view.events):
        return gettext("Kite’s postback, then its order book")
    return gettext("Kite’s order book")


def _is_live(view: View) -> bool:
    """Whether the page keeps looking: something can still change, and this visit would see it."""
    state = view.receipt.execution.state
    if state is State.RETURNED:
        return _is_returned_live(view)
    return state is State.HANDED_OFF or (state is State.UNKNOWN and view.role is Role.OWNER)


def _is_returned_live(view: View) -> bool:
    if view.role is not Role.OWNER or view.receipt.execution.mode is Mode.PUBLISHER:
        return False
    # Without a session nothing is read, but a postback that came once can come again.
    return view.logged_in or any(result.reports for result in view.receipt.items)


def _waiting_for(execution: Execution) -> str:
    if execution.state is State.UNKNOWN:
        return gettext("Waiting for your return or your check")
    if execution.state is State.HANDED_OFF:
        return gettext("Waiting for your return from Kite")
    return ""
