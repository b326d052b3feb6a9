"""The composer: a basket is typed, checked and handed off. Nothing is stored before it is handed off."""

from collections.abc import Sequence
from dataclasses import replace

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.basket.formats.row_reader import Writer
from kite.basket.items import MAX_ITEMS
from kite.exceptions import BasketError, NoInstruments
from kite.instruments.catalogue import Catalogue
from kite.offsite.journey import handoff, resend
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode
from kite.web.composer import (
    amount_panel,
    costs,
    export,
    import_preview,
    market_hours,
    market_orders,
    prefill,
)
from kite.web.composer.forms import BasketForm, too_many
from kite.web.composer.order_line import EXAMPLES, IMPORT, TAKE, Entry, entered, judge, take, to_read
from kite.web.composer.prefill import Prefill, PrefillNote
from kite.web.composer.row_edits import FIX, Row, edit, fix
from kite.web.composer.row_fields import posted_rows
from kite.web.composer.row_view import lines, shared
from kite.web.composer.sample import SAMPLE
from kite.web.composer.totals import totals
from kite.web.composer.warnings import point_out
from kite.web.operator import accounts, baskets
from kite.web.site import form_tokens
from kite.web.site.context import services
from kite.web.site.rate_limits import TooManyHandOffs, count_hand_off, sentence_of
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import is_remembered, visit_id
from kite.web.wording.page_messages import NO_LIST, OUT_OF_DATE, TYPED_WITHOUT_COOKIE

# The form checks its own token: a refusal before it is read would lose what was typed.
bp = SurfaceBlueprint("composer", __name__, Surface.PERSONAL, csrf=Csrf.PAGE_TOKEN, indexed=True)
bp.before_request(accounts.close_composer)
bp.before_request(import_preview.allow_a_file)

PUBLISH = "publish"
"""The button of operators: the basket is not sent, but offered to others."""

SELLS_FIRST = "sells_first"
"""The choice that sends the sells of a basket to Kite before its buys."""


@bp.get("/")
def show() -> str | Response | tuple[str, int]:
    """Show an empty row, or the rows that a link, another page or an earlier basket brings.

    Never submits anything.
    """
    filled = prefill.fill(request.args)
    if not isinstance(filled, Prefill):
        return filled
    return (
        _render(_form(filled.rows), filled.note, entry=filled.entry, weighted=filled.weighted),
        filled.status,
    )


@bp.post("/")
@route_policy(limit=RouteLimit.HAND_OFFS)
def act() -> Response | str | tuple[str, int]:
    """Change rows, or check them all and hand off. Whatever happens, what was typed stays on the page."""
    rows, action = (
        amount_panel.weighed(posted_rows(request.form), request.form),
        request.form.get("action", ""),
    )
    entry = entered(request.form)
    if not _listed():
        return _without_list(rows, action, entry)
    if action in ("hand_off", PUBLISH):
        return _checked(rows, action, entry)
    if action == IMPORT and (page := _previewed(rows, entry)):
        return page
    if asked := to_read(entry, action, request.form.get("example", "")):
        return _taken(rows, entry, asked)
    return _changed(rows, action)


def _without_list(rows: Sequence[Row], action: str, entry: Entry) -> tuple[str, int]:
    """Change rows, and judge nothing: while there is no list of instruments no order can be checked, and none
    is sent.
    """
    kept = list(rows[:MAX_ITEMS])
    changed, focus = (kept, "") if entry.pending else edit(kept, action)
    return _page(changed, focus=focus), 503 if action in ("hand_off", PUBLISH) else 200


def _changed(rows: Sequence[Row], action: str) -> Response | str:
    """Do what a button asks that judges nothing by itself."""
    kept = rows[:MAX_ITEMS]
    if action.startswith(FIX):
        return _fixed(kept, action)
    if action.startswith(export.ACTIONS):
        return _exported(kept, action)
    if action.startswith(market_orders.LIMIT):
        return _limited(kept, action)
    if action.startswith(amount_panel.SCALE):
        return _scaled(kept, action)
    if action == "money":
        form = _form(kept)
        return _render(form, told=costs.of(form.orders))
    changed, focus = edit(kept, action)
    full = len(rows) > MAX_ITEMS or (len(rows) == MAX_ITEMS and action.startswith(("add", "duplicate")))
    return _page(
        changed,
        PrefillNote("care", too_many(len(rows))) if full else None,
        focus or market_orders.FOCUS.get(action, ""),
    )


def _checked(rows: Sequence[Row], action: str, entry: Entry) -> Response | str | tuple[str, int]:
    """Check every order, and go on when all are right and nothing waits to be read."""
    form = _form(rows, request.form.get("csrf_token", ""))
    valid = form.validate()
    if form.stale:
        return (
            _render(
                form,
                note=PrefillNote("care", gettext(OUT_OF_DATE if is_remembered() else TYPED_WITHOUT_COOKIE)),
            ),
            400,
        )
    if request.form.get("file"):
        return _render(
            form,
            note=PrefillNote(
                "care", gettext("A file was chosen and not read. Choose it again, and read it first.")
            ),
            focus="file",
        )
    if entry.pending:
        note = gettext(
            "An order line or a list was still to be read. It is read now. This press sent nothing to Kite."
        )
        return _previewed(rows, entry) or _taken(rows, entry, entry, PrefillNote("care", note))
    if worked := amount_panel.not_worked_out(form.orders, request.form):
        return _recalculated(rows, worked)
    if not valid:
        return _render(form)
    return _publish(form) if action == PUBLISH else _hand_off(form)


def _recalculated(rows: Sequence[Row], worked: amount_panel.AmountResult) -> str:
    """Show the quantities that the typed amount buys, or why it buys none.

    What was typed is sent, once it was seen.
    """
    form = _form(worked.fill(rows), request.form.get("csrf_token", ""))
    form.validate()
    return _render(form, PrefillNote("care", worked.note), worked.focus, worked=worked)


def _publish(form: BasketForm) -> str:
    """Lead an operator on to the texts that stand around a published basket."""
    if not accounts.operator_name():
        abort(403)
    return baskets.ask_for(form.items(), request.values.get("publish", ""))


def _taken(rows: Sequence[Row], entry: Entry, asked: Entry, note: PrefillNote | None = None) -> str:
    """Make rows of what was written; the new ones are checked, and what was not understood stays where it
    stands.
    """
    # What a preview named has been read already: a person has seen it, and nothing more is left out of it.
    writer = Writer.PERSON if request.form.get("action") == TAKE else Writer.MACHINE
    taken = take(rows[:MAX_ITEMS], entry, asked, services().catalogue, services().now().date(), writer)
    form = _form(taken.rows)
    focus = judge(form.orders[len(form.orders) - taken.new :])
    if taken.left_out:
        note = PrefillNote("care", " ".join(taken.left_out))
    if len(rows) > MAX_ITEMS:
        note = PrefillNote("care", too_many(len(rows)))
    return _render(form, note, focus or taken.entry.focus, taken.entry, weighted=taken.weighted)


def _previewed(rows: Sequence[Row], entry: Entry) -> str | None:
    """Return the page that names what a file or a long list holds; None for a list that becomes rows at
    once.
    """
    try:
        return import_preview.page(rows, services().catalogue, services().now())
    except BasketError as error:
        told = str(gettext(str(error), **error.params))
        return _render(_form(rows[:MAX_ITEMS]), focus="paste", entry=replace(entry, paste_errors=[told]))


def _exported(rows: Sequence[Row], action: str) -> str | Response:
    """Give the basket as a file, or show the code of its buttons.

    While a text cannot be read, the errors are told instead.
    """
    form = _form(rows)
    items = export.items_of(form.orders)
    if not items:
        form.validate()
        return _render(
            form,
            PrefillNote("care", gettext("Nothing was written: there is an order that cannot be read yet.")),
        )
    if action in export.FILES:
        return export.file_of(action, items)
    return _render(form, focus="snippet", snippet=export.buttons_of(items))


def _fixed(rows: Sequence[Row], action: str) -> str:
    """Make the change of a fix and check again: what else is wrong stays told, and what is right now is
    not.
    """
    changed, focus = fix(rows, action)
    form = _form(changed, request.form.get("csrf_token", ""))
    form.validate()
    return _render(form, focus=focus)


def _limited(rows: Sequence[Row], action: str) -> str:
    """Give orders at market the limits that were pressed, and check these orders."""
    changed, done = market_orders.put(rows, action)
    form = _form(changed)
    wrong = judge([form.orders[index] for index in done])
    return _render(form, focus=wrong or (f"item-{done[0]}" if done else ""))


def _scaled(rows: Sequence[Row], action: str) -> str:
    """Fill in the quantities that an amount buys; first `action` may remove an order for which it is too
    small.
    """
    left, focus = edit(rows, action.removeprefix(f"{amount_panel.SCALE}-"))
    form = _form(left)
    if all(order.blank for order in form.orders):
        return _render(form, focus=focus)
    worked = amount_panel.work_out(form.orders, request.form)
    return _render(_form(worked.fill(left)), focus=worked.focus, worked=worked)


def _too_many(form: BasketForm, error: TooManyHandOffs) -> Response:
    answer = make_response(
        _render(form, note=PrefillNote("care", f"{sentence_of(error)} {gettext('What you typed is kept.')}")),
        429,
    )
    answer.headers["Retry-After"] = str(error.again_in)
    return answer


def _hand_off(form: BasketForm) -> Response | str:
    """Record the basket, once, and lead to the page that sends its first part to Kite."""
    items, first, parent = form.items(), _sequence() == SELLS_FIRST, _parent()
    keys = form_tokens.keys(request.form, visit_id(), items, str(first), parent)
    if before := handoff.posted(services(), keys):
        return _to_kite(before)
    earlier = resend.look(services(), visit_id(), parent) if parent else None
    if earlier and not earlier.items:
        note = gettext(
            "This was sent again already, or it is not known any more what became of it. Its receipt says"
            " which."
        )
        return _render(form, note=PrefillNote("care", note))
    try:
        count_hand_off()
    except TooManyHandOffs as error:
        return _too_many(form, error)
    if earlier:
        return _to_kite(
            resend.prepare(services(), items, visit_id(), parent, sells_first=first, form_keys=keys)
        )
    return _to_kite(handoff.prepare(services(), items, visit_id(), sells_first=first, form_keys=keys))


def _to_kite(prepared: Sequence[Execution]) -> Response:
    return redirect(url_for("handoff.show", execution_id=prepared[0].id), 303)


def _parent() -> str:
    """Return the id of the basket of which this page sends something again, or ""."""
    return request.form.get("parent") or request.args.get("again", "")


def _sequence() -> str:
    """Return how a basket that sells and buys goes to Kite: all at once, unless the person chose
    otherwise.
    """
    return SELLS_FIRST if request.form.get("sequence") == SELLS_FIRST else "at_once"


def _listed() -> Catalogue | None:
    """Return the catalogue, None while it has no list that orders may be checked against."""
    try:
        services().catalogue.check()
    except NoInstruments:
        return None
    return services().catalogue


def _form(rows: Sequence[Row], csrf_token: str = "") -> BasketForm:
    return BasketForm(rows, _listed(), services().now(), csrf_token)


def _page(rows: Sequence[Row], note: PrefillNote | None = None, focus: str = "") -> str:
    return _render(_form(rows), note, focus)


def _render(
    form: BasketForm,
    note: PrefillNote | None = None,
    focus: str = "",
    entry: Entry | None = None,
    told: costs.CostsPanel | None = None,
    worked: amount_panel.AmountResult | None = None,
    snippet: str = "",
    weighted: bool = False,
) -> str:
    """Render the page; with errors the first of them has the focus.

    Order line and paste box stand as posted, or as `entry`.

    `told` is what Kite says of the basket's money, where it was asked; `worked` what was made of an amount;
    `snippet` code to copy; `weighted` says that rows came with weights.
    """
    faults = form.faults()
    point_out(form.orders)
    focus = faults[0].id if faults else focus
    return render_template(
        "composer/compose.html",
        form=form,
        lines=lines(form.orders, focus),
        totals=totals(form.orders),
        hours=market_hours.told(form.orders),
        market=market_orders.question(form.orders, request.form, request.form.get("action", "")),
        amounts=amount_panel.panel(form.orders, request.form, worked, weighted=weighted),
        costs=told,
        snippet=snippet,
        costs_state=costs.state(),
        faults=faults,
        notice=note,
        no_list=None if _listed() else NO_LIST,
        parent=_parent(),
        form_token=form_tokens.of_form(request.form),
        sequence=_sequence(),
        entry=entry or entered(request.form),
        examples=EXAMPLES,
        editor=shared(focus),
        max_items=services().settings.basket_max_items,
        sample=SAMPLE if services().settings.mode is Mode.SIMULATOR else None,
    )
