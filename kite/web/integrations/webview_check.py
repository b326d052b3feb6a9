"""The self-test of a webview: what it can do, what it lacks, and what its app has to change."""

from dataclasses import dataclass

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.texts import typable
from kite.vocabulary import N_
from kite.web.site.surfaces import Surface, SurfaceBlueprint

bp = SurfaceBlueprint("webview", __name__, Surface.PERSONAL, indexed=True)

EXAMPLE = '{"type":"basket","status":"success","code":"…","execution_id":"…"}'

COOKIE_PROBE = "webview"
"""What the test writes into the visit's cookie: a browser that sends it back with the next request
keeps cookies.
"""


@dataclass(frozen=True)
class Check:
    """One thing that is tested.

    `passed` is None for what only a script finds out, which then fills it in.
    """

    name: str
    title: str
    passed: bool | None
    good: str
    bad: str


@bp.get("/webview")
def show() -> str | Response:
    """Set a cookie, redirect to this page, and see whether the cookie comes back.

    A script tests the rest.
    """
    if "tested" not in request.args:
        session[COOKIE_PROBE] = True
        return redirect(url_for("webview.show", tested=1), 303)
    keeps_cookies = bool(session.get(COOKIE_PROBE, False))
    # The script's second request, to see its own referrer, ends the test.
    if "again" in request.args:
        session.pop(COOKIE_PROBE, None)
    return render_template(
        "integrations/webview_check.html",
        checks=_checks(keeps_cookies),
        example=EXAMPLE,
        agent=typable(request.headers.get("User-Agent", "")),
    )


def _checks(keeps_cookies: bool) -> list[Check]:
    results = {"cookies": keeps_cookies, "referrer": bool(request.headers.get("Referer")) or None}
    return [
        Check(name, gettext(title), results.get(name), gettext(good), gettext(bad))
        for name, title, good, bad in CHECKS
    ]


CHECKS = (
    (
        "scripts",
        N_("Scripts"),
        N_("They run. Kite’s page opens by itself."),
        N_(
            "They do not run. Every page works all the same, with one press more. Android:"
            " settings.javaScriptEnabled = true"
        ),
    ),
    (
        "cookies",
        N_("Cookies of this site"),
        N_("They are kept, also over a redirect. The return from Kite is recognised."),
        N_(
            "They are not kept. After the return nobody can be shown a receipt. Android:"
            " CookieManager.setAcceptCookie(true)"
        ),
    ),
    (
        "storage",
        N_("Session storage"),
        N_("It is there. A page that one comes back to does not open Kite a second time."),
        N_("It is missing. Android: settings.domStorageEnabled = true"),
    ),
    (
        "popups",
        N_("Windows"),
        N_("window.open is there. The buttons on other sites may use a window of their own."),
        N_(
            "There is no window.open. Buttons stay in this window, which is right for a webview. Nothing is"
            " to be changed."
        ),
    ),
    (
        "referrer",
        N_("Referrer"),
        N_("It is sent. Kite takes the basket from this site."),
        N_(
            "It was not sent when this page opened itself. Kite may refuse the key: do not strip the header,"
            " and set no no-referrer policy."
        ),
    ),
    (
        "bridges",
        N_("Bridge to the app"),
        N_("Found: %(found)s. The app hears how a basket ended."),
        N_("None was found. The app can watch for its return_to in place of one. Bridges: %(all)s."),
    ),
)
"""Name, title, what is said when it passes, and what is said when it does not, with what to
change.
"""
