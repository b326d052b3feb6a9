"""The trail of an execution: every event that was recorded of it, with who, when and from where."""

from dataclasses import dataclass

from flask import abort, render_template
from flask_babel import gettext

from kite.offsite.journey import access
from kite.offsite.journey.access import Role
from kite.offsite.journey.handoff import visit_nonce
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.vocabulary import State
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import visit_id
from kite.web.wording.event_messages import event_sentence
from kite.web.wording.labels import STATES, day

bp = SurfaceBlueprint("trail", __name__, Surface.EMBEDDED)

BEFORE_KITE = (EventCause.COMPOSED, EventCause.SENT_AGAIN, EventCause.OPENED)
"""What somebody who composed the basket for the owner has done: their address is not the owner's to
see.
"""


@dataclass(frozen=True)
class TrailEntry:
    """One thing that happened. `to` is the state that it led to, in words, or ""."""

    at: str
    text: str
    to: str
    who: str
    where: str


@bp.get("/executions/<execution_id>/trail")
def show(execution_id: str) -> str:
    """Show the owner every event, and somebody who only composed the basket their own."""
    visit = visit_id()
    me = f"visit {visit_nonce(visit)[:8]}"
    with services().store.reading() as conn:
        execution = executions.get(conn, execution_id) or abort(404)
        role = access.role_in_visit(conn, visit, execution) or abort(404)
        trail = [event for event in events.of(conn, execution_id) if role is Role.OWNER or event.actor == me]
    return render_template(
        "receipts/audit_trail.html",
        execution=execution,
        lines=[_line(event, event_sentence(execution, event), me) for event in trail],
    )


def _line(event: Event, text: str, me: str) -> TrailEntry:
    hidden = event.actor != me and event.cause in BEFORE_KITE
    return TrailEntry(
        day(event.at),
        text,
        _state(event.to_state),
        _who(event.actor, me),
        "" if hidden else event.address or "",
    )


def _state(state: State | None) -> str:
    if state is None:
        return ""
    return gettext(STATES[state])


def _who(actor: str, me: str) -> str:
    if actor == me:
        return gettext("You, in this browser")
    if actor.startswith("visit "):
        return gettext("Another browser")
    known = {"": gettext("This site"), "worker": gettext("This site, by itself"), "Kite": gettext("Kite")}
    return known.get(actor, actor)
