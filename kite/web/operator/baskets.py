"""The operator's baskets: publish from the composer, change, pause, duplicate, link; and what came of
each.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import escape
from werkzeug.wrappers import Response

from kite.basket.items import Item, from_data, to_data
from kite.basket.numbers import Unreadable, whole_number
from kite.exceptions import BasketError
from kite.publishing import offers, sharing
from kite.publishing.drafts import DraftRefused
from kite.publishing.offers import ChangedMeanwhile
from kite.publishing.sharing import LinkRefused
from kite.store.publishing import links, presses, published
from kite.store.publishing.published import Published, Version
from kite.texts import typable
from kite.vocabulary import IST, N_
from kite.web.operator import accounts, dashboard, draft_form
from kite.web.operator.draft_form import DraftForm
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.wording import rule_messages
from kite.web.wording.order_terms import terms

bp = SurfaceBlueprint("publishing", __name__, Surface.OPERATOR, url_prefix="/operator")
bp.before_request(accounts.only_operators)

WORTHS = {
    sharing.LinkStatus.GOOD: N_("works"),
    sharing.LinkStatus.REVOKED: N_("revoked"),
    sharing.LinkStatus.OVER: N_("over"),
    sharing.LinkStatus.USED_UP: N_("used up"),
    sharing.LinkStatus.TAMPERED: N_("not whole"),
}

MEANWHILE = N_(
    "Somebody else changed this basket meanwhile. Nothing was kept; what you wrote stands here. Send it again"
    " to put it above theirs."
)


@bp.get("/")
def home() -> str:
    """Show what came of the last 30 days, and list the published baskets."""
    overview = dashboard.overview()
    return render_template(
        "operator/baskets_home.html", overview=overview, chart_words=dashboard.described(overview.chart)
    )


@bp.get("/baskets.csv")
def as_csv() -> Response:
    """Give the list as a file."""
    answer = Response(dashboard.as_csv(dashboard.overview()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="baskets-{services().now():%Y-%m-%d}.csv"'
    return answer


@bp.post("/baskets/new")
def new() -> str | Response:
    """Publish a basket: the composer's orders come along in the form, and nothing is kept before all of it is
    right.
    """
    items, form = _items(), DraftForm()
    draft = form.draft(items, request.form.getlist("locked"), _weights(items)) if form.validate() else None
    if draft is None:
        return ask(items, form)
    try:
        basket = offers.publish(services(), draft, accounts.operator_name())
    except DraftRefused as refused:
        return ask(items, form, form.tell(refused.faults))
    return redirect(url_for("publishing.show", published_id=basket.id), 303)


@bp.get("/baskets/<published_id>")
def show(published_id: str) -> str:
    """Show a basket: whether it is offered, its versions, its links, and how to pass it on."""
    return _basket_page(*_find(published_id))


@bp.get("/baskets/<published_id>/edit")
def edit(published_id: str) -> str:
    """Show the form of the next version."""
    basket, version = _find(published_id)
    return ask(
        version.items,
        DraftForm(data=draft_form.filled(basket, version)),
        basket=basket,
        weights=json.loads(version.weights or "[]"),
    )


@bp.post("/baskets/<published_id>/edit")
def change(published_id: str) -> str | Response:
    """Make the next version."""
    basket, _ = _find(published_id)
    items, form = _items(), DraftForm()
    form.slug.data = basket.slug  # an address that was given away leads to the same basket for good
    draft = form.draft(items, request.form.getlist("locked"), _weights(items)) if form.validate() else None
    if draft is None:
        return ask(items, form, basket=basket)
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
        return ask(items, form, form.tell(refused.faults), basket=basket)
    except ChangedMeanwhile:
        words = gettext(
            "Somebody else changed this basket meanwhile. What you wrote stands here, and nothing was kept."
            " Send it again to put it above theirs."
        )
        return ask(items, form, [words], basket=basket)
    return redirect(url_for("publishing.show", published_id=basket.id), 303)


@bp.get("/baskets/<published_id>/duplicate")
def duplicate(published_id: str) -> str:
    """Show the form of a new basket that begins as a copy of this one."""
    basket, version = _find(published_id)
    data = draft_form.filled(basket, version, f"{basket.slug[:58]}-copy")
    return ask(version.items, DraftForm(data=data), weights=json.loads(version.weights or "[]"))


@bp.post("/baskets/<published_id>/<any(pause, go_on):act>")
def pause(published_id: str, act: str) -> Response:
    """Stop offering a basket, or offer it again."""
    basket, _ = _find(published_id)
    (offers.pause if act == "pause" else offers.go_on)(services(), basket)
    return redirect(url_for("publishing.show", published_id=published_id), 303)


@bp.post("/baskets/<published_id>/links")
def make_link(published_id: str) -> str | Response:
    """Make a signed link."""
    basket, version = _find(published_id)
    try:
        sharing.make_link(services(), basket, accounts.operator_name(), **_link_fields())
    except LinkRefused as refused:
        return _basket_page(basket, version, gettext(str(refused)))
    return redirect(url_for("publishing.show", published_id=published_id, _anchor="links"), 303)


@bp.post("/baskets/<published_id>/links/revoke")
def revoke_link(published_id: str) -> Response:
    """Make a link worthless."""
    basket, _ = _find(published_id)
    sharing.revoke_link(services(), basket, request.form.get("link", ""))
    return redirect(url_for("publishing.show", published_id=published_id, _anchor="links"), 303)


def ask(
    items: Sequence[Item],
    form: DraftForm,
    problems: Sequence[str] = (),
    basket: Published | None = None,
    weights: Sequence[str] = (),
) -> str:
    """Render the form. What is typed stays; the orders travel along as JSON."""
    typed_form = request.form if "data" in request.form else None
    locked = [
        str(number) in typed_form.getlist("locked") if typed_form else item.readonly
        for number, item in enumerate(items)
    ]
    shares = _weights(items) if typed_form else list(weights) + [""] * (len(items) - len(weights))
    lines = [(number, item, terms(item), locked[number], shares[number]) for number, item in enumerate(items)]
    return render_template(
        "operator/baskets_edit.html",
        form=form,
        lines=lines,
        data=to_data(items),
        problems=problems,
        basket=basket,
    )


def ask_for(items: Sequence[Item], published_id: str = "") -> str:
    """Render the form for the orders of the composer: an empty one, or that of a basket whose orders they
    become.
    """
    if not published_id:
        return ask(items, DraftForm(formdata=None))
    basket, version = _find(published_id)
    return ask(items, DraftForm(formdata=None, data=draft_form.filled(basket, version)), basket=basket)


def _basket_page(basket: Published, version: Version, error: str = "") -> str:
    with services().store.reading() as conn:
        versions = published.versions(conn, basket.id)
        known = links.of(conn, basket.id)
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
        row=dashboard.of_basket(offer, tallies),
        sources=dashboard.came_by(sources, {link.id: link.reference for link in known}),
        basket=basket,
        version=version,
        versions=versions,
        links=[_link(link, basket) for link in known],
        wrong=wrong,
        url=url,
        snippet=_snippet(basket, version),
        data=version.data,
        error=error,
        typed={name: typable(text) for name, text in request.form.items()} if error else {},
    )


def _snippet(basket: Published, version: Version) -> str:
    """Return the button of a basket, as it stands in somebody's page."""
    script = f'<script src="{services().settings.public_url}/embed.js" async></script>'
    link = f'<a href="{sharing.address(services(), basket.slug)}">{escape(version.title)}</a>'
    return f'{script}\n<kite-button data-basket="{basket.slug}">{link}</kite-button>'


def _link(link: links.Link, basket: Published) -> dict[str, Any]:
    return {
        "link": link,
        "url": sharing.address(services(), basket.slug, sharing.sign_link(services(), link)),
        "works": sharing.link_status(services(), link) is sharing.LinkStatus.GOOD,
        "worth": gettext(WORTHS[sharing.link_status(services(), link)]),
        "campaign": json.loads(link.campaign),
    }


def _link_fields() -> dict[str, Any]:
    """Read the form of a link. Raises LinkRefused for what cannot be read."""
    uses, ends = request.form.get("most_uses", "").strip(), request.form.get("ends_at", "").strip()
    try:
        most = whole_number(uses) if uses else None
        ends_at = datetime.strptime(ends[:16], draft_form.TIME).replace(tzinfo=IST) if ends else None
    except (Unreadable, ValueError):
        raise LinkRefused(
            N_("Enter a number of uses and a time, like 2026-11-27T15:30, or leave them empty.")
        ) from None
    pairs = (
        line.partition("=")
        for line in typable(request.form.get("campaign", "").replace("\n", "&")).split("&")
    )
    campaign = {name.strip(): text.strip() for name, _, text in pairs if name.strip()}
    return {
        "reference": typable(request.form.get("reference", "")).strip(),
        "campaign": campaign,
        "most_uses": most,
        "ends_at": ends_at,
    }


def _find(published_id: str) -> tuple[Published, Version]:
    with services().store.reading() as conn:
        return published.get(conn, published_id) or abort(404)


def _items() -> list[Item]:
    """Return the orders that travel in the form. They came from our own page; anything else is refused."""
    try:
        return from_data(request.form.get("data", ""))
    except BasketError:
        abort(400)


def _weights(items: Sequence[Item]) -> list[str]:
    return [typable(request.form.get(f"weight-{number}", "")) for number in range(len(items))]
