"""The page of a part whose turn has not come: what it waits for, and what the person can answer."""

from flask import render_template
from flask_babel import gettext

from kite.offsite.account import costs
from kite.offsite.journey.basket_parts import PartsState
from kite.store.flow.executions import Execution
from kite.web.journey import basket_parts as part_views
from kite.web.journey import result
from kite.web.journey.handoff_lines import basket_lines
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.visits import visit_id
from kite.web.wording.labels import rupees


def waiting_page(parts_state: PartsState, execution: Execution) -> str:
    """Return the page that says what a part waits for. Who did not compose it reads only that it waits."""
    owner = execution.visit_id == visit_id()
    lines = basket_lines(execution)
    waited_for = parts_state.waits[execution.id]
    rail = part_views.parts_view(parts_state, execution, owner=owner)
    waits = part_views.wait_view(execution, waited_for)
    funds = stopped_ending = None
    if owner and waits.stopped:  # a basket that its person stopped has ended, as its app or site now learns
        stopped_ending = result.stored_ending_view(execution)
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
