"""Pages in a real window and a real frame of another site, in Chromium: who gets their message, and
how they look.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from playwright.sync_api import FrameLocator, Page

from tests.support.browser import NewPage
from tests.support.live import Live, LiveFactory
from tests.support.looks import faults
from tests.support.simulator_rig import item

SITE = """<!doctype html><html lang="en"><title>A site</title><link rel="icon" href="data:,"><body><h1>A site</h1>
<form id="basket" method="post" target="kite" action="{kite}/connect/basket"><input type="hidden" name="api_key" value="simulator_key">
<input type="hidden" name="data" value='{data}'><input type="hidden" name="redirect_url" value="#">
<input type="hidden" name="view" value="popup"></form>
<script>window.told = []; addEventListener("message", event => told.push([event.origin, event.data]));</script></body></html>"""


class Site(BaseHTTPRequestHandler):
    """Answers every address with the page of a site that trades through Kite."""

    html = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.html)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing among the tests."""


@pytest.fixture(scope="module")
def site_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def kite(start_live: LiveFactory, site_port: int) -> Iterator[Live]:
    live = start_live("app:simulator()", SIMULATOR_REDIRECT_URL=f"http://127.0.0.1:{site_port}/redirect")
    Site.html = SITE.format(
        kite=live.url, data=json.dumps([item(), item("SBIN", order_type="LIMIT", price=700)])
    ).encode()
    yield live
    live.kill()


@pytest.fixture
def host(kite: Live, site_port: int, new_page: NewPage, request: pytest.FixtureRequest) -> Page:
    """The registered site, in a browser."""
    page = new_page(
        getattr(request, "param", "desktop"), allow=("does not match the recipient window's origin",)
    )
    page.goto(f"http://127.0.0.1:{site_port}/")
    return page


def message_to(host: Page) -> dict[str, Any]:
    """Wait for a message, and return what it says. It is the only one, and the simulator's."""
    host.wait_for_function("told.length > 0")
    ((_, text),) = host.evaluate("told")
    message: dict[str, Any] = json.loads(text)
    return message


def opened(host: Page, address: str = "") -> Page:
    """Open a window at an address, or send the basket to it."""
    with host.expect_popup() as popup:
        host.evaluate(
            "address => { open(address, 'kite', 'width=500,height=700'); address || basket.submit(); }",
            address,
        )
    return popup.value


def framed(host: Page, address: str = "") -> FrameLocator:
    """Show an address in a frame, or send the basket to it."""
    host.evaluate(
        """address => {
            const frame = Object.assign(document.createElement("iframe"), {name: "kite", title: "Kite", src: address || "about:blank"});
            document.body.append(frame);
            address || basket.submit();
        }""",
        address,
    )
    return host.frame_locator("iframe")


def press(place: Page | FrameLocator, *decisions: str) -> None:
    for decision in decisions:
        place.locator(f"[name=decision][value={decision}]").click()


def ask_for_authorisation(kite: Live) -> str:
    """Ask for an authorisation as a program does. Returns the address of its page."""
    login = requests.post(
        f"{kite.url}/connect/login", data={"decision": "approve"}, allow_redirects=False, timeout=10
    ).headers["Location"]
    token = login.partition("request_token=")[2].partition("&")[0]
    checksum = hashlib.sha256(f"simulator_key{token}simulator_secret".encode()).hexdigest()
    form = {"api_key": "simulator_key", "request_token": token, "checksum": checksum}
    session = requests.post(f"{kite.url}/session/token", data=form, timeout=10).json()["data"]["access_token"]
    form, headers = (
        {"isin": "INE009A01021", "quantity": "5"},
        {"Authorization": f"token simulator_key:{session}"},
    )
    answer = requests.post(f"{kite.url}/portfolio/holdings/authorise", data=form, headers=headers, timeout=10)
    return (
        f"{kite.url}/connect/portfolio/authorise/holdings/simulator_key/{answer.json()['data']['request_id']}"
    )


def test_a_placed_basket_tells_the_window_that_opened_it(host: Page, kite: Live) -> None:
    press(opened(host), "approve", "place")
    message = message_to(host)
    assert (message["type"], message["status"], len(message["request_token"])) == ("basket", "success", 32)
    assert host.evaluate("told[0][0]") == kite.url


@pytest.mark.parametrize("host", ["phone"], indirect=True)
def test_a_placed_basket_tells_the_page_around_its_frame(host: Page) -> None:
    press(framed(host), "approve", "place")
    message = message_to(host)
    assert (message["type"], message["status"], len(message["request_token"])) == ("basket", "success", 32)


def test_a_cancelled_login_tells_that_there_is_no_token(host: Page, kite: Live) -> None:
    press(opened(host, f"{kite.url}/connect/login?api_key=simulator_key&view=popup"), "cancel")
    assert message_to(host) == {"type": "login", "status": "cancelled", "request_token": None}


@pytest.mark.parametrize("way", [opened, framed])
def test_an_authorised_sale_is_told(host: Page, kite: Live, way: Any) -> None:
    address = ask_for_authorisation(kite)
    press(way(host, address), "approve", "authorise")
    assert message_to(host) == {
        "type": "holdings.auth",
        "status": "success",
        "request_id": address.rpartition("/")[2],
    }


def test_a_page_of_another_site_is_told_nothing(host: Page, kite: Live, site_port: int) -> None:
    """localhost is another origin than 127.0.0.1.

    Chromium writes on the console that the message was for somebody else.
    """
    host.goto(f"http://localhost:{site_port}/")
    popup = opened(host, f"{kite.url}/connect/login?api_key=simulator_key&view=popup")
    press(popup, "cancel")
    popup.get_by_role("heading", name="Done").wait_for()
    assert host.evaluate("told") == []


def test_the_pages_of_a_popup_suit_everybody(host: Page, kite: Live) -> None:
    popup = opened(host)
    popup.get_by_role("heading", name="Log in and approve").wait_for()
    problems = faults(popup)
    press(popup, "approve")
    popup.get_by_role("heading", name="Approve 2 orders?").wait_for()
    problems += faults(popup)
    popup.set_viewport_size({"width": 1280, "height": 900})
    assert popup.locator(".page").bounding_box()["width"] <= 640
    popup.goto(ask_for_authorisation(kite))
    problems += faults(popup)
    press(popup, "authorise")
    popup.get_by_role("heading", name="Done").wait_for()
    assert problems + faults(popup) == []


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_a_sale_is_authorised_without_scripts(kite: Live, new_page: NewPage, device: str) -> None:
    page = new_page(device, scripts=False, scheme="dark")
    page.goto(ask_for_authorisation(kite))
    press(page, "approve", "authorise")
    page.get_by_role("heading", name="Done").wait_for()
