"""The operator's area: who may enter it, signing in and out, the sessions of an operator, and what operators
did.
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
from kite.publishing.signing_in import IDLE, LASTS, SignedIn
from kite.store.flow import events
from kite.texts import typable
from kite.vocabulary import OPERATORS_ACTS, EventCause
from kite.web.site.context import services
from kite.web.site.rate_limits import TooOften, count_sign_in
from kite.web.site.surfaces import RouteLimit, Surface, SurfaceBlueprint, current_policy, route_policy
from kite.web.wording.labels import day

bp = SurfaceBlueprint("operator", __name__, Surface.OPERATOR, url_prefix="/operator")

ACTS = (*OPERATORS_ACTS, EventCause.SIGN_IN_REFUSED)
"""What stands in the trail of operators' acts."""
MOST_ACTS = 200


class SignedInOperator(UserMixin):  # type: ignore[misc]  # the library has no types
    """The operator of this request, as Flask-Login knows one."""

    def __init__(self, signed: SignedIn) -> None:
        self.signed = signed
        self.name = signed.operator.name

    def get_id(self) -> str:
        """Return what names the session."""
        return self.signed.session_id


@dataclass(frozen=True)
class SignInForm:
    """What stands in the sign-in form, and what is wrong."""

    name: str = ""
    next: str = ""
    error: str = ""


def cookie_name() -> str:
    """Return the name of the operator's cookie: on https, one that no other host or path can set."""
    return "__Host-operator" if services().settings.public_url.startswith("https:") else "operator"


def signed_in() -> SignedIn | None:
    """Return who is signed in, in this browser. Asks the database only when there is a cookie."""
    if not request.cookies.get(cookie_name()):
        return None
    return cast(SignedIn, current_user.signed) if current_user.is_authenticated else None


def operator_name() -> str:
    """Return the name of the operator at hand, "" when nobody is signed in."""
    try:
        signed = signed_in()
    except StoreUnavailable:  # the menu of a page that says so
        return ""
    return signed.operator.name if signed else ""


def acting() -> SignedIn:
    """Return the operator at hand, on pages that only an operator reaches."""
    return signed_in() or abort(403)


@bp.before_request
def only_operators() -> Response | None:
    """Lead everybody else to the sign-in, and say who does what is recorded from here on."""
    signed = signed_in()
    if signed:
        events.act_as(f"operator {signed.operator.name}", request.remote_addr)
        return None
    return ask_to_sign_in() if current_policy().operators_only else None


def ask_to_sign_in() -> Response:
    """Lead to the sign-in, and from there back here when the page was only looked at."""
    target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("operator.sign_in", next=target or None), 303)


@bp.get("/sign-in")
@route_policy(operators_only=False)
def sign_in() -> str | Response:
    """Ask for name and password."""
    return (
        redirect(_next(), 303)
        if signed_in()
        else _form(SignInForm(next=typable(request.args.get("next", ""))))
    )


@bp.post("/sign-in")
@route_policy(operators_only=False, limit=RouteLimit.SIGN_INS)
def try_to_sign_in() -> Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Start a session, a new one each time."""
    name = typable(request.form.get("name", "")).strip().lower()
    sign = SignInForm(name, typable(request.form.get("next", "")))
    address = request.remote_addr or ""
    try:
        count_sign_in(name, address if signing_in.has_signed_in_from(services(), name, address) else "")
    except TooOften as error:
        words = gettext("Too many tries. Wait a quarter of an hour, and try again.")
        return _form(SignInForm(sign.name, sign.next, words)), 429, {"Retry-After": str(error.again_in)}
    browser = typable(request.headers.get("User-Agent", ""))
    token = signing_in.sign_in(
        services(), name, request.form.get("password", ""), browser, request.remote_addr
    )
    if token is None:
        return _form(SignInForm(sign.name, sign.next, gettext("Name and password do not fit."))), 403
    answer = redirect(_next(), 303)
    https = services().settings.public_url.startswith("https:")
    answer.set_cookie(cookie_name(), token, max_age=LASTS, secure=https, httponly=True, samesite="Lax")
    return answer


@bp.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    signing_in.sign_out(services(), acting())
    answer = redirect(url_for("operator.sign_in"), 303)
    answer.delete_cookie(
        cookie_name(),
        secure=services().settings.public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return answer


@bp.get("/sessions")
def sessions() -> str:
    """List the operator's sessions."""
    who = acting()
    lines = [
        (session, day(session.created_at), day(session.seen_at))
        for session in signing_in.living_sessions(services(), who)
    ]
    return render_template(
        "operator/accounts_sessions.html", lines=lines, own_id=who.session_id, idle=IDLE, lasts=LASTS
    )


@bp.post("/sessions")
def end_sessions() -> Response:
    """End one session, or all but this one."""
    who, which = acting(), request.form.get("session", "")
    ids = (
        [which]
        if which
        else [
            session.id
            for session in signing_in.living_sessions(services(), who)
            if session.id != who.session_id
        ]
    )
    signing_in.end_sessions(services(), who, ids)
    return redirect(url_for("operator.sessions"), 303)


@bp.get("/trail")
def trail() -> str:
    """Show what operators did, newest first."""
    with services().store.reading() as conn:
        acts = events.without_execution(conn, [cause.value for cause in ACTS], MOST_ACTS)
    return render_template("operator/accounts_trail.html", acts=acts, most=MOST_ACTS)


def _form(sign: SignInForm) -> str:
    return render_template("operator/accounts_sign_in.html", sign=sign)


def _next() -> str:
    """Return where to go after signing in: a page of this area or the composer, and nothing else."""
    text = request.values.get("next", "")
    plain = text.isprintable() and "\\" not in text and ".." not in text
    ours = text in ("/",) or text.startswith(("/operator/", "/?"))
    return text if plain and ours and not text.startswith("/operator/sign-") else url_for("publishing.home")


def install(app: Flask, site_services: Services) -> None:
    """Set Flask-Login up: whom a request's cookie stands for. The library's own session is not used."""
    manager = LoginManager()
    manager.session_protection = None
    # Its init_app would look into the visit's cookie for every answer, which makes each one private: files,
    # published baskets.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.config["REMEMBER_COOKIE_NAME"] = (
        None  # the library would look at one of its own first, which anybody near can set
    )

    @manager.request_loader  # type: ignore[untyped-decorator]
    def load(request_at_hand: Request) -> SignedInOperator | None:
        signed = signing_in.find_sign_in(site_services, request_at_hand.cookies.get(cookie_name(), ""))
        return SignedInOperator(signed) if signed else None

    app.jinja_env.globals["operator_name"] = operator_name


def close_composer() -> Response | None:
    """Lead whoever is no operator away from the composer, when the site's settings say that only operators
    compose.
    """
    return ask_to_sign_in() if services().settings.composer_closed and not signed_in() else None
