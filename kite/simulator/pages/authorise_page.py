"""The page on which a person authorises the sale of holdings.

It stands in for a depository's, and asks for no PIN.

publisher.js opens it in a window or a frame and listens for a message of the type `holdings.auth`; what else
the message says is our own.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kite.simulator.account import authorisations
from kite.simulator.account.authorisations import AUTHORISED, CANCELLED, Authorisation
from kite.simulator.account.holdings import isin, morning
from kite.simulator.core import credentials, sessions
from kite.simulator.core.context import services
from kite.simulator.core.security import allow_return
from kite.simulator.core.surfaces import Surface, SurfaceBlueprint
from kite.simulator.pages.login import login_page, web_user, with_cookie
from kite.simulator.pages.send_back import tell

# The calls of this page count among those of the API, and the faults of the API strike here too.
bp = SurfaceBlueprint("authorising", __name__, Surface.PAGES, api_faults=True)

HOLDINGS = "holdings.auth"
PATH = "/connect/portfolio/authorise/holdings/<api_key>/<request_id>"


@bp.get(PATH)
def show(api_key: str, request_id: str) -> AnyResponse:
    """Show what is to be authorised, after a login; what was decided is told again."""
    asked = _find(api_key, request_id)
    if asked.outcome:
        return _ended(asked)
    return (
        _page(asked)
        if web_user() == asked.user_id
        else login_page(services().settings.redirect_url, popup=True, clients=[asked.user_id])
    )


@bp.post(PATH)
def decide(api_key: str, request_id: str) -> AnyResponse:
    """Log in, authorise or cancel. Each is one press, and the first decision stands."""
    asked, decision = _find(api_key, request_id), request.form.get("decision", "")
    here = redirect(url_for("authorising.show", api_key=api_key, request_id=request_id), 303)
    if decision == "approve":
        with services().ledger.write() as connection:
            return with_cookie(here, sessions.log_in(connection, asked.user_id, services().at()))
    if decision == "cancel":
        return _end(request_id, CANCELLED)
    return _end(request_id, AUTHORISED) if decision == "authorise" and web_user() == asked.user_id else here


def _find(api_key: str, request_id: str) -> Authorisation:
    credentials.check_key(api_key)
    with services().ledger.read() as connection:
        asked = authorisations.find(connection, request_id, services().at())
    return asked or abort(404)


def _end(request_id: str, outcome: str) -> Response:
    with services().ledger.write() as connection:
        asked = authorisations.find(connection, request_id, services().at()) or abort(404)
        return _ended(authorisations.decide(connection, asked, outcome))


def _ended(asked: Authorisation) -> Response:
    status = "success" if asked.outcome == AUTHORISED else "cancelled"
    return tell({"type": HOLDINGS, "status": status, "request_id": asked.request_id})


def _page(asked: Authorisation) -> Response:
    target = services().settings.redirect_url
    page = render_template(
        "simulator/authorise_page.html",
        rows=_rows(asked),
        sender=urlsplit(target).netloc,
        user_id=asked.user_id,
        popup=True,
    )
    return allow_return(make_response(page), target, framed=True)


def _rows(asked: Authorisation) -> list[dict[str, Any]]:
    """Return what is to be authorised as people know it: by symbol, with the ISIN beside it."""
    with services().ledger.read() as connection:
        symbols = {
            isin(share.tradingsymbol): share.tradingsymbol for share in morning(connection, services().market)
        }
    return [
        {"isin": number, "symbol": symbols.get(number, number), "quantity": quantity}
        for number, quantity in asked.wanted.items()
    ]
