"""The page of a published basket: it explains the basket and starts it with one button.

Until the press nothing here reads a cookie, so the page is the same for everybody and may be
cached.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from kite.basket.items import Item
from kite.offsite.journey import handoff
from kite.publishing import pressing, sharing
from kite.publishing.offers import Offer, OfferStatus
from kite.publishing.press_origins import NotOffered
from kite.publishing.pressing import LinkUsedUp
from kite.publishing.sharing import LinkStatus
from kite.store.flow.executions import Execution
from kite.texts import typable
from kite.vocabulary import N_, TransactionType
from kite.web.integrations import press_tokens, published_amounts
from kite.web.integrations.arrivals import Arrival, read_arrival
from kite.web.integrations.offer_lines import offer_lines
from kite.web.integrations.press_tokens import PressToken
from kite.web.site.context import services
from kite.web.site.rate_limits import TooManyHandOffs, count_hand_off, refusal_sentence
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_for_opening

bp = SurfaceBlueprint("published", __name__, Surface.PUBLIC, keeps_opener=True)
# The page is one for everybody, and yet may stand in a window that another site's button opened.

WORK_OUT = "work_out"
"""The action of the button that works quantities out for the typed amount."""

LONGEST_AMOUNT = 40

OFFER_OBSTACLES = {
    OfferStatus.EXPIRED: N_("This basket is no longer offered. It was valid to %(until)s IST."),
    OfferStatus.PAUSED: N_("This basket is paused by its author. Nothing can be sent from here now."),
    OfferStatus.NOT_YET: N_("This basket is offered from %(since)s IST on."),
}
LINK_OBSTACLES = {
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
PAGE_TOO_OLD = N_("This page is out of date. Prices are new now. This press sent nothing.")


@bp.get("/b/<slug>")
def show(slug: str) -> str | Response:
    """Explain the basket."""
    arrival = _read_arrival(slug, request.args)
    return _basket_page(arrival, request.args.get("amount", ""), status=_status_code(arrival))


@bp.post("/b/<slug>/handoff")
# The page looks at no cookie, and so has no visit's token: its form carries a signed, dated one of
# its own.
@route_policy(Surface.EMBEDDED, csrf=Csrf.PAGE_TOKEN, indexed=True, limit=RouteLimit.HAND_OFFS)
def start(slug: str) -> BaseResponse | str:
    """Record an execution and lead to the page that sends it to Kite. The visit begins here.

    The button beside the amount only shows the quantities for it.
    """
    if request.form.get("action") == WORK_OUT:
        # The amount goes into an address, so the page with its quantities can be loaded again and
        # passed on.
        query = {
            "amount": typable(request.form.get("amount", ""))[:LONGEST_AMOUNT],
            **_carried_fields(_read_arrival(slug, request.form)),
        }
        return redirect(f"{url_for('published.show', slug=slug)}?{urlencode(query)}", 303)
    token = press_tokens.read_token(services(), slug, request.form.get("token", ""))
    amount = request.form.get("amount", "")
    if token is None or token.is_old(services().now()):
        return _basket_page(_read_arrival(slug, request.form), amount, gettext(PAGE_TOO_OLD), 400)
    visit = visit_for_opening(services(), request.form.get(press_tokens.OPENING, ""))
    with services().store.reading() as conn:
        arrival = read_arrival(conn, slug, request.form)
        details = arrival.press_details
        payload = (slug, amount.strip(), arrival.signed_link, details.origin, details.return_to)
        key = press_tokens.press_key(visit, token, details.handle, *payload)
        # A press that is posted again leads to what the first recorded, even when the offer has ended
        # meanwhile.
        posted = handoff.load_posted(conn, [key])
    prepared = posted or _record_press(token, arrival, amount, visit, key)
    if isinstance(prepared, Response):
        return prepared
    return redirect(url_for("handoff.show", execution_id=prepared[0].id), 303)


def _record_press(
    token: PressToken, arrival: Arrival, amount: str, visit: str, key: str
) -> list[Execution] | Response:
    """Record a press, or return the page that says why not."""
    if token.version != arrival.offer.version.number:
        return _basket_page(arrival, amount, gettext(CHANGED), 409)
    scaled, error = published_amounts.scale_to_amount(arrival.offer, amount)
    if error or not arrival.offer.works or arrival.link_status is not LinkStatus.GOOD or not scaled.items:
        return _basket_page(arrival, amount, status=409)
    # A price may have moved since the page was shown. Then the same amount buys other quantities,
    # which the person has not seen yet.
    if press_tokens.orders_digest(scaled.items) != token.digest:
        return _basket_page(
            arrival, amount, gettext(RECALCULATED, amount=published_amounts.amount_text(scaled.amount)), 409
        )
    try:
        count_hand_off()
        return pressing.press(services(), arrival.offer, scaled.items, visit, arrival.press_details, key)
    except TooManyHandOffs as refused:
        answer = _basket_page(arrival, amount, refusal_sentence(refused), 429)
        answer.headers["Retry-After"] = str(refused.again_in)
        return answer
    except (NotOffered, LinkUsedUp):  # paused, changed or used up since it was read above
        return _basket_page(
            _read_arrival(arrival.offer.basket.slug, request.form), amount, gettext(CHANGED), 409
        )


@bp.get("/b/<slug>/qr.svg")
@route_policy(cache_control="public, max-age=3600")
def qr(slug: str) -> Response:
    """Draw the address that the page shares as a QR code."""
    link = _read_arrival(slug, request.args).shareable_link
    answer = Response(sharing.qr_code(sharing.address(services(), slug, link)), mimetype="image/svg+xml")
    if link:  # the picture holds a link, which is for those who were given it and may be revoked
        answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _read_arrival(slug: str, fields: Mapping[str, str]) -> Arrival:
    with services().store.reading() as conn:
        return read_arrival(conn, slug, fields)


def _status_code(arrival: Arrival) -> int:
    if arrival.link_status is LinkStatus.TAMPERED:
        return 404
    if arrival.link_status is not LinkStatus.GOOD or arrival.offer.status is OfferStatus.EXPIRED:
        return 410
    return 200


def _basket_page(arrival: Arrival, amount: str, note: str = "", status: int = 200) -> Response:
    offer, version = arrival.offer, arrival.offer.version
    scaled, error = published_amounts.scale_to_amount(offer, amount)
    lines = offer_lines(offer, scaled)
    bad_link = arrival.link_status is not LinkStatus.GOOD
    obstacle = _offer_obstacle(offer)
    if bad_link:
        obstacle = gettext(LINK_OBSTACLES[arrival.link_status])
    shown_amount = published_amounts.amount_text(scaled.amount)
    if error:  # what was typed stays in the field, to be corrected
        shown_amount = typable(amount)
    url = sharing.address(services(), offer.basket.slug, arrival.shareable_link)
    ready = not obstacle and offer.works and bool(scaled.items) and not error
    page = render_template(
        "integrations/basket_page.html",
        offer=offer,
        version=version,
        lines=lines,
        scaled=scaled,
        amount=shown_amount,
        presets=published_amounts.preset_amounts(offer),
        error=error,
        left_out=published_amounts.left_out_sentence(scaled),
        notice=note,
        refusal=obstacle,
        bad_link=bad_link,
        plain_url=sharing.address(services(), offer.basket.slug),
        ready=ready,
        button=_button_label(scaled.items),
        count=len(lines),
        token=press_tokens.sign_token(services(), offer, scaled.items),
        address_fields=_carried_fields(arrival),
        qr_url=url_for("published.qr", slug=offer.basket.slug, l=arrival.shareable_link or None),
        url=url,
        share=_share_links(version.title, url),
    )
    return make_response(page, status)


def _offer_obstacle(offer: Offer) -> str:
    if offer.status is OfferStatus.LIVE:
        return ""
    until, since = offer.version.valid_until, offer.version.valid_from
    return str(gettext(OFFER_OBSTACLES[offer.status], until=_time_text(until), since=_time_text(since)))


def _time_text(moment: datetime | None) -> str:
    if moment is None:
        return "–"
    return moment.strftime("%-d %b %Y, %H:%M")


def _button_label(items: Sequence[Item]) -> str:
    """Return the label of the button: what it does, and how many orders it sends."""
    sides = {item.transaction_type for item in items}
    if sides == {TransactionType.BUY}:
        return str(gettext("Buy %(num)s in Kite", num=len(items)))
    if sides == {TransactionType.SELL}:
        return str(gettext("Sell %(num)s in Kite", num=len(items)))
    return str(gettext("Review %(num)s in Kite", num=len(items)))


def _carried_fields(arrival: Arrival) -> dict[str, str]:
    """Return the fields that the form passes on: how somebody came here, and who waits for the
    ending.
    """
    fields = {
        "l": arrival.signed_link,
        "origin": arrival.press_details.origin,
        "handle": arrival.press_details.handle,
        "return_to": arrival.press_details.return_to,
    }
    return {name: text for name, text in fields.items() if text}


def _share_links(title: str, url: str) -> dict[str, Any]:
    return {
        "whatsapp": f"https://wa.me/?text={quote(f'{title} {url}')}",
        "telegram": f"https://t.me/share/url?{urlencode({'url': url, 'text': title})}",
    }
