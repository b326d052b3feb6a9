"""The receipts: an execution and what became of it, as a page and as data."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from kite.connect.records import Order, Trade
from kite.offsite.base.receipt import ItemResult
from kite.offsite.journey import access, handoff
from kite.offsite.journey import basket_parts as standing
from kite.offsite.journey import resend as resending
from kite.offsite.journey.access import Role, View
from kite.offsite.order_book.reconcile import ReadingResult
from kite.publishing import pressing
from kite.publishing.pressing import NotOffered, SiteNotListed
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State
from kite.web.journey import basket_parts, provenance
from kite.web.journey import result as ending
from kite.web.journey.basket_parts import PartsView
from kite.web.journey.kite_login import to_kite
from kite.web.receipts import action_panel
from kite.web.receipts.presenter import show as in_words
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.errors import page
from kite.web.site.rate_limits import count_hand_off
from kite.web.site.surfaces import RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_id
from kite.web.wording.headline import headline
from kite.web.wording.labels import clock
from kite.web.wording.page_messages import INVENTED, NOT_READ

bp = SurfaceBlueprint("executions", __name__, Surface.EMBEDDED)

SILENT = (ReadingResult.NO_ANSWER, ReadingResult.REFUSED)
"""Readings after which the page says that Kite does not answer."""

CONVERTED = ("price", "_timestamp", "order_id", "trade_id", "instrument_token")
"""Fields of an order or trade whose names end so are money, times and ids; all others stand as Kite sent
them.
"""


@bp.get("/executions/<execution_id>")
def show(execution_id: str) -> Response:
    """Show the receipt; a request with If-None-Match is answered 304 while nothing has changed."""
    view = _view(execution_id)
    execution = view.receipt.execution
    with services().store.reading() as conn:
        later = executions.again(conn, execution_id)
        led = pressing.led_to(services(), conn, execution)
    stands = standing.look(services(), execution, visit_id())
    basket = (
        stands if execution.parts > 1 else None
    )  # what was sent again in place of a part counts its own orders
    rail = basket_parts.show(stands, execution, owner=view.role is Role.OWNER)
    ended = ending.shown(execution) if rail else None  # of a basket in parts it depends on every part
    of_parts = headline(view.receipt, view, basket)
    tag = _mark(view, [execution, *later], (rail, of_parts), ended)
    if request.if_none_match.contains(tag):
        response = make_response("", 304)
    else:
        shown = in_words(view, rail.next if rail else None, services().settings.web_root, basket)
        if shown.can_login or shown.can_check or (rail and rail.waits and rail.waits.check):
            security.allow_form_to_kite()
        page = {"receipt": shown, "parts": rail, "acts": action_panel.show(view, later, services().now())}
        told = {"ending": ended if rail else ending.shown(execution), "origins": provenance.facts(led)}
        response = make_response(render_template("receipts/receipt_page.html", **page, **told))
    response.set_etag(tag)
    if execution.read_at and view.role is Role.OWNER:
        response.headers["X-Checked-At"] = clock(execution.read_at)
    return response


@bp.get("/executions/<execution_id>.json")
def data(execution_id: str) -> Response:
    """Return the receipt as data; money as decimal strings, ids as strings, times with the IST offset."""
    response = make_response(json.dumps(as_data(_view(execution_id)), ensure_ascii=False, indent=1))
    response.content_type = "application/json"
    return response


@bp.post("/executions/<execution_id>/check")
def check(execution_id: str) -> BaseResponse:
    """Look at Kite now; without a living session log in first, and look when the person is back."""
    view = _view(execution_id, at_once=True)
    here = url_for("executions.show", execution_id=execution_id)
    if view.role is Role.OWNER and not view.logged_in and view.receipt.execution.mode is not Mode.PUBLISHER:
        return to_kite(here)
    return redirect(here, 303)


@bp.post("/executions/<execution_id>/again")
@route_policy(limit=RouteLimit.HAND_OFFS)
def again(execution_id: str) -> BaseResponse:
    """Send a cancelled basket once more, as a new execution that names this one as its parent."""
    execution = _stored(execution_id)
    if access.role(services(), visit_id(), execution_id) is not Role.OWNER:
        abort(404)
    if execution.state is not State.CANCELLED:  # its orders came to light since the button was shown
        return redirect(url_for("executions.show", execution_id=execution_id), 303)
    if handoff.invented(services(), execution):
        return make_response(page(INVENTED, INVENTED.status))
    earlier = resending.continued(services(), visit_id(), execution_id)
    if (
        earlier and earlier[0].state is not State.PREPARED
    ):  # a second press, which comes after the page that the first led to
        return redirect(url_for("handoff.show", execution_id=earlier[0].id), 303)
    try:
        pressing.check_again(services(), execution)
        return _not_read(execution) or _sent_again(execution)
    except (NotOffered, SiteNotListed) as gone:
        return provenance.refused(gone, execution)


def _sent_again(execution: Execution) -> BaseResponse:
    """Record the basket once more. A second press of the same button goes on with the basket of the first."""
    prepared = resending.continued(services(), visit_id(), execution.id)
    if not prepared:
        count_hand_off()
        prepared = pressing.send_again(services(), execution, visit_id())
    return redirect(url_for("handoff.show", execution_id=prepared[0].id), 303)


def _not_read(execution: Execution) -> BaseResponse | None:
    """Read the order book before a basket that Kite calls cancelled is sent again: Kite's word proves
    nothing.

    Return the answer when its orders were found, or when nobody can say yet whether there are any. A
    publisher key reads nothing.
    """
    if execution.mode is Mode.PUBLISHER:
        return None
    view, here = _view(execution.id, at_once=True), url_for("executions.show", execution_id=execution.id)
    if view.receipt.execution.state is not State.CANCELLED or view.receipt.untagged:
        return redirect(here, 303)
    if not view.logged_in:
        return to_kite(here)
    if view.reading is ReadingResult.READ:
        return None
    retry = url_for("executions.again", execution_id=execution.id)
    page = render_template(
        "journey/returns_message.html",
        message=NOT_READ,
        actions=[(gettext("Back to the receipt"), here)],
        retry=retry,
    )
    return make_response(page, NOT_READ.status)


def as_data(view: View) -> dict[str, Any]:
    """Return what a view holds in the shape that docs/embedding.md promises."""
    receipt, execution = view.receipt, view.receipt.execution
    owner = view.role is Role.OWNER
    return {
        "id": execution.id,
        "state": execution.state,
        "mode": execution.mode,
        "tag": execution.tag,
        "part": execution.part,
        "parts": execution.parts,
        "parent_id": execution.parent_id,
        "created_at": _plain(execution.created_at),
        "handed_off_at": _plain(execution.handed_off_at),
        "returned_at": _plain(execution.returned_at),
        "settled_at": _plain(execution.settled_at),
        "items": [_item(result, owner) for result in receipt.items],
        "orders": [_record(order.raw, order) for order in receipt.orders] if owner else [],
        "trades": [_record(trade.raw, trade) for trade in receipt.trades] if owner else [],
        "extra": [_record(order.raw, order) for order in receipt.extra] if owner else [],
    }


def _mark(
    view: View, basket: list[Execution], rail: tuple[PartsView | None, str], ended: ending.EndingView | None
) -> str:
    """Return a mark of everything that the page says, without the time of the last reading."""
    receipt = view.receipt
    said = [
        (
            view.role,
            view.reading in SILENT and view.reading,
            view.logged_in,
            receipt.execution.read_at is None,
        ),
        [(each.id, each.state, each.settled_at) for each in basket],
        (rail, ended),
        [(result.outcome, result.changes, result.reports, result.twice) for result in receipt.items],
        [order.raw for order in receipt.orders],
        [trade.raw for trade in receipt.trades],
        ([order.raw for order in receipt.untagged], receipt.unreadable),
        [(order_id, len(history)) for order_id, history in receipt.histories.items()],
        [(event.at, event.cause) for event in view.events],
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def _stored(execution_id: str) -> Execution:
    with services().store.reading() as conn:
        return executions.get(conn, execution_id) or abort(404)


def _view(execution_id: str, *, at_once: bool = False) -> View:
    return access.look(services(), visit_id(), execution_id, at_once=at_once) or abort(404)


def _item(result: ItemResult, owner: bool) -> dict[str, Any]:
    item = result.item
    return {
        "tradingsymbol": item.tradingsymbol,
        "exchange": item.exchange,
        "transaction_type": item.transaction_type,
        "order_type": item.order_type,
        "product": item.product,
        "variety": item.variety,
        "quantity": item.quantity,
        "price": _plain(item.price),
        "trigger_price": _plain(item.trigger_price),
        "outcome": result.outcome if owner else None,
        "changes": [
            {"field": each.field, "before": _plain(each.before), "after": _plain(each.after)}
            for each in result.changes
        ]
        if owner
        else [],
        "order_ids": [order.order_id for order in result.orders] if owner else [],
        "filled_quantity": result.filled_quantity if owner else 0,
        "average_price": _plain(result.average_price) if owner else None,
        "status_message": result.status_message if owner else None,
    }


def _record(raw: Mapping[str, Any], typed: Order | Trade) -> dict[str, Any]:
    """Return an order or trade: every field Kite sent, money and times converted, and the whole as Kite sent
    it.
    """
    converted = {
        name: _plain(getattr(typed, name)) if name.endswith(CONVERTED) and hasattr(typed, name) else value
        for name, value in raw.items()
    }
    return converted | dict.fromkeys(set(typed.senseless) & set(raw)) | {"raw": raw}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return money(value)
    return value.isoformat() if isinstance(value, datetime) else value


def money(amount: Decimal) -> str:
    """Write rupees as a decimal string with two to four decimals."""
    text = f"{amount.quantize(Decimal('0.0001')):f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")
