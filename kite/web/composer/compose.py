"""The composer: a basket is typed, checked and handed off. Nothing is stored before it is handed off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from flask import abort, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.basket.formats.row_reader import Writer
from kite.basket.items import MAX_ITEMS
from kite.exceptions import BasketError
from kite.offsite.journey import handoff, resend
from kite.store.flow.executions import Execution
from kite.web.composer import amount_panel, costs, export, import_preview, market_orders, prefill
from kite.web.composer.amount_panel import AmountResult
from kite.web.composer.composer_page import (
    SELLS_FIRST,
    build_form,
    parent_id,
    render_form,
    render_rows,
    sequence,
    usable_catalogue,
)
from kite.web.composer.forms import BasketForm, too_many
from kite.web.composer.order_line import (
    IMPORT,
    TAKE,
    Entry,
    check_new_rows,
    entry_to_read,
    posted_entry,
    take_orders,
)
from kite.web.composer.prefill import Prefill, PrefillNote
from kite.web.composer.row_edits import FIX, Row, edit, fix
from kite.web.composer.row_fields import add_weights, posted_rows
from kite.web.operator import accounts, baskets
from kite.web.site import form_tokens
from kite.web.site.context import services
from kite.web.site.rate_limits import TooManyHandOffs, count_hand_off, refusal_sentence
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import has_own_token, has_visit_cookie, visit_id
from kite.web.wording.page_messages import OUT_OF_DATE, TYPED_WITHOUT_COOKIE

# The form checks its own token: a refusal before it is read would lose what was typed.
bp = SurfaceBlueprint("composer", __name__, Surface.PERSONAL, csrf=Csrf.PAGE_TOKEN, indexed=True)
bp.before_request(accounts.close_composer)
bp.before_request(import_preview.allow_a_file)

PUBLISH = "publish"
"""The button of operators: the basket is not sent, but offered to others."""

SENDING = ("hand_off", PUBLISH)
"""The buttons that let the basket go on, so every order is checked first."""


@bp.get("/")
def show() -> str | Response | tuple[str, int]:
    """Show an empty row, or the rows that a link, another page or an earlier basket brings.

    Never submits anything.
    """
    filled = prefill.prefill_from_query(request.args)
    if not isinstance(filled, Prefill):
        return filled
    page = render_form(build_form(filled.rows), filled.note, entry=filled.entry, weighted=filled.weighted)
    return page, filled.status


@bp.post("/")
@route_policy(limit=RouteLimit.HAND_OFFS)
def act() -> Response | str | tuple[str, int]:
    """Change rows, or check them all and hand off. Whatever happens, what was typed stays on the page."""
    rows = add_weights(posted_rows(request.form), request.form)
    action, entry = request.form.get("action", ""), posted_entry(request.form)
    if not usable_catalogue():
        return _without_list(rows, action, entry)
    if action in SENDING:
        return _check_and_send(rows, action, entry)
    if action == IMPORT and (page := _preview(rows, entry)):
        return page
    if orders := entry_to_read(entry, action, request.form.get("example", "")):
        return _take_orders(rows, entry, orders)
    return _change_rows(rows, action)


def _without_list(rows: Sequence[Row], action: str, entry: Entry) -> tuple[str, int]:
    """Change rows, but check and send nothing: there is no list of instruments to check them against."""
    changed, focus = list(rows[:MAX_ITEMS]), ""
    # Written orders wait in their box: without the list nobody can say which exchange a symbol is
    # on.
    if not entry.pending:
        changed, focus = edit(changed, action)
    page = render_rows(changed, focus=focus)
    if action in SENDING:
        return page, 503
    return page, 200


def _change_rows(rows: Sequence[Row], action: str) -> Response | str:
    """Do what a button asks that sends nothing to Kite."""
    kept_rows = rows[:MAX_ITEMS]
    for beginning, change in BUTTONS.items():
        if action.startswith(beginning):
            return change(kept_rows, action)
    if action == "money":
        form = build_form(kept_rows)
        return render_form(form, money=costs.ask_kite(form.orders))
    changed, focus = edit(kept_rows, action)
    note = None
    # The buttons that add a row do nothing in a full basket, so the page has to say why.
    full = len(rows) == MAX_ITEMS and action.startswith(("add", "duplicate"))
    if full or len(rows) > MAX_ITEMS:
        note = PrefillNote("care", too_many(len(rows)))
    return render_rows(changed, note, focus or market_orders.FOCUS.get(action, ""))


def _check_and_send(rows: Sequence[Row], action: str, entry: Entry) -> Response | str | tuple[str, int]:
    """Check every order, and go on when all are right and nothing is still to be read or worked out."""
    form = build_form(rows)
    valid = form.validate()
    if not has_own_token():
        return _stale(form), 400
    # This button sends no files, only their names: what the chosen file holds is not in the basket.
    if request.form.get("file"):
        note = gettext("A file was chosen and not read. Choose it again, and read it first.")
        return render_form(form, PrefillNote("care", note), "file")
    if entry.pending:
        note = gettext(
            "An order line or a list was still to be read. It is read now. This press sent nothing to Kite."
        )
        return _preview(rows, entry) or _take_orders(rows, entry, entry, PrefillNote("care", note))
    if result := amount_panel.recalculate(form.orders, request.form):
        return _show_new_quantities(rows, result)
    if not valid:
        return render_form(form)
    if action == PUBLISH:
        return _publish(form)
    return _hand_off(form)


def _stale(form: BasketForm) -> str:
    """Render the page for a press whose token does not fit: an old page, or a browser without cookies."""
    sentence = TYPED_WITHOUT_COOKIE
    if has_visit_cookie():
        sentence = OUT_OF_DATE
    return render_form(form, PrefillNote("care", gettext(sentence)))


def _show_new_quantities(rows: Sequence[Row], result: AmountResult) -> str:
    """Show the quantities that the typed amount buys, or why it buys none.

    They go to Kite with the next press, when the person has seen them.
    """
    form = build_form(result.fill(rows))
    form.validate()
    return render_form(form, PrefillNote("care", result.note), result.focus, amount=result)


def _publish(form: BasketForm) -> str:
    """Show an operator the form for the texts of a published basket."""
    if not accounts.operator_name():
        abort(403)
    return baskets.draft_page_for_composer(form.items(), request.values.get("publish", ""))


def _take_orders(rows: Sequence[Row], entry: Entry, orders: Entry, note: PrefillNote | None = None) -> str:
    """Make rows of the written `orders` and check them; what cannot be read stays in its box."""
    writer = Writer.MACHINE
    # A person has seen what the preview named, so nothing more may be left out of it without
    # asking.
    if request.form.get("action") == TAKE:
        writer = Writer.PERSON
    today = services().now().date()
    result = take_orders(rows[:MAX_ITEMS], entry, orders, services().catalogue, today, writer)
    form = build_form(result.rows)
    focus = check_new_rows(form.orders[len(form.orders) - result.new :])
    if result.left_out:
        note = PrefillNote("care", " ".join(result.left_out))
    if len(rows) > MAX_ITEMS:
        note = PrefillNote("care", too_many(len(rows)))
    return render_form(form, note, focus or result.entry.focus, entry=result.entry, weighted=result.weighted)


def _preview(rows: Sequence[Row], entry: Entry) -> str | None:
    """Return the page that names what a file or a long list holds; None for a short list, which
    becomes rows at once.
    """
    try:
        return import_preview.render_preview(rows, services().catalogue, services().now())
    except BasketError as error:
        reason = str(gettext(str(error), **error.params))
        entry = replace(entry, paste_errors=[reason])
        return render_form(build_form(rows[:MAX_ITEMS]), focus="paste", entry=entry)


def _export(rows: Sequence[Row], action: str) -> str | Response:
    """Return the basket as a file, or the page with the code of its buttons.

    While a text cannot be read, the page shows the errors instead.
    """
    form = build_form(rows)
    items = export.items_to_export(form.orders)
    if not items:
        form.validate()
        note = gettext("Nothing was written: there is an order that cannot be read yet.")
        return render_form(form, PrefillNote("care", note))
    if action in export.FILES:
        return export.export_file(action, items)
    return render_form(form, focus="snippet", snippet=export.button_code(items))


def _apply_fix(rows: Sequence[Row], action: str) -> str:
    """Make the change of a fix, and check everything again, so that other errors do not vanish from view."""
    changed, focus = fix(rows, action)
    form = build_form(changed)
    form.validate()
    return render_form(form, focus=focus)


def _set_limits(rows: Sequence[Row], action: str) -> str:
    """Give orders at market the limits that were pressed, and check these orders."""
    changed, indexes = market_orders.set_limits(rows, action)
    form = build_form(changed)
    focus = check_new_rows([form.orders[index] for index in indexes])
    if indexes and not focus:
        focus = f"item-{indexes[0]}"
    return render_form(form, focus=focus)


def _scale_quantities(rows: Sequence[Row], action: str) -> str:
    """Fill in the quantities that an amount buys; first `action` may remove an order for which it
    is too small.
    """
    remaining, focus = edit(rows, action.removeprefix(f"{amount_panel.SCALE}-"))
    form = build_form(remaining)
    if all(order.blank for order in form.orders):
        return render_form(form, focus=focus)
    result = amount_panel.spread_amount(form.orders, request.form)
    return render_form(build_form(result.fill(remaining)), focus=result.focus, amount=result)


BUTTONS: Mapping[str, Callable[[Sequence[Row], str], Response | str]] = {
    FIX: _apply_fix,
    export.ACTIONS: _export,
    market_orders.LIMIT: _set_limits,
    amount_panel.SCALE: _scale_quantities,
}
"""What a button does, by how its action begins."""


def _too_many_hand_offs(form: BasketForm, error: TooManyHandOffs) -> Response:
    note = PrefillNote("care", f"{refusal_sentence(error)} {gettext('What you typed is kept.')}")
    answer = make_response(render_form(form, note), 429)
    answer.headers["Retry-After"] = str(error.again_in)
    return answer


def _hand_off(form: BasketForm) -> Response | str:
    """Record the basket, once, and lead to the page that sends its first part to Kite."""
    items, sells_first, parent = form.items(), sequence() == SELLS_FIRST, parent_id()
    keys = form_tokens.form_keys(request.form, visit_id(), items, str(sells_first), parent)
    # A second press of the same form must not make a second basket, and must not count as one
    # either.
    if posted := handoff.basket_posted_with(services(), keys):
        return _to_handoff_page(posted)
    resendable = resend.find_resend(services(), visit_id(), parent) if parent else None
    if resendable and not resendable.items:
        note = gettext(
            "This was sent again already, or it is not known any more what became of it. Its receipt says"
            " which."
        )
        return render_form(form, PrefillNote("care", note))
    try:
        count_hand_off()
    except TooManyHandOffs as error:
        return _too_many_hand_offs(form, error)
    if resendable:
        return _to_handoff_page(
            resend.prepare(services(), items, visit_id(), parent, sells_first=sells_first, form_keys=keys)
        )
    return _to_handoff_page(
        handoff.prepare(services(), items, visit_id(), sells_first=sells_first, form_keys=keys)
    )


def _to_handoff_page(prepared: Sequence[Execution]) -> Response:
    return redirect(url_for("handoff.show", execution_id=prepared[0].id), 303)
