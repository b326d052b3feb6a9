"""The operator's area: who may enter it, signing in and out, the sessions of an operator, and what
operators did.
"""

from dataclasses import dataclass
from typing import cast

from flask import Flask, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Request, Response

from kite.exceptions import StoreUnavailable
from kite.offsite.base.services import Services
from kite.publishing import signing_in
from kite.publishing.signing_in import LASTS, SignedIn
from kite.store.flow import events
from kite.store.flow.event_causes import OPERATORS_ACTS, EventCause
from kite.texts import typable
from kite.web.site.context import services
from kite.web.site.own_paths import own_path
from kite.web.site.rate_limits import TooOften, count_sign_in
from kite.web.site.surfaces import RouteLimit, Surface, SurfaceBlueprint, current_policy, route_policy
from kite.web.wording.event_words import cause_words, detail_words
from kite.web.wording.labels import day

bp = SurfaceBlueprint("operator", __name__, Surface.OPERATOR, url_prefix="/operator")

ACTS = (*OPERATORS_ACTS, EventCause.SIGN_IN_REFUSED)
"""The causes of events that the trail of operators' acts lists."""
MOST_ACTS = 200


class SignedInOperator(UserMixin):  # type: ignore[misc]  # the library has no types
    """The operator of this request, as Flask-Login knows one."""

    def __init__(self, signed: SignedIn) -> None:
        self.signed = signed
        self.name = signed.operator.name

    def get_id(self) -> str:
        """Return the id of the session."""
        return self.signed.session_id


@dataclass(frozen=True)
class SignInForm:
    """The texts of the sign-in form, and what is wrong with them."""

    name: str = ""
    next: str = ""
    error: str = ""


def _on_https() -> bool:
    return services().settings.public_url.startswith("https:")


def cookie_name() -> str:
    """Return the name of the operator's cookie: on https, one that no other host or path can
    set.
    """
    if _on_https():
        return "__Host-operator"
    return "operator"


def current_sign_in() -> SignedIn | None:
    """Return who is signed in, in this browser. Asks the database only when there is a cookie."""
    if request.cookies.get(cookie_name()) and current_user.is_authenticated:
        return cast(SignedIn, current_user.signed)
    return None


def operator_name() -> str:
    """Return the name of the operator who is signed in, "" when nobody is."""
    try:
        signed = current_sign_in()
    except StoreUnavailable:
        # The menu asks on every page, and the page that says that the database is away has a menu
        # too.
        return ""
    if signed is None:
        return ""
    return signed.operator.name


def require_sign_in() -> SignedIn:
    """Return who is signed in, for pages that only an operator reaches."""
    return current_sign_in() or abort(403)


@bp.before_request
def only_operators() -> Response | None:
    """Redirect everybody else to the sign-in, and name the operator in all that this request
    records.
    """
    signed = current_sign_in()
    if signed:
        events.act_as(f"operator {signed.operator.name}", request.remote_addr)
        return None
    if current_policy().operators_only:
        return redirect_to_sign_in()
    return None


def redirect_to_sign_in() -> Response:
    """Return a redirect to the sign-in, which leads back here when this request only looked at a
    page.
    """
    target = None
    if request.method == "GET":  # a form that was posted cannot be posted again by a redirect
        target = request.full_path.rstrip("?")
    return redirect(url_for("operator.sign_in", next=target or None), 303)


@bp.get("/sign-in")
@route_policy(operators_only=False)
def sign_in() -> str | Response:
    """Ask for name and password."""
    if current_sign_in():
        return redirect(_address_after_sign_in(), 303)
    return _sign_in_page(SignInForm(next=typable(request.args.get("next", ""))))


@bp.post("/sign-in")
@route_policy(operators_only=False, limit=RouteLimit.SIGN_INS)
def try_to_sign_in() -> Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Start a session, a new one each time."""
    name = typable(request.form.get("name", "")).strip().lower()
    sign = SignInForm(name, typable(request.form.get("next", "")))
    address = request.remote_addr or ""
    known_address = ""
    if signing_in.has_signed_in_from(services(), name, address):
        known_address = address
    try:
        # Counted before the password is compared, so a right guess after too many tries is refused
        # as well.
        count_sign_in(name, known_address)
    except TooOften as error:
        words = gettext("Too many tries. Wait a quarter of an hour, and try again.")
        return (
            _sign_in_page(SignInForm(sign.name, sign.next, words)),
            429,
            {"Retry-After": str(error.again_in)},
        )
    browser = typable(request.headers.get("User-Agent", ""))
    token = signing_in.sign_in(
        services(), name, request.form.get("password", ""), browser, request.remote_addr
    )
    if token is None:
        return _sign_in_page(SignInForm(sign.name, sign.next, gettext("Name and password do not fit."))), 403
    answer = redirect(_address_after_sign_in(), 303)
    answer.set_cookie(cookie_name(), token, max_age=LASTS, secure=_on_https(), httponly=True, samesite="Lax")
    return answer


@bp.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    signing_in.sign_out(services(), require_sign_in())
    answer = redirect(url_for("operator.sign_in"), 303)
    answer.delete_cookie(
        cookie_name(),
        secure=_on_https(),
        httponly=True,
        samesite="Lax",
    )
    return answer


@bp.get("/sessions")
def sessions() -> str:
    """List the operator's sessions."""
    signed = require_sign_in()
    lines = [
        (session, day(session.created_at), day(session.seen_at))
        for session in signing_in.living_sessions(services(), signed)
    ]
    return render_template("operator/accounts_sessions.html", lines=lines, own_id=signed.session_id)


@bp.post("/sessions")
def end_sessions() -> Response:
    """End one session, or all but this one."""
    signed = require_sign_in()
    ids = [request.form.get("session", "")]
    if not ids[0]:
        others = signing_in.living_sessions(services(), signed)
        ids = [session.id for session in others if session.id != signed.session_id]
    signing_in.end_sessions(services(), signed, ids)
    return redirect(url_for("operator.sessions"), 303)


@bp.get("/trail")
def trail() -> str:
    """Show what operators did, newest first."""
    with services().store.reading() as conn:
        acts = events.without_execution(conn, ACTS, MOST_ACTS)
    entries = [(act, cause_words(act), detail_words(act)) for act in acts]
    return render_template("operator/accounts_trail.html", entries=entries, most=MOST_ACTS)


def _sign_in_page(sign: SignInForm) -> str:
    return render_template("operator/accounts_sign_in.html", sign=sign)


def _address_after_sign_in() -> str:
    """Return where to go after signing in: a page of this area or the composer, and nothing
    else.
    """
    # Somebody else may have written the address of the sign-in.
    path = own_path(request.values.get("next", ""))
    is_for_operators = path == "/" or path.startswith(("/operator/", "/?"))
    # Never back to the sign-in itself, and a sign-out would end the session that was just begun.
    if is_for_operators and not path.startswith("/operator/sign-"):
        return path
    return url_for("publishing.home")


def install(app: Flask, site_services: Services) -> None:
    """Set Flask-Login up to find the operator by our cookie.

    The library's own session is not used.
    """
    manager = LoginManager()
    manager.session_protection = None
    # Its init_app would look into the visit's cookie for every answer, which makes each one
    # private: files, published baskets.
    app.login_manager = manager  # type: ignore[attr-defined]
    # The library would look at a cookie of its own first, which another host of the same domain can
    # set.
    app.config["REMEMBER_COOKIE_NAME"] = None

    @manager.request_loader  # type: ignore[untyped-decorator]
    def load_operator(login_request: Request) -> SignedInOperator | None:
        signed = signing_in.find_sign_in(site_services, login_request.cookies.get(cookie_name(), ""))
        if signed is None:
            return None
        return SignedInOperator(signed)

    app.jinja_env.globals["operator_name"] = operator_name


def close_composer() -> Response | None:
    """Redirect to the sign-in unless an operator asks, on sites whose settings let only operators
    compose.
    """
    if services().settings.composer_closed and not current_sign_in():
        return redirect_to_sign_in()
    return None
