"""What an order is worth in rupees, as far as the instruments file tells before it is filled."""

from decimal import Decimal

from kite.basket.fields import takes_price
from kite.basket.items import MAX_PRICE, MAX_QUANTITY, Instrument, Item
from kite.vocabulary import Exchange

UNCOUNTED = frozenset(exchange for exchange in Exchange if not exchange.facts.value_known)
"""Exchanges whose contract multiplier (1000 for USDINR) is not in the instruments file: price ×
quantity is wrong there.
"""


def fill_value(exchange: str, quantity: int, price: Decimal) -> Decimal | None:
    """Return what a fill comes to in rupees; None where the multiplier of a contract is not
    known.
    """
    return None if exchange in UNCOUNTED else quantity * price


def order_value(item: Item, instrument: Instrument | None) -> Decimal | None:
    """Return price × quantity, or last close × quantity for an order at market; None when it cannot
    be known or is beyond every order.

    Futures count at their contract value: quantity is in units, not in lots.
    """
    if instrument is None or item.exchange in UNCOUNTED:
        return None
    price = item.price if takes_price(item.order_type) else instrument.last_price
    # An order that a rule refuses has no worth: its digits would only fill a page.
    if not price or price > MAX_PRICE or not 1 <= item.quantity <= MAX_QUANTITY:
        return None
    return price * item.quantity
