"""What the composer opens with: an empty row, or the orders of a link, another page or an earlier
basket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from kite.basket.formats.exporting import texts
from kite.offsite.base.services import new_id
from kite.offsite.jobs.expiry import PREFILLS_LAST
from kite.offsite.journey import access, resend
from kite.store.flow import prefills
from kite.vocabulary import N_, State
from kite.web.composer.order_line import Entry, from_link
from kite.web.composer.row_edits import Row
from kite.web.composer.row_fields import NEW_ROW
from kite.web.site import errors
from kite.web.site.context import services
from kite.web.site.rate_limits import TooOften, count_prefill
from kite.web.site.surfaces import Csrf, RouteLimit, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_id
from kite.web.wording.headline import may_edit
from kite.web.wording.labels import clock
from kite.web.wording.page_messages import PageMessage

# Other sites' pages post here, and know no token. Nothing is changed but that their orders are kept
# for a while.
bp = SurfaceBlueprint("prefill", __name__, Surface.PUBLIC, csrf=Csrf.NONE, from_elsewhere=True)

LONGEST = 128 * 1024
"""Characters that another page may post: a hundred orders as Kite's order book has them, with every
field filled.
"""

UNREADABLE = N_("These orders can’t be read")
TOO_OFTEN = N_("Too many orders from other pages")
GONE = N_(
    "The orders of this link are gone: they’re kept for an hour. Go back to the page that sent them, and open"
    " it from there again."
)


@dataclass(frozen=True)
class PrefillNote:
    """A note above the rows; `kind` is tells or care."""

    kind: str
    text: str


@dataclass(frozen=True)
class Prefill:
    """The rows that the composer opens with, what it says of them, and the status of the page.

    `entry` holds what could not be read, in the box for lists. `weighted` says that rows came with
    weights.
    """

    rows: Sequence[Row]
    note: PrefillNote | None = None
    status: int = 200
    entry: Entry | None = None
    weighted: bool = False


@bp.post("/prefill")
@route_policy(limit=RouteLimit.PREFILLS)
def keep() -> BaseResponse | tuple[str | Response, int] | tuple[str | Response, int, dict[str, str]]:
    """Keep the orders that another page posts, and lead to the composer, which opens with them.

    The post comes without the visit's cookie. None is set either: it would take the place of the
    visit.
    """
    data = request.form.get("data", "")
    if len(data) > LONGEST:
        abort(413)
    result = from_link(data)
    if not result.new:
        return errors.refusal_page(PageMessage(UNREADABLE, " ".join(result.entry.paste_errors)), 400)
    try:
        count_prefill()
    except TooOften as error:
        at = clock(services().now() + timedelta(seconds=error.again_in))
        text = gettext(
            "This network address has sent as many as it may within an hour. It can send more at %(time)s"
            " IST.",
            time=at,
        )
        return *errors.refusal_page(PageMessage(TOO_OFTEN, text), 429), {"Retry-After": str(error.again_in)}
    handle = new_id()
    with services().store.writing() as conn:
        prefills.add(conn, handle, data, services().now())
    return redirect(url_for("composer.show", prefill=handle), 303)


def prefill_from_query(args: Mapping[str, str]) -> Prefill | BaseResponse:
    """Return what the composer opens with, by the query of its address, or a redirect to another
    page.
    """
    if "again" in args:
        return _again(args["again"])
    if "from" in args:
        return _from_earlier(args["from"])
    if "prefill" in args:
        return _posted_elsewhere(args["prefill"])
    if "data" in args:
        note = gettext(
            "These orders came with the link. Check each one. This page has sent nothing to Kite yet."
        )
        return _read(args["data"], note, N_("The basket in this link cannot be read. %(reason)s"))
    return Prefill([dict(NEW_ROW)])


def _posted_elsewhere(handle: str) -> Prefill:
    """Return the orders that another page posted, as long as they are kept."""
    with services().store.reading() as conn:
        data = prefills.get(conn, handle, services().now() - PREFILLS_LAST)
    if data is None:
        return Prefill([dict(NEW_ROW)], PrefillNote("care", gettext(GONE)), 410)
    note = gettext(
        "These orders came from another page. Check each one. This page has sent nothing to Kite yet."
    )
    return _read(data, note, N_("The basket of that page cannot be read. %(reason)s"))


def _read(data: str, note: str, unreadable: str) -> Prefill:
    """Return the rows of the JSON `data`, with `note` above them, or with the sentence `unreadable`
    when it holds no order.
    """
    result = from_link(data)
    if not result.new:
        reason = " ".join(result.entry.paste_errors)
        return Prefill(
            result.rows, PrefillNote("care", gettext(unreadable, reason=reason)), entry=result.entry
        )
    # An order that is silently missing would be noticed only at Kite, or never.
    care = [*result.left_out, *result.entry.paste_errors]
    prefill_note = PrefillNote("care" if care else "tells", " ".join([note, *care]))
    return Prefill(result.rows, prefill_note, entry=result.entry, weighted=result.weighted)


def _again(execution_id: str) -> Prefill | BaseResponse:
    """Return the orders of an earlier basket that did not go through, or a redirect to its
    receipt.
    """
    resendable = resend.find_resend(services(), visit_id(), execution_id) or abort(404)
    # When nothing may be sent again, the receipt says why.
    if not resendable.items:
        return redirect(url_for("executions.show", execution_id=execution_id), 303)
    note = gettext(
        "These orders of an earlier basket did not go through. This page has sent nothing to Kite yet."
    )
    return Prefill([texts(item) for item in resendable.items], PrefillNote("tells", note))


def _from_earlier(execution_id: str) -> Prefill | BaseResponse:
    """Return the orders of an earlier basket, or a redirect to its receipt."""
    view = access.view_execution(services(), visit_id(), execution_id) or abort(404)
    execution = view.receipt.execution
    # Kite's word proves nothing: these orders may be placed all the same, and must not be sent
    # twice.
    if execution.state is State.CANCELLED and not may_edit(view):
        return redirect(url_for("executions.show", execution_id=execution_id), 303)
    note = gettext("These are the orders of an earlier basket. This page has sent nothing to Kite yet.")
    return Prefill([texts(item) for item in execution.items], PrefillNote("tells", note))
