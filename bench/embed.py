"""A trade button on somebody else's page: what its script weighs, and how long a press takes to
leave, beside publisher.js.
"""

import gzip
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app import close_app, create_app
from kite.config import Settings
from kite.publishing import permissions
from kite.store.people.allowed_sites import INLINE
from kite.web.integrations.embed_script import embed_script
from tests.support.browser import launch
from tests.support.elsewhere import THREE, article, elsewhere
from tests.support.live import Live
from tests.support.ports import free_port

TIMES = 15

PRESSED = (
    "<script>addEventListener('click', (event) => { window.pressed = performance.timeOrigin +"
    " event.timeStamp; }, true)</script>"
)
"""When the press happened, on the clock of the browser's request timings."""

STAND_IN = """<script>
const root = "{root}", wait = 500;
document.getElementById("buy").addEventListener("click", () => {{
  const opened = window.open("", "standin", "popup,width=640,height=600");
  opened.document.body.textContent = "Connecting to Kite";
  const fields = {{api_key: "simulator_key", redirect_url: "#", view: "popup",
    data: '[{{"exchange":"NSE","tradingsymbol":"SBIN","transaction_type":"BUY","quantity":10,"order_type":"MARKET"}}]'}};
  const form = Object.assign(document.createElement("form"), {{method: "post", action: `${{root}}/connect/basket`, target: "standin"}});
  for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), {{type: "hidden", name, value}}));
  document.body.append(form);
  setTimeout(() => form.submit(), wait);
}});
</script>"""
"""What publisher.js does at a press, its fixed wait included, without the time in which it loads
jQuery and its styles.
"""


def measure() -> Iterator[tuple[str, str]]:
    """Yield the name of a figure and the figure with its unit."""
    script = embed_script()
    yield "embed.js, gzipped", f"{len(gzip.compress(script, 9))} bytes"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, elsewhere() as there:
        site = Live("app:app", Path(folder), free_port(), {})
        site.prepare()
        permitting = create_app(Settings.from_env(site.environ))
        permissions.permit(permitting.extensions["basket"], INLINE, there.url, "bench")
        close_app(permitting)
        ours = f'{PRESSED}<script src="{site.url}/embed.js"></script>'
        theirs = PRESSED + STAND_IN.format(root=f"{site.url}/simulator")
        body = THREE.format(slug="none", site=site.url)
        addresses = [
            there.put("/ours", article(body, ours)),
            there.put("/theirs", article(body.replace("kite-button", "button"), theirs)),
        ]
        site.start()
        browser = launch(playwright)
        try:
            yield from _leaving(browser, *addresses)
        finally:
            browser.close()
            site.stop()


def _leaving(browser: Browser, ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    """Press both in turn, and time from the press until Kite's page is asked for."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    took: dict[str, list[float]] = {ours: [], theirs: []}
    for address in [ours, theirs] * (TIMES + 1):
        took[address].append(_press(page, address))
    mine, other = (
        statistics.median(times[1:]) for times in took.values()
    )  # the first press of each warms the servers
    yield f"press to Kite's page, this site's button, median of {TIMES}", f"{mine:.0f} ms"
    yield f"press to Kite's page, stand-in of publisher.js, median of {TIMES}", f"{other:.0f} ms"
    yield "this site's button to the stand-in", f"{mine / other:.2f}"


def _press(page: Page, address: str) -> float:
    page.goto(address)
    with page.context.expect_event(
        "response", lambda answer: answer.url.endswith("/connect/basket")
    ) as request:
        page.locator("#buy").click()
    left_at = float(request.value.request.timing["startTime"])
    pressed = float(page.evaluate("window.pressed"))
    for other in page.context.pages[1:]:
        other.wait_for_load_state()
        other.close()
    return left_at - pressed
