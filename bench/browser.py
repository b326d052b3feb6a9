"""What a person's browser makes of the pages before Kite: weight, largest paint on a slow phone,
and the time until the basket leaves.
"""

import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from bench.pages import SYMBOLS
from tests.support.browser import DEVICES, launch
from tests.support.live import Live
from tests.support.person import Person
from tests.support.ports import free_port

Figure = TypeVar("Figure")

TIMES = 40
PAINTS = 5
SLOW_PHONE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
"""Lighthouse's slow 4G; with it the processor runs at a quarter of its speed."""

HOLD = "HTMLFormElement.prototype.submit = () => {}"
"""Keep the hand-off page where it is, so that its paint can be read."""

WATCH = """
const submit = HTMLFormElement.prototype.submit;
HTMLFormElement.prototype.submit = function () {
  console.info("submitted after", performance.now() - performance.getEntriesByType("navigation")[0].responseStart);
  submit.call(this);
};
"""

PAINT = """() => new Promise(tell => new PerformanceObserver(list => tell(list.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))"""

WEIGHT = "() => performance.getEntries().reduce((sum, one) => sum + (one.decodedBodySize || 0), 0)"

ITEMS = [
    {
        "tradingsymbol": symbol,
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "MARKET",
        "quantity": 10,
        "product": "CNC",
    }
    for symbol in SYMBOLS
]
COMPOSER = f"/?{urlencode({'data': json.dumps(ITEMS)})}"


def measure() -> Iterator[tuple[str, str]]:
    """Yield the name of a figure and the figure with its unit."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Live("app:app", Path(folder), free_port(), {})
        browser = launch(playwright)
        site.prepare()
        site.start()
        try:
            yield from _weights(browser, site)
            yield from _leaving(browser, site)
        finally:
            browser.close()
            site.stop()


def _weights(browser: Browser, site: Live) -> Iterator[tuple[str, str]]:
    paints = [
        _with_a_slow_phone(browser, lambda page: _paint(page, site.url + COMPOSER)) for _ in range(PAINTS + 1)
    ]
    # The first one starts the browser's own parts.
    yield "composer, ten items: largest paint, slow phone, median", f"{statistics.median(paints[1:]):.0f} ms"
    yield (
        "composer, ten items: with everything",
        f"{_with_a_slow_phone(browser, lambda page: _weight(page, site.url + COMPOSER)):.0f} bytes",
    )
    yield (
        "composer, empty: with everything",
        f"{_with_a_slow_phone(browser, lambda page: _weight(page, site.url)):.0f} bytes",
    )
    figures = [_with_a_slow_phone(browser, lambda page: _held(page, site)) for _ in range(PAINTS)]
    yield (
        "hand-off page, ten items: largest paint, slow phone, median",
        f"{statistics.median(paint for paint, _ in figures):.0f} ms",
    )
    yield "hand-off page, ten items: HTML", f"{figures[0][1]} bytes"


def _with_a_slow_phone(browser: Browser, look: Callable[[Page], Figure]) -> Figure:
    """Return what `look` measures in a page of a slow phone, and close the page."""
    page = browser.new_context(**DEVICES["phone"]).new_page()
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    tools.send("Network.emulateNetworkConditions", SLOW_PHONE)
    figures = look(page)
    page.context.close()
    return figures


def _weight(page: Page, address: str) -> float:
    page.goto(address, wait_until="load")
    return float(page.evaluate(WEIGHT))


def _held(page: Page, site: Live) -> tuple[float, int]:
    """Open the hand-off page, and keep it from leaving; return its largest paint in milliseconds,
    and its bytes.
    """
    page.add_init_script(HOLD)
    page.goto(site.url + COMPOSER)
    with page.expect_response(lambda answer: "/handoff/" in answer.url) as opened:
        Person(page, site).press("hand_off")
    page.wait_for_load_state("load")
    return float(page.evaluate(PAINT)), len(opened.value.body())


def _paint(page: Page, address: str) -> float:
    page.goto(address, wait_until="load")
    return float(page.evaluate(PAINT))


def _leaving(browser: Browser, site: Live) -> Iterator[tuple[str, str]]:
    """Time from the first byte of the hand-off page to the submit of its form."""
    page = browser.new_context(**DEVICES["phone"]).new_page()
    page.add_init_script(WATCH)
    took: list[float] = []
    page.on(
        "console",
        lambda message: (
            took.append(float(message.text.rpartition(" ")[2]))
            if message.text.startswith("submitted")
            else None
        ),
    )
    for _ in range(TIMES):
        page.goto(site.url + COMPOSER)
        Person(page, site).press("hand_off")
        page.wait_for_url("**/connect/**")
    took.sort()
    yield "hand-off page: first byte to submit, median", f"{took[len(took) // 2]:.0f} ms"
    yield f"hand-off page: first byte to submit, p95 of {len(took)}", f"{took[int(len(took) * 0.95)]:.0f} ms"
