"""What Kite says of the money of a basket that is being composed, beside its order value."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request
from flask_babel import gettext, ngettext

from kite.basket.items import MAX_ITEMS
from kite.connect.costs import Charges
from kite.exceptions import StoreUnavailable
from kite.offsite.account import costs
from kite.offsite.account.costs import BasketCosts
from kite.offsite.account.kite_queries import MissingFigures, MissingReason, session_of
from kite.vocabulary import N_, Mode
from kite.web.composer.forms import BasketForm, ItemForm
from kite.web.composer.row_fields import posted_rows
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import visit_id
from kite.web.wording.labels import rupees

bp = SurfaceBlueprint("money", __name__, Surface.PERSONAL, indexed=True)

KINDS = {
    "brokerage": N_("Brokerage"),
    "transaction_tax": N_("STT or CTT"),
    "exchange_turnover_charge": N_("Exchange"),
    "sebi_turnover_charge": N_("SEBI"),
    "stamp_duty": N_("Stamp duty"),
    "gst": N_("GST"),
}
"""The kinds of charges, in the order in which a contract note lists them."""

Facts = list[tuple[str, ...]]


@dataclass(frozen=True)
class CostsPanel:
    """The aside's words on money: rows of label and figure, or `trouble`.

    `care` is what stands in the basket's way.
    """

    at: BasketCosts | None
    facts: Facts
    kinds: Facts
    orders: Facts
    care: str
    trouble: str
    left_out: str


@bp.post("/money")
def show() -> str:
    """Answer the form of the composer with what Kite says of it, as a piece of the page."""
    form = BasketForm(posted_rows(request.form)[:MAX_ITEMS], services().catalogue, services().now())
    told = of(form.orders)
    if told is None and state() == "later":  # the page was made in a session
        told = _untold(MissingFigures(MissingReason.SESSION_OVER))
    return render_template("composer/costs.html", costs=told)


def state() -> str:
    """Say whether this visit can hear of its basket's money: "open" in a living session, "later" without one,
    "" where no key allows one.
    """
    if services().settings.mode is Mode.PUBLISHER:
        return ""
    try:
        return "open" if session_of(services(), visit_id()) else "later"
    except StoreUnavailable:
        return ""  # a basket can be composed without us knowing anything


def of(orders: Sequence[ItemForm]) -> CostsPanel | None:
    """Ask Kite about the rows that are right; None without such a row or without a living session."""
    filled = [order for order in orders if not order.blank]
    items = [order.item for order in filled if order.item and order.ready]
    answer = costs.basket(services(), visit_id(), items)
    if answer is None:
        return None
    if isinstance(answer, MissingFigures):
        return _untold(answer)
    left_out = _left_out(len(filled) - len(items))
    return CostsPanel(
        answer, _facts(answer), _kinds(answer.charges), _orders(answer), _care(answer), "", left_out
    )


def _left_out(faulty: int) -> str:
    if not faulty:
        return ""
    return ngettext(
        "%(num)s order is not in it yet: it has something to fix.",
        "%(num)s orders are not in it yet: they have something to fix.",
        faulty,
    )


def _facts(told: BasketCosts) -> Facts:
    steps = (
        [
            (gettext("Margin, one by one"), rupees(told.initial)),
            (gettext("Less as a basket"), rupees(-told.benefit)),
        ]
        if told.benefit > 0
        else []
    )
    return [
        *steps,
        (gettext("Margin needed"), rupees(told.final), "strong"),
        (gettext("Charges, about"), rupees(told.charges.total)),
        (gettext("Available"), rupees(told.free)),
        (gettext("Left after"), rupees(told.left), "total"),
    ]


def _kinds(charges: Charges) -> Facts:
    return [
        (gettext(words), rupees(getattr(charges, kind)))
        for kind, words in KINDS.items()
        if getattr(charges, kind)
    ]


def _orders(told: BasketCosts) -> Facts:
    return [
        (
            f"{each.item.tradingsymbol} {each.item.exchange}",
            f"{rupees(each.margin)} + {rupees(each.charges.total)}",
        )
        for each in told.orders
    ]


def _care(told: BasketCosts) -> str:
    """Say what the funds do not cover: the basket, or its orders while they are placed one after the
    other.
    """
    if told.left < 0:
        return gettext(
            "%(missing)s is missing. Kite rejects what the funds do not cover.", missing=rupees(-told.left)
        )
    if told.initial > told.free:
        return gettext("One by one the orders need more than is available. Kite may reject some of them.")
    return ""


def _untold(trouble: MissingFigures) -> CostsPanel:
    texts: dict[MissingReason, str] = {
        MissingReason.SESSION_OVER: gettext(
            "Your session at Kite is over, so margin, charges and funds are not known."
        ),
        MissingReason.NO_ANSWER: gettext("Kite does not answer, so margin, charges and funds are not known."),
        MissingReason.REFUSED: gettext(
            "Kite does not say what this basket needs: %(message)s", message=trouble.message
        ),
    }
    return CostsPanel(None, [], [], [], "", texts[trouble.why], "")
