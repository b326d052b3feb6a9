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
from kite.offsite.account.kite_queries import session_of
from kite.offsite.base.asking import Answer, AnswerVerdict
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
    """What the page says of the basket's money: rows of label and figure, or `trouble` when there
    are none.

    `care` says what the funds do not cover, `left_out` that orders with errors are not counted.
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
    """Return what Kite says of the composer's posted form, as a piece of the page."""
    form = BasketForm(posted_rows(request.form)[:MAX_ITEMS], services().catalogue, services().now())
    panel = ask_kite(form.orders)
    # The page was made in a session, and would wait for figures that cannot come any more.
    if panel is None and money_state() == "later":
        panel = _without_figures(Answer(AnswerVerdict.SESSION_OVER))
    return render_template("composer/costs.html", costs=panel)


def money_state() -> str:
    """Return whether Kite can be asked for the basket's costs: "open" in a living session, "later"
    after a login, "" where this site's key allows no session.
    """
    if services().settings.mode is Mode.PUBLISHER:
        return ""
    try:
        session = session_of(services(), visit_id())
    except StoreUnavailable:
        return ""  # a basket can be composed without the database, only not priced
    if session:
        return "open"
    return "later"


def ask_kite(orders: Sequence[ItemForm]) -> CostsPanel | None:
    """Return what Kite says of the rows that are right; None without such a row or a living
    session.
    """
    filled = [order for order in orders if not order.blank]
    items = [order.item for order in filled if order.item and order.ready]
    answer = costs.basket_costs(services(), visit_id(), items)
    if answer is None:
        return None
    if answer.value is None:
        return _without_figures(answer)
    return CostsPanel(
        at=answer.value,
        facts=_facts(answer.value),
        kinds=_kinds(answer.value.charges),
        orders=_orders(answer.value),
        care=_care(answer.value),
        trouble="",
        left_out=_left_out(len(filled) - len(items)),
    )


def _left_out(faulty: int) -> str:
    if not faulty:
        return ""
    return ngettext(
        "%(num)s order is not in it yet: it has something to fix.",
        "%(num)s orders are not in it yet: they have something to fix.",
        faulty,
    )


def _facts(basket_costs: BasketCosts) -> Facts:
    facts: Facts = []
    if basket_costs.benefit > 0:
        facts = [
            (gettext("Margin, one by one"), rupees(basket_costs.initial)),
            (gettext("Less as a basket"), rupees(-basket_costs.benefit)),
        ]
    return [
        *facts,
        (gettext("Margin needed"), rupees(basket_costs.final), "strong"),
        (gettext("Charges, about"), rupees(basket_costs.charges.total)),
        (gettext("Available"), rupees(basket_costs.free)),
        (gettext("Left after"), rupees(basket_costs.remaining), "total"),
    ]


def _kinds(charges: Charges) -> Facts:
    return [
        (gettext(words), rupees(getattr(charges, kind)))
        for kind, words in KINDS.items()
        if getattr(charges, kind)
    ]


def _orders(basket_costs: BasketCosts) -> Facts:
    return [
        (
            f"{order.item.tradingsymbol} {order.item.exchange}",
            f"{rupees(order.margin)} + {rupees(order.charges.total)}",
        )
        for order in basket_costs.orders
    ]


def _care(basket_costs: BasketCosts) -> str:
    """Return what the funds do not cover: the basket, or its orders while they are placed one after
    the other; "" when they cover both.
    """
    if basket_costs.remaining < 0:
        missing = rupees(-basket_costs.remaining)
        return gettext("%(missing)s is missing. Kite rejects what the funds do not cover.", missing=missing)
    # A hedge lowers the margin only once it is bought. Until then Kite blocks what each order needs
    # alone.
    if basket_costs.initial > basket_costs.free:
        return gettext("One by one the orders need more than is available. Kite may reject some of them.")
    return ""


def _without_figures(missing: Answer[BasketCosts]) -> CostsPanel:
    """Return the panel that says why Kite named no figures."""
    reasons: dict[AnswerVerdict, str] = {
        AnswerVerdict.SESSION_OVER: gettext(
            "Your session at Kite is over, so margin, charges and funds are not known."
        ),
        AnswerVerdict.NO_ANSWER: gettext("Kite does not answer, so margin, charges and funds are not known."),
        AnswerVerdict.REFUSED: gettext(
            "Kite does not say what this basket needs: %(message)s", message=missing.message
        ),
    }
    return CostsPanel(None, [], [], [], "", reasons[missing.verdict], "")
