"""Refusals of the order system.

Such an order exists, has an id and ends REJECTED with these texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.refusal_texts import TEXTS
from kite.simulator.core.scripted_symbols import Script
from kite.vocabulary import EQUITY, Exchange, OrderType, Product, TransactionType, Variety

LONGEST_TAG = 20
COVER_TYPES = (OrderType.MARKET, OrderType.LIMIT)
WITHOUT_SL_M = (Exchange.BSE, Exchange.BFO, Exchange.BCD)
OPTIONS = ("CE", "PE")
DELIVERED = (Product.CNC, "MTF")


@dataclass(frozen=True)
class Refusal:
    """The texts of a refused order: `message` is its status_message, `raw` its
    status_message_raw.
    """

    message: str
    raw: str


def cancelled_at_close(item: Item) -> Refusal:
    """Return the texts of an order that the exchange cancelled when its market closed."""
    # our own words: Kite's are not recorded anywhere
    return Refusal(
        "Cancelled by the exchange when the market closed.",
        raw_text("Order cancelled at the end of the day", item),
    )


def refusal(
    item: Item, instrument: Instrument, script: Script | None, margin: int, available: int
) -> Refusal | None:
    """Return why an order is refused, or None. `margin` and `available` are in paise."""
    if script and script.cause:
        return refusal_for_cause(script.cause, item)
    problem = next((message for check in TERMS if (message := check(item, instrument))), None)
    if problem:
        return Refusal(problem, raw_text(f"Rule: {problem}", item))
    if script and script.no_funds:
        margin += max(available, 0)
    if margin > available:
        return no_funds(item, margin, available)
    return None


def refusal_for_cause(cause: str, item: Item) -> Refusal:
    """Return the refusal for a cause, one of CAUSES."""
    cause = EARLIER_NAMES.get(cause, cause)
    if cause in WORKED_OUT:
        return WORKED_OUT[cause](item)
    text = TEXTS[cause]
    message, own = (words.format_map(item.as_dict()) for words in (text.message, text.raw))
    if text.framed:
        own = raw_text(own, item)
    return Refusal(message, own)


def _tag(item: Item, instrument: Instrument) -> str | None:
    if item.tag and len(item.tag) > LONGEST_TAG:
        return "Tag is too long. It takes at most 20 characters."
    return None


def _product(item: Item, instrument: Instrument) -> str | None:
    """CNC is delivery of shares, NRML the same for derivatives."""
    if item.variety == Variety.CO:
        return None if item.product == Product.MIS else "A cover order takes the product MIS."
    if item.product in DELIVERED and item.exchange not in EQUITY:
        return f"Product {item.product} is not allowed on {item.exchange}. Use NRML or MIS."
    if item.product == Product.NRML and item.exchange in EQUITY:
        return f"Product NRML is not allowed on {item.exchange}. Use CNC or MIS."
    return None


def _order_type(item: Item, instrument: Instrument) -> str | None:
    """SL-M ended on BSE on 9 October 2023, on options on 27 September 2021."""
    if item.variety == Variety.CO:
        allowed = item.order_type in COVER_TYPES
        return None if allowed else "A cover order takes the order types MARKET and LIMIT."
    blocked = item.exchange in WITHOUT_SL_M or instrument.instrument_type in OPTIONS
    if item.order_type == OrderType.SL_M and blocked:
        return f"SL-M orders are blocked for {item.tradingsymbol} on {item.exchange}. Use an SL order."
    return None


def _cover(item: Item, instrument: Instrument) -> str | None:
    if item.variety == Variety.CO and item.exchange != Exchange.NSE:
        return f"Cover orders are not allowed on {item.exchange}."
    return None


def _trigger(item: Item, instrument: Instrument) -> str | None:
    """A trigger on the wrong side is recorded in the guide to placing orders."""
    if item.takes_trigger and not item.trigger_price:
        return "Trigger price is required for this order."
    if item.variety == Variety.CO:
        return _cover_trigger(item)
    if item.order_type == OrderType.SL:
        return _stop_trigger(item)
    return None


def _cover_trigger(item: Item) -> str | None:
    """The stop of a cover order closes what its price opened, so it lies on the losing side."""
    if not item.price:
        return None
    if item.transaction_type == TransactionType.BUY:
        if item.trigger_price >= item.price:
            return "Trigger price of a cover order should be below its price."
    elif item.trigger_price <= item.price:
        return "Trigger price of a cover order should be above its price."
    return None


def _stop_trigger(item: Item) -> str | None:
    """Once triggered, a stop's limit must leave room to trade."""
    if item.transaction_type == TransactionType.BUY:
        if item.trigger_price > item.price:
            return "Trigger price of a stop-loss order should be at or below the price of a buy order."
    elif item.trigger_price < item.price:
        return "Trigger price of a stop-loss order should be at or above the price of a sell order."
    return None


def _disclosed(item: Item, instrument: Instrument) -> str | None:
    """A part of the quantity may be shown, and not too small a one."""
    if not item.disclosed_quantity:
        return None
    if item.exchange in (Exchange.NFO, Exchange.BFO):
        return f"Disclosed quantity is not allowed on {item.exchange}."
    share = 25 if item.exchange == Exchange.MCX else 10
    if not item.quantity * share <= item.disclosed_quantity * 100 <= item.quantity * 100:
        return (
            f"Disclosed quantity should be at least {share}% of the quantity and not more than the quantity."
        )
    return None


def _steps(item: Item, instrument: Instrument) -> str | None:
    tick = instrument.tick_size
    if item.price % tick or item.trigger_price % tick:
        return (
            f"Tick size for this script is {tick:f}. Kindly enter price in the multiple of tick size for this"
            " script."
        )
    if item.quantity % instrument.lot_size:
        return f"Quantity should be a multiple of the lot size {instrument.lot_size}."
    if item.variety == Variety.CO and instrument.triggered(other_side(item), item.trigger_price):
        return "Trigger price of a cover order is already reached."
    return None


TERMS = (_tag, _product, _order_type, _cover, _trigger, _disclosed, _steps)
"""The checks of an order's terms, by themselves and beside its instrument.

Sources: the documentation of orders, and the broker's support pages.
"""


def other_side(item: Item) -> str:
    """Return the transaction type that closes what an order opens."""
    return TransactionType.SELL if item.transaction_type == TransactionType.BUY else TransactionType.BUY


def no_funds(item: Item, margin: int, available: int) -> Refusal:
    """Return the refusal for missing funds, worded as in a recorded order book.

    Both sums are in paise.
    """
    needed, free = Decimal(margin) / 100, Decimal(available) / 100
    message = (
        f"Insufficient funds. Required margin is {needed:.2f} but available margin is {free:.2f}. Check the"
        " orderbook for open orders."
    )
    return Refusal(message, raw_text(f"Margin Exceeds,Required:{needed:.2f}, Available:{free:.2f}", item))


def no_holdings(item: Item, held: int) -> Refusal:
    """Return the refusal to deliver shares that are not held.

    `held` is the quantity left to sell.
    """
    message = (
        f"Holding quantity is {max(held, 0)} but {item.quantity} are to be sold. Check the orderbook for open"
        " orders."
    )
    return Refusal(message, raw_text("Rule: Check holdings including BTST", item))


def not_authorised(item: Item, quantity: int) -> Refusal:
    """Return the refusal to deliver shares without an authorisation.

    `quantity` is what may be sold.
    """
    # our own words: Kite's are not recorded anywhere
    message = (
        f"The sale of {item.quantity} {item.tradingsymbol} needs an authorisation. Authorised:"
        f" {max(quantity, 0)}."
    )
    return Refusal(message, raw_text("Rule: Check authorisation of holdings", item))


WORKED_OUT: Mapping[str, Callable[[Item], Refusal]] = {
    "insufficient_funds": lambda item: no_funds(item, item.quantity * 1_000_00, 0),
    "insufficient_holdings": lambda item: no_holdings(item, item.quantity // 2),
    "sale_not_authorised": lambda item: not_authorised(item, 0),
}
"""Causes whose texts name figures of the order."""

EARLIER_NAMES = {"funds": "insufficient_funds", "amo_window": "amo_hours"}
"""Older names of causes, for scripts that still use them."""

CAUSES = (*WORKED_OUT, *TEXTS, *EARLIER_NAMES)
"""The causes that the faults `order_rejected` and `all_rejected` take."""


def raw_text(text: str, item: Item) -> str:
    """Return `text` in the frame that the order system puts around it, as recorded."""
    return (
        f"RMS:{text} for entity account-AB1234 across exchange {item.exchange} across segment across product"
        f" {item.product}"
    )
