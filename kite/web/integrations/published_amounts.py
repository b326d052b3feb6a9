"""The amount of a published page: what was typed, what it buys, and what is said when it is too little."""

from decimal import Decimal

from flask_babel import gettext, ngettext

from kite.basket.numbers import Unreadable, optional_amount
from kite.publishing import scaling
from kite.publishing.offers import Offer
from kite.publishing.scaling import ScaledOffer
from kite.vocabulary import N_
from kite.web.site.context import services
from kite.web.wording.labels import rupees

SMALLEST = N_(
    "Too small. The smallest amount for this basket is %(smallest)s. From %(enough)s on, every order is sent."
)


def worked_out(offer: Offer, amount: str) -> tuple[ScaledOffer, str]:
    """Return the items with the quantities for the typed amount, and what is wrong with it."""
    if offer.amount is None:
        return scaling.with_fixed_quantities(services(), offer), ""
    try:
        wanted = optional_amount(amount.strip()) if amount.strip() else offer.amount
    except Unreadable:
        return scaling.scale(services(), offer, offer.amount), gettext(
            "Enter an amount in rupees, like 50,000."
        )
    if not wanted or wanted > scaling.MOST:
        return scaling.scale(services(), offer, offer.amount), gettext(
            "Enter an amount above 0, and 100 crore at most."
        )
    scaled = scaling.scale(services(), offer, wanted)
    return scaled, "" if scaled.items or scaled.smallest is None else _too_small(scaled)


def _too_small(scaled: ScaledOffer) -> str:
    return str(gettext(SMALLEST, smallest=rupees(scaled.smallest), enough=rupees(scaled.enough)))


def left_out(scaled: ScaledOffer) -> str:
    """Say how many orders an amount is too small for, "" when it reaches for all of them or for none."""
    count = len(scaled.all_items) - len(scaled.items)
    if not count or not scaled.items or scaled.enough is None:
        return ""
    figures = {"all": len(scaled.all_items), "enough": rupees(scaled.enough)}
    words = ngettext(
        "%(num)s of %(all)s orders is left out.", "%(num)s of %(all)s orders are left out.", count, **figures
    )
    return f"{words} {gettext('From %(enough)s on, every order is sent.', **figures)}"


def presets(offer: Offer) -> list[tuple[str, str]]:
    """Return three amounts to tap: half, the author's own, double."""
    if offer.amount is None:
        return []
    return [
        (f"{amount:f}", plain(amount))
        for amount in ((offer.amount / 2).quantize(Decimal(1)), offer.amount, offer.amount * 2)
    ]


def plain(amount: Decimal | None) -> str:
    """Write an amount as a person types it: ₹50,000."""
    return rupees(amount).removesuffix(".00") if amount is not None else ""
