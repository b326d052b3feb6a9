"""The receipts: an execution and what became of it, as a page and as data."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.journey import access, handoff
from kite.offsite.journey import basket_parts as standing
from kite.offsite.journey import resend as resending
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.basket_parts import PartsState
from kite.publishing import press_origins, pressing
from kite.publishing.press_origins import NotOffered, PressOrigin, SiteNotListed
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State
from kite.web.journey import basket_parts, provenance
from kite.web.journey import result as ending
from kite.web.journey.basket_parts import PartsView
from kite.web.journey.kite_login import redirect_to_kite_login
from kite.web.receipts import action_panel, receipt_data
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


@dataclass(frozen=True)
class ReceiptFacts:
    """Everything that the page of a receipt says, read at one moment.

    `resends` are what was sent again from it, newest first. `origin` is None for what was composed
    here, `parts` for what went to Kite as a whole, `ended` while the basket goes on.
    """

    view: View
    resends: Sequence[Execution]
    origin: PressOrigin | None
    parts: PartsState | None
    ended: ending.EndingView | None


@bp.get("/executions/<execution_id>")
def show(execution_id: str) -> Response:
    """Show the receipt; a request with If-None-Match is answered 304 while nothing has changed."""
    facts = _load_facts(execution_id)
    view, execution = facts.view, facts.view.receipt.execution
    # A single basket that was sent again in place of a part counts its own orders only.
    basket = facts.parts if execution.parts > 1 else None
    rail = basket_parts.parts_view(facts.parts, execution, owner=view.role is Role.OWNER)
    tag = _mark(facts, rail, headline(view.receipt, view, basket))
    if request.if_none_match.contains(tag):
        response = make_response("", 304)
    else:
        page = _context(facts, rail, basket)
        response = make_response(render_template("receipts/receipt_page.html", **page))
    response.set_etag(tag)
    if execution.read_at and view.role is Role.OWNER:
        response.headers["X-Checked-At"] = clock(execution.read_at)
    return response


@bp.get("/executions/<execution_id>.json")
def data(execution_id: str) -> Response:
    """Return the receipt as data; money as decimal strings, ids as strings, times with the IST offset."""
    response = make_response(
        json.dumps(receipt_data.as_data(_view(execution_id)), ensure_ascii=False, indent=1)
    )
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
    with services().store.reading() as conn:
        execution = executions.get(conn, execution_id) or abort(404)
        if access.role_in_visit(conn, visit_id(), execution) is not Role.OWNER:
            abort(404)
        earlier = resending.latest_resend(conn, visit_id(), execution_id)
    # Its orders have come to light since the page with the button was made.
    if execution.state is not State.CANCELLED:
        return redirect(url_for("executions.show", execution_id=execution_id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return make_response(refusal_page(INVENTED, INVENTED.status))
    # A second press that comes after the hand-off page was opened, to which the first press led.
    if earlier and earlier[0].state is not State.PREPARED:
        return redirect(url_for("handoff.show", execution_id=earlier[0].id), 303)
    try:
        with services().store.reading() as conn:
            press_origins.check_still_offered(services(), conn, execution)
        return _check_order_book(execution) or _send_again(execution)
    except (NotOffered, SiteNotListed) as error:
        return provenance.refusal(error, execution)


def _send_again(execution: Execution) -> BaseResponse:
    """Record the basket once more; a second press of the same button leads to the basket of the first."""
    # Asked anew: Kite was asked since the press came in.
    with services().store.reading() as conn:
        prepared = resending.latest_resend(conn, visit_id(), execution.id)
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


def _load_facts(execution_id: str) -> ReceiptFacts:
    with access.open_view(services(), visit_id(), execution_id) as opened:
        snapshot, view = opened or abort(404)
        conn, execution = snapshot.conn, snapshot.execution
        origin = press_origins.press_origin(services(), conn, execution)
        parts = None
        stored = standing.load_basket(conn, execution)
        if stored:
            parts = standing.parts_state(conn, stored, visit_id(), snapshot.sessions.proved)
        press = origin.press if origin else None
        ended = ending.ending_view(conn, execution, stored, press)
    return ReceiptFacts(view, snapshot.resends, origin, parts, ended)


def _context(facts: ReceiptFacts, rail: PartsView | None, basket: PartsState | None) -> dict[str, Any]:
    """Return what the template lays out; a page with a button to Kite's login may post there."""
    view = facts.view
    next_part = rail.next if rail else None
    receipt = present_receipt(view, next_part, services().settings.web_root, basket)
    if receipt.can_login or receipt.can_check or (rail and rail.waits and rail.waits.check):
        security.allow_form_to_kite()
    return {
        "receipt": receipt,
        "parts": rail,
        "acts": action_panel.build_panel(view, facts.resends, services().now()),
        "ending": facts.ended,
        "origins": provenance.origin_facts(facts.origin),
    }


def _mark(facts: ReceiptFacts, rail: PartsView | None, headline_words: str) -> str:
    """Return a fingerprint of everything that the page says, for its ETag.

    The time of the last reading is left out: it changes every second, and is sent as a header.
    """
    view, receipt = facts.view, facts.view.receipt
    # The ending of a basket in parts depends on every part, and that of any other on its own state.
    ended = facts.ended if rail else None
    content = [
        (
            view.role,
            view.reading in SILENT and view.reading,
            view.logged_in,
            receipt.execution.read_at is None,
        ),
        [
            (execution.id, execution.state, execution.settled_at)
            for execution in (receipt.execution, *facts.resends)
        ],
        (rail, headline_words, ended),
        [(result.outcome, result.changes, result.reports, result.twice) for result in receipt.items],
        [order.raw for order in receipt.orders],
        [trade.raw for trade in receipt.trades],
        ([order.raw for order in receipt.untagged], receipt.unreadable),
        [(order_id, len(history)) for order_id, history in receipt.histories.items()],
        [(event.at, event.cause) for event in view.events],
    ]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:32]


def _view(execution_id: str, *, at_once: bool = False) -> View:
    return access.view_execution(services(), visit_id(), execution_id, at_once=at_once) or abort(404)
