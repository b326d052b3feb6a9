"""The page on which a person authorises the sale of holdings, in the place of a depository's and
without a PIN.

publisher.js opens it in a window or a frame and listens for a message of the type `holdings.auth`.
The other fields of the message are our own.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kite.simulator.account import authorisations
from kite.simulator.account.authorisations import AUTHORISED, CANCELLED, Authorisation
from kite.simulator.account.holdings import isin, morning_holdings
from kite.simulator.core import credentials, sessions
from kite.simulator.core.context import services
from kite.simulator.core.security import allow_return
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface
from kite.simulator.pages.login import login_page, web_user, with_cookie
from kite.simulator.pages.send_back import send_message

# The calls of this page count among those of the API, and the faults of the API strike here too.
bp = KiteBlueprint("authorising", __name__, KiteSurface.PAGES, api_faults=True)

HOLDINGS = "holdings.auth"
PATH = "/connect/portfolio/authorise/holdings/<api_key>/<request_id>"


@bp.get(PATH)
def show(api_key: str, request_id: str) -> AnyResponse:
    """Show the sales to authorise, after a login; after the decision, send its message again."""
    authorisation = _find(api_key, request_id)
    if authorisation.outcome:
        return _message(authorisation)
    if web_user() != authorisation.user_id:
        return login_page(services().settings.redirect_url, popup=True, clients=[authorisation.user_id])
    return _page(authorisation)


@bp.post(PATH)
def decide(api_key: str, request_id: str) -> AnyResponse:
    """Log in, authorise or cancel. Later decisions change nothing."""
    authorisation, decision = _find(api_key, request_id), request.form.get("decision", "")
    here = redirect(url_for("authorising.show", api_key=api_key, request_id=request_id), 303)
    if decision == "approve":
        with services().ledger.write() as connection:
            return with_cookie(here, sessions.log_in(connection, authorisation.user_id, services().at()))
    if decision == "cancel":
        return _end(request_id, CANCELLED)
    if decision == "authorise" and web_user() == authorisation.user_id:
        return _end(request_id, AUTHORISED)
    return here


def _find(api_key: str, request_id: str) -> Authorisation:
    credentials.check_key(api_key)
    with services().ledger.read() as connection:
        authorisation = authorisations.find(connection, request_id, services().at())
    return authorisation or abort(404)


def _end(request_id: str, outcome: str) -> Response:
    with services().ledger.write() as connection:
        # read again, for another press may have decided since the page was checked
        authorisation = authorisations.find(connection, request_id, services().at()) or abort(404)
        return _message(authorisations.decide(connection, authorisation, outcome))


def _message(authorisation: Authorisation) -> Response:
    status = "success" if authorisation.outcome == AUTHORISED else "cancelled"
    return send_message({"type": HOLDINGS, "status": status, "request_id": authorisation.request_id})


def _page(authorisation: Authorisation) -> Response:
    target = services().settings.redirect_url
    page = render_template(
        "simulator/authorise_page.html",
        rows=_rows(authorisation),
        sender=urlsplit(target).netloc,
        user_id=authorisation.user_id,
        popup=True,
    )
    return allow_return(make_response(page), target, framed=True)


def _rows(authorisation: Authorisation) -> list[dict[str, Any]]:
    """Return the shares to authorise, each with its symbol, which people know better than the
    ISIN.
    """
    with services().ledger.read() as connection:
        shares = morning_holdings(connection, services().market)
    symbols = {isin(share.tradingsymbol): share.tradingsymbol for share in shares}
    return [
        {"isin": number, "symbol": symbols.get(number, number), "quantity": quantity}
        for number, quantity in authorisation.wanted.items()
    ]
