"""The archive: a person's receipts by day, state, outcome and symbol, as a page and as files to
keep.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request, stream_with_context, url_for
from flask_babel import gettext
from wtforms import DateField, Form, StringField
from wtforms.validators import AnyOf, Optional

from kite.offsite.journey import access
from kite.offsite.journey.access import View
from kite.store.base.engine import Connection
from kite.store.flow import archive, events
from kite.store.flow.archive import Filter, Place
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import Export
from kite.store.flow.executions import Execution
from kite.vocabulary import IST, Outcome, State
from kite.web.receipts import downloads
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import visit_id
from kite.web.wording.headline import headline
from kite.web.wording.labels import OUTCOMES, STATES

bp = SurfaceBlueprint("archive", __name__, Surface.PERSONAL)

PAGE = 50
EARLIEST, LATEST = date(2000, 1, 1), date(9000, 1, 1)
MOST_SYMBOLS = 4
"""How many symbols a line of the list names; the others are counted."""


@dataclass(frozen=True)
class ArchiveRow:
    """A line of the list of receipts. `symbols` are the first few, `more` counts the others."""

    execution: Execution
    headline: str
    url: str
    symbols: list[str]
    more: int


class FilterForm(Form):  # type: ignore[misc]  # WTForms carries no types
    """The filter of the list. Days are India's; an outcome is that of at least one item."""

    since = DateField(name="from", validators=[Optional()])
    until = DateField(name="to", validators=[Optional()])
    state = StringField(validators=[Optional(), AnyOf(list(State))])
    outcome = StringField(validators=[Optional(), AnyOf(list(Outcome))])
    symbol = StringField(filters=[lambda text: (text or "").strip().upper()])

    def read_filter(self) -> Filter:
        """Return what the form asks for; a field that cannot be read filters nothing."""
        self.validate()
        self._replace_errors((self.since, self.until), gettext("Enter a day like 2026-11-20."))
        self._replace_errors((self.state, self.outcome), gettext("There is no such value."))
        values = {name: value for name, value in self.data.items() if value and not self[name].errors}
        return Filter(
            since=_start_of(values.get("since")),
            until=_end_of(values.get("until")),
            state=State(values["state"]) if "state" in values else None,
            outcome=Outcome(values["outcome"]) if "outcome" in values else None,
            symbol=values.get("symbol", ""),
        )

    @staticmethod
    def _replace_errors(fields: Iterable[Any], words: str) -> None:
        """Give fields that cannot be read one sentence of ours in place of what WTForms says in
        English.
        """
        for field in fields:
            if field.errors:
                field.errors = [words]

    def query(self, **more: str) -> str:
        """Return the form as the query of an address."""
        params = {field.name: request.args.get(field.name, "") for field in self} | more
        text = urlencode({name: value for name, value in params.items() if value})
        return text and f"?{text}"


@bp.get("/executions")
def list_all() -> str:
    """List the visit's own executions and, once it has proved a Kite user, all of that user's."""
    form = FilterForm(request.args)
    # One more than a page shows says whether there is another page.
    views = _page(form.read_filter(), _place(request.args.get("after", "")), PAGE + 1, brief=True)
    rows = [_row(view) for view in views[:PAGE]]
    older = None
    if len(views) > PAGE:
        older = form.query(after=_place_text(views[PAGE - 1].receipt.execution))
    choices = {"state": _choices(STATES), "outcome": _choices(OUTCOMES)}
    return render_template(
        "receipts/archive.html", form=form, choices=choices, rows=rows, older=older, query=form.query()
    )


@bp.get("/executions.csv")
def as_csv() -> Response:
    """Return the receipts of the filter as CSV: one line for every item."""
    return _export("csv", "text/csv; charset=utf-8", downloads.csv_lines)


@bp.get("/executions.json")
def as_json() -> Response:
    """Return the receipts of the filter as JSON, each in the shape of /executions/<id>.json."""
    return _export("json", "application/json", downloads.json_lines)


def _choices(words: dict[str, str]) -> list[tuple[str, str]]:
    return [("", gettext("Any")), *((value, gettext(text)) for value, text in words.items())]


def _start_of(day: date | None) -> datetime | None:
    """Return the moment in which a day begins in India."""
    if day is None:
        return None
    # A year like 0001 is a day to a browser, and has no moment in a time zone or in the database.
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), IST)


def _end_of(day: date | None) -> datetime | None:
    if day is None:
        return None
    return _start_of(min(day, LATEST) + timedelta(days=1))


def _place(text: str) -> Place | None:
    """Return where the page before ended, None for nonsense: then the list begins at the top."""
    moment, _, execution_id = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if at.tzinfo is None or not EARLIEST.year <= at.year < 9999:
        return None
    return at, execution_id


def _place_text(execution: Execution) -> str:
    return f"{execution.created_at.isoformat()}~{execution.id}"


def _page(chosen: Filter, after: Place | None, most: int, *, brief: bool = False) -> list[View]:
    visit = visit_id()

    def find(conn: Connection, proved: frozenset[str]) -> list[Execution]:
        return archive.find(conn, visit, proved, chosen, after, most)

    return access.stored_views(services(), visit, find, brief=brief)


def _row(view: View) -> ArchiveRow:
    execution = view.receipt.execution
    symbols = list(dict.fromkeys(item.tradingsymbol for item in execution.items))
    url = url_for("executions.show", execution_id=execution.id)
    return ArchiveRow(
        execution, headline(view.receipt, view), url, symbols[:MOST_SYMBOLS], len(symbols[MOST_SYMBOLS:])
    )


def _export(kind: str, content_type: str, write: Callable[[Iterator[View]], Iterator[str]]) -> Response:
    form = FilterForm(request.args)
    chosen = form.read_filter()
    with services().store.writing() as conn:
        events.note(conn, services().now(), EventCause.EXPORTED, data=Export(kind, form.query()))
    answer = Response(stream_with_context(write(_all(chosen))), content_type=content_type)
    answer.headers["Content-Disposition"] = f"attachment; filename=receipts.{kind}"
    return answer


def _all(chosen: Filter) -> Iterator[View]:
    """Yield every receipt, a page at a time: an export never holds all of them in memory."""
    after: Place | None = None
    while page := _page(chosen, after, PAGE):
        yield from page
        last = page[-1].receipt.execution
        after = (last.created_at, last.id)
