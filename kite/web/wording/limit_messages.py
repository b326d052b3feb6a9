"""The words of the composer's question about orders at market: where a limit would be, and what
sets it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext, ngettext

from kite.basket.checking.protection import Limit
from kite.vocabulary import N_
from kite.web.wording.labels import price

WHERE: Mapping[tuple[str, str], str] = {
    ("close", "BUY"): N_("%(percent)s %% above the last close"),
    ("close", "SELL"): N_("%(percent)s %% below the last close"),
    ("quote", "BUY"): N_("%(percent)s %% above the last price"),
    ("quote", "SELL"): N_("%(percent)s %% below the last price"),
    ("trigger", "BUY"): N_("%(percent)s %% above its trigger"),
    ("trigger", "SELL"): N_("%(percent)s %% below its trigger"),
    ("band", "BUY"): N_("at today’s upper limit"),
    ("band", "SELL"): N_("at today’s lower limit"),
}
"""Where a limit is, by the price it is worked out from and the side of its order.

"band" is for a limit that the day's circuit limits have moved nearer than the percent.
"""


def describe_place(limit: Limit, basis: str, side: str, percent: Decimal) -> str:
    """Return where a limit is beside the market: "1.5 % above the last close"."""
    if limit.banded:
        basis = "band"
    return str(gettext(WHERE[basis, side], percent=f"{percent:f}"))


def offer_sentence(limit: Limit, where: str) -> str:
    """Return the sentence that offers a limit."""
    return str(gettext(limit.order_type.facts.offer, where=where, price=price(limit.price)))


def offer_button(limit: Limit) -> str:
    """Return the words of the button that sets a limit."""
    kind = gettext(limit.order_type.facts.made_into)
    return str(gettext("%(made)s at %(price)s", made=kind, price=price(limit.price)))


def percent_error(wrong: Iterable[bool]) -> str:
    """Return the sentence for percents of which one is wrong, "" when all can be read."""
    if any(wrong):
        return str(gettext("Enter a percent above 0, like 1.5, and 100 at most."))
    return ""


def question_title(names: Sequence[str]) -> str:
    """Return the heading, by the names of the orders that are asked about."""
    if len(names) == 1:
        return str(gettext("%(order)s goes at market", order=names[0]))
    return str(ngettext("%(num)s order goes at market", "%(num)s orders go at market", len(names)))


def question_sentence(offers: Sequence[str]) -> str:
    """Return the sentence below the heading; `offers` has a sentence for each order, "" where no
    limit can be worked out.
    """
    # Of several orders each has its offer on a line of its own; a single one has no such list.
    if len(offers) != 1:
        return str(gettext("As they are, they take any price."))
    if not offers[0]:
        return str(
            gettext(
                "As it is, it takes any price. No limit can be worked out here; one can be typed in the"
                " order."
            )
        )
    return f"{gettext('As it is, it takes any price.')} {offers[0]}"
