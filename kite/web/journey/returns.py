"""Where Kite sends the browser back to, and the pages that ask or tell when a return is not plain."""

from flask import abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.exceptions import StoreUnavailable
from kite.offsite.journey import cancels, redirect_address, returning
from kite.offsite.journey.handoff import visit_nonce
from kite.offsite.journey.token_exchange import Landing, ReturnResult
from kite.store.flow import executions, returns
from kite.store.flow.executions import Execution
from kite.vocabulary import Mode, State
from kite.web.journey.handoff_lines import basket_lines
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint, current_policy
from kite.web.site.visits import is_remembered, login_is_over, pending_login, visit_id
from kite.web.wording.kite_messages import explain
from kite.web.wording.page_messages import RETURN_WITHOUT_COOKIE, TOLD, PageMessage

bp = SurfaceBlueprint("returns", __name__, Surface.EMBEDDED)

MONITORS_ASK = "/metrics"
"""An address that monitors ask of every machine, and that no browser opens as a page. It is no route here."""

CANCEL = {"status", "type", "action"}
"""All that Kite has been seen to say of a cancel."""

HANDLE = "return"
"""What the name of a return in an address is signed for: it opens only in the visit that presented the
token.
"""


Action = tuple[str, str]
"""Words and address of a link."""
Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@bp.get("/redirect")
def receive() -> Answer:
    """Receive a return from Kite and lead to a clean address."""
    if security.made_by_nobody():
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
            by_another_site=security.led_by_another_site(),
        )
    except StoreUnavailable:
        return _explained("database", 503, actions=[])
    if request.args.get("request_token"):
        _note_address(arrived)
    return _lead(arrived)


@bp.before_app_request
def receive_elsewhere() -> Answer | None:
    """Receive a return that comes to another address of this site: Kite's registered one is often written
    otherwise.
    """
    return receive() if request.endpoint != "returns.receive" and _is_return() else None


def _is_return() -> bool:
    """Whether a browser opens an address of ours as Kite's return would, whatever stands at that address."""
    if request.method not in ("GET", "HEAD") or request.path.startswith(MONITORS_ASK):
        return False
    if not current_policy().takes_returns:
        return False
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        return False  # a picture or a script that another page loads
    names = request.args.keys()
    if {"status", "request_token"} <= names:
        return True
    # A cancel brings no token, so it is taken only where nothing else can be meant.
    spelled_otherwise = request.path.rstrip("/").lower() == "/redirect"
    return request.args.get("status") == "cancelled" and (
        spelled_otherwise or (request.path == "/" and names <= CANCEL)
    )


def _note_address(arrived: ReturnResult) -> None:
    """Tell the operator when Kite sends people to another address than before."""
    address, wanted = (
        f"{services().settings.public_url}{security.quoted_path()}",
        redirect_address.expected_address(services()),
    )
    try:
        if not redirect_address.note_address(services(), arrived, address):
            return
    except StoreUnavailable:  # the return itself is written down; the next one tells
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
    """Ask whether the person placed this basket, or tell why a return led nowhere yet."""
    if not is_remembered() and services().sealer.verify(HANDLE, handle):
        return _without_cookie()
    landing, row_id, execution_id = _open(handle)
    execution = _execution(execution_id)
    if landing == Landing.ASK:
        lines, own = (
            basket_lines(execution) if execution else [],
            execution is not None and execution.visit_id == visit_id(),
        )
        return render_template("journey/returns_confirm.html", lines=lines, own=own, handle=handle)
    retry = (
        url_for("returns.confirm", handle=handle)
        if landing in (Landing.NO_ANSWER, Landing.NOT_FOUND)
        else None
    )
    return _explained(
        landing, TOLD[landing].status, execution=execution, retry=retry, message=_message(row_id)
    )


@bp.post("/returns/<handle>")
def confirm(handle: str) -> Response | tuple[str, int]:
    """Act on "I placed this" or "try again": only now the token is exchanged."""
    landing, row_id, _ = _open(handle)
    if landing not in (Landing.ASK, Landing.NO_ANSWER, Landing.NOT_FOUND):
        abort(404)
    with services().store.reading() as conn:
        row = returns.get(conn, row_id) or abort(404)
    return _lead(returning.confirm(services(), visit_id(), row))


@bp.get("/returns/cancelled")
def which() -> str:
    """Ask which of several baskets was cancelled."""
    with services().store.reading() as conn:
        waiting = cancels.waiting_executions(conn, visit_id(), services().now())
        waiting += cancels.reported_executions(conn, visit_id(), services().now())
    return render_template("journey/returns_choose.html", executions=waiting, login=pending_login())


@bp.post("/returns/cancelled")
def cancelled() -> Response:
    """Cancel the basket that the person names, or only the login."""
    execution_id = request.form.get("execution_id", "")
    if not execution_id:
        next_path = pending_login() or url_for("archive.list_all")
        login_is_over()
        return redirect(next_path, 303)
    if not cancels.cancel(services(), visit_id(), execution_id):
        abort(404)
    return redirect(url_for("executions.show", execution_id=execution_id), 303)


def _lead(arrived: ReturnResult) -> Response | tuple[str, int]:
    """Answer with a redirect to a clean address, or with a page when there is nothing to keep."""
    if arrived.landing is Landing.RECEIPT:
        return redirect(url_for("executions.show", execution_id=arrived.execution_id), 303)
    if arrived.landing is Landing.NEXT:
        login_is_over()
        return redirect(arrived.next or url_for("composer.show"), 303)
    if arrived.landing is Landing.WHICH:
        return redirect(url_for("returns.which"), 303)
    payload = [
        visit_nonce(visit_id()),
        str(arrived.landing),
        arrived.row.id if arrived.row else "",
        arrived.execution_id or "",
    ]
    return redirect(url_for("returns.show", handle=services().sealer.sign(HANDLE, payload)), 303)


def _open(handle: str) -> tuple[str, str, str]:
    payload = services().sealer.verify(HANDLE, handle)
    if not payload or len(payload) != 4 or payload[0] != visit_nonce(visit_id()):
        abort(404)
    return str(payload[1]), str(payload[2]), str(payload[3])


def _without_cookie() -> tuple[str, int]:
    """Tell a browser that kept no cookie of its return what is known: nothing of it is open to anybody
    without one.
    """
    actions = [(gettext("Open Kite’s order book"), f"{services().settings.web_root}/orders")]
    return _page_of(RETURN_WITHOUT_COOKIE, RETURN_WITHOUT_COOKIE.status, actions=actions)


def _execution(execution_id: str) -> Execution | None:
    with services().store.reading() as conn:
        return executions.get(conn, execution_id) if execution_id else None


def _message(row_id: str) -> str:
    with services().store.reading() as conn:
        row = returns.get(conn, row_id) if row_id else None
    return row.message if row else ""


def _explained(
    what: str,
    status: int,
    *,
    execution: Execution | None = None,
    retry: str | None = None,
    message: str = "",
    actions: list[Action] | None = None,
) -> tuple[str, int]:
    if actions is None:
        actions = [
            (gettext("Your receipts"), url_for("archive.list_all")),
            (gettext("Compose a basket"), url_for("composer.show")),
        ]
        mine = execution and execution.visit_id == visit_id() and execution.state is not State.PREPARED
        if mine and execution:
            actions.insert(
                0, (gettext("See what is known"), url_for("executions.show", execution_id=execution.id))
            )
    if what == Landing.SOMEBODY_ELSES:
        actions.insert(0, (gettext("Open Kite’s order book"), f"{services().settings.web_root}/orders"))
    login = what == Landing.LATE and services().settings.mode is not Mode.PUBLISHER
    if login:
        security.allow_form_to_kite()
    why = explain(message) if what == Landing.REFUSED else None
    return _page_of(
        TOLD[what], status, actions=actions, why=why, retry=retry, kites_words=message, login=login
    )


def _page_of(
    page_message: PageMessage, status: int, *, actions: list[Action], **more: object
) -> tuple[str, int]:
    return render_template(
        "journey/returns_message.html", message=page_message, actions=actions, **more
    ), status
