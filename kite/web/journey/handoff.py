"""The hand-off page: the browser itself posts the basket to Kite's page from here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from kite.offsite.account import costs
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
from kite.web.journey import provenance, result
from kite.web.journey.basket_parts import PartsView
from kite.web.journey.handoff_lines import basket_lines, worth_of_basket
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.errors import refusal_page
from kite.web.site.rate_limits import count_hand_off
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import has_own_token, has_visit_cookie, visit_id
from kite.web.wording.labels import rupees
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


@bp.get("/handoff/<execution_id>")
def show(execution_id: str) -> ViewAnswer:
    """Serve the form that goes to Kite. It posts itself once, for the visit that composed the basket.

    Anybody else gets a button that records a basket of their own. The page of a part whose turn has not come
    says why.
    """
    execution = load_execution(execution_id)
    mine = execution.visit_id == visit_id()
    if mine and (execution.state not in handoff.OPEN_TO_KITE or execution.state is State.CANCELLED):
        # The receipt says what came back. A cancelled basket may be sent again only from there, where the
        # order book is read first: that Kite calls it cancelled does not prove that nothing was placed.
        return redirect(url_for("executions.show", execution_id=execution.id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return refusal_page(INVENTED, INVENTED.status)
    if mine:
        return _own_page(execution)
    if execution.state is State.PREPARED and not has_visit_cookie() and security.comes_from_this_site():
        # A press of a moment ago led here, and the browser did not keep the cookie that came with it.
        return _page_without_cookie(execution)
    return _page_for_another_visit(execution)


@bp.post("/handoff/<execution_id>")
# A browser that keeps no cookie has no visit's token: the form carries one of its own.
@route_policy(csrf=Csrf.PAGE_TOKEN, limit=RouteLimit.HAND_OFFS)
def press(execution_id: str) -> ViewAnswer:
    """Take a press of somebody who did not compose this basket: record an execution of their own, and lead to
    its hand-off page.
    """
    _check_press(execution_id)
    execution = load_execution(execution_id)
    visit = new_id()  # a browser that keeps no cookie would begin a visit that nobody ever comes back to
    if has_visit_cookie():
        visit = visit_id()
    if execution.visit_id == visit:
        return redirect(url_for("handoff.show", execution_id=execution.id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return refusal_page(INVENTED, INVENTED.status)
    services().catalogue.check()
    parts_state = basket_parts.parts_state(services(), execution, visit)
    if parts_state and execution.id in parts_state.waits:
        return _waiting_page(parts_state, execution), 409
    try:
        # A second press leads to the basket of the first, and is not counted: it sends nothing more.
        own = pressing.own_copy(services(), execution, visit)
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


def _own_page(execution: Execution) -> str | Response:
    """Return the hand-off page of the visit that composed the basket, or what a part of it waits for."""
    origin = _press_origin(execution)
    if origin and origin.gone:
        return provenance.refusal(origin.gone, execution)
    if security.is_speculative():
        # A page that the browser fetched ahead may be shown later without asking us: its form would send the
        # basket while our pages say "Not sent".
        return _press_page(execution, origin, mine=True)
    # Whether the sells before this part are filled is known only after a reading: earlier pages may be old.
    parts_state = basket_parts.refreshed_parts_state(services(), execution, visit_id())
    if parts_state and execution.id in parts_state.waits:
        return _waiting_page(parts_state, execution)
    opening = handoff.open_page(services(), execution)
    return _form_page(
        opening,
        origin,
        auto=opening.by_itself,
        rail=part_views.parts_view(parts_state, opening.execution, owner=True),
    )


def _page_without_cookie(execution: Execution) -> str:
    """Return the form for a browser that keeps no cookie.

    The page says first that there will be no receipt, so the form does not post itself.
    """
    return _form_page(
        handoff.open_page(services(), execution),
        _press_origin(execution),
        auto=False,
        rail=None,
        cookie=False,
    )


def _page_for_another_visit(execution: Execution) -> str | Response:
    """Return the page that describes somebody else's basket, with a button that records one's own."""
    services().catalogue.check()
    parts_state = basket_parts.parts_state(services(), execution, visit_id())
    if parts_state and execution.id in parts_state.waits:
        return _waiting_page(parts_state, execution)
    try:
        press_origins.check_still_offered(services(), execution)
    except (NotOffered, SiteNotListed) as gone:
        return provenance.refusal(gone)
    return _press_page(execution, _press_origin(execution), mine=False)


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


def _press_origin(execution: Execution) -> PressOrigin | None:
    with services().store.reading() as conn:
        return press_origins.press_origin(services(), conn, execution)


@bp.post("/handoff/<execution_id>/sequence")
def answer(execution_id: str) -> Response:
    """Record the person's answer to a part that waits: go on anyway, stop, or take it up again."""
    try:
        part_answer = PartAnswer(request.form.get("answer", ""))
    except ValueError:
        abort(400)
    execution = load_execution(execution_id)
    if not basket_parts.record_answer(services(), execution, visit_id(), part_answer):
        if execution.visit_id != visit_id():
            abort(404)
        return redirect(url_for("executions.show", execution_id=execution.id), 303)
    # Only going on leads to Kite: the hand-off page of a part whose turn it is sends itself.
    leads_to = "executions.show" if part_answer is PartAnswer.TAKE_UP else "handoff.show"
    return redirect(url_for(leads_to, execution_id=execution.id), 303)


def _waiting_page(parts_state: PartsState, execution: Execution) -> str:
    """Return the page that says what a part waits for. Who did not compose it reads only that it waits."""
    owner = execution.visit_id == visit_id()
    lines = basket_lines(execution)
    waited_for = parts_state.waits[execution.id]
    rail = part_views.parts_view(parts_state, execution, owner=owner)
    waits = part_views.wait_view(execution, waited_for)
    funds = stopped_ending = None
    if owner and waits.stopped:  # a basket that its person stopped has ended, as its app or site now learns
        stopped_ending = result.ending_view(execution)
    elif owner:
        funds = _funds_sentence(execution, waited_for.part.user_id)
    if waits.check:
        # Reading Kite's book may need a login first, and Chromium applies form-action to that redirect too.
        security.allow_form_to_kite()
    return render_template(
        "journey/handoff_waiting.html",
        execution=execution,
        owner=owner,
        parts=rail,
        wait=waits,
        ending=stopped_ending,
        funds=funds,
        lines=lines,
    )


def _funds_sentence(part: Execution, user_id: str | None) -> str | None:
    """Return a sentence on the funds at Kite and what a part needs, None without its Kite user's session."""
    if user_id is None:
        return None
    answer = costs.basket_costs(services(), visit_id(), part.items, user_id)
    needs = answer.value if answer else None
    if needs is None:
        equity = (costs.funds(services(), visit_id(), user_id) or {}).get("equity")
        if not equity:
            return None
        return gettext("Available at Kite: %(free)s.", free=rupees(equity.net))
    figures = {
        "free": rupees(needs.free),
        "needed": rupees(needs.final),
        "charges": rupees(needs.charges.total),
    }
    words = gettext(
        "Available at Kite: %(free)s. This part needs %(needed)s of margin, and about %(charges)s of"
        " charges.",
        **figures,
    )
    if needs.remaining < 0:
        return f"{words} {gettext('%(missing)s is missing.', missing=rupees(-needs.remaining))}"
    return str(words)


def load_execution(execution_id: str) -> Execution:
    """Return an execution, whoever asks. Aborts with 404 when there is none."""
    with services().store.reading() as conn:
        return executions.get(conn, execution_id) or abort(404)
