"""Buttons on other people's pages: the script that they load, and what follows a press.

A press is a form that another site's page posts here. It brings no cookie, so it records nothing by
itself. Its answer is a page of ours, which posts what the press asked for once more, now with the
visit's cookie.
"""

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from kite.basket.basket_data import to_data
from kite.basket.checking.row_checker import row_problems
from kite.basket.formats.json_orders import orders_of, parse_json
from kite.basket.formats.row_reader import RowReading, read_button, texts_of
from kite.basket.items import Item
from kite.exceptions import BasketError
from kite.instruments.lookup import Lookup
from kite.offsite.base.services import new_id
from kite.offsite.journey import handoff as handing_off
from kite.publishing import offers, permissions, pressing
from kite.publishing.drafts import SLUG
from kite.publishing.offers import Offer, OfferStatus
from kite.publishing.permissions import NotPermitted
from kite.publishing.press_origins import NotOffered
from kite.publishing.pressing import PressDetails
from kite.store.flow.executions import Execution
from kite.vocabulary import N_
from kite.web.composer.order_line import not_used
from kite.web.integrations.embed_script import embed_script
from kite.web.integrations.press_tokens import OPENING, EmbeddedPress
from kite.web.integrations.published_amounts import scale_to_amount
from kite.web.site.context import services
from kite.web.site.rate_limits import count_hand_off
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_for_opening
from kite.web.wording.rule_messages import sentence, short

bp = SurfaceBlueprint("embedding", __name__, Surface.EMBEDDED)

MOST_ITEMS = 50
LONGEST_HANDLE = 100

NOT_LISTED = N_(
    "Buttons on %(site)s may not send orders of their own from here. Who runs this site lists the pages that"
    " may."
)
ORIGIN_HIDDEN = N_(
    "The page with this button does not say which site it is. Its author can change that: a Referrer-Policy"
    " of no-referrer hides it."
)
UNREADABLE = N_("The orders of this button cannot be read. %(reason)s")
NOT_OFFERED_NOW = N_("This basket is not offered any more, or is paused.")


@bp.get("/embed.js")
@route_policy(Surface.PUBLIC, cache_control="public, max-age=3600", takes_returns=False)
def script() -> BaseResponse:
    """Return the script that other sites load. Browsers ask for a new version after an hour."""
    answer = Response(embed_script(), mimetype="text/javascript")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.add_etag()
    return answer.make_conditional(request)


@bp.post("/embed/start")
# Another site's page posts here, without a cookie and without a token. It starts nothing by itself.
@route_policy(csrf=Csrf.NONE, reads_visit=False, from_elsewhere=True)
def start() -> Response | str | tuple[str, int]:
    """Take a press from another site's page: answer with a page that goes on by itself, or says why
    not.
    """
    origin = _posting_origin()
    handle = request.form.get("handle", "")[:LONGEST_HANDLE]
    slug = request.form.get("basket", "")
    if slug:
        return _start_basket(slug, origin, handle)
    return _start_items(origin, handle)


def _start_basket(slug: str, origin: str, handle: str) -> str | tuple[str, int]:
    """Answer a press that names a published basket, which any site may do: its author published
    it.
    """
    offer = _find_offer(slug)
    if offer is None or offer.status is not OfferStatus.LIVE:
        return _refusal_page(gettext(NOT_OFFERED_NOW), 404)
    press = _new_press(origin, handle, slug=slug, amount=request.form.get("amount", "")[:40])
    count = len(_items_to_send(offer, press.amount) or offer.version.items)
    return _forwarding_page(press, offer.version.title, count)


def _start_items(origin: str, handle: str) -> str | tuple[str, int]:
    """Answer a press that brings orders of its page's own, which only listed sites may do."""
    if not origin:
        return _refusal_page(gettext(ORIGIN_HIDDEN), 403)
    if not _may_bring_items(origin):
        return _refusal_page(gettext(NOT_LISTED, site=origin.removeprefix("https://")), 403)
    try:
        readings = _read_inline_orders(request.form.get("items", ""))
    except BasketError as error:
        return _refusal_page(gettext(UNREADABLE, reason=gettext(str(error), **error.params)), 400)
    unused = not_used((reading.texts, unused) for reading in readings for unused in reading.unused)
    press = _new_press(origin, handle, data=to_data(reading.item for reading in readings))
    return _forwarding_page(press, "", len(readings), unused)


def _new_press(
    origin: str, handle: str, *, slug: str = "", data: str = "", amount: str = ""
) -> EmbeddedPress:
    """Return the press of this request, from the page with this origin."""
    page = _posting_page(origin)
    return EmbeddedPress(
        slug, data, origin, handle, amount, page=page, name=new_id(), made_at=services().now()
    )


@bp.post("/embed/handoff")
# The page before this one was made without a look at the cookie: what it posts on is signed in its
# place.
@route_policy(csrf=Csrf.PAGE_TOKEN, limit=RouteLimit.HAND_OFFS)
def handoff() -> BaseResponse | str | tuple[str, int]:
    """Record what a press asked for, for this visit, and go on to the hand-off page.

    The same press posted again leads to the same page.
    """
    press = _read_token(request.form.get("token", "")) or abort(400)
    visit = visit_for_opening(services(), request.form.get(OPENING, ""))
    key = _form_key(press, visit)
    try:
        prepared = handing_off.basket_posted_with(services(), [key]) or _record_press(press, visit, key)
    except NotOffered:
        # Its own page says why it cannot be sent today.
        return redirect(url_for("published.show", slug=press.slug, amount=press.amount or None), 303)
    return redirect(url_for("handoff.show", execution_id=prepared[0].id), 303)


def _form_key(press: EmbeddedPress, visit: str) -> str:
    """Return the key of a press: its visit, the page that waits for it or else ours, and what it
    asks for.
    """
    return handing_off.form_key(
        "embedded", visit, press.handle or press.name, press.slug, press.amount, press.data, press.origin
    )


def _record_press(press: EmbeddedPress, visit: str, key: str) -> list[Execution]:
    """Record a press. Raises NotOffered for a basket that cannot be sent today."""
    details = PressDetails(origin=press.origin, handle=press.handle, return_to=press.page)
    if not press.slug:
        count_hand_off()
        return pressing.press_inline(services(), press.items, visit, details, key)
    # Judged again: up to ten minutes have passed since the press, and the token says only what was
    # asked for.
    offer = _find_offer(press.slug)
    if offer is None or not offer.works:
        raise NotOffered(press.slug)
    items = _items_to_send(offer, press.amount)
    if not items:
        raise NotOffered(press.slug)
    count_hand_off()
    return pressing.press(services(), offer, items, visit, details, key)


def _forwarding_page(press: EmbeddedPress, title: str, count: int, unused: str = "") -> str:
    """Return our page that posts the press once more; `unused` says which fields Kite does not
    use.
    """
    return render_template(
        "integrations/embed_press.html",
        token=services().sealer.sign(press),
        title=title,
        count=count,
        origin=press.origin,
        unused=unused,
    )


def _refusal_page(reason: str, status: int) -> tuple[str, int]:
    return render_template("journey/button_refused.html", reason=reason), status


def _read_token(text: str) -> EmbeddedPress | None:
    """Return the press that our own page posts; None for a token that is not ours, or too old."""
    press = services().sealer.verify(EmbeddedPress, text)
    if press is None or press.is_old(services().now()):
        return None
    return press


def _posting_origin() -> str:
    """Return the origin of the page that posted, "" when it hides it.

    It is read from a header that only the browser writes; a field of the form could claim any site.
    """
    try:
        return permissions.read_origin(request.headers.get("Origin", ""))
    except NotPermitted:
        return ""


def _posting_page(origin: str) -> str:
    """Return the address that the page says it has, when it is one of its own site; ""
    otherwise.
    """
    page = request.form.get("page", "")
    try:
        # The receipt links there, so a page may not name another site's address.
        if not origin or permissions.origin_of(page) != origin:
            return ""
        return permissions.read_return_address(page)
    except NotPermitted:
        return ""


def _may_bring_items(origin: str) -> bool:
    with services().store.reading() as conn:
        return permissions.may_bring_items(services(), conn, origin)


def _find_offer(slug: str) -> Offer | None:
    if not SLUG.fullmatch(slug):
        return None
    return offers.current_offer(services(), slug)


def _items_to_send(offer: Offer, amount: str) -> tuple[Item, ...]:
    """Return the items with the quantities that are sent: the author's, or those for the button's
    amount.

    There are none for an amount that cannot be used: the basket's own page says so, and asks for
    another.
    """
    scaled, error = scale_to_amount(offer, amount)
    if error:
        return ()
    return scaled.items


def _read_inline_orders(data: str) -> list[RowReading]:
    """Read and check the orders that a page brings. Raises BasketError with the first problem."""
    orders = orders_of(parse_json(data))
    if len(orders) > MOST_ITEMS:
        raise BasketError(N_("A button has at most %(most)s orders."), most=str(MOST_ITEMS))
    readings = [read_button(texts_of(order)) for order in orders]
    lookup = Lookup(services().catalogue)
    lookup.read((reading.item.exchange, reading.item.tradingsymbol) for reading in readings)
    for number, reading in enumerate(readings, 1):
        for problem in row_problems(reading, lookup, services().now()):
            symbol = short(reading.texts.get("tradingsymbol", ""))
            raise BasketError(
                N_("Order %(number)s, %(symbol)s: %(error)s"),
                number=str(number),
                symbol=symbol,
                error=sentence(problem),
            )
    return readings
