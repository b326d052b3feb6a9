"""The archive: the receipts of a visit, found by day, state, outcome and symbol, as a page and as files to
keep.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Response, render_template, request, stream_with_context, url_for
from flask_babel import gettext
from wtforms import DateField, Form, StringField
from wtforms.validators import AnyOf, Optional

from kite.offsite.journey import access
from kite.offsite.journey.access import View
from kite.store.flow import archive, events
from kite.store.flow.archive import Filter, Place
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.vocabulary import IST, EventCause, Outcome, State
from kite.web.receipts import downloads
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import visit_id
from kite.web.wording.headline import headline
from kite.web.wording.labels import OUTCOMES, STATES

bp = SurfaceBlueprint("archive", __name__, Surface.PERSONAL)

PAGE = 50
EARLIEST, LATEST = date(2000, 1, 1), date(9000, 1, 1)
SHOWN = 4
"""Symbols that stand on a line of the list; the others are counted."""


@dataclass(frozen=True)
class ArchiveRow:
    """A line of the list of receipts. `symbols` are the first few, `more` counts the others."""

    execution: Execution
    headline: str
    url: str
    symbols: list[str]
    more: int


class FilterForm(Form):  # type: ignore[misc]  # WTForms carries no types
    """What is looked for. Days are India's; an outcome is of at least one item."""

    since = DateField(name="from", validators=[Optional()])
    until = DateField(name="to", validators=[Optional()])
    state = StringField(validators=[Optional(), AnyOf(list(State))])
    outcome = StringField(validators=[Optional(), AnyOf(list(Outcome))])
    symbol = StringField(filters=[lambda text: (text or "").strip().upper()])

    def wanted(self) -> Filter:
        """Return what the form asks for; a field that cannot be read filters nothing."""
        self.validate()
        for field in (self.since, self.until):
            field.errors = [gettext("Enter a day like 2026-11-20.")] if field.errors else []
        for field in (self.state, self.outcome):
            field.errors = [gettext("There is no such value.")] if field.errors else []
        good = {name: value for name, value in self.data.items() if value and not self[name].errors}
        until = good.get("until")
        return Filter(
            since=_midnight(good["since"]) if "since" in good else None,
            until=_midnight(min(until, LATEST) + timedelta(days=1)) if until else None,
            state=State(good["state"]) if "state" in good else None,
            outcome=Outcome(good["outcome"]) if "outcome" in good else None,
            symbol=good.get("symbol", ""),
        )

    def query(self, **more: str) -> str:
        """Return the form as the query of an address."""
        given = {field.name: request.args.get(field.name, "") for field in self}
        text = urlencode({name: value for name, value in (given | more).items() if value})
        return f"?{text}" if text else ""


@bp.get("/executions")
def list_all() -> str:
    """List the visit's own executions and, once it has proved a Kite user, all of that user's."""
    form = FilterForm(request.args)
    found = _page(form.wanted(), _place(request.args.get("after", "")), PAGE + 1, brief=True)
    rows = [_row(view) for view in found[:PAGE]]
    older = form.query(after=_written(found[PAGE - 1].receipt.execution)) if len(found) > PAGE else None
    choices = {"state": _choices(STATES), "outcome": _choices(OUTCOMES)}
    return render_template(
        "receipts/archive.html", form=form, choices=choices, rows=rows, older=older, query=form.query()
    )


@bp.get("/executions.csv")
def as_csv() -> Response:
    """Export what the filter finds: one line for every item."""
    return _exported("csv", "text/csv; charset=utf-8", downloads.csv_lines)


@bp.get("/executions.json")
def as_json() -> Response:
    """Export what the filter finds: the receipts in the shape of /executions/<id>.json."""
    return _exported("json", "application/json", downloads.json_lines)


def _choices(words: dict[str, str]) -> list[tuple[str, str]]:
    return [("", gettext("Any")), *((value, gettext(text)) for value, text in words.items())]


def _midnight(day: date) -> datetime:
    """Return the moment in which a day begins in India.

    Days that no receipt can have are brought near enough to be compared.
    """
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), IST)


def _place(text: str) -> Place | None:
    """Read where the page before ended; nonsense begins at the top."""
    moment, _, execution_id = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, execution_id) if at.tzinfo and at.year in range(2000, 9999) else None


def _written(execution: Execution) -> str:
    return f"{execution.created_at.isoformat()}~{execution.id}"


def _page(wanted: Filter, after: Place | None, most: int, *, brief: bool = False) -> list[View]:
    with services().store.reading() as conn:
        proved = sessions.proved_users(conn, visit_id())
        found = archive.find(conn, visit_id(), proved, wanted, after, most)
    return access.stored(services(), found, visit_id(), proved, brief=brief)


def _row(view: View) -> ArchiveRow:
    execution = view.receipt.execution
    symbols = list(dict.fromkeys(item.tradingsymbol for item in execution.items))
    url = url_for("executions.show", execution_id=execution.id)
    return ArchiveRow(execution, headline(view.receipt, view), url, symbols[:SHOWN], len(symbols[SHOWN:]))


def _exported(kind: str, content_type: str, written: Callable[[Iterator[View]], Iterator[str]]) -> Response:
    form = FilterForm(request.args)
    wanted = form.wanted()
    with services().store.writing() as conn:
        events.add(
            conn, Event(services().now(), None, None, None, EventCause.EXPORTED, f"{kind}{form.query()}")
        )
    answer = Response(stream_with_context(written(_all(wanted))), content_type=content_type)
    answer.headers["Content-Disposition"] = f"attachment; filename=receipts.{kind}"
    return answer


def _all(wanted: Filter) -> Iterator[View]:
    after: Place | None = None
    while page := _page(wanted, after, PAGE):
        yield from page
        last = page[-1].receipt.execution
        after = (last.created_at, last.id)
