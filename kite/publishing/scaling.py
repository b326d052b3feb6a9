"""Scaling: from the amount that a visitor types to the quantities of an offer, at the last
close.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kite.basket import amounts
from kite.basket.amounts import PricedOrder
from kite.basket.fields import takes_price
from kite.basket.items import MAX_QUANTITY, Instrument, Item
from kite.basket.worth import UNCOUNTED, order_value
from kite.offsite.base.services import Services
from kite.publishing import offers
from kite.publishing.offers import Offer

MOST = Decimal(10**9)
"""Rupees that can be scaled to quantities."""


@dataclass(frozen=True)
class ScaledOffer:
    """An offer with quantities.

    `all_items` are in the author's order; `items` are those that are sent: 1 or more of each.

    `used` and `unspent` are in rupees, None where quantities are fixed and a value cannot be known;
    `amount` is what they were worked out for, None for fixed ones. `smallest` is the least amount
    that buys anything, `enough` one that buys some of every item; both are None where nothing can
    be worked out.
    """

    all_items: tuple[Item, ...]
    items: tuple[Item, ...]
    used: Decimal | None
    unspent: Decimal | None
    amount: Decimal | None = None
    smallest: Decimal | None = None
    enough: Decimal | None = None


def with_fixed_quantities(services: Services, offer: Offer) -> ScaledOffer:
    """Return an offer with the quantities that its author set."""
    items = offer.version.items
    instruments = offers.instruments(services, items)
    values = [order_value(item, instruments.get((item.exchange, item.tradingsymbol))) for item in items]
    known = [value for value in values if value is not None]
    used = sum(known, Decimal(0)) if len(known) == len(values) else None
    return ScaledOffer(items, items, used, None)


def scale(services: Services, offer: Offer, amount: Decimal) -> ScaledOffer:
    """Return an offer with whole quantities for `amount` rupees.

    An item of which nothing can be bought is not sent. An offer of which an instrument or its price
    is missing today has no quantities at all.
    """
    items = offer.version.items
    priced_items = price_items(items, offer.weights, offers.instruments(services, items))
    # Without one price the others' shares are unknown too: a part of what the author meant is not
    # offered.
    if priced_items is None:
        return ScaledOffer(items, (), None, None, amount)
    scaled = amounts.allocate_amount(amount, priced_items)
    all_items = tuple(
        replace(item, quantity=min(portion.quantity, MAX_QUANTITY))
        for item, portion in zip(items, scaled.portions, strict=True)
    )
    return ScaledOffer(
        all_items,
        tuple(item for item in all_items if item.quantity),
        amount - scaled.remainder,
        scaled.remainder,
        amount,
        amounts.smallest_amount(priced_items),
        amounts.amount_for_every_order(priced_items),
    )


def price_items(
    items: Sequence[Item], weights: Sequence[Decimal], instruments: dict[tuple[str, str], Instrument]
) -> list[PricedOrder] | None:
    """Return the price, the lot and the weight of each item; None when a price is missing."""
    priced_items = []
    for item, weight in zip(items, weights or [Decimal(1)] * len(items), strict=True):
        instrument = instruments.get((item.exchange, item.tradingsymbol))
        # On some exchanges nobody knows how many units a contract is of, so no price of it is
        # known.
        if instrument is None or item.exchange in UNCOUNTED:
            return None
        unit_price = instrument.last_price
        if takes_price(item.order_type) and item.price:
            unit_price = item.price
        if unit_price <= 0:
            return None
        priced_items.append(PricedOrder(unit_price, max(instrument.lot_size, 1), weight))
    return priced_items
