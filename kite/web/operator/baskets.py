"""The operator's baskets: publishing from the composer, changing, pausing, duplicating, links and
figures.
"""

import json
from collections.abc import Sequence

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import escape
from werkzeug.wrappers import Response

from kite.basket.basket_data import from_data, to_data
from kite.basket.items import Item
from kite.exceptions import BasketError
from kite.publishing import offers, sharing
from kite.publishing.drafts import Draft, DraftRefused
from kite.publishing.offers import ChangedMeanwhile
from kite.publishing.sharing import LinkRefused
from kite.store.publishing import links, presses, published
from kite.store.publishing.published import Published, Version
from kite.texts import typable
from kite.web.operator import accounts, basket_links, dashboard, draft_form
from kite.web.operator.draft_form import DraftForm
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.wording import rule_messages
from kite.web.wording.order_terms import terms

bp = SurfaceBlueprint("publishing", __name__, Surface.OPERATOR, url_prefix="/operator")
bp.before_request(accounts.only_operators)


@bp.get("/")
def home() -> str:
    """Show the figures of the last 30 days, and list the published baskets."""
    overview = dashboard.overview()
    return render_template(
        "operator/baskets_home.html", overview=overview, chart_words=dashboard.describe_chart(overview.chart)
    )


@bp.get("/baskets.csv")
def as_csv() -> Response:
    """Give the list as a file."""
    answer = Response(dashboard.overview_csv(dashboard.overview()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="baskets-{services().now():%Y-%m-%d}.csv"'
    return answer


@bp.post("/baskets/new")
def new() -> str | Response:
    """Publish a basket with the composer's orders, which travel in the form.

    Nothing is stored before everything in it is right.
    """
    items, form = _posted_items(), DraftForm(request.form)
    draft = _posted_draft(form, items)
    if draft is None:
        return draft_page(items, form)
    try:
        basket = offers.publish(services(), draft, accounts.operator_name())
    except DraftRefused as refused:
        return draft_page(items, form, form.add_problems(refused.faults))
    return redirect(url_for("publishing.show", published_id=basket.id), 303)


@bp.get("/baskets/<published_id>")
def show(published_id: str) -> str:
    """Show a basket: whether it is offered, its versions, its links, and how to pass it on."""
    return _basket_page(*_load_basket(published_id))


@bp.get("/baskets/<published_id>/edit")
def edit(published_id: str) -> str:
    """Show the form of the next version."""
    basket, version = _load_basket(published_id)
    return draft_page(
        version.items,
        DraftForm(draft_form.form_data(basket, version)),
        basket=basket,
        weights=json.loads(version.weights or "[]"),
    )


@bp.post("/baskets/<published_id>/edit")
def change(published_id: str) -> str | Response:
    """Make the next version."""
    basket, _ = _load_basket(published_id)
    items, form = _posted_items(), DraftForm(request.form)
    form["slug"].data = basket.slug  # people have the address already, so it stays
    draft = _posted_draft(form, items)
    if draft is None:
        return draft_page(items, form, basket=basket)
    # The version that the operator saw, from the form: of two operators who change the same one,
    # the second must not replace the first one's work without having seen it.
    expected = Published(
        basket.id,
        basket.slug,
        request.form.get("version", basket.version, int),
        basket.paused_at,
        basket.created_at,
    )
    try:
        offers.change(services(), expected, draft, accounts.operator_name())
    except DraftRefused as refused:
        return draft_page(items, form, form.add_problems(refused.faults), basket=basket)
    except ChangedMeanwhile:
        words = gettext(
            "Somebody else changed this basket meanwhile. What you wrote stands here, and nothing was kept."
            " Send it again to put it above theirs."
        )
        return draft_page(items, form, [words], basket=basket)
    return redirect(url_for("publishing.show", published_id=basket.id), 303)


@bp.get("/baskets/<published_id>/duplicate")
def duplicate(published_id: str) -> str:
    """Show the form of a new basket that begins as a copy of this one."""
    basket, version = _load_basket(published_id)
    data = draft_form.form_data(basket, version, f"{basket.slug[:58]}-copy")
    return draft_page(version.items, DraftForm(data), weights=json.loads(version.weights or "[]"))


@bp.post("/baskets/<published_id>/<any(pause, go_on):act>")
def pause(published_id: str, act: str) -> Response:
    """Stop offering a basket, or offer it again."""
    basket, _ = _load_basket(published_id)
    if act == "pause":
        offers.pause(services(), basket)
    else:
        offers.go_on(services(), basket)
    return redirect(url_for("publishing.show", published_id=published_id), 303)


@bp.post("/baskets/<published_id>/links")
def make_link(published_id: str) -> str | Response:
    """Make a signed link."""
    basket, version = _load_basket(published_id)
    try:
        sharing.make_link(services(), basket, accounts.operator_name(), **basket_links.posted_link())
    except LinkRefused as refused:
        return _basket_page(basket, version, gettext(str(refused)))
    return redirect(url_for("publishing.show", published_id=published_id, _anchor="links"), 303)


@bp.post("/baskets/<published_id>/links/revoke")
def revoke_link(published_id: str) -> Response:
    """Revoke a link: nobody can press through it from now on."""
    basket, _ = _load_basket(published_id)
    sharing.revoke_link(services(), basket, request.form.get("link", ""))
    return redirect(url_for("publishing.show", published_id=published_id, _anchor="links"), 303)


def draft_page(
    items: Sequence[Item],
    form: DraftForm,
    problems: Sequence[str] = (),
    basket: Published | None = None,
    weights: Sequence[str] = (),
) -> str:
    """Return the page with the form of a draft.

    What was typed stays; the orders travel in it as JSON.
    """
    if "data" in request.form:  # the form itself was posted
        locked_numbers = request.form.getlist("locked")
        locks = [str(number) in locked_numbers for number in range(len(items))]
        weight_texts = _posted_weights(items)
    else:
        locks = [item.readonly for item in items]
        weight_texts = [*weights, *[""] * (len(items) - len(weights))]
    lines = [
        (number, item, terms(item), locks[number], weight_texts[number]) for number, item in enumerate(items)
    ]
    return render_template(
        "operator/baskets_edit.html",
        form=form,
        lines=lines,
        data=to_data(items),
        problems=problems,
        basket=basket,
    )


def draft_page_for_composer(items: Sequence[Item], published_id: str = "") -> str:
    """Return the page that publishes the composer's orders, as a new basket or as the next version
    of one.
    """
    # The request carries the composer's form, which must not be read as a posted draft.
    if not published_id:
        return draft_page(items, DraftForm({}))
    basket, version = _load_basket(published_id)
    return draft_page(items, DraftForm(draft_form.form_data(basket, version)), basket=basket)


def _basket_page(basket: Published, version: Version, error: str = "") -> str:
    with services().store.reading() as conn:
        versions = published.versions(conn, basket.id)
        links_of_basket = links.of(conn, basket.id)
        tallies = presses.of_basket(conn, basket.id)
        sources = presses.sources_of_basket(conn, basket.id)
    offer = offers.judge(services(), basket, version)
    wrong = [
        (item, [rule_messages.sentence(problem) for problem in problems])
        for item, problems in zip(version.items, offer.problems, strict=True)
        if problems
    ]
    url = sharing.address(services(), basket.slug)
    return render_template(
        "operator/baskets_show.html",
        row=dashboard.lifetime_row(offer, tallies),
        sources=dashboard.attribution_rows(sources, {link.id: link.reference for link in links_of_basket}),
        basket=basket,
        version=version,
        versions=versions,
        links=[basket_links.link_row(link, basket) for link in links_of_basket],
        wrong=wrong,
        url=url,
        snippet=_button_snippet(basket, version),
        data=version.data,
        error=error,
        typed={name: typable(text) for name, text in request.form.items()} if error else {},
    )


def _button_snippet(basket: Published, version: Version) -> str:
    """Return the HTML that shows the button of a basket on somebody's page."""
    script = f'<script src="{services().settings.public_url}/embed.js" async></script>'
    link = f'<a href="{sharing.address(services(), basket.slug)}">{escape(version.title)}</a>'
    return f'{script}\n<kite-button data-basket="{basket.slug}">{link}</kite-button>'


def _load_basket(published_id: str) -> tuple[Published, Version]:
    with services().store.reading() as conn:
        return published.get(conn, published_id) or abort(404)


def _posted_items() -> list[Item]:
    """Return the orders that travel in the form.

    Our own page wrote them. Texts that it would not write are refused without a sentence at a
    field.
    """
    try:
        return from_data(request.form.get("data", ""))
    except BasketError:
        abort(400)


def _posted_draft(form: DraftForm, items: Sequence[Item]) -> Draft | None:
    """Return the draft that was posted; None when something is wrong, which its field then says."""
    return form.draft(items, request.form.getlist("locked"), _posted_weights(items))


def _posted_weights(items: Sequence[Item]) -> list[str]:
    return [typable(request.form.get(f"weight-{number}", "")) for number in range(len(items))]
