"""What the order system refuses. Such an order exists, has an id and ends REJECTED with these words."""

from dataclasses import dataclass
from decimal import Decimal

from kite.simulator.items import Item
from kite.simulator.market import Instrument
from kite.simulator.scripts import Script
from kite.vocabulary import EQUITY, OrderType, Product, TransactionType, Variety

LONGEST_TAG = 20


@dataclass(frozen=True)
class Refusal:
    """`message` is for people (status_message), `raw` the order system's own text (status_message_raw)."""

    message: str
    raw: str


def refusal(item: Item, instrument: Instrument, script: Script | None, margin: int, available: int) -> Refusal | None:
    """Return why an order is refused, or None. `margin` and `available` are paise."""
    if script and script.reason:
        return Refusal(script.reason, _raw(script.raw, item))
    problem = _terms(item) or _steps(item, instrument)
    if problem:
        return Refusal(problem, _raw(f"Rule: {problem}", item))
    if script and script.no_funds:
        margin += max(available, 0)
    return _funds(item, margin, available) if margin > available else None


def _terms(item: Item) -> str | None:
    """Check what must agree inside an order. A trigger on the wrong side is recorded in the guide to placing orders."""
    buying = item.transaction_type == TransactionType.BUY
    if item.tag and len(item.tag) > LONGEST_TAG:
        return "Tag is too long. It takes at most 20 characters."
    if item.product == Product.CNC and item.exchange not in EQUITY and item.variety != Variety.CO:
        return f"Product CNC is not allowed on {item.exchange}. Use NRML or MIS."
    if item.takes_trigger and not item.trigger_price:
        return "Trigger price is required for this order."
    if item.variety == Variety.CO:
        return _cover(item, buying)
    if item.order_type == OrderType.SL and (item.trigger_price > item.price if buying else item.trigger_price < item.price):
        side = "at or below the price of a buy order" if buying else "at or above the price of a sell order"
        return f"Trigger price of a stop-loss order should be {side}."
    return None


def _cover(item: Item, buying: bool) -> str | None:
    if item.order_type not in (OrderType.MARKET, OrderType.LIMIT):
        return "A cover order takes the order types MARKET and LIMIT."
    if item.price and (item.trigger_price >= item.price if buying else item.trigger_price <= item.price):
        return f"Trigger price of a cover order should be {'below' if buying else 'above'} its price."
    return None


def _steps(item: Item, instrument: Instrument) -> str | None:
    tick = instrument.tick_size
    if item.price % tick or item.trigger_price % tick:
        return f"Tick size for this script is {tick:f}. Kindly enter price in the multiple of tick size for this script."
    if item.quantity % instrument.lot_size:
        return f"Quantity should be a multiple of the lot size {instrument.lot_size}."
    if item.variety == Variety.CO and instrument.triggered(_other_side(item), item.trigger_price):
        return "Trigger price of a cover order is already reached."
    return None


def _other_side(item: Item) -> str:
    return TransactionType.SELL if item.transaction_type == TransactionType.BUY else TransactionType.BUY


def _funds(item: Item, margin: int, available: int) -> Refusal:
    """Word it as recorded in orders.json of the real API."""
    needed, free = Decimal(margin) / 100, Decimal(available) / 100
    message = f"Insufficient funds. Required margin is {needed:.2f} but available margin is {free:.2f}. Check the orderbook for open orders."
    return Refusal(message, _raw(f"Margin Exceeds,Required:{needed:.2f}, Available:{free:.2f}", item))


def _raw(text: str, item: Item) -> str:
    return f"RMS:{text} for entity account-AB1234 across exchange {item.exchange} across segment across product {item.product}"
