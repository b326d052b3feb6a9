"""How the page, app or site that began a basket learns its ending.

The page that opened our window and the app around us get a message; an allowed address gets the
browser back.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kite.offsite.journey import access, basket_parts
from kite.offsite.journey.access import Role
from kite.offsite.journey.part_waits import StoredBasket
from kite.publishing import ending, permissions
from kite.publishing.ending import Ending, Status
from kite.store.base.engine import Connection
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.allowed_sites import RETURN_TO
from kite.store.publishing import presses
from kite.store.publishing.presses import Press
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.surfaces import Csrf, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_id

bp = SurfaceBlueprint("ending", __name__, Surface.EMBEDDED)


@dataclass(frozen=True)
class EndingView:
    """What the receipt says of the ending.

    `here` is the address of the execution that ends the basket; `stopped`: its person stopped
    between two parts. `origin` is the site whose page waits for the ending. `back` is the name of
    the site or app that the browser may return to with the ending, or "". `page` is the address of
    the other site's page when its button led here in the same window: a plain link, which does not
    carry the ending.
    """

    status: Status
    here: str
    stopped: bool
    origin: str
    back: str
    page: str = ""


def ending_view(
    conn: Connection, execution: Execution, stored: StoredBasket | None, press: Press | None
) -> EndingView | None:
    """Return what a page says of the ending, None while there is none.

    `stored` is the basket of several parts to which `execution` belongs, `press` what led to it. Of
    a basket in parts only the page of the part that ended it says so; of one that its person
    stopped, the pages of all parts.
    """
    basket = ending.basket_ending(execution, stored)
    if basket.status is None or (basket.execution.id != execution.id and not basket.stopped):
        return None
    here = url_for("executions.show", execution_id=basket.execution.id)
    if press is None:
        return EndingView(basket.status, here, basket.stopped, origin="", back="")
    # The list is asked now, not at the press: an operator may have removed the address since.
    if permissions.is_permitted(conn, RETURN_TO, press.return_to):
        name = _display_name(press.return_to)
        return EndingView(basket.status, here, basket.stopped, press.origin, name)
    page = ""
    if _is_page_of(press.return_to, press.origin):
        page = press.return_to
    return EndingView(basket.status, here, basket.stopped, press.origin, "", page)


def stored_ending_view(execution: Execution) -> EndingView | None:
    """Return what `ending_view` does, from what is stored at this moment."""
    with services().store.reading() as conn:
        stored = basket_parts.load_basket(conn, execution)
        return ending_view(conn, execution, stored, presses.of(conn, execution.id))


@bp.post("/executions/<execution_id>/ending")
# Only pages of this site can read the answer, and asking twice changes nothing.
@route_policy(csrf=Csrf.NONE)
def tell(execution_id: str) -> Response:
    """Return the message that the receipt's script passes to the app around it or the page that
    opened it.
    """
    return _json_answer(_ending_for_visit(execution_id))


@bp.get("/executions/<execution_id>/back")
def back(execution_id: str) -> BaseResponse:
    """Redirect to where the person came from, with the ending in the address."""
    with services().store.reading() as conn:
        press = presses.of(conn, execution_id)
    # The code in the address lasts ten minutes from its making; fetching ahead would start them too
    # early.
    if press is None or security.is_speculative():
        abort(404)
    address = ending.return_address(services(), press, _ending_for_visit(execution_id))
    return redirect(address, 303) if address else abort(404)


@bp.get("/embed/result")
# The page that asks is another site's: it brings no cookie, only the handle that it made.
@route_policy(reads_visit=False)
def result() -> Response:
    """Return what is known of the ending to the page that made a handle, and 404 to any other
    page.
    """
    press_and_ending = ending.ending_for_handle(services(), request.args.get("handle", ""))
    if press_and_ending is None:
        abort(404)
    press, basket_ending = press_and_ending
    origin = request.headers.get("Origin", "")
    # Only the browser writes Origin, so a handle that leaked is worth nothing on another site's
    # page.
    if not origin or press.origin != origin:
        abort(404)
    answer = _json_answer(basket_ending)
    answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Vary"] = "Origin"
    return answer


def _ending_for_visit(execution_id: str) -> Ending:
    """Return the ending for this visit: with the code that opens the result only for the basket's
    owner.
    """
    with services().store.reading() as conn:
        execution = executions.get(conn, execution_id) or abort(404)
        proved = sessions.proved_users(conn, visit_id())
        if access.role_of(execution, visit_id(), proved) is None:
            abort(404)
        basket = ending.load_ending(conn, execution)
    owner = access.role_of(basket.execution, visit_id(), proved) is Role.OWNER
    return ending.ending_of(services(), basket, owner=owner)


def _json_answer(ending_data: Ending) -> Response:
    return Response(json.dumps(ending_data.message()), mimetype="application/json")


def _is_page_of(address: str, origin: str) -> bool:
    return bool(origin) and address.startswith(f"{origin}/")


def _display_name(address: str) -> str:
    """Return the name that a person reads for an address: its host, or the scheme of an app."""
    split = urlsplit(address)
    if split.scheme in ("http", "https"):
        return split.netloc
    return split.scheme
