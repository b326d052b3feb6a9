"""The lines of a published basket on its page: quantity, worth and what is wrong with each today."""

from dataclasses import dataclass, replace
from decimal import Decimal

from kite.basket.items import Item
from kite.basket.worth import order_value
from kite.publishing import offers
from kite.publishing.offers import Offer
from kite.publishing.scaling import ScaledOffer
from kite.web.composer import warnings
from kite.web.site.context import services
from kite.web.wording import rule_messages
from kite.web.wording.order_terms import OrderTerms, terms


@dataclass(frozen=True)
class OfferLine:
    """A line of the basket: its item with the quantity that is sent, what it is worth, what is wrong with it
    today, and what is pointed out.
    """

    number: int
    item: Item
    terms: OrderTerms
    value: Decimal | None
    wrong: list[str]
    cares: list[str]


def offer_lines(offer: Offer, scaled: ScaledOffer) -> list[OfferLine]:
    """Return the lines in the author's order: what is sent, and what is not because nothing can be bought of
    it.
    """
    known = offers.instruments(services(), offer.version.items)
    orders = [(item, known.get((item.exchange, item.tradingsymbol))) for item in scaled.all_items]
    lines = []
    for number, ((item, instrument), problems, cares) in enumerate(
        zip(orders, offer.problems, warnings.sentences(orders), strict=True), 1
    ):
        lines.append(
            OfferLine(
                number,
                item,
                terms(item),
                order_value(item, instrument),
                [rule_messages.sentence(problem) for problem in problems],
                cares,
            )
        )
    whole = sum((line.value for line in lines if line.value), Decimal(0))
    return [_weighed(line, whole) for line in lines]


def _weighed(line: OfferLine, whole: Decimal) -> OfferLine:
    """Say beside the product how much of the whole a line is.

    That the author locked it, the page says once for all lines.
    """
    item = replace(line.item, readonly=False)
    if not line.value:
        return replace(line, item=item)
    share = f"{(100 * line.value / whole).quantize(Decimal('0.1'))} %"
    return replace(
        line,
        item=item,
        terms=line.terms._replace(product=" · ".join(filter(None, (line.terms.product, share)))),
    )
