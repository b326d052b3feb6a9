"""The hand-off page: the browser itself posts the basket to Kite's page from here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import abort, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from kite.offsite.base.services import new_id
from kite.offsite.journey import basket_parts, handoff
from kite.offsite.journey.basket_parts import PartAnswer, PartsState
from kite.offsite.journey.handoff import Opening
from kite.payloads import Payload
from kite.publishing import press_origins, pressing
from kite.publishing.press_origins import NotOffered, PressOrigin, SiteNotListed
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.vocabulary import State
from kite.web.journey import basket_parts as part_views
from kite.web.journey import provenance
from kite.web.journey.basket_parts import PartsView
from kite.web.journey.handoff_lines import basket_lines, worth_of_basket
from kite.web.journey.handoff_waiting import waiting_page
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.errors import refusal_page
from kite.web.site.rate_limits import count_hand_off
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import has_own_token, has_visit_cookie, visit_id
from kite.web.wording.page_messages import INVENTED

bp = SurfaceBlueprint("handoff", __name__, Surface.EMBEDDED)

ViewAnswer = str | Response | tuple[str | Response, int]

PRESS_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class HandoffToken(Payload):
    """The token on somebody else's hand-off page, for a browser that keeps no cookie."""

    PURPOSE = "press on a hand-off page"

    execution_id: str
    made_at: datetime


@dataclass(frozen=True)
class HandoffFacts:
    """Everything that a hand-off page says, read at one moment.

    `origin` is None for a basket that was composed here, `parts` for one that goes to Kite as a whole.
    `gone` says why this visit may not send it any more.
    """

    execution: Execution
    origin: PressOrigin | None
    parts: PartsState | None
    gone: NotOffered | SiteNotListed | None


@bp.get("/handoff/<execution_id>")
def show(execution_id: str) -> ViewAnswer:
    """Serve the form that goes to Kite. It posts itself once, for the visit that composed the basket.

    Anybody else gets a button that records a basket of their own. The page of a part whose turn has not come
    says why.
    """
    facts = _load_facts(execution_id)
    execution = facts.execution
    mine = execution.visit_id == visit_id()
    if mine and (execution.state not in handoff.OPEN_TO_KITE or execution.state is State.CANCELLED):
        # The receipt says what came back. A cancelled basket may be sent again only from there, where the
        # order book is read first: that Kite calls it cancelled does not prove that nothing was placed.
        return redirect(url_for("executions.show", execution_id=execution.id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return refusal_page(INVENTED, INVENTED.status)
    if mine:
        return _own_page(facts)
    if execution.state is State.PREPARED and not has_visit_cookie() and security.comes_from_this_site():
        # A press of a moment ago led here, and the browser did not keep the cookie that came with it.
        return _page_without_cookie(execution)
    return _page_for_another_visit(facts)


@bp.post("/handoff/<execution_id>")
# A browser that keeps no cookie has no visit's token: the form carries one of its own.
@route_policy(csrf=Csrf.PAGE_TOKEN, limit=RouteLimit.HAND_OFFS)
def press(execution_id: str) -> ViewAnswer:
    """Take a press of somebody who did not compose this basket: record an execution of their own, and lead to
    its hand-off page.
    """
    _check_press(execution_id)
    visit = new_id()  # a browser that keeps no cookie would begin a visit that nobody ever comes back to
    if has_visit_cookie():
        visit = visit_id()
    with services().store.reading() as conn:
        execution = executions.get(conn, execution_id) or abort(404)
        parts_state = basket_parts.load_parts_state(conn, execution, visit)
        # A second press leads to the basket of the first, and is not counted: it sends nothing more.
        own = pressing.own_copy(conn, execution, visit)
    if execution.visit_id == visit:
        return redirect(url_for("handoff.show", execution_id=execution.id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return refusal_page(INVENTED, INVENTED.status)
    services().catalogue.check()
    if parts_state and execution.id in parts_state.waits:
        return waiting_page(parts_state, execution), 409
    try:
        if own is None:
            count_hand_off(without_cookie=not has_visit_cookie())
            own = pressing.press_anew(services(), execution, visit)
    except (NotOffered, SiteNotListed) as gone:
        return provenance.refusal(gone)
    if has_visit_cookie():
        return redirect(url_for("handoff.show", execution_id=own.id), 303)
    return _page_without_cookie(own)


def _check_press(execution_id: str) -> None:
    """Check that the press comes from a page of ours: by this visit's token, or by the page's own token when
    the browser keeps no cookie. Raises CSRFError.
    """
    if has_visit_cookie():
        if not has_own_token():
            raise CSRFError("The form's token is missing, old, or of another visit.")
        return
    token = services().sealer.verify(HandoffToken, request.form.get("press", ""))
    if token is None or token.execution_id != execution_id or services().now() - token.made_at > PRESS_LASTS:
        raise CSRFError("The page's own token is missing or old.")


def _load_facts(execution_id: str) -> HandoffFacts:
    with services().store.reading() as conn:
        execution = executions.get(conn, execution_id) or abort(404)
        origin = press_origins.press_origin(services(), conn, execution)
        parts = basket_parts.load_parts_state(conn, execution, visit_id())
        gone = None
        if origin:
            gone = origin.gone
        if origin and execution.visit_id != visit_id():
            gone = press_origins.why_not_offered(services(), conn, origin.press)
    return HandoffFacts(execution, origin, parts, gone)


def _own_page(facts: HandoffFacts) -> str | Response:
    """Return the hand-off page of the visit that composed the basket, or what a part of it waits for."""
    execution = facts.execution
    if facts.gone:
        return provenance.refusal(facts.gone, execution)
    if security.is_speculative():
        # A page that the browser fetched ahead may be shown later without asking us: its form would send the
        # basket while our pages say "Not sent".
        return _press_page(execution, facts.origin, mine=True)
    parts_state = facts.parts
    if parts_state:
        # Whether the sells before this part are filled is known only after a reading: earlier pages may be
        # old.
        parts_state = basket_parts.refreshed_parts_state(services(), execution, visit_id(), parts_state)
        if execution.id in parts_state.waits:
            return waiting_page(parts_state, execution)
    opening = handoff.open_page(services(), execution)
    rail = part_views.parts_view(parts_state, opening.execution, owner=True)
    return _form_page(opening, facts.origin, auto=opening.by_itself, rail=rail)


def _page_without_cookie(execution: Execution) -> str:
    """Return the form for a browser that keeps no cookie.

    The page says first that there will be no receipt, so the form does not post itself.
    """
    opening = handoff.open_page(services(), execution)
    with services().store.reading() as conn:
        origin = press_origins.press_origin(services(), conn, execution)
    return _form_page(opening, origin, auto=False, rail=None, cookie=False)


def _page_for_another_visit(facts: HandoffFacts) -> str | Response:
    """Return the page that describes somebody else's basket, with a button that records one's own."""
    services().catalogue.check()
    if facts.parts and facts.execution.id in facts.parts.waits:
        return waiting_page(facts.parts, facts.execution)
    if facts.gone:
        return provenance.refusal(facts.gone)
    return _press_page(facts.execution, facts.origin, mine=False)


def _press_page(execution: Execution, origin: PressOrigin | None, *, mine: bool) -> str:
    lines = basket_lines(execution)
    return render_template(
        "journey/handoff_press.html",
        execution=execution,
        is_own=mine,
        is_over=execution.state not in handoff.OPEN_TO_KITE,
        host=urlsplit(services().settings.web_root).netloc,
        summary=worth_of_basket(lines),
        lines=lines,
        origins=provenance.origin_facts(origin),
        press=services().sealer.sign(HandoffToken(execution.id, services().now())),
    )


def _form_page(
    opening: Opening, origin: PressOrigin | None, *, auto: bool, rail: PartsView | None, cookie: bool = True
) -> str:
    """Return the page with the form that the browser posts to Kite.

    `auto`: it posts itself; `cookie`: the browser keeps our cookie, so it can open the receipt.
    """
    security.allow_form_to_kite()
    settings, execution = services().settings, opening.execution
    lines = basket_lines(execution)
    receipt_url = None
    if cookie:
        receipt_url = url_for("executions.show", execution_id=execution.id)
    return render_template(
        "journey/handoff.html",
        execution=execution,
        action=f"{settings.web_root}/connect/basket",
        host=urlsplit(settings.web_root).netloc,
        summary=worth_of_basket(lines),
        lines=lines,
        auto=auto,
        opened=opening.opened_at is not None,
        origins=provenance.origin_facts(origin),
        parts=rail,
        receipt_url=receipt_url,
        **opening.fields,
    )


@bp.post("/handoff/<execution_id>/sequence")
def answer(execution_id: str) -> Response:
    """Record the person's answer to a part that waits: go on anyway, stop, or take it up again."""
    try:
        part_answer = PartAnswer(request.form.get("answer", ""))
    except ValueError:
        abort(400)
    with services().store.reading() as conn:
        execution = executions.get(conn, execution_id) or abort(404)
    if not basket_parts.record_answer(services(), execution, visit_id(), part_answer):
        if execution.visit_id != visit_id():
            abort(404)
        return redirect(url_for("executions.show", execution_id=execution.id), 303)
    # Only going on leads to Kite: the hand-off page of a part whose turn it is sends itself.
    leads_to = "executions.show" if part_answer is PartAnswer.TAKE_UP else "handoff.show"
    return redirect(url_for(leads_to, execution_id=execution.id), 303)
