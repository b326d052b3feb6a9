"""Headers, the site's own name, and where a request that changes something may come from.

Policy is data per frame.
"""

import secrets
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from kite.config import KITE_PAGES, Settings
from kite.web.site.context import services

POLICY = {
    "default-src": "'none'",
    "script-src": "'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""Every page. A page whose form leads to Kite, by itself or by our redirect, names Kite's origin as well."""

HEADERS = {
    # Kite refuses the key when it sees no Referer at all, so never no-referrer.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}

KEEPS_OPENER = ("/b/", "/embed/", "/handoff/", "/redirect", "/returns/", "/executions/", "/session/")
"""Paths on the way of a basket.

They may stand in a window that another site's button opened, which waits for the ending: a
Cross-Origin-Opener-Policy on any of them would cut the two apart.
"""

FROM_ELSEWHERE = frozenset({"embedding.start", "api.redeem", "prefill.keep"})
"""Endpoints that other sites' pages and servers post to; they look at no cookie."""

PRIVATE = (
    "/data",
    "/embed/",
    "/executions",
    "/handoff/",
    "/operator/",
    "/redirect",
    "/returns/",
    "/session/",
)
"""Paths that no search engine has any business with."""

UNDER_ANY_NAME = ("/healthz", "/readyz", "/static/")
"""Paths that answer under whatever name the machine is asked by."""


def csp_nonce() -> str:
    """Return this answer's nonce; a script without it does not run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow_form_to_kite() -> None:
    """Let this page's forms lead to Kite's pages."""
    g.form_to_kite = True


def keep_opener() -> None:
    """Leave this answer's window together with the page that opened it: see KEEPS_OPENER."""
    g.keeps_opener = True


def made_by_nobody() -> bool:
    """Whether this request was made ahead of a person's wish: a prefetch, a preview or a HEAD."""
    purpose = " ".join(
        request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    ).lower()
    return request.method == "HEAD" or "prefetch" in purpose or "preview" in purpose


def led_by_another_site() -> bool:
    """Whether the browser says that a page of a site led here which is neither this one nor Kite's.

    Without a Referer nobody knows.
    """
    referer = request.headers.get("Referer", "")
    if not referer.startswith(("http://", "https://")):
        return False  # none, or an app's
    settings = services().settings
    return _origin_of(referer) not in map(_origin_of, (settings.public_url, settings.web_root, KITE_PAGES))


def led_by_this_site() -> bool:
    """Whether the browser says that a page of this site led here."""
    referer = request.headers.get("Referer", "")
    return request.headers.get("Sec-Fetch-Site") == "same-origin" or _origin_of(referer) == _origin_of(
        services().settings.public_url
    )


def _origin_of(url: str) -> str:
    try:
        split = urlsplit(url)
    except ValueError:  # an address that means nothing is nobody's
        return ""
    return f"{split.scheme}://{split.netloc}".lower()


def install(app: Flask, settings: Settings) -> None:
    """Add the checks before a request and the headers after it."""
    public = urlsplit(settings.public_url)
    kite = urlsplit(settings.web_root)
    always = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if public.scheme == "https" else {})

    @app.before_request
    def lead_to_own_name() -> BaseResponse | None:
        if request.host == public.netloc or request.path.startswith(UNDER_ANY_NAME):
            return None
        if request.method not in ("GET", "HEAD"):
            abort(400)
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(f"{settings.public_url}{quoted_path()}{query}", 302)

    @app.before_request
    def refuse_other_origins() -> None:
        origin = request.headers.get("Origin")
        own = origin in (None, f"{public.scheme}://{public.netloc}") or request.endpoint in FROM_ELSEWHERE
        if request.method not in ("GET", "HEAD", "OPTIONS") and not own:
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in {**always, **_of_path()}.items():
            response.headers.setdefault(name, value)
        if request.endpoint == "static":
            return response
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = _policy(f"{kite.scheme}://{kite.netloc}")
        return response

    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _of_path() -> dict[str, str]:
    """Return the headers that not every address has."""
    robots = {"X-Robots-Tag": "noindex"} if request.path.startswith(PRIVATE) else {}
    keeps = g.get("keeps_opener") or request.path.startswith(KEEPS_OPENER)
    return robots if keeps else robots | {"Cross-Origin-Opener-Policy": "same-origin-allow-popups"}


def _policy(kite_origin: str) -> str:
    policy = POLICY | ({"form-action": f"'self' {kite_origin}"} if g.get("form_to_kite") else {})
    return "; ".join(f"{name} {value}" for name, value in policy.items()).format(nonce=csp_nonce())


def quoted_path() -> str:
    """Return the path of this request as an address spells it."""
    return quote(request.path, safe="/-._~!$&'()*+,;=:@")
