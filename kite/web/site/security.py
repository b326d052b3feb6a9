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
    """Leave this answer's window together with the page that opened it: its view knows
    better than the address that was opened.
    """
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
        if request.host == public.netloc or current_policy().under_any_name:
            return None
        if request.method not in ("GET", "HEAD"):
            abort(400)
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(f"{settings.public_url}{quoted_path()}{query}", 302)

    @app.before_request
    def refuse_other_origins() -> None:
        origin = request.headers.get("Origin")
        own = origin in (None, f"{public.scheme}://{public.netloc}") or current_policy().from_elsewhere
        if request.method not in ("GET", "HEAD", "OPTIONS") and not own:
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        policy = current_policy()
        for name, value in {**always, **_headers_of(policy, response)}.items():
            response.headers.setdefault(name, value)
        if policy.frame_ancestors:
            response.headers["Content-Security-Policy"] = _content_security_policy(
                policy.frame_ancestors, f"{kite.scheme}://{kite.netloc}"
            )
        return response

    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _headers_of(policy: Policy, response: Response) -> dict[str, str]:
    """Return the headers that not every route has."""
    # What a route lets others keep are its pages, not a refusal or a redirect in their place.
    may_be_kept = request.method in ("GET", "HEAD") and response.status_code in (200, 304)
    keeps_opener = policy.keeps_opener or g.get("keeps_opener")
    headers = {
        "Cache-Control": policy.cache_control if may_be_kept else "no-store",
        "Cross-Origin-Opener-Policy": None if keeps_opener else "same-origin-allow-popups",
        "X-Robots-Tag": None if policy.indexed else "noindex",
    }
    return {name: value for name, value in headers.items() if value}


def _content_security_policy(frame_ancestors: str, kite_origin: str) -> str:
    directives = CONTENT_SECURITY_POLICY | (
        {"form-action": f"'self' {kite_origin}"} if g.get("form_to_kite") else {}
    )
    text = "; ".join(f"{name} {value}" for name, value in directives.items())
    return text.format(nonce=csp_nonce(), frame_ancestors=frame_ancestors)


def quoted_path() -> str:
    """Return the path of this request as an address spells it."""
    return quote(request.path, safe="/-._~!$&'()*+,;=:@")
