"""The login page and the basket page of kite.zerodha.com, as plain forms."""

import json
from dataclasses import replace

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from kite.simulator.account.order_book import order_list
from kite.simulator.core import faults, sessions
from kite.simulator.core.addresses import LONGEST_PARAMS, comes_from, return_address, target_of
from kite.simulator.core.context import services
from kite.simulator.core.items import Item, UnreadableBasket, read_items
from kite.simulator.core.responses import failure
from kite.simulator.core.scripted_symbols import DROPPED, SCRIPTS
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface, route_policy
from kite.simulator.core.switches import STRICT_REFERER, is_on
from kite.simulator.exchange.refusals import refusal_for_cause
from kite.simulator.orders.place import Placement, place_order, refused_without_order
from kite.simulator.pages import baskets
from kite.simulator.pages.basket_edits import EditedLine, apply_form, unedited
from kite.simulator.pages.basket_view import basket_page, instrument_of
from kite.simulator.pages.baskets import BasketLine, WaitingBasket, WayBack
from kite.simulator.pages.login import chosen_client, login_page, web_user, with_cookie
from kite.simulator.pages.send_back import BASKET, LOGIN, leave
from kite.texts import typable

bp = KiteBlueprint("pages", __name__, KiteSurface.PAGES)

POPUP = "popup"


@bp.get("/")
def home() -> str:
    """Explain what the simulator is, to a person who opens its bare address."""
    return render_template("simulator/home.html", settings=services().settings, scripts=SCRIPTS)


@bp.get("/connect/login")
def login() -> AnyResponse:
    """Show the page for login and consent."""
    if request.args.get("api_key") != services().settings.api_key:
        return failure(400, "InputException", "Invalid `api_key`.")
    redirect_params = _redirect_params(request.args.get("redirect_params", ""))
    return login_page(
        services().settings.redirect_url, redirect_params, popup=request.args.get("view") == POPUP
    )


@bp.post("/connect/login")
def decide_login() -> AnyResponse:
    """Log in and go back with a request token, or go back with nothing."""
    redirect_params = _redirect_params(request.form.get("redirect_params", ""))
    target, at = services().settings.redirect_url, services().at()
    ending = baskets.REDIRECT
    if request.form.get("view") == POPUP:
        ending = baskets.MESSAGE
    if request.form.get("decision") != "approve":
        return leave(return_address(target, [("status", "cancelled")]), ending, LOGIN)
    with services().ledger.write() as connection:
        enabled = not faults.strike(connection, "user_not_enabled")
        client = chosen_client()
        cookie = sessions.log_in(connection, client, at)
        token = _grant(connection, client, None, at)
    if not enabled:
        return _not_enabled()
    pairs = [("action", "login"), ("type", "login"), ("status", "success"), ("request_token", token)]
    return with_cookie(leave(return_address(target, pairs, redirect_params), ending, LOGIN), cookie)


@bp.post("/connect/basket")
@route_policy(from_elsewhere=True)
def receive_basket() -> AnyResponse:
    """Save a basket from another site, and lead the browser to its page."""
    settings, form = services().settings, request.form
    own_site = comes_from(settings.redirect_url, request.headers.get("Referer"))
    if form.get("api_key") != settings.api_key or not own_site:
        raise UnreadableBasket(gettext("Invalid `api_key`."))
    items = [
        item
        for item in read_items(form.get("data", ""), settings.max_items)
        if instrument_of(item) and item.tradingsymbol != DROPPED
    ]
    redirect_params = _redirect_params(form.get("redirect_params", ""))
    redirect_url, ending = form.get("redirect_url", ""), baskets.REDIRECT
    # publisher.js sends "#" and opens a window or a frame, which must answer by a message
    if redirect_url == "#" or POPUP in (form.get("view"), request.args.get("view")):
        ending = baskets.MESSAGE
    back = WayBack(target_of(settings.redirect_url, redirect_url), redirect_params, ending)
    with services().ledger.write() as connection:
        items = _after_faults(connection, items)
        basket = baskets.save(connection, items, back, services().at())
    # SameSite=Lax withholds the login's cookie from a POST of another site, and sends it with this
    # redirect
    return redirect(url_for("pages.basket", basket_id=basket.id), 303)


@bp.get("/connect/basket/<basket_id>")
def basket(basket_id: str) -> AnyResponse:
    """Show a basket: its orders, after a login, or that it has ended."""
    waiting = _find(basket_id)
    if waiting.location:
        return make_response(render_template("simulator/basket_ended.html", basket=waiting))
    if not web_user():
        return login_page(waiting.target, popup=waiting.ending == baskets.MESSAGE)
    with services().ledger.write() as connection:
        if faults.strike(connection, "user_not_enabled", waiting.tags):
            return _not_enabled()
    return basket_page(waiting, [unedited(line) for line in waiting.lines])


@bp.post("/connect/basket/<basket_id>")
def decide_basket(basket_id: str) -> AnyResponse:
    """Log in, change, place or cancel. All orders exist before the browser is sent back."""
    waiting, decision = _find(basket_id), request.form.get("decision", "")
    if waiting.location:
        return leave(waiting.location, waiting.ending)
    if decision == "cancel":
        return _end(basket_id, baskets.CANCELLED)
    here = redirect(url_for("pages.basket", basket_id=basket_id), 303)
    if decision == "approve":
        with services().ledger.write() as connection:
            return with_cookie(here, sessions.log_in(connection, chosen_client(), services().at()))
    client = web_user()
    if not client:
        return here
    lines = _edited_lines(waiting)
    if any(line.errors for line in lines):
        return basket_page(_save(waiting, lines), lines)
    if decision == "place" and lines:
        return _end(basket_id, baskets.PLACED, client, tuple(line.line for line in lines))
    _save(waiting, lines)
    return here


def _save(waiting: WaitingBasket, lines: list[EditedLine]) -> WaitingBasket:
    with services().ledger.write() as connection:
        return baskets.change(connection, waiting, tuple(line.line for line in lines))


def _edited_lines(waiting: WaitingBasket) -> list[EditedLine]:
    """Return the lines of a basket with what was typed, without those that were removed."""
    return [
        apply_form(line, request.form)
        for line in waiting.lines
        if line.item.readonly or f"remove-{line.number}" not in request.form
    ]


def order_book() -> str:
    """Return the day's orders as a page, for a person who follows a link to Kite's order book."""
    rows = []
    if user_id := web_user():
        with services().ledger.read() as connection:
            rows = [json.loads(text) for text in order_list(connection, user_id, services().at())]
    return render_template("simulator/orders.html", user_id=user_id, orders=rows)


def _end(basket_id: str, outcome: str, client: str = "", lines: tuple[BasketLine, ...] = ()) -> AnyResponse:
    """End a basket in one transaction and send the browser away.

    `lines` are what `client` places. The second of two presses places nothing and leads to the same
    address as the first one.
    """
    at = services().at()
    with services().ledger.write() as connection:
        waiting = baskets.find(connection, basket_id)
        if waiting is None:
            abort(404)
        if not waiting.location and outcome == baskets.PLACED:
            waiting = _place(connection, baskets.change(connection, waiting, lines), client, at)
        elif not waiting.location:
            waiting = _cancel(connection, waiting, at)
    return leave(waiting.location or "", waiting.ending)


def _cancel(connection: Connection, waiting: WaitingBasket, at: int) -> WaitingBasket:
    # neither a token nor redirect_params come back with a cancel (docs/kite.md, 1.3.3)
    location = return_address(waiting.target, [("status", "cancelled")])
    return baskets.end(connection, waiting, baskets.CANCELLED, location, at)


def _place(connection: Connection, waiting: WaitingBasket, client: str, at: int) -> WaitingBasket:
    """Place the orders of a basket, as far as faults allow it, and end the basket."""
    part = faults.strike(connection, "cancel_after_part", waiting.tags)
    all_rejected = faults.strike(connection, "all_rejected", waiting.tags)
    # one at a time, in the order of the basket: a person who leaves early has placed the first ones
    # (1.1.9)
    for line in waiting.lines[: part.params["placed"] if part else None]:
        instrument = instrument_of(line.item)
        if instrument and not refused_without_order(connection, line.item):
            refusal = refusal_for_cause(all_rejected.params["cause"], line.item) if all_rejected else None
            place_order(connection, Placement(line.item, instrument, client, at, refusal=refusal))
    if part:
        return _cancel(connection, waiting, at)
    tag = min(waiting.tags, default=None)
    pairs = [("request_token", _grant(connection, client, tag, at)), ("type", BASKET), ("status", "success")]
    location = return_address(waiting.target, pairs, waiting.redirect_params)
    waiting = replace(waiting, ending=_ending(connection, waiting))
    return baskets.end(connection, waiting, baskets.PLACED, location, at)


def _ending(connection: Connection, waiting: WaitingBasket) -> str:
    """Return how the browser leaves after placing: as the host asked, unless a fault changes it."""
    if faults.strike(connection, "window_closed", waiting.tags):
        return baskets.CLOSED
    if faults.strike(connection, "return_twice", waiting.tags):
        return baskets.TWICE
    late = faults.strike(connection, "return_late", waiting.tags)
    return f"{baskets.LATE} {late.params['seconds']}" if late else waiting.ending


def _grant(connection: Connection, client: str, tag: str | None, at: int) -> str:
    lives = sessions.REQUEST_TOKEN_LIVES
    if faults.strike(connection, "request_token_expired", [tag]):
        lives = 0
    return sessions.grant_request_token(connection, client, at, tag, lives)


def _after_faults(connection: Connection, items: list[Item]) -> list[Item]:
    """Return the items of a basket that arrive in spite of faults.

    Raises UnreadableBasket for a sender that is refused.
    """
    tags = {item.tag for item in items}
    no_sender = not request.headers.get("Referer") and is_on(connection, STRICT_REFERER)
    if no_sender or faults.strike(connection, "wrong_referer", tags):
        raise UnreadableBasket(gettext("Invalid `api_key`."))
    dropped = faults.strike(connection, "item_dropped", tags)
    if not dropped:
        return items
    return [item for number, item in enumerate(items, start=1) if number != dropped.params["item"]]


def _not_enabled() -> Response:
    return failure(400, "InputException", "The user is not enabled for the app.")


def _find(basket_id: str) -> WaitingBasket:
    with services().ledger.read() as connection:
        waiting = baskets.find(connection, basket_id)
    if waiting is None:
        abort(404)
    return waiting


def _redirect_params(text: str) -> str:
    if len(text) > LONGEST_PARAMS:
        raise UnreadableBasket(gettext("redirect_params is too long."))
    if text != typable(text):
        raise UnreadableBasket(gettext("redirect_params is not readable."))
    return text
