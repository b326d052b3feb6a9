"""From the amount that a visitor types to the quantities of an offer, at the last close."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kite.basket import amounts
from kite.basket.amounts import Priced
from kite.basket.items import MAX_QUANTITY, Instrument, Item, takes_price
from kite.basket.worth import UNCOUNTED, order_value
from kite.offsite.base.services import Services
from kite.publishing import offers
from kite.publishing.offers import Offer

MOST = Decimal(10**9)
"""Rupees that can be scaled to quantities."""


@dataclass(frozen=True)
class ScaledOffer:
    """An offer with quantities.

    `every` has all items, in the author's order; `items` those that are sent: 1 or more of each.

    `used` and `left` are in rupees, None where quantities are fixed and a value cannot be known; `amount` is
    what they were worked out for, None for fixed ones. `smallest` is the least amount that buys anything,
    `enough` one that buys some of every item; both are None where nothing can be worked out.
    """

    every: tuple[Item, ...]
    items: tuple[Item, ...]
    used: Decimal | None
    left: Decimal | None
    amount: Decimal | None = None
    smallest: Decimal | None = None
    enough: Decimal | None = None


def with_fixed_quantities(services: Services, offer: Offer) -> ScaledOffer:
    """Return an offer with the quantities that its author set."""
    items = offer.version.items
    known = offers.instruments(services, items)
    values = [order_value(item, known.get((item.exchange, item.tradingsymbol))) for item in items]
    used = sum((value for value in values if value is not None), Decimal(0)) if None not in values else None
    return ScaledOffer(items, items, used, None)


def scale(services: Services, offer: Offer, amount: Decimal) -> ScaledOffer:
    """Return an offer with whole quantities for `amount` rupees.

    An item of which nothing can be bought is not sent.

    An offer of which an instrument or its price is missing today has no quantities at all.
    """
    items = offer.version.items
    priced = price_items(items, offer.weights, offers.instruments(services, items))
    if priced is None:
        return ScaledOffer(items, (), None, None, amount)
    scaled = amounts.scale(amount, priced)
    every = tuple(
        replace(item, quantity=min(portion.quantity, MAX_QUANTITY))
        for item, portion in zip(items, scaled.portions, strict=True)
    )
    bought = tuple(item for item in every if item.quantity)
    return ScaledOffer(
        every,
        bought,
        amount - scaled.left,
        scaled.left,
        amount,
        amounts.smallest(priced),
        amounts.enough(priced),
    )


def price_items(
    items: Sequence[Item], weights: Sequence[Decimal], known: dict[tuple[str, str], Instrument]
) -> list[Priced] | None:
    """Return what a unit, a lot and the weight of each item are; None when a price is missing."""
    priced = []
    for item, weight in zip(items, weights or [Decimal(1)] * len(items), strict=True):
        instrument = known.get((item.exchange, item.tradingsymbol))
        if instrument is None or item.exchange in UNCOUNTED:
            return None
        unit = item.price if takes_price(item.order_type) and item.price else instrument.last_price
        if unit <= 0:
            return None
        priced.append(Priced(unit, max(instrument.lot_size, 1), weight))
    return priced
