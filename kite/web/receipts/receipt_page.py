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
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.receipt import ItemResult
from kite.offsite.journey import access, handoff
from kite.offsite.journey import basket_parts as standing
from kite.offsite.journey import resend as resending
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.basket_parts import PartsState
from kite.publishing import press_origins, pressing
from kite.publishing.press_origins import NotOffered, SiteNotListed
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State
from kite.web.journey import basket_parts, provenance
from kite.web.journey import result as ending
from kite.web.journey.basket_parts import PartsView
from kite.web.journey.kite_login import redirect_to_kite_login
from kite.web.receipts import action_panel
from kite.web.receipts.presenter import present_receipt
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.errors import refusal_page
from kite.web.site.rate_limits import count_hand_off
from kite.web.site.surfaces import RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_id
from kite.web.wording.headline import headline
from kite.web.wording.labels import clock
from kite.web.wording.page_messages import INVENTED, NOT_READ

bp = SurfaceBlueprint("executions", __name__, Surface.EMBEDDED)

SILENT = (AnswerVerdict.NO_ANSWER, AnswerVerdict.REFUSED)
"""Readings after which the page says that Kite does not answer."""

CONVERTED = ("price", "_timestamp", "order_id", "trade_id", "instrument_token")
"""How the names of an order's or trade's fields end that are money, times and ids.

These are converted; all others are given as Kite sent them.
"""


@bp.get("/executions/<execution_id>")
def show(execution_id: str) -> Response:
    """Show the receipt; a request with If-None-Match is answered 304 while nothing has changed."""
    view = _view(execution_id)
    execution = view.receipt.execution
    with services().store.reading() as conn:
        later = executions.resends(conn, execution_id)
        origin = press_origins.press_origin(services(), conn, execution)
    parts = standing.parts_state(services(), execution, visit_id())
    # A single basket that was sent again in place of a part counts its own orders only.
    basket = parts if execution.parts > 1 else None
    rail = basket_parts.parts_view(parts, execution, owner=view.role is Role.OWNER)
    # The ending of a basket in parts depends on every part, so it is part of the mark.
    ended = ending.ending_view(execution) if rail else None
    tag = _mark(view, [execution, *later], (rail, headline(view.receipt, view, basket)), ended)
    if request.if_none_match.contains(tag):
        response = make_response("", 304)
    else:
        page = _context(view, later, rail, basket)
        page |= {"ending": ended or ending.ending_view(execution), "origins": provenance.origin_facts(origin)}
        response = make_response(render_template("receipts/receipt_page.html", **page))
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
        return redirect_to_kite_login(here)
    return redirect(here, 303)


@bp.post("/executions/<execution_id>/again")
@route_policy(limit=RouteLimit.HAND_OFFS)
def again(execution_id: str) -> BaseResponse:
    """Send a cancelled basket once more, as a new execution that names this one as its parent."""
    execution = _stored(execution_id)
    if access.role_in(services(), visit_id(), execution_id) is not Role.OWNER:
        abort(404)
    # Its orders have come to light since the page with the button was made.
    if execution.state is not State.CANCELLED:
        return redirect(url_for("executions.show", execution_id=execution_id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return make_response(refusal_page(INVENTED, INVENTED.status))
    earlier = resending.latest_resend(services(), visit_id(), execution_id)
    # A second press that comes after the hand-off page was opened, to which the first press led.
    if earlier and earlier[0].state is not State.PREPARED:
        return redirect(url_for("handoff.show", execution_id=earlier[0].id), 303)
    try:
        press_origins.check_still_offered(services(), execution)
        return _check_order_book(execution) or _send_again(execution)
    except (NotOffered, SiteNotListed) as error:
        return provenance.refusal(error, execution)


def _send_again(execution: Execution) -> BaseResponse:
    """Record the basket once more; a second press of the same button leads to the basket of the first."""
    prepared = resending.latest_resend(services(), visit_id(), execution.id)
    if not prepared:
        count_hand_off()
        prepared = pressing.send_again(services(), execution, visit_id())
    return redirect(url_for("handoff.show", execution_id=prepared[0].id), 303)


def _check_order_book(execution: Execution) -> BaseResponse | None:
    """Read the order book before a basket that Kite calls cancelled is sent again: Kite's word
    proves nothing.

    Returns None when it may be sent. Otherwise its orders were found, or nobody can say yet whether
    there are any.
    """
    # A publisher key reads no orders, so the person's own look at Kite has to do.
    if execution.mode is Mode.PUBLISHER:
        return None
    view, here = _view(execution.id, at_once=True), url_for("executions.show", execution_id=execution.id)
    if view.receipt.execution.state is not State.CANCELLED or view.receipt.untagged:
        return redirect(here, 303)
    if not view.logged_in:
        return redirect_to_kite_login(here)
    if view.reading is AnswerVerdict.ANSWERED:
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
    orders: dict[str, list[dict[str, Any]]] = {"orders": [], "trades": [], "extra": []}
    # Whoever only composed the basket learns nothing of the account that placed it.
    if owner:
        orders = {
            "orders": [_record(order.raw, order) for order in receipt.orders],
            "trades": [_record(trade.raw, trade) for trade in receipt.trades],
            "extra": [_record(order.raw, order) for order in receipt.extra],
        }
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
        "items": [_item(result) | _outcome(result, owner) for result in receipt.items],
        **orders,
    }


def _context(
    view: View, later: list[Execution], rail: PartsView | None, basket: PartsState | None
) -> dict[str, Any]:
    """Return what the template lays out; a page with a button to Kite's login may post there."""
    next_part = rail.next if rail else None
    receipt = present_receipt(view, next_part, services().settings.web_root, basket)
    if receipt.can_login or receipt.can_check or (rail and rail.waits and rail.waits.check):
        security.allow_form_to_kite()
    actions = action_panel.build_panel(view, later, services().now())
    return {"receipt": receipt, "parts": rail, "acts": actions}


def _mark(
    view: View, basket: list[Execution], rail: tuple[PartsView | None, str], ended: ending.EndingView | None
) -> str:
    """Return a fingerprint of everything that the page says, for its ETag.

    The time of the last reading is left out: it changes every second, and is sent as a header.
    """
    receipt = view.receipt
    content = [
        (
            view.role,
            view.reading in SILENT and view.reading,
            view.logged_in,
            receipt.execution.read_at is None,
        ),
        [(execution.id, execution.state, execution.settled_at) for execution in basket],
        (rail, ended),
        [(result.outcome, result.changes, result.reports, result.twice) for result in receipt.items],
        [order.raw for order in receipt.orders],
        [trade.raw for trade in receipt.trades],
        ([order.raw for order in receipt.untagged], receipt.unreadable),
        [(order_id, len(history)) for order_id, history in receipt.histories.items()],
        [(event.at, event.cause) for event in view.events],
    ]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:32]


def _stored(execution_id: str) -> Execution:
    with services().store.reading() as conn:
        return executions.get(conn, execution_id) or abort(404)


def _view(execution_id: str, *, at_once: bool = False) -> View:
    return access.view_execution(services(), visit_id(), execution_id, at_once=at_once) or abort(404)


def _item(result: ItemResult) -> dict[str, Any]:
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
    }


def _outcome(result: ItemResult, owner: bool) -> dict[str, Any]:
    """Return what became of an item, with the same keys for everybody and no values for strangers."""
    if not owner:
        return {
            "outcome": None,
            "changes": [],
            "order_ids": [],
            "filled_quantity": 0,
            "average_price": None,
            "status_message": None,
        }
    return {
        "outcome": result.outcome,
        "changes": [
            {"field": change.field, "before": _plain(change.before), "after": _plain(change.after)}
            for change in result.changes
        ],
        "order_ids": [order.order_id for order in result.orders],
        "filled_quantity": result.filled_quantity,
        "average_price": _plain(result.average_price),
        "status_message": result.status_message,
    }


def _record(raw: Mapping[str, Any], typed: Order | Trade) -> dict[str, Any]:
    """Return an order or trade: every field that Kite sent, money and times converted, and `raw` as
    it came.
    """
    converted = {
        name: _plain(getattr(typed, name)) if name.endswith(CONVERTED) and hasattr(typed, name) else value
        for name, value in raw.items()
    }
    return converted | dict.fromkeys(set(typed.unreadable_fields) & set(raw)) | {"raw": raw}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def money(amount: Decimal) -> str:
    """Write rupees as a decimal string with two to four decimals."""
    text = f"{amount.quantize(Decimal('0.0001')):f}"
    # 1412.5000 becomes 1412.50, 88.0250 becomes 88.025: two decimals always stay.
    if text.endswith("00"):
        return text[:-2]
    return text.rstrip("0")
