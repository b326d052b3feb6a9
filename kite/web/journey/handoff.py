"""The hand-off page: the browser itself posts the basket to Kite's page from here."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.wrappers import Response
from wtforms import ValidationError

from kite.offsite.account import costs
from kite.offsite.account.costs import BasketCosts
from kite.offsite.base.services import new_id
from kite.offsite.journey import basket_parts, handoff
from kite.offsite.journey.basket_parts import PartAnswer, PartsState
from kite.offsite.journey.handoff import Opening
from kite.publishing import press_origins, pressing
from kite.publishing.press_origins import NotOffered, PressOrigin, SiteNotListed
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.vocabulary import State
from kite.web.journey import basket_parts as in_words
from kite.web.journey import provenance, result
from kite.web.journey.basket_parts import PartsView
from kite.web.journey.handoff_lines import basket_lines, worth
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.errors import page
from kite.web.site.rate_limits import count_hand_off
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import is_remembered, visit_id
from kite.web.wording.labels import rupees
from kite.web.wording.page_messages import INVENTED

bp = SurfaceBlueprint("handoff", __name__, Surface.EMBEDDED)

Answered = str | Response | tuple[str | Response, int]

PRESS = "press on a hand-off page"
"""What the token of somebody else's hand-off page is signed for."""
PRESS_LASTS = timedelta(hours=24)


@bp.get("/handoff/<execution_id>")
def show(execution_id: str) -> Answered:
    """Serve the form that goes to Kite: it posts itself once, for the visit that pressed.

    Anybody else gets a button to press.

    A part whose turn it is not says why.
    """
    execution = find(execution_id)
    mine = execution.visit_id == visit_id()
    if mine and (execution.state not in handoff.OPEN_TO_KITE or execution.state is State.CANCELLED):
        # What came back stands on the receipt, and a cancelled basket goes to Kite again from there alone.
        return redirect(url_for("executions.show", execution_id=execution.id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return page(INVENTED, INVENTED.status)
    if mine:
        return _own(execution)
    if execution.state is State.PREPARED and not is_remembered() and security.led_by_this_site():
        return _without_cookie(
            execution
        )  # a press of a moment ago led here, and the browser did not keep its cookie
    return _of_somebody_else(execution)


@bp.post("/handoff/<execution_id>")
# A browser that keeps no cookie has no visit's token: the form carries one of its own.
@route_policy(csrf=Csrf.PAGE_TOKEN, limit=RouteLimit.HAND_OFFS)
def press(execution_id: str) -> Answered:
    """Take a press: whoever did not compose this basket gets an execution of their own, and goes on to its
    hand-off page.
    """
    _check_press(execution_id)
    execution = find(execution_id)
    visit = visit_id() if is_remembered() else new_id()
    if execution.visit_id == visit:
        return redirect(url_for("handoff.show", execution_id=execution.id), 303)
    if handoff.has_invented_instruments(services(), execution):
        return page(INVENTED, INVENTED.status)
    services().catalogue.check()
    standing = basket_parts.parts_state(services(), execution, visit)
    if standing and execution.id in standing.waits:
        return _waiting(standing, execution), 409
    try:
        own = pressing.own_copy(services(), execution, visit)
        if own is None:
            count_hand_off(without_cookie=not is_remembered())
            own = pressing.press_anew(services(), execution, visit)
    except (NotOffered, SiteNotListed) as gone:
        return provenance.refused(gone)
    return (
        redirect(url_for("handoff.show", execution_id=own.id), 303)
        if is_remembered()
        else _without_cookie(own)
    )


def _check_press(execution_id: str) -> None:
    """Check that a page of ours was pressed: by this visit's token, or, where the browser keeps no cookie, by
    the page's own. Raises CSRFError.
    """
    if is_remembered():
        try:
            validate_csrf(request.form.get("csrf_token"))
        except ValidationError as error:
            raise CSRFError(str(error)) from error
        return
    payload = services().sealer.verify(PRESS, request.form.get("press", ""))
    if (
        not payload
        or len(payload) != 2
        or payload[0] != execution_id
        or services().now().timestamp() - payload[1] > PRESS_LASTS.total_seconds()
    ):
        raise CSRFError("The page's own token is missing or old.")


def _own(execution: Execution) -> str | Response:
    """Lead the visit that pressed to Kite, or say what a part waits for."""
    origin = _led_to(execution)
    if origin and origin.gone:
        return provenance.refused(origin.gone, execution)
    if security.made_by_nobody():
        return _pressed_first(
            execution, origin, mine=True
        )  # what nobody looks at yet holds no form that leads to Kite
    standing = basket_parts.refreshed_parts_state(services(), execution, visit_id())
    if standing and execution.id in standing.waits:
        return _waiting(standing, execution)
    opening = handoff.open_page(services(), execution)
    return _form_page(
        opening, origin, auto=opening.by_itself, rail=in_words.show(standing, opening.execution, owner=True)
    )


def _without_cookie(execution: Execution) -> str:
    """Give the form to a browser that keeps no cookie.

    It is told what it will not see, so it presses once more.
    """
    return _form_page(
        handoff.open_page(services(), execution), _led_to(execution), auto=False, rail=None, cookie=False
    )


def _of_somebody_else(execution: Execution) -> str | Response:
    """Say what somebody else's basket is and who asks; its button records a basket of one's own."""
    services().catalogue.check()
    standing = basket_parts.parts_state(services(), execution, visit_id())
    if standing and execution.id in standing.waits:
        return _waiting(standing, execution)
    try:
        press_origins.check_still_offered(services(), execution)
    except (NotOffered, SiteNotListed) as gone:
        return provenance.refused(gone)
    return _pressed_first(execution, _led_to(execution), mine=False)


def _pressed_first(execution: Execution, origin: PressOrigin | None, *, mine: bool) -> str:
    lines = basket_lines(execution)
    return render_template(
        "journey/handoff_press.html",
        execution=execution,
        is_own=mine,
        is_over=execution.state not in handoff.OPEN_TO_KITE,
        host=urlsplit(services().settings.web_root).netloc,
        summary=worth(lines),
        lines=lines,
        origins=provenance.facts(origin),
        press=services().sealer.sign(PRESS, [execution.id, int(services().now().timestamp())]),
    )


def _form_page(
    opening: Opening, origin: PressOrigin | None, *, auto: bool, rail: PartsView | None, cookie: bool = True
) -> str:
    """Render the form that the browser posts to Kite.

    `auto`: it posts itself; `cookie`: the browser will know its receipt again.
    """
    security.allow_form_to_kite()
    settings, execution = services().settings, opening.execution
    lines = basket_lines(execution)
    return render_template(
        "journey/handoff.html",
        execution=execution,
        action=f"{settings.web_root}/connect/basket",
        host=urlsplit(settings.web_root).netloc,
        summary=worth(lines),
        lines=lines,
        auto=auto,
        opened=opening.opened_at is not None,
        origins=provenance.facts(origin),
        parts=rail,
        receipt_url=url_for("executions.show", execution_id=execution.id) if cookie else None,
        **opening.fields,
    )


def _led_to(execution: Execution) -> PressOrigin | None:
    with services().store.reading() as conn:
        return press_origins.press_origin(services(), conn, execution)


@bp.post("/handoff/<execution_id>/sequence")
def answer(execution_id: str) -> Response:
    """Record what the person says to a part that waits: go on anyway, stop, or take it up again."""
    try:
        part_answer = PartAnswer(request.form.get("answer", ""))
    except ValueError:
        abort(400)
    execution = find(execution_id)
    if not basket_parts.record_answer(services(), execution, visit_id(), part_answer):
        if execution.visit_id != visit_id():
            abort(404)
        return redirect(url_for("executions.show", execution_id=execution.id), 303)
    # Only going on leads to Kite: the hand-off page of a part whose turn it is sends itself.
    leads_to = "executions.show" if part_answer is PartAnswer.TAKE_UP else "handoff.show"
    return redirect(url_for(leads_to, execution_id=execution.id), 303)


def _waiting(standing: PartsState, execution: Execution) -> str:
    """Say what a part waits for; to whoever did not compose it, only that it waits."""
    owner = execution.visit_id == visit_id()
    lines = basket_lines(execution)
    rail = in_words.show(standing, execution, owner=owner)
    waits = in_words.in_words(execution, standing.waits[execution.id])
    funds = (
        _funds(execution, standing.waits[execution.id].part.user_id) if owner and not waits.stopped else None
    )
    if waits.check:
        security.allow_form_to_kite()
    return render_template(
        "journey/handoff_waiting.html",
        execution=execution,
        owner=owner,
        parts=rail,
        wait=waits,
        ending=result.shown(execution) if owner and waits.stopped else None,
        funds=funds,
        lines=lines,
    )


def _funds(part: Execution, user_id: str | None) -> str | None:
    """Set what is free at Kite against what a part needs there, as a session of the basket's Kite user tells;
    None when none can.
    """
    if user_id is None:
        return None
    needs = costs.basket_costs(services(), visit_id(), part.items, user_id)
    if not isinstance(needs, BasketCosts):
        free = (costs.funds(services(), visit_id(), user_id) or {}).get("equity")
        return gettext("Available at Kite: %(free)s.", free=rupees(free.net)) if free else None
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
    return (
        f"{words} {gettext('%(missing)s is missing.', missing=rupees(-needs.remaining))}"
        if needs.remaining < 0
        else str(words)
    )


def find(execution_id: str) -> Execution:
    """Return an execution, whoever asks; 404 when there is none."""
    with services().store.reading() as conn:
        return executions.get(conn, execution_id) or abort(404)
