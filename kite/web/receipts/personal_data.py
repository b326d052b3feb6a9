"""What is stored of a person: shown, exported as JSON, and erased when they ask."""

import json
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import (
    Response,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from kite.offsite.account import personal_data
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import Export
from kite.store.flow.events import Event
from kite.web.receipts.receipt_data import money
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import visit_id
from kite.web.wording.event_words import cause_words, detail_words

bp = SurfaceBlueprint("data", __name__, Surface.PERSONAL)


@bp.get("/data")
def show() -> str:
    """Show what is stored of this visit and of the Kite users it has proved, and for how long."""
    return _page()


@bp.get("/data/export.json")
def export() -> Response:
    """Return everything as JSON, one record after the other, however much there is."""
    with services().store.writing() as conn:
        events.note(conn, services().now(), EventCause.EXPORTED, data=Export("everything"))
    answer = Response(
        stream_with_context(_json_lines(personal_data.export(services(), visit_id()))),
        mimetype="application/json",
    )
    answer.headers["Content-Disposition"] = "attachment; filename=basket-data.json"
    return answer


@bp.post("/data/delete")
def delete() -> BaseResponse | str:
    """Erase all of it when the box that confirms it is ticked.

    From then on the browser is a new visit.
    """
    if not request.form.get("confirm"):
        return _page(error=gettext("Tick this first. Nothing was deleted."))
    count = personal_data.erase(services(), visit_id())
    session.clear()
    session["erased"] = count
    return redirect(url_for("data.show"), 303)


def _page(error: str = "") -> str:
    records = personal_data.stored_data(services(), visit_id())
    return render_template(
        "receipts/personal_data.html",
        records=records,
        erased_count=session.pop("erased", None),
        error=error,
        days=services().settings.retention.days,
    )


def _json_lines(records: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    yield f'{{"made_at": "{services().now().isoformat()}", "records": ['
    comma = ""
    for kind, fields in records:
        yield comma + json.dumps({"record": kind} | fields, default=_plain, ensure_ascii=False)
        comma = ","
    yield "]}"


def _plain(value: object) -> Any:
    if isinstance(value, Event):
        return _event_fields(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _event_fields(event: Event) -> dict[str, object]:
    """Return an event as a file has it: in words, and without what only the database needs."""
    return {
        "at": event.at,
        "execution_id": event.execution_id,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "cause": cause_words(event),
        "detail": detail_words(event),
        "actor": event.actor,
        "address": event.address,
    }
