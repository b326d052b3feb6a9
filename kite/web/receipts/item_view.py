"""The lines of a receipt in words: items, orders and trades, as templates lay them out."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext

from kite.basket.worth import fill_value
from kite.connect.records import Order, Trade
from kite.offsite.base.changes import Change
from kite.offsite.base.receipt import ItemResult, Receipt, Report
from kite.vocabulary import Outcome
from kite.web.receipts import no_order_messages
from kite.web.receipts.view_models import Facts, ItemView, OrderView, TradeView
from kite.web.wording.headline import named_outcome
from kite.web.wording.history import in_kites_words, order_steps
from kite.web.wording.kite_messages import ExplainedRefusal, explain, explain_first, kites_page
from kite.web.wording.labels import clock, field_name, label, plain, price, quantity, rupees


def present_item(result: ItemResult, receipt: Receipt, seen_at: datetime | None, web_root: str) -> ItemView:
    """Return a line of the receipt. `seen_at` is when its orders were last read, None for just now.

    `web_root` is where Kite's own pages are, "" where there are none.
    """
    if result.outcome is Outcome.UNKNOWN:
        seen_at = receipt.execution.read_at
    outcome, explained = named_outcome(result), explain_first(result.orders)
    advice = _advice(result, explained)
    return ItemView(
        number=result.number + 1,
        item=result.ordered,
        outcome=str(outcome) if outcome else None,
        share=_share(result),
        filled_quantity=result.filled_quantity,
        quantity=result.quantity,
        average_price=result.average_price,
        changes=[_change(change) for change in result.changes],
        reason=_reason(result, explained),
        causes=no_order_messages.causes(result),
        next_step=advice.next if advice else None,
        own_words=explained.own if explained else (),
        kites_page=kites_page(advice, web_root),
        progress=_progress(result, receipt),
        reported=[_reported(report) for report in result.reports],
        twice=_placed_twice(result),
        orders=[present_order(order, receipt, seen_at) for order in result.orders],
        open_by_default=result.twice or (result.outcome is not None and result.outcome.facts.opens),
    )


def present_order(order: Order, receipt: Receipt, seen_at: datetime | None) -> OrderView:
    """Return an order opened; `seen_at` is when it was last read, None for just now."""
    trades = [trade for trade in receipt.trades if trade.order_id == order.order_id]
    filled = gettext(
        "%(filled)s of %(all)s", filled=quantity(order.filled_quantity), all=quantity(order.quantity)
    )
    facts = [
        (gettext("Order number"), order.order_id),
        (gettext("Side"), label(order.transaction_type)),
        (gettext("Status"), order.status or gettext("Kite sent none")),
        (gettext("Valid"), label(order.validity)),
        (gettext("Filled"), filled),
        # Kite reports an average of 0 until something is filled.
        (gettext("Average"), rupees(order.average_price or None)),
    ]
    if order.unreadable_fields:
        facts.append((gettext("Could not be read"), ", ".join(order.unreadable_fields)))
    history = receipt.histories.get(order.order_id, ())
    return OrderView(order, order_steps(order, history, trades, seen_at), facts, raw_facts(order.raw))


def present_extra_order(order: Order, receipt: Receipt, seen_at: datetime | None) -> OrderView:
    """Return an order that belongs to no line.

    On a line the reason of a refusal has its own place; here it is one of the facts.
    """
    order_view = present_order(order, receipt, seen_at)
    explained = explain(order.status_message, order.status_message_raw)
    if explained is None:
        return order_view
    return replace(order_view, facts=[*order_view.facts, (gettext("Why"), explained.sentence)])


def present_trade(trade: Trade) -> TradeView:
    """Return a line of the trades table."""
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


def _share(result: ItemResult) -> float:
    # Kite may report a quantity of 0, and the page must not fail over it.
    if not result.quantity:
        return 0.0
    return result.filled_quantity / result.quantity


def _reason(result: ItemResult, explained: ExplainedRefusal | None) -> str | None:
    """Return why there is no order, or why Kite refused it."""
    reason = no_order_messages.reason(result)
    if reason is None and explained:
        return explained.sentence
    return reason


def _advice(result: ItemResult, explained: ExplainedRefusal | None) -> ExplainedRefusal | None:
    """Return the refusal whose next step is worth saying.

    The next step is a new order. Beside an order that works or was filled in part, it could double
    that one.
    """
    if result.twice or result.outcome not in (Outcome.REJECTED, Outcome.CANCELLED):
        return None
    return explained


def _reported(report: Report) -> str:
    """Return what a postback said, and when it came: its own times are not proved either."""
    order = report.order
    return gettext(
        "Reported by Kite at %(time)s: %(status)s, %(filled)s of %(all)s filled. Not confirmed.",
        time=clock(report.at),
        status=order.status,
        filled=quantity(order.filled_quantity),
        all=quantity(order.quantity),
    )


def _placed_twice(result: ItemResult) -> str | None:
    """Return the sentence for a line that was placed more than once; all of its orders are shown
    below it.
    """
    if not result.twice:
        return None
    return gettext(
        "Placed twice: Kite has orders for %(ordered)s, this line says %(all)s",
        ordered=quantity(result.quantity),
        all=quantity(result.item.quantity),
    )


def _change(change: Change) -> Change:
    return Change(field_name(change.field), _term(change.before), _term(change.after))


def _term(value: object) -> str:
    if isinstance(value, Decimal):
        return price(value)
    if isinstance(value, int):
        return quantity(value)
    return label(str(value))


def _progress(result: ItemResult, receipt: Receipt) -> str | None:
    """Return how far a line has come, None when its outcome says enough."""
    if result.outcome is Outcome.OPEN:
        return _open_progress(result)
    if result.outcome is Outcome.PARTLY_FILLED:
        return gettext(
            "%(filled)s of %(all)s filled, the rest ended",
            filled=quantity(result.filled_quantity),
            all=quantity(result.quantity),
        )
    if result.outcome is not Outcome.UNKNOWN:
        return None
    if result.orders:
        return gettext(
            "Last seen: %(status)s, %(filled)s filled",
            status=result.orders[0].status or gettext("no status"),
            filled=quantity(result.filled_quantity),
        )
    # An untagged order that may be this one is named as the reason already.
    if receipt.execution.read_at and not result.untagged:
        return _not_in_order_book(receipt)
    return None


def _open_progress(result: ItemResult) -> str:
    working = [order for order in result.orders if not order.ended and order.parent_order_id is None]
    filled = quantity(result.filled_quantity)
    # Of a status that nobody knows Kite's word is all that can be said: "waiting" would be a guess.
    if strange := next((order for order in working if order.known_status is None), None):
        return gettext("%(filled)s filled. %(status)s", filled=filled, status=in_kites_words(strange))
    if not working:
        return gettext("Filled; its second order still works")
    at = gettext("market")
    if working[0].price:
        at = price(working[0].price)
    return gettext(
        "%(filled)s filled, %(left)s waiting at %(price)s",
        filled=filled,
        left=quantity(result.quantity - result.filled_quantity),
        price=at,
    )


def _not_in_order_book(receipt: Receipt) -> str:
    if receipt.unreadable:
        return gettext("A row that Kite sent and that could not be read may be this order")
    return gettext("Kite’s order book shows no order for this line yet")
