"""What a receipt says when Kite's order book shows no order for an item, or leaves in doubt whether
there is one.
"""

from flask_babel import gettext, ngettext

from kite.basket.checking.figure_cautions import MOST_SHARES
from kite.basket.checking.unplaced import UnplacedReason, reasons
from kite.connect.records import Order
from kite.offsite.base.receipt import ItemResult, Receipt
from kite.vocabulary import Outcome
from kite.web.receipts.view_models import ReceiptNote
from kite.web.wording.labels import clock, label, price, quantity


def reason(result: ItemResult) -> str | None:
    """Return why an item has no order, None when it has one or nothing is known: Kite made none, or
    one without a tag may be it.
    """
    if result.untagged:
        return " ".join(map(_untagged_order, result.untagged))
    if result.outcome is Outcome.MISSING:
        return gettext("Kite made no order. Why?")
    return None


def causes(result: ItemResult) -> list[str]:
    """Return what may have kept Kite from making an order of an item, in sentences.

    None are given while an order without a tag may be it: whoever believes them would send it
    twice.
    """
    if result.outcome is not Outcome.MISSING or result.untagged:
        return []
    item = result.item
    words: dict[UnplacedReason, str] = {
        UnplacedReason.REMOVED: gettext("It was removed on Kite’s page."),
        UnplacedReason.SYMBOL: gettext("Kite drops a symbol that it does not take."),
        UnplacedReason.FREEZE: gettext(
            "%(quantity)s is above the freeze quantity of the exchange.", quantity=quantity(item.quantity)
        ),
        UnplacedReason.SHARES: gettext(
            "%(quantity)s is more than the %(most)s shares that one order may have.",
            quantity=quantity(item.quantity),
            most=quantity(MOST_SHARES),
        ),
        UnplacedReason.STOCK_OPTION: gettext("Kite refuses orders at market in options on stocks."),
        UnplacedReason.CIRCUIT: gettext(
            "%(price)s is outside the circuit limits of the day.",
            price=price(item.price or item.trigger_price),
        ),
        UnplacedReason.AMO_HOURS: gettext("After-market orders are taken at certain hours only."),
        UnplacedReason.MIS: gettext("MIS and cover orders are not allowed in this instrument."),
        UnplacedReason.TRIGGER: gettext("The trigger is on the wrong side of the market’s price."),
    }
    return [words[cause] for cause in reasons(item)]


def untagged_note(receipt: Receipt) -> ReceiptNote | None:
    """Return the note that an order without a tag may be of this basket, None when there is no such
    order.
    """
    if not receipt.untagged:
        return None
    title = ngettext(
        "An order without a tag may be of this basket",
        "%(num)s orders without a tag may be of this basket",
        len(receipt.untagged),
    )
    text = gettext(
        "Kite’s order book cannot tell whose it is. So nothing is offered to be sent again. Look there before"
        " you place it a second time."
    )
    return ReceiptNote("care", title, text)


def unreadable_note(receipt: Receipt) -> ReceiptNote | None:
    """Return the note that Kite sent rows that cannot be read, None when all could."""
    if not receipt.unreadable:
        return None
    title = ngettext(
        "1 row that Kite sent could not be read",
        "%(num)s rows that Kite sent could not be read",
        receipt.unreadable,
    )
    return ReceiptNote(
        "care",
        title,
        gettext("It may be an order or a trade of this basket. Kite’s own order book shows it."),
    )


def _untagged_order(order: Order) -> str:
    return gettext(
        "Kite’s order book holds an order like this one without a tag: %(number)s, %(side)s %(quantity)s,"
        " placed %(time)s, %(status)s.",
        number=order.order_id,
        side=label(order.transaction_type),
        quantity=quantity(order.quantity),
        time=clock(order.order_timestamp),
        status=order.status or gettext("no status"),
    )
