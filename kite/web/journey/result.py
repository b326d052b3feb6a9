"""Telling the ending: to the page that opened us, to the app around us, and on the way back to an allowed
address.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kite.offsite.journey import access
from kite.offsite.journey.access import Role
from kite.publishing import ending, permissions, pressing
from kite.publishing.ending import Ending, Status
from kite.store.flow import executions
from kite.store.flow.executions import Execution
from kite.store.people.allowed_sites import RETURN_TO
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.surfaces import Csrf, Surface, SurfaceBlueprint, route_policy
from kite.web.site.visits import visit_id

bp = SurfaceBlueprint("ending", __name__, Surface.EMBEDDED)


@dataclass(frozen=True)
class EndingView:
    """What the receipt says of the ending.

    `origin` is the page that hears it, `back` the name of who is gone back to, or "".

    `here` is the address of the execution that ends the basket, `stopped` when its person stopped between its
    parts. `page` is the address of the page of another site whose button led here in one and the same window.
    It is a link and nothing more: the ending does not stand in it.
    """

    status: Status
    here: str
    stopped: bool
    origin: str
    back: str
    page: str = ""


def shown(execution: Execution) -> EndingView | None:
    """Return what a page tells of the ending, None while there is nothing to tell.

    A basket in parts is told of where it ended; one whose person stopped, on the pages of all its parts.
    """
    basket = ending.basket_ending(services(), execution)
    if basket.status is None or (basket.execution.id != execution.id and not basket.stopped):
        return None
    press = pressing.press_of(services(), execution.id)
    origin, back = (press.origin, press.return_to) if press else ("", "")
    permitted = permissions.is_permitted(services(), RETURN_TO, back)
    here = url_for("executions.show", execution_id=basket.execution.id)
    page = back if not permitted and _is_of(back, origin) else ""
    return EndingView(basket.status, here, basket.stopped, origin, _name(back) if permitted else "", page)


@bp.post("/executions/<execution_id>/ending")
# Only pages of this site can read the answer, and asking twice changes nothing.
@route_policy(csrf=Csrf.NONE)
def tell(execution_id: str) -> Response:
    """Return the message that the receipt's script hands to the app around it, or to the page that opened
    it.
    """
    return _json(_ending(execution_id))


@bp.get("/executions/<execution_id>/back")
def back(execution_id: str) -> BaseResponse:
    """Lead to where the person came from, with the ending in the address."""
    press = pressing.press_of(services(), execution_id)
    if press is None or security.made_by_nobody():
        abort(404)
    address = ending.return_address(services(), press, _ending(execution_id))
    return redirect(address, 303) if address else abort(404)


@bp.get("/embed/result")
# The page that asks is another site's: it brings no cookie, only the handle that it made.
@route_policy(reads_visit=False)
def result() -> Response:
    """Answer the page that made a handle, wherever its window went: what is known of the ending, and nothing
    for any other page.
    """
    heard_ending = ending.ending_for_handle(services(), request.args.get("handle", ""))
    origin = request.headers.get("Origin", "")
    if heard_ending is None or not origin or heard_ending[0].origin != origin:
        abort(404)
    answer = _json(heard_ending[1])
    answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Vary"] = "Origin"
    return answer


def _ending(execution_id: str) -> Ending:
    """Return the ending as this visit may hear it: the code is for the owner's browser alone."""
    if access.role_in(services(), visit_id(), execution_id) is None:
        abort(404)
    basket = ending.basket_ending(services(), _find(execution_id))
    return ending.ending_of(
        services(), basket, owner=access.role_in(services(), visit_id(), basket.execution.id) is Role.OWNER
    )


def _find(execution_id: str) -> Execution:
    with services().store.reading() as conn:
        return executions.get(conn, execution_id) or abort(404)


def _json(ending_data: Ending) -> Response:
    return Response(json.dumps(ending_data.message()), mimetype="application/json")


def _is_of(address: str, origin: str) -> bool:
    return bool(origin) and address.startswith(f"{origin}/")


def _name(address: str) -> str:
    """Return what a person reads for an address: its host, or the scheme of an app."""
    split = urlsplit(address)
    return split.netloc if split.scheme in ("http", "https") else split.scheme
