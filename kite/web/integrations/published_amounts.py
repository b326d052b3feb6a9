"""The amount on a published page: what was typed, what it buys, and what the page says if it is too
small.
"""

from decimal import Decimal

from flask_babel import gettext, ngettext

from kite.basket.numbers import Unreadable, optional_amount
from kite.publishing import scaling
from kite.publishing.offers import Offer
from kite.publishing.scaling import ScaledOffer
from kite.vocabulary import N_
from kite.web.site.context import services
from kite.web.wording.labels import rupees

TOO_SMALL = N_(
    "Too small. The smallest amount for this basket is %(smallest)s. From %(enough)s on, every order is sent."
)


def scale_to_amount(offer: Offer, amount: str) -> tuple[ScaledOffer, str]:
    """Return the items with the quantities for the typed amount, and what is wrong with it."""
    if offer.amount is None:
        return scaling.with_fixed_quantities(services(), offer), ""
    wanted: Decimal | None = offer.amount
    try:
        if amount.strip():
            wanted = optional_amount(amount.strip())
    except Unreadable:
        # The page still shows the quantities for the author's amount, but nothing can be sent from
        # it.
        return scaling.scale(services(), offer, offer.amount), gettext(
            "Enter an amount in rupees, like 50,000."
        )
    if not wanted or wanted > scaling.MOST:
        return scaling.scale(services(), offer, offer.amount), gettext(
            "Enter an amount above 0, and 100 crore at most."
        )
    scaled = scaling.scale(services(), offer, wanted)
    if scaled.items or scaled.smallest is None:
        return scaled, ""
    return scaled, _too_small_sentence(scaled)


def _too_small_sentence(scaled: ScaledOffer) -> str:
    return str(gettext(TOO_SMALL, smallest=rupees(scaled.smallest), enough=rupees(scaled.enough)))


def left_out_sentence(scaled: ScaledOffer) -> str:
    """Return how many orders an amount is too small for, "" when it is enough for all of them or
    for none.
    """
    count = len(scaled.all_items) - len(scaled.items)
    if not count or not scaled.items or scaled.enough is None:
        return ""
    figures = {"all": len(scaled.all_items), "enough": rupees(scaled.enough)}
    words = ngettext(
        "%(num)s of %(all)s orders is left out.", "%(num)s of %(all)s orders are left out.", count, **figures
    )
    return f"{words} {gettext('From %(enough)s on, every order is sent.', **figures)}"


def preset_amounts(offer: Offer) -> list[tuple[str, str]]:
    """Return three amounts to tap: half, the author's own, double."""
    if offer.amount is None:
        return []
    return [
        (f"{amount:f}", amount_text(amount))
        for amount in ((offer.amount / 2).quantize(Decimal(1)), offer.amount, offer.amount * 2)
    ]


def amount_text(amount: Decimal | None) -> str:
    """Return an amount as a person types it: ₹50,000."""
    if amount is None:
        return ""
    return rupees(amount).removesuffix(".00")
