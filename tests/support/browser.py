"""A real Chromium: pages at two sizes, which tell when something on them is broken or reaches out
to the world.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Playwright, Request

QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
"""Chromium says nothing to anybody; the last one holds that for pages too."""

DEVICES: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "user_agent": (
            "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
            " Mobile Safari/537.36"
        ),
    },
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
"""Best first: Chromium without its windows needs less than half the processor's time for the same
pages.
"""

LOCAL = frozenset({"127.0.0.1", "localhost"})


def installed() -> str | None:
    """Return the path of the Chromium that is installed, None for Playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium, or Playwright's own where there is none."""
    return playwright.chromium.launch(executable_path=installed(), args=QUIET)


def close(context: BrowserContext) -> None:
    """Close a context once its windows have loaded: Chromium without its windows hangs when one
    that a page opened is closed before.
    """
    for page in context.pages:
        with suppress(Error):  # a page that never loads is closed as it is
            page.wait_for_load_state(timeout=5_000)
    context.close()


class Watch:
    """What went wrong on the pages of one test.

    `allow` are parts of messages that are right there.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self.allow = tuple(allow)
        self.faults: list[str] = []

    def follow(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._fault(f"error of a script: {error.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname not in LOCAL:
            self._fault(f"request to another host: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = (message.location or {}).get("url", "")
            self._fault(f"console: {message.text} ({where})")

    def _fault(self, text: str) -> None:
        if not any(part in text for part in self.allow):
            self.faults.append(text)


NewPage = Callable[..., Page]
"""`new_page(device="phone", scripts=True, scheme="light", allow=(), context=None, **options of a
Playwright context)`.
"""
