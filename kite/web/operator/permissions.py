"""The operator's pages for what others may do: tokens for their servers, sites that bring items,
addresses to return to.
"""

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.publishing import permissions
from kite.publishing.permissions import NotPermitted
from kite.store.flow import codes
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, RETURN_TO
from kite.texts import typable
from kite.web.operator import accounts
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint

bp = SurfaceBlueprint("permissions", __name__, Surface.OPERATOR, url_prefix="/operator")
bp.before_request(accounts.only_operators)


@bp.get("/tokens")
def tokens() -> str:
    """List the tokens."""
    return _tokens_page()


@bp.post("/tokens")
def make_token() -> str | tuple[str, int]:
    """Make a token and show it, this once: only its hash is stored."""
    name = typable(request.form.get("name", ""))
    try:
        return _tokens_page(new_token=permissions.make_token(services(), name, accounts.operator_name()))
    except NotPermitted as error:
        return _tokens_page(name=name, error=gettext(str(error)))


@bp.post("/tokens/revoke")
def revoke_token() -> Response:
    """Revoke a token: no call with it is answered from now on."""
    permissions.revoke_token(services(), request.form.get("which", ""))
    return redirect(url_for("permissions.tokens"), 303)


@bp.get("/allowed")
def sites() -> str:
    """List the sites and addresses."""
    return _sites_page()


@bp.post("/allowed")
def permit() -> Response | str:
    """Add a site or an address."""
    kind, value = _posted_kind(), typable(request.form.get("value", ""))
    try:
        permissions.permit(services(), kind, value, accounts.operator_name())
    except NotPermitted as error:
        return _sites_page(kind, value, gettext(str(error)))
    return redirect(url_for("permissions.sites"), 303)


@bp.post("/allowed/remove")
def forbid() -> Response:
    """Remove a site or an address."""
    permissions.forbid(services(), _posted_kind(), request.form.get("value", ""))
    return redirect(url_for("permissions.sites"), 303)


def _posted_kind() -> str:
    kind = request.form.get("kind", "")
    if kind not in (INLINE, RETURN_TO):
        abort(400)
    return kind


def _tokens_page(new_token: str = "", name: str = "", error: str = "") -> str:
    with services().store.reading() as conn:
        api_tokens = codes.tokens(conn)
    return render_template(
        "operator/permissions_tokens.html", tokens=api_tokens, new_token=new_token, name=name, error=error
    )


def _sites_page(kind: str = "", value: str = "", error: str = "") -> str:
    with services().store.reading() as conn:
        allowed = allowed_sites.list_all(conn)
    lists = {
        kind_listed: [line for line in allowed if line.kind == kind_listed]
        for kind_listed in (INLINE, RETURN_TO)
    }
    return render_template(
        "operator/permissions_sites.html", lists=lists, kind=kind, value=value, error=error
    )
