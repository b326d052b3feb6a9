"""A receipt as its page shows it: facts from kite.offsite, in words. Templates only lay these objects out."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext

from kite.basket.worth import UNCOUNTED, fill_value
from kite.connect.records import Order, Trade
from kite.offsite.base.receipt import Change, ItemResult, Receipt, Report
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.basket_parts import PartsState
from kite.offsite.journey.returning import BROUGHT_BACK
from kite.offsite.order_book.reconcile import ReadingResult
from kite.store.flow.executions import Execution
from kite.vocabulary import EventCause, Mode, Outcome, State
from kite.web.receipts import no_order_messages
from kite.web.receipts.view_models import Facts, ItemView, OrderView, ReceiptNote, ReceiptView, TradeView
from kite.web.wording.headline import headline, looked_after_cancel, may_edit, named_outcome
from kite.web.wording.history import event_steps, in_kites_words, order_steps
from kite.web.wording.kite_messages import explain, explain_first, kites_page
from kite.web.wording.labels import clock, day, field_name, label, plain, price, quantity, rupees

ORDER = (
    Outcome.FILLED,
    Outcome.PARTLY_FILLED,
    Outcome.OPEN,
    Outcome.REJECTED,
    Outcome.MISSING,
    Outcome.CANCELLED,
    Outcome.UNKNOWN,
)


def show(
    view: View, next_part: tuple[str, str] | None, web_root: str, basket: PartsState | None = None
) -> ReceiptView:
    """Put a view into words.

    `next_part` is address and words of the part of its basket that may be sent now, `basket` how a basket in
    parts stands.
    """
    receipt, execution = view.receipt, view.receipt.execution
    owner = view.role is Role.OWNER
    publisher = execution.mode is Mode.PUBLISHER
    asks_login = (
        owner and not publisher and not view.logged_in and execution.state in (State.RETURNED, State.UNKNOWN)
    )
    return ReceiptView(
        execution=execution,
        state=str(execution.state),
        headline=headline(receipt, view, basket),
        tally=_tally(receipt) if owner else [],
        items=[
            _item(result, receipt, _seen_at(view), "" if execution.mode is Mode.SIMULATOR else web_root)
            for result in receipt.items
        ],
        trades=[_trade(trade) for trade in receipt.trades] if owner else [],
        extra=[_extra(order, receipt, _seen_at(view)) for order in receipt.extra] if owner else [],
        about=_about(receipt, view),
        checked_at=execution.read_at if owner else None,
        live=_live(view, publisher),
        note=_note(view),
        doubts=(
            [
                note
                for note in (no_order_messages.note(receipt), no_order_messages.unreadable(receipt))
                if note
            ]
            if owner
            else []
        ),
        viewer=str(view.role),
        seen=event_steps(execution, view.events, _waiting_for(execution, publisher)) if owner else [],
        can_login=asks_login,
        can_check=owner and not publisher and execution.state is not State.PREPARED and not asks_login,
        can_again=owner and execution.state is State.CANCELLED and not receipt.untagged,
        looked=_looked(view),
        can_edit=owner and may_edit(view),
        next_part=next_part,
        kite_orders_url=f"{web_root}/orders",
    )


def _looked(view: View) -> str:
    """Say whose order book was read after a cancel, and when; "" when none was."""
    look = looked_after_cancel(view)
    if look is None:
        return ""
    return str(
        gettext(
            "The order book of %(user)s was read at %(at)s IST and holds no order of this basket.",
            user=look.detail,
            at=clock(look.at),
        )
    )


def _tally(receipt: Receipt) -> list[tuple[str, int]]:
    counts = Counter(map(named_outcome, receipt.items))
    return [(str(outcome), counts[outcome]) for outcome in ORDER if counts[outcome]]


def _seen_at(view: View) -> datetime | None:
    """Return when what is shown was last seen, None while it is read as it is now."""
    reads = view.logged_in and view.reading not in (ReadingResult.REFUSED, ReadingResult.NO_ANSWER)
    return None if reads else view.receipt.execution.read_at


def _item(result: ItemResult, receipt: Receipt, seen_at: datetime | None, web_root: str) -> ItemView:
    seen_at = receipt.execution.read_at if result.outcome is Outcome.UNKNOWN else seen_at
    outcome, explained = named_outcome(result), explain_first(result.orders)
    # What to do next is a new order, so it is said only where nothing of this one was filled or works.
    advised = (
        explained if result.outcome in (Outcome.REJECTED, Outcome.CANCELLED) and not result.twice else None
    )
    return ItemView(
        number=result.number + 1,
        item=result.ordered,
        outcome=str(outcome) if outcome else None,
        share=result.filled_quantity / result.quantity if result.quantity else 0.0,
        filled_quantity=result.filled_quantity,
        quantity=result.quantity,
        average_price=result.average_price,
        changes=[_change(change) for change in result.changes],
        reason=no_order_messages.reason(result) or (explained.sentence if explained else None),
        causes=no_order_messages.causes(result),
        next_step=advised.next if advised else None,
        own_words=explained.own if explained else (),
        kites_page=kites_page(advised, web_root),
        progress=_progress(result, receipt),
        reported=[_reported(each) for each in result.reports],
        twice=_twice(result),
        orders=[_order(order, receipt, seen_at) for order in result.orders],
        open_by_default=result.twice or result.outcome in (Outcome.REJECTED, Outcome.OPEN),
    )


def _reported(report: Report) -> str:
    """Say what a postback told. Its time is when it came: what it says of times is not proved either."""
    told = report.order
    return gettext(
        "Reported by Kite at %(time)s: %(status)s, %(filled)s of %(all)s filled. Not confirmed.",
        time=clock(report.at),
        status=told.status,
        filled=quantity(told.filled_quantity),
        all=quantity(told.quantity),
    )


def _twice(result: ItemResult) -> str | None:
    """Say that a line was placed more than once. Its orders stand below it, all of them."""
    if not result.twice:
        return None
    ordered = quantity(result.quantity)
    return gettext(
        "Placed twice: Kite has orders for %(ordered)s, this line says %(all)s",
        ordered=ordered,
        all=quantity(result.item.quantity),
    )


def _change(change: Change) -> Change:
    def shown(value: object) -> str:
        if isinstance(value, Decimal):
            return price(value)
        return quantity(value) if isinstance(value, int) else label(str(value))

    return Change(field_name(change.field), shown(change.before), shown(change.after))


def _progress(result: ItemResult, receipt: Receipt) -> str | None:
    working = [order for order in result.orders if not order.ended and order.parent_order_id is None]
    strange = next((order for order in working if order.known_status is None), None)
    if result.outcome is Outcome.OPEN and strange:
        return gettext(
            "%(filled)s filled. %(status)s",
            filled=quantity(result.filled_quantity),
            status=in_kites_words(strange),
        )
    if result.outcome is Outcome.OPEN and working:
        left = quantity(result.quantity - result.filled_quantity)
        at = price(working[0].price) if working[0].price else gettext("market")
        return gettext(
            "%(filled)s filled, %(left)s waiting at %(price)s",
            filled=quantity(result.filled_quantity),
            left=left,
            price=at,
        )
    if result.outcome is Outcome.OPEN:
        return gettext("Filled; its second order still works")
    if result.outcome is Outcome.PARTLY_FILLED:
        return gettext(
            "%(filled)s of %(all)s filled, the rest ended",
            filled=quantity(result.filled_quantity),
            all=quantity(result.quantity),
        )
    if (
        result.outcome is Outcome.UNKNOWN
        and not result.orders
        and receipt.execution.read_at
        and not result.untagged
    ):
        if receipt.unreadable:
            return gettext("A row that Kite sent and that could not be read may be this order")
        return gettext("Kite’s order book shows no order for this line yet")
    if result.outcome is Outcome.UNKNOWN and result.orders:
        last = result.orders[0]
        return gettext(
            "Last seen: %(status)s, %(filled)s filled",
            status=last.status or gettext("no status"),
            filled=quantity(result.filled_quantity),
        )
    return None


def _order(order: Order, receipt: Receipt, seen_at: datetime | None) -> OrderView:
    trades = [trade for trade in receipt.trades if trade.order_id == order.order_id]
    facts = [
        (gettext("Order number"), order.order_id),
        (gettext("Side"), label(order.transaction_type)),
        (gettext("Status"), order.status or gettext("Kite sent none")),
        (gettext("Valid"), label(order.validity)),
        (
            gettext("Filled"),
            gettext(
                "%(filled)s of %(all)s", filled=quantity(order.filled_quantity), all=quantity(order.quantity)
            ),
        ),
        (gettext("Average"), rupees(order.average_price) if order.average_price else "–"),
    ]
    if order.senseless:
        facts.append((gettext("Could not be read"), ", ".join(order.senseless)))
    return OrderView(
        order,
        order_steps(order, receipt.histories.get(order.order_id, ()), trades, seen_at),
        facts,
        raw_facts(order.raw),
    )


def _extra(order: Order, receipt: Receipt, seen_at: datetime | None) -> OrderView:
    """Show an order that belongs to no line; why it was refused has no other place than among its facts."""
    shown, explained = (
        _order(order, receipt, seen_at),
        explain(order.status_message, order.status_message_raw),
    )
    why = [(gettext("Why"), explained.sentence)] if explained else []
    return replace(shown, facts=[*shown.facts, *why])


def _trade(trade: Trade) -> TradeView:
    value = fill_value(trade.exchange, trade.quantity, trade.average_price)
    return TradeView(
        clock(trade.fill_timestamp),
        trade.tradingsymbol,
        trade.quantity,
        trade.average_price,
        value,
        raw_facts(trade.raw),
    )


def raw_facts(raw: dict[str, object]) -> Facts:
    """Return everything that Kite sent, under Kite's own names."""
    return [(name, plain(value)) for name, value in raw.items()]


def _about(receipt: Receipt, view: View) -> Facts:
    execution = receipt.execution
    facts: Facts = []
    if execution.parts > 1:
        facts.append(
            (gettext("Part"), gettext("%(part)s of %(parts)s", part=execution.part, parts=execution.parts))
        )
    facts.append((gettext("Sent to Kite"), day(execution.handed_off_at)))
    facts.append(
        (
            gettext("Heard from Kite") if _only_reported(view) else gettext("Came back"),
            day(execution.returned_at),
        )
    )
    if view.role is Role.OWNER and receipt.orders:
        facts.append((gettext("Bought"), _traded(receipt, "BUY")))
        facts.append((gettext("Sold"), _traded(receipt, "SELL")))
    if view.role is Role.OWNER and execution.user_id:
        facts.append((gettext("Kite user"), execution.user_id))
    facts.append((gettext("Tag on every order"), execution.tag))
    facts.append((gettext("How we know"), _source(receipt, view)))
    return facts


def _traded(receipt: Receipt, side: str) -> str:
    """Say what the trades of a side come to, and that some are not in it, whose contracts have a multiplier
    that nobody tells us.
    """
    of_side = [trade for trade in receipt.trades if trade.transaction_type == side]
    if any(trade.exchange in UNCOUNTED for trade in of_side):
        return str(gettext("%(sum)s, without MCX, CDS and BCD", sum=rupees(receipt.traded(side))))
    return rupees(receipt.traded(side))


def _only_reported(view: View) -> bool:
    """Whether postbacks have told that the basket reached Kite, and nobody has come back from there."""
    causes = {event.cause for event in view.events}
    return EventCause.POSTBACK in causes and not causes & BROUGHT_BACK


def _source(receipt: Receipt, view: View) -> str:
    if view.role is Role.OWNER and any(result.reports for result in receipt.items):
        return gettext("Kite’s postback, not confirmed by its order book")
    if view.role is Role.OWNER and receipt.execution.read_at:
        told = any(event.cause == EventCause.POSTBACK for event in view.events)
        return gettext("Kite’s postback, then its order book") if told else gettext("Kite’s order book")
    return gettext("Your return") if receipt.execution.returned_at else gettext("Not known yet")


def _live(view: View, publisher: bool) -> bool:
    """Whether the page keeps looking: something can still change, and this visit would see it."""
    state = view.receipt.execution.state
    if state is State.RETURNED:
        reported = any(result.reports for result in view.receipt.items)
        return not publisher and view.role is Role.OWNER and (view.logged_in or reported)
    return state is State.HANDED_OFF or (state is State.UNKNOWN and view.role is Role.OWNER)


def _note(view: View) -> ReceiptNote | None:
    execution = view.receipt.execution
    if view.role is Role.COMPOSER:
        return ReceiptNote(
            "tells",
            gettext("Its orders are not shown here"),
            gettext(
                "They are open only to the Kite user who placed them, in the browser that came back from"
                " Kite."
            ),
        )
    if execution.mode is Mode.PUBLISHER and execution.state is State.RETURNED:
        return ReceiptNote(
            "care",
            gettext("This site cannot know what was placed"),
            gettext(
                "It runs with a publisher key: Kite tells it that you came back, and nothing about orders."
                " Kite’s order book has them."
            ),
        )
    if any(result.twice for result in view.receipt.items):
        return ReceiptNote(
            "trouble",
            gettext("Placed twice"),
            gettext(
                "Kite’s order book holds more orders for this basket than it has lines. All of them stand"
                " below, each with what became of it."
            ),
        )
    if view.reading is ReadingResult.REFUSED:
        return ReceiptNote(
            "care",
            gettext("Kite refuses to show its order book. We keep trying."),
            gettext("What stands below is what was last seen."),
        )
    if view.reading is ReadingResult.NO_ANSWER:
        return ReceiptNote(
            "care",
            gettext("Kite does not answer. We keep trying."),
            gettext("What stands below is what was last seen."),
        )
    if execution.state is State.RETURNED and not view.logged_in:
        return ReceiptNote(
            "care",
            gettext("Log in to Kite to see what became of this basket"),
            (
                gettext(
                    "Logging in reads your order book, which confirms what Kite reported. It places nothing."
                )
                if any(result.reports for result in view.receipt.items)
                else gettext(
                    "The session at Kite is over. Logging in reads your order book. It places nothing."
                )
            ),
        )
    if any(event.cause == EventCause.CAME_BACK_LATE for event in view.events):
        return ReceiptNote(
            "care",
            gettext("You came back on another day than you left"),
            gettext(
                "Kite empties its order book at 06:00. An order placed before that does not show here; Kite’s"
                " reports have it."
            ),
        )
    return None


def _waiting_for(execution: Execution, publisher: bool) -> str:
    if execution.state is State.UNKNOWN:
        return gettext("Waiting for your return or your check")
    if execution.state is State.HANDED_OFF:
        return gettext("Waiting for your return from Kite")
    return ""
