"""Where Kite sends the browser back to, and the pages that ask or explain when a return is not
clear.
"""

from dataclasses import dataclass

from flask import abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.exceptions import StoreUnavailable
from kite.offsite.journey import cancels, redirect_address, returning
from kite.offsite.journey.handoff import visit_nonce
from kite.offsite.journey.token_exchange import Landing, ReturnResult
from kite.payloads import Payload
from kite.store.flow import executions, returns
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State
from kite.web.journey.handoff_lines import HandoffLine, basket_lines
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.own_paths import own_path
from kite.web.site.surfaces import Surface, SurfaceBlueprint, current_policy
from kite.web.site.visits import forget_login, has_visit_cookie, pending_login, visit_id
from kite.web.wording.kite_messages import explain
from kite.web.wording.page_messages import (
    RETURN_MESSAGES,
    RETURN_NOT_RECORDED,
    RETURN_WITHOUT_COOKIE,
    PageMessage,
)

bp = SurfaceBlueprint("returns", __name__, Surface.EMBEDDED)

MONITORS_ASK = "/metrics"
"""An address that monitors ask of every machine, and that no browser opens as a page.

It is no route here.
"""

CANCEL_FIELDS = {"status", "type", "action"}
"""All the fields that Kite has been seen to send with a cancel."""


@dataclass(frozen=True)
class ReturnHandle(Payload):
    """What takes the place of a request_token in an address: where the return leads, the id of its
    row and its execution's id, each "" without one.

    It opens only in the visit that brought it.
    """

    PURPOSE = "return"

    visit_nonce: str
    landing: Landing
    row_id: str
    execution_id: str


Action = tuple[str, str]
"""Words and address of a link."""
Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@bp.get("/redirect")
def receive() -> Answer:
    """Receive a return from Kite and redirect to an address without the token."""
    if security.is_speculative():
        # A token works once. A browser that only fetches ahead must not use it up; the person's own
        # opening comes again.
        return "", 503, {"Retry-After": "1"}
    security.keep_opener()
    try:
        arrived = returning.receive(
            services(),
            visit_id(),
            status=request.args.get("status", ""),
            request_token=request.args.get("request_token", ""),
            state=request.args.get("state", ""),
            kinds=[kind for name in ("type", "action") if (kind := request.args.get(name))],
            pending_login=pending_login(),
            by_another_site=security.comes_from_another_site(),
        )
    except StoreUnavailable:
        return _message_page(RETURN_NOT_RECORDED, actions=[])
    if request.args.get("request_token"):
        _note_address(arrived)
    return _redirect_to_landing(arrived)


@bp.before_app_request
def receive_elsewhere() -> Answer | None:
    """Receive a return at any other address of this site: what is registered at Kite is often
    spelled differently.
    """
    if request.endpoint != "returns.receive" and _is_return():
        return receive()
    return None


def _is_return() -> bool:
    """Whether a browser opens an address of ours as Kite's return would, whatever page that address
    has.
    """
    if request.method not in ("GET", "HEAD") or request.path.startswith(MONITORS_ASK):
        return False
    if not current_policy().takes_returns:
        return False
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        return False  # another page loads it as a picture or a script, which must change nothing
    names = request.args.keys()
    if {"status", "request_token"} <= names:
        return True
    # A cancel brings no token, so it is taken only where nothing else can be meant.
    spelled_otherwise = request.path.rstrip("/").lower() == "/redirect"
    return request.args.get("status") == "cancelled" and (
        spelled_otherwise or (request.path == "/" and names <= CANCEL_FIELDS)
    )


def _note_address(arrived: ReturnResult) -> None:
    """Log a warning when Kite sends people to another address than before."""
    address = f"{services().settings.public_url}{security.quoted_path()}"
    wanted = redirect_address.expected_address(services())
    try:
        if not redirect_address.note_address(services(), arrived, address):
            return
    except StoreUnavailable:  # the return itself is recorded, and the next one warns
        return
    if address == wanted:
        current_app.logger.warning("Kite sends people to %s, as it should.", address)
    else:
        current_app.logger.warning(
            "Kite sends people to %s: that is registered there. They arrive all the same; %s is meant.",
            address,
            wanted,
        )


@bp.get("/returns/<handle>")
def show(handle: str) -> str | tuple[str, int]:
    """Ask whether the person placed this basket, or explain why a return has no receipt yet."""
    if not has_visit_cookie() and services().sealer.verify(ReturnHandle, handle):
        return _page_without_cookie()
    signed = _read_handle(handle)
    with services().store.reading() as conn:
        execution = executions.get(conn, signed.execution_id)
        row = returns.get(conn, signed.row_id)
    if signed.landing is Landing.ASK:
        lines: list[HandoffLine] = []
        own = False
        if execution:
            lines, own = basket_lines(execution), execution.visit_id == visit_id()
        return render_template("journey/returns_confirm.html", lines=lines, own=own, handle=handle)
    retry = None
    if signed.landing in (Landing.NO_ANSWER, Landing.NOT_FOUND):
        retry = url_for("returns.confirm", handle=handle)
    kites_words = row.message if row else ""  # without a row its time is over, and it was erased
    return _explanation_page(signed.landing, execution=execution, retry=retry, kites_words=kites_words)


@bp.post("/returns/<handle>")
def confirm(handle: str) -> Response | tuple[str, int]:
    """Exchange the token after "I placed this" or "try again", and not before such a press.

    Anybody can make a link with a token of their own: opened, it must not sign a browser in as
    them.
    """
    signed = _read_handle(handle)
    if signed.landing not in (Landing.ASK, Landing.NO_ANSWER, Landing.NOT_FOUND):
        abort(404)
    with services().store.reading() as conn:
        row = returns.get(conn, signed.row_id) or abort(404)
    return _redirect_to_landing(returning.confirm(services(), visit_id(), row))


@bp.get("/returns/cancelled")
def which() -> str:
    """Ask which of several baskets was cancelled."""
    with services().store.reading() as conn:
        waiting = cancels.waiting_executions(conn, visit_id(), services().now())
        waiting += cancels.reported_executions(conn, visit_id(), services().now())
    return render_template("journey/returns_choose.html", executions=waiting, login=pending_login())


@bp.post("/returns/cancelled")
def cancelled() -> Response:
    """Mark the basket that the person names as cancelled, or end only the login."""
    execution_id = request.form.get("execution_id", "")
    if not execution_id:
        next_path = own_path(pending_login()) or url_for("archive.list_all")
        forget_login()
        return redirect(next_path, 303)
    if not cancels.cancel(services(), visit_id(), execution_id):
        abort(404)
    return redirect(url_for("executions.show", execution_id=execution_id), 303)


def _redirect_to_landing(arrived: ReturnResult) -> Response | tuple[str, int]:
    """Return a redirect to the page of a landing, at an address that holds no token."""
    if arrived.landing is Landing.RECEIPT:
        return redirect(url_for("executions.show", execution_id=arrived.execution_id), 303)
    if arrived.landing is Landing.NEXT:
        forget_login()
        return redirect(own_path(arrived.next) or url_for("composer.show"), 303)
    if arrived.landing is Landing.WHICH:
        return redirect(url_for("returns.which"), 303)
    row_id = ""
    if arrived.row:
        row_id = arrived.row.id
    # Signed for this visit: on another browser the address opens nothing, and nobody can make one
    # up.
    handle = ReturnHandle(visit_nonce(visit_id()), arrived.landing, row_id, arrived.execution_id or "")
    return redirect(url_for("returns.show", handle=services().sealer.sign(handle)), 303)


def _read_handle(handle: str) -> ReturnHandle:
    signed = services().sealer.verify(ReturnHandle, handle)
    if signed is None or signed.visit_nonce != visit_nonce(visit_id()):
        abort(404)
    return signed


def _page_without_cookie() -> tuple[str, int]:
    """Return the page for a browser that kept no cookie: without one it can open no receipt."""
    return _message_page(RETURN_WITHOUT_COOKIE, actions=[_order_book_link()])


def _usual_actions(execution: Execution | None) -> list[Action]:
    actions = [
        (gettext("Your receipts"), url_for("archive.list_all")),
        (gettext("Compose a basket"), url_for("composer.show")),
    ]
    mine = execution and execution.visit_id == visit_id() and execution.state is not State.PREPARED
    if execution and mine:
        receipt_url = url_for("executions.show", execution_id=execution.id)
        actions.insert(0, (gettext("See what is known"), receipt_url))
    return actions


def _order_book_link() -> Action:
    return gettext("Open Kite’s order book"), f"{services().settings.web_root}/orders"


def _explanation_page(
    landing: Landing, *, execution: Execution | None, retry: str | None, kites_words: str
) -> tuple[str, int]:
    page_message = RETURN_MESSAGES.get(landing) or abort(404)
    actions = _usual_actions(execution)
    if landing is Landing.SOMEBODY_ELSES:
        actions.insert(0, _order_book_link())
    needs_login = landing is Landing.LATE and services().settings.mode is not Mode.PUBLISHER
    if needs_login:
        security.allow_form_to_kite()
    why = None
    if landing is Landing.REFUSED:
        why = explain(kites_words)
    return _message_page(
        page_message, actions=actions, why=why, retry=retry, kites_words=kites_words, login=needs_login
    )


def _message_page(page_message: PageMessage, *, actions: list[Action], **more: object) -> tuple[str, int]:
    page = render_template("journey/returns_message.html", message=page_message, actions=actions, **more)
    return page, page_message.status
