"""The composer's one page: the form for its rows, and everything that is shown around them."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request

from kite.exceptions import NoInstruments
from kite.instruments.catalogue import Catalogue
from kite.vocabulary import Mode
from kite.web.composer import amount_panel, costs, market_hours, market_orders
from kite.web.composer.amount_panel import AmountResult
from kite.web.composer.costs import CostsPanel
from kite.web.composer.forms import BasketForm
from kite.web.composer.order_line import EXAMPLES, Entry, posted_entry
from kite.web.composer.prefill import PrefillNote
from kite.web.composer.row_edits import Row
from kite.web.composer.row_view import shared_context, summarize_rows
from kite.web.composer.sample import SAMPLE, Sample
from kite.web.composer.totals import compute_totals
from kite.web.composer.warnings import add_cautions
from kite.web.site import form_tokens
from kite.web.site.context import services
from kite.web.wording.page_messages import NO_LIST, PageMessage

SELLS_FIRST, AT_ONCE = "sells_first", "at_once"
"""How a basket that sells and buys goes to Kite: its sells before its buys, or all orders
together.
"""


def parent_id() -> str:
    """Return the id of the basket of which this page sends something again, or ""."""
    return request.form.get("parent") or request.args.get("again", "")


def sequence() -> str:
    """Return AT_ONCE, unless the person chose SELLS_FIRST."""
    if request.form.get("sequence") == SELLS_FIRST:
        return SELLS_FIRST
    return AT_ONCE


def usable_catalogue() -> Catalogue | None:
    """Return the catalogue, None while it has no list that orders may be checked against."""
    try:
        services().catalogue.check()
    except NoInstruments:
        return None
    return services().catalogue


def build_form(rows: Sequence[Row]) -> BasketForm:
    """Return the form for `rows`."""
    return BasketForm(rows, usable_catalogue(), services().now())


def render_rows(rows: Sequence[Row], note: PrefillNote | None = None, focus: str = "") -> str:
    """Render the page with `rows`, none of them checked."""
    return render_form(build_form(rows), note, focus)


def render_form(
    form: BasketForm,
    note: PrefillNote | None = None,
    focus: str = "",
    *,
    entry: Entry | None = None,
    money: CostsPanel | None = None,
    amount: AmountResult | None = None,
    snippet: str = "",
    weighted: bool = False,
) -> str:
    """Render the page; with errors the first of them has the focus.

    Order line and paste box hold what was posted, or `entry`. `money` is what Kite says of the
    basket's costs, `amount` what an amount was spread into, `snippet` is code to copy; `weighted`
    says that rows have just come with weights.
    """
    faults = form.faults()
    if faults:
        focus = faults[0].id
    add_cautions(form.orders)
    return render_template(
        "composer/compose.html",
        lines=summarize_rows(form.orders, focus),
        amounts=amount_panel.build_panel(form.orders, request.form, amount, weighted=weighted),
        costs=money,
        snippet=snippet,
        faults=faults,
        notice=note,
        entry=entry or posted_entry(request.form),
        editor=shared_context(focus),
        **_basket_context(form),
        **_site_context(),
    )


def _basket_context(form: BasketForm) -> dict[str, Any]:
    """Return what the page says of the whole basket, and the hidden fields that go with it."""
    action = request.form.get("action", "")
    return {
        "form": form,
        "totals": compute_totals(form.orders),
        "hours": market_hours.hours_sentences(form.orders),
        "market": market_orders.build_question(form.orders, request.form, action),
        "parent": parent_id(),
        "form_token": form_tokens.token_of_form(request.form),
        "sequence": sequence(),
    }


def _site_context() -> dict[str, Any]:
    """Return what is the same for every basket."""
    return {
        "costs_state": costs.money_state(),
        "no_list": _missing_list(),
        "examples": EXAMPLES,
        "max_items": services().settings.basket_max_items,
        "sample": _sample(),
    }


def _missing_list() -> PageMessage | None:
    if usable_catalogue() is None:
        return NO_LIST
    return None


def _sample() -> Sample | None:
    # Its symbols exist at the simulator only, and its orders would be real ones at Kite.
    if services().settings.mode is Mode.SIMULATOR:
        return SAMPLE
    return None
