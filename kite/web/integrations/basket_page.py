"""A published basket as a page: it explains the basket and starts it with one button.

Nothing here knows a cookie before the press.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from kite.basket.items import Item
from kite.offsite.journey import handoff
from kite.publishing import offers, permissions, pressing, sharing
from kite.publishing.drafts import SLUG
from kite.publishing.offers import Offer, OfferStatus
from kite.publishing.press_origins import NotOffered
from kite.publishing.pressing import LinkUsedUp, PressDetails
from kite.publishing.sharing import LinkStatus
from kite.store.flow.executions import Execution
from kite.store.people.allowed_sites import RETURN_TO
from kite.store.publishing.links import Link
from kite.texts import typable
from kite.vocabulary import N_, TransactionType
from kite.web.integrations import press_tokens, published_amounts
from kite.web.integrations.offer_lines import offer_lines
from kite.web.integrations.press_tokens import PressToken
from kite.web.site.context import services
from kite.web.site.rate_limits import TooManyHandOffs, count_hand_off, sentence_of
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_of_opening

bp = SurfaceBlueprint("published", __name__, Surface.PUBLIC, keeps_opener=True)
# The page is one for everybody, and yet may stand in a window that another site's button opened.

WORK_OUT = "work_out"
"""The action of the button that works quantities out for the typed amount."""

LONGEST_HANDLE = 100
LONGEST_AMOUNT = 40

STANDINGS = {
    OfferStatus.EXPIRED: N_("This basket is no longer offered. It was valid to %(until)s IST."),
    OfferStatus.PAUSED: N_("This basket is paused by its author. Nothing can be sent from here now."),
    OfferStatus.NOT_YET: N_("This basket is offered from %(since)s IST on."),
}
WORTHS = {
    LinkStatus.TAMPERED: N_(
        "This link is not whole: part of it was lost or changed on its way. Ask for it again, or open the"
        " basket itself."
    ),
    LinkStatus.REVOKED: N_(
        "This link was taken back by who gave it. The basket itself may still be offered."
    ),
    LinkStatus.OVER: N_("This link is over. The basket itself may still be offered."),
    LinkStatus.USED_UP: N_(
        "This link was used as often as it may be. The basket itself may still be offered."
    ),
}
CHANGED = N_(
    "The basket was changed while you looked at it. This is the new version. This press sent nothing."
)
RECALCULATED = N_(
    "These are the quantities for %(amount)s. They are not those that you saw. Check them, and press again."
)
OLD = N_("This page is out of date. Prices are new now. This press sent nothing.")


@dataclass(frozen=True)
class Arrival:
    """How somebody came here: by which link, if by one, and who wants to hear the ending."""

    offer: Offer
    link: Link | None
    worth: LinkStatus
    wish: PressDetails
    signed: str = ""

    @property
    def shared(self) -> str:
        """The link that the page passes on, "" for the basket's own address: where there is no link, or one
        person has it.
        """
        return (
            self.signed
            if self.link and self.worth is LinkStatus.GOOD and not sharing.is_personal(self.link)
            else ""
        )


@bp.get("/b/<slug>")
def show(slug: str) -> str | Response:
    """Explain the basket."""
    arrival = _arrived(slug, request.args)
    return _page(arrival, request.args.get("amount", ""), status=_status(arrival))


@bp.post("/b/<slug>/handoff")
# The page looks at no cookie, and so has no visit's token: its form carries a signed, dated one of its own.
@route_policy(Surface.EMBEDDED, csrf=Csrf.PAGE_TOKEN, indexed=True, limit=RouteLimit.HAND_OFFS)
def start(slug: str) -> BaseResponse | str:
    """Start it: record an execution and lead to the page that sends it to Kite. The visit begins here.

    The button beside the amount works quantities out, and starts nothing.
    """
    if request.form.get("action") == WORK_OUT:
        query = {
            "amount": typable(request.form.get("amount", ""))[:LONGEST_AMOUNT],
            **_carried(_arrived(slug, request.form)),
        }
        return redirect(f"{url_for('published.show', slug=slug)}?{urlencode(query)}", 303)
    token = press_tokens.read(services(), slug, request.form.get("token", ""))
    arrival = _arrived(slug, request.form)
    amount = request.form.get("amount", "")
    if token is None or token.is_old(services().now()):
        return _page(arrival, amount, gettext(OLD), 400)
    visit = visit_of_opening(services(), request.form.get(press_tokens.OPENING, ""))
    wish = arrival.wish
    sent = (slug, amount.strip(), arrival.signed, wish.origin, wish.return_to)
    key = press_tokens.key(visit, token, wish.handle, *sent)
    prepared = handoff.basket_posted_with(services(), [key]) or _press(token, arrival, amount, visit, key)
    return (
        prepared
        if isinstance(prepared, Response)
        else redirect(url_for("handoff.show", execution_id=prepared[0].id), 303)
    )


def _press(
    token: PressToken, arrival: Arrival, amount: str, visit: str, key: str
) -> list[Execution] | Response:
    """Record a press, or return the page that says why not."""
    if token.version != arrival.offer.version.number:
        return _page(arrival, amount, gettext(CHANGED), 409)
    scaled, error = published_amounts.worked_out(arrival.offer, amount)
    if error or not arrival.offer.works or arrival.worth is not LinkStatus.GOOD or not scaled.items:
        return _page(arrival, amount, status=409)
    if press_tokens.figures(scaled.items) != token.figures:
        return _page(
            arrival, amount, gettext(RECALCULATED, amount=published_amounts.plain(scaled.amount)), 409
        )
    try:
        count_hand_off()
        return pressing.press(services(), arrival.offer, scaled.items, visit, arrival.wish, key)
    except TooManyHandOffs as refused:
        answer = _page(arrival, amount, sentence_of(refused), 429)
        answer.headers["Retry-After"] = str(refused.again_in)
        return answer
    except (NotOffered, LinkUsedUp):
        return _page(_arrived(arrival.offer.basket.slug, request.form), amount, gettext(CHANGED), 409)


@bp.get("/b/<slug>/qr.svg")
@route_policy(cache_control="public, max-age=3600")
def qr(slug: str) -> Response:
    """Draw the address that the page shares as a QR code."""
    link = _arrived(slug, request.args).shared
    answer = Response(sharing.qr_code(sharing.address(services(), slug, link)), mimetype="image/svg+xml")
    if link:  # the code of a link is for whoever has the link
        answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _arrived(slug: str, fields: Mapping[str, str]) -> Arrival:
    """Find the basket, the link, and who wants to hear the ending.

    Anything that is not allowed is as if it was not there.
    """
    offer = offers.current_offer(services(), slug) if SLUG.fullmatch(slug) else None
    if offer is None:
        abort(404)
    text = fields.get("l", "")
    link, worth = sharing.judge_link(services(), offer.basket, text) if text else (None, LinkStatus.GOOD)
    return_to = fields.get("return_to", "")
    origin, handle = fields.get("origin", ""), fields.get("handle", "")
    wish = PressDetails(
        link_id=link.id if link else "",
        reference=link.reference if link else "",
        campaign=link.campaign if link else "",
        origin=_origin(origin),
        handle=handle if len(handle) <= LONGEST_HANDLE else "",
        return_to=return_to if permissions.is_permitted(services(), RETURN_TO, return_to) else "",
    )
    return Arrival(offer, link, worth, wish, text)


def _origin(text: str) -> str:
    """Return `text` when it is the origin of a page that may hear an ending, "" otherwise."""
    try:
        return permissions.read_origin(text) if text else ""
    except permissions.NotPermitted:
        return ""


def _status(arrival: Arrival) -> int:
    if arrival.worth is not LinkStatus.GOOD:
        return 404 if arrival.worth is LinkStatus.TAMPERED else 410
    return 410 if arrival.offer.status is OfferStatus.EXPIRED else 200


def _page(arrival: Arrival, amount: str, note: str = "", status: int = 200) -> Response:
    offer, version = arrival.offer, arrival.offer.version
    scaled, error = published_amounts.worked_out(offer, amount)
    lines = offer_lines(offer, scaled)
    obstacle = gettext(WORTHS[arrival.worth]) if arrival.worth is not LinkStatus.GOOD else _standing(offer)
    url = sharing.address(services(), offer.basket.slug, arrival.shared)
    ready = not obstacle and offer.works and bool(scaled.items) and not error
    page = render_template(
        "integrations/basket_page.html",
        offer=offer,
        version=version,
        lines=lines,
        scaled=scaled,
        amount=typable(amount) if error else published_amounts.plain(scaled.amount),
        presets=published_amounts.presets(offer),
        error=error,
        left_out=published_amounts.left_out(scaled),
        notice=note,
        refusal=obstacle,
        bad_link=arrival.worth is not LinkStatus.GOOD,
        plain_url=sharing.address(services(), offer.basket.slug),
        ready=ready,
        button=_button(scaled.items),
        count=len(lines),
        token=press_tokens.sign(services(), offer, scaled.items),
        address_fields=_carried(arrival),
        qr_url=url_for("published.qr", slug=offer.basket.slug, l=arrival.shared or None),
        url=url,
        share=_share(version.title, url),
    )
    return make_response(page, status)


def _standing(offer: Offer) -> str:
    if offer.status is OfferStatus.LIVE:
        return ""
    until, since = offer.version.valid_until, offer.version.valid_from
    return str(gettext(STANDINGS[offer.status], until=_when(until), since=_when(since)))


def _when(moment: datetime | None) -> str:
    return moment.strftime("%-d %b %Y, %H:%M") if moment else "–"


def _button(items: Sequence[Item]) -> str:
    """Return the words of the button: what it does, and how many orders it sends."""
    sides = {item.transaction_type for item in items}
    if sides == {TransactionType.BUY}:
        return str(gettext("Buy %(num)s in Kite", num=len(items)))
    if sides == {TransactionType.SELL}:
        return str(gettext("Sell %(num)s in Kite", num=len(items)))
    return str(gettext("Review %(num)s in Kite", num=len(items)))


def _carried(arrival: Arrival) -> dict[str, str]:
    """Return what the form carries on of the way that somebody came."""
    carried = {
        "l": arrival.signed,
        "origin": arrival.wish.origin,
        "handle": arrival.wish.handle,
        "return_to": arrival.wish.return_to,
    }
    return {name: text for name, text in carried.items() if text}


def _share(title: str, url: str) -> dict[str, Any]:
    return {
        "whatsapp": f"https://wa.me/?text={quote(f'{title} {url}')}",
        "telegram": f"https://t.me/share/url?{urlencode({'url': url, 'text': title})}",
    }
