"""The lines of a published basket on its page: quantity, worth and today's problems of each
order.
"""

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
    """A line of the basket: its item with the quantity to send, its worth, today's problems, and
    cautions.
    """

    number: int
    item: Item
    terms: OrderTerms
    value: Decimal | None
    wrong: list[str]
    cares: list[str]


def offer_lines(offer: Offer, scaled: ScaledOffer) -> list[OfferLine]:
    """Return the lines in the author's order, also of orders for which the amount is too small."""
    instruments = offers.instruments(services(), offer.version.items)
    orders = [(item, instruments.get((item.exchange, item.tradingsymbol))) for item in scaled.all_items]
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
    total = sum((line.value for line in lines if line.value), Decimal(0))
    return [_with_share(line, total) for line in lines]


def _with_share(line: OfferLine, total: Decimal) -> OfferLine:
    """Return the line with its share of the basket's worth beside the product."""
    # The page says once for all lines that the author locked them.
    item = replace(line.item, readonly=False)
    if not line.value:
        return replace(line, item=item)
    share = f"{(100 * line.value / total).quantize(Decimal('0.1'))} %"
    return replace(
        line,
        item=item,
        terms=line.terms._replace(product=" · ".join(filter(None, (line.terms.product, share)))),
    )
