"""Headers, the site's own name, and where a request that changes something may come from.

The policy of pages is data; what differs from route to route, their surfaces say.
"""

import secrets
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from kite.config import Settings
from kite.setting_rows import KITE_PAGES
from kite.web.site.context import services
from kite.web.site.surfaces import Policy, current_policy

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "{frame_ancestors}",
}
"""Every page; its surface says who may show it in a frame.

A page whose form leads to Kite, by itself or by our redirect, names Kite's origin as well.
"""

HEADERS = {
    # Kite refuses the key when it sees no Referer at all, so never no-referrer.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def csp_nonce() -> str:
    """Return this answer's nonce; a script without it does not run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow_form_to_kite() -> None:
    """Let this page's forms lead to Kite's pages."""
    g.form_to_kite = True


def keep_opener() -> None:
    """Keep this answer's window together with the page that opened it, whatever the policy of its
    route says.

    A return may arrive at any address, whose route knows nothing of the window that waits for it.
    """
    g.keeps_opener = True


def is_speculative() -> bool:
    """Whether this request was made before anybody wanted the page: a prefetch, a preview or a
    HEAD.
    """
    purpose = " ".join(
        request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    ).lower()
    return request.method == "HEAD" or "prefetch" in purpose or "preview" in purpose


def comes_from_another_site() -> bool:
    """Whether the browser says that a page of another site led here, neither this one nor Kite's.

    False without a Referer: then nobody knows.
    """
    referer = request.headers.get("Referer", "")
    if not referer.startswith(("http://", "https://")):
        return False  # none, or an app's
    settings = services().settings
    return _origin_of(referer) not in map(_origin_of, (settings.public_url, settings.web_root, KITE_PAGES))


def comes_from_this_site() -> bool:
    """Whether the browser says that a page of this site led here."""
    referer = request.headers.get("Referer", "")
    return request.headers.get("Sec-Fetch-Site") == "same-origin" or _origin_of(referer) == _origin_of(
        services().settings.public_url
    )


def _origin_of(url: str) -> str:
    try:
        split = urlsplit(url)
    except ValueError:  # what is no address belongs to no site
        return ""
    return f"{split.scheme}://{split.netloc}".lower()


def install(app: Flask, settings: Settings) -> None:
    """Add the checks before a request and the headers after it."""
    public = urlsplit(settings.public_url)
    kite = urlsplit(settings.web_root)
    always = _headers_of_every_route(public.scheme)

    @app.before_request
    def lead_to_own_name() -> BaseResponse | None:
        if request.host == public.netloc or current_policy().under_any_name:
            return None
        if request.method not in ("GET", "HEAD"):
            abort(400)  # a redirect would lose what was posted
        target = f"{settings.public_url}{quoted_path()}"
        if request.query_string:
            target = f"{target}?{request.query_string.decode('latin-1')}"
        return redirect(target, 302)

    @app.before_request
    def refuse_other_origins() -> None:
        # Beside the tokens of forms: a second lock, which also holds where a form's token leaked.
        origin = request.headers.get("Origin")
        own = origin in (None, f"{public.scheme}://{public.netloc}") or current_policy().from_elsewhere
        if request.method not in ("GET", "HEAD", "OPTIONS") and not own:
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        policy = current_policy()
        for name, value in {**always, **_route_headers(policy, response)}.items():
            response.headers.setdefault(name, value)
        if policy.frame_ancestors:
            response.headers["Content-Security-Policy"] = _content_security_policy(
                policy.frame_ancestors, f"{kite.scheme}://{kite.netloc}"
            )
        return response

    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _headers_of_every_route(scheme: str) -> dict[str, str]:
    if scheme != "https":
        return HEADERS
    return HEADERS | {"Strict-Transport-Security": "max-age=31536000"}


def _route_headers(policy: Policy, response: Response) -> dict[str, str]:
    """Return the headers that not every route has."""
    headers = {"Cache-Control": "no-store"}
    # A route lets others keep its pages, but not a refusal or a redirect in their place.
    if request.method in ("GET", "HEAD") and response.status_code in (200, 304):
        headers["Cache-Control"] = policy.cache_control or ""
    if not policy.keeps_opener and not g.get("keeps_opener"):
        headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    if not policy.indexed:
        headers["X-Robots-Tag"] = "noindex"
    return {name: value for name, value in headers.items() if value}


def _content_security_policy(frame_ancestors: str, kite_origin: str) -> str:
    directives = dict(CONTENT_SECURITY_POLICY)
    if g.get("form_to_kite"):
        directives["form-action"] = f"'self' {kite_origin}"
    text = "; ".join(f"{name} {value}" for name, value in directives.items())
    return text.format(nonce=csp_nonce(), frame_ancestors=frame_ancestors)


def quoted_path() -> str:
    """Return the path of this request, quoted as in an address."""
    return quote(request.path, safe="/-._~!$&'()*+,;=:@")
