"""The hand-off page: the browser itself posts the basket to Kite's page from here."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.basket.items import Item
from kite.basket.worth import order_value
from kite.offsite import handoff, money, sequence
from kite.offsite.money import Money
from kite.offsite.sequence import Answer, Standing
from kite.publishing import pressing
from kite.store import executions
from kite.store.executions import Execution
from kite.vocabulary import TransactionType
from kite.web import cautions, ending, origins, security
from kite.web import sequence as in_words
from kite.web.errors import page
from kite.web.parts import parts
from kite.web.receipts import summary
from kite.web.sentences import INVENTED
from kite.web.terms import Terms, terms
from kite.web.visit import visit_id
from kite.web.words import rupees

bp = Blueprint("handoff", __name__)


@dataclass(frozen=True)
class Line:
    """A line of the basket. `value` is in rupees, None when it cannot be known; `worth` is the same as a text.

    `cares` are the sentences of what is pointed out, and stops nothing.
    """

    number: int
    item: Item
    terms: Terms
    value: Decimal | None
    worth: str
    cares: list[str]


@bp.get("/handoff/<execution_id>")
def show(execution_id: str) -> str | Response | tuple[str | Response, int]:
    """Serve the form that goes to Kite; it posts itself once, for the visit that pressed. A part whose turn it is not says why."""
    with parts().store.reading() as conn:
        execution = executions.get(conn, execution_id) or abort(404)
        led = pressing.led_to(parts(), conn, execution)
    if execution.state not in handoff.OPEN_TO_KITE:
        if execution.visit_id == visit_id():
            return redirect(url_for("executions.show", execution_id=execution.id), 303)
        return render_template("handoff/gone.html", execution=execution)
    if handoff.invented(parts(), execution):
        return page(INVENTED, INVENTED.status)
    if led and led.gone:
        return origins.refused(led.gone, execution)
    bare = security.made_by_nobody()
    standing = (sequence.look if bare else sequence.look_at_kite)(parts(), execution, visit_id())
    if standing and execution.id in standing.waits:
        return _waiting(standing, execution)
    opening = handoff.open_page(parts(), execution, visit_id(), bare=bare)
    security.allow_form_to_kite()
    settings = parts().settings
    lines = basket_lines(opening.execution)
    return render_template(
        "handoff/show.html",
        execution=opening.execution,
        action=f"{settings.web_root}/connect/basket",
        host=urlsplit(settings.web_root).netloc,
        summary=worth(lines),
        lines=lines,
        auto=opening.by_itself,
        opened=opening.opened_at is not None,
        origins=origins.facts(led),
        parts=in_words.show(standing, opening.execution, owner=True) if execution.visit_id == visit_id() else None,
        receipt_url=url_for("executions.show", execution_id=execution.id) if execution.visit_id == visit_id() else None,
        **opening.fields,
    )


@bp.post("/handoff/<execution_id>/sequence")
def answer(execution_id: str) -> Response:
    """Record what the person says to a part that waits: go on anyway, stop, or take it up again."""
    try:
        said = Answer(request.form.get("answer", ""))
    except ValueError:
        abort(400)
    execution = find(execution_id)
    if not sequence.answer(parts(), execution, visit_id(), said):
        if execution.visit_id != visit_id():
            abort(404)
        return redirect(url_for("executions.show", execution_id=execution.id), 303)
    # Only going on leads to Kite: the hand-off page of a part whose turn it is sends itself.
    leads_to = "executions.show" if said is Answer.TAKE_UP else "handoff.show"
    return redirect(url_for(leads_to, execution_id=execution.id), 303)


def _waiting(standing: Standing, execution: Execution) -> str:
    """Say what a part waits for; to whoever did not compose it, only that it waits."""
    owner = execution.visit_id == visit_id()
    lines = basket_lines(execution)
    shown = in_words.show(standing, execution, owner=owner)
    waits = in_words.in_words(execution, standing.waits[execution.id])
    told = _funds(execution, standing.waits[execution.id].part.user_id) if owner and not waits.stopped else None
    if waits.check:
        security.allow_form_to_kite()
    return render_template(
        "handoff/waits.html",
        execution=execution,
        owner=owner,
        parts=shown,
        waits=waits,
        ending=ending.shown(execution) if owner and waits.stopped else None,
        funds=told,
        lines=lines,
    )


def _funds(part: Execution, user_id: str | None) -> str | None:
    """Set what is free at Kite against what a part needs there, as a session of the basket's Kite user tells; None when none can."""
    if user_id is None:
        return None
    told = money.basket(parts(), visit_id(), part.items, user_id)
    if not isinstance(told, Money):
        free = (money.funds(parts(), visit_id(), user_id) or {}).get("equity")
        return gettext("Available at Kite: %(free)s.", free=rupees(free.net)) if free else None
    figures = {"free": rupees(told.free), "needed": rupees(told.final), "charges": rupees(told.charges.total)}
    words = gettext("Available at Kite: %(free)s. This part needs %(needed)s of margin, and about %(charges)s of charges.", **figures)
    return f"{words} {gettext('%(missing)s is missing.', missing=rupees(-told.left))}" if told.left < 0 else str(words)


def find(execution_id: str) -> Execution:
    """Return an execution, whoever asks; 404 when there is none."""
    with parts().store.reading() as conn:
        return executions.get(conn, execution_id) or abort(404)


def basket_lines(execution: Execution) -> list[Line]:
    """Return the lines of an execution's basket, valued by the catalogue."""
    known = parts().catalogue.find_all((item.exchange, item.tradingsymbol) for item in execution.items)
    orders = [(item, known.get((item.exchange, item.tradingsymbol))) for item in execution.items]
    lines = []
    for number, ((item, instrument), cares) in enumerate(zip(orders, cautions.sentences(orders), strict=True), 1):
        value = order_value(item, instrument)
        lines.append(Line(number, item, terms(item), value, "" if value is None else rupees(value), cares))
    return lines


def worth(lines: list[Line]) -> str:
    """Say how many orders there are and what they are worth: "3 buy, 1 sell · ₹21,77,030.00"."""
    buys = sum(line.item.transaction_type == TransactionType.BUY for line in lines)
    text = summary(buys, len(lines) - buys)
    values = [line.value for line in lines if line.value is not None]
    return f"{text} · {rupees(sum(values, Decimal(0)))}" if len(values) == len(lines) else text
