"""A person with a browser: composes at the site, decides at Kite's page, reads the receipt.

By what stands on the pages, nothing else.
"""

import http.client
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.support.live import Live

PATIENCE = 60.0
"""Seconds that a person waits for something to happen."""

Item = dict[str, str]

RECEIPT = re.compile(r"/executions/[\w-]+$")
BASKET_PAGE = re.compile(r"/connect/basket/\w+$")


class Person:
    """Somebody at `site`.

    `scripts` says whether the browser runs scripts; `kite_user` is a client of the simulator, ""
    for the first.
    """

    def __init__(self, page: Page, site: Live, scripts: bool = True) -> None:
        self.page, self.site, self.scripts, self.kite_user = page, site, scripts, ""

    def open(self, path: str = "/") -> None:
        self.page.goto(self.site.url + path)

    def press(self, action: str) -> None:
        """Press a button of the composer."""
        button = self.page.locator(f"button[name=action][value={action}]:visible").first
        if self.scripts:
            button.click()
        else:
            with (
                self.page.expect_navigation()
            ):  # the click alone returns while the next page is only half there
                button.click()

    def fill(self, row: int, **fields: str) -> None:
        """Fill fields of a row of the composer."""
        for field, value in fields.items():
            found = self.page.locator(f"[name=items-{row}-{field}]")
            kind = found.first.evaluate("one => one.type")
            if kind == "radio":
                self.page.locator(f"[name=items-{row}-{field}][value={value}]").check()
            elif kind == "checkbox":
                found.set_checked(bool(value))
            elif kind == "select-one":
                found.select_option(value)
            else:
                found.fill(value)

    def compose(self, *items: Item) -> None:
        """Type a basket into an empty composer, row by row."""
        self.open()
        for row, item in enumerate(items):
            if row:
                self.press("add")
                self.page.locator(f"[name=items-{row}-tradingsymbol]").wait_for()
            self.fill(row, **({"quantity": "10"} | item))

    def hand_off(self, *items: Item) -> str:
        """Compose, and go to Kite's page: the hand-off page posts itself, or its button is pressed.

        Returns the execution's id.
        """
        self.compose(*items)
        return self.send()

    def send(self) -> str:
        """Go to Kite's page with what the composer holds. Returns the execution's id."""
        with self.page.expect_request(lambda request: "/handoff/" in request.url) as asked:
            self.press("hand_off")
        if not self.scripts:
            self.page.locator("#basket-form button").click()
        self.page.wait_for_url(BASKET_PAGE)
        return asked.value.url.rpartition("/")[2]

    def log_in(self) -> None:
        """Log in on Kite's page when it asks for that, as the Kite user that this person is."""
        self.decision("cancel").wait_for()
        if self.decision("approve").count():
            if self.kite_user:
                self.page.get_by_text("Log in as somebody else").click()
                self.page.select_option("#client", self.kite_user)
            self.decision("approve").click()
            self.decision("approve").wait_for(state="detached")
            self.page.locator("h1").wait_for()  # the next page has come,
            self.page.wait_for_load_state()  # and all of it

    def decision(self, value: str) -> Any:
        """A button of Kite's page."""
        return self.page.locator(f"button[name=decision][value={value}]:visible")

    def place(self, **edits: str) -> None:
        """Log in at Kite, change fields (items_0_quantity="5"), place, and come back to the
        receipt.
        """
        self.log_in()
        for name, value in edits.items():
            self.page.fill(f"[name={name.replace('_', '-', 2)}]", value)
        self.decision("place").click()
        self.page.wait_for_url(RECEIPT)

    def place_and_wait(self) -> str:
        """Place, and return the address that Kite sends the browser to, before anybody has opened
        it.
        """
        self.log_in()
        answer = self.page.request.post(self.page.url, form={"decision": "place"}, max_redirects=0)
        return str(answer.headers["location"])

    def open_at_once(self, address: str, times: int) -> set[tuple[int, str | None]]:
        """Open an address many times at the same moment, with this browser's cookies.

        Returns each status and where it leads.
        """
        cookie = "; ".join(f"{each['name']}={each['value']}" for each in self.page.context.cookies(address))
        with ThreadPoolExecutor(times) as pool:
            return set(pool.map(lambda _: _opened(address, cookie), range(times)))

    def buy(self, *items: Item) -> str:
        """The whole way to the receipt. Returns the execution's id."""
        execution_id = self.hand_off(*items)
        self.place()
        return execution_id

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def receipt(self, execution_id: str) -> dict[str, Any]:
        """The receipt as data."""
        answer = self.page.request.get(f"{self.site.url}/executions/{execution_id}.json")
        assert answer.status == 200, f"{answer.status}: {answer.text()}"
        return dict(answer.json())

    def status_of(self, path: str) -> int:
        """How the site answers this browser at an address."""
        return int(self.page.request.get(self.site.url + path, max_redirects=0).status)

    def settled(self, execution_id: str) -> dict[str, Any]:
        """Stay on the receipt until it is settled: it changes by itself, or by its button.

        Returns it as data.
        """
        main = self.page.locator("main")
        if self.scripts:
            self.page.wait_for_selector("main[data-live=off]")
        else:
            until(
                lambda: main.get_attribute("data-live") == "off" or self.check_again(execution_id),
                "the receipt is settled",
            )
        found = self.receipt(execution_id)
        assert found["state"] == "settled", found
        return found

    def check_again(self, execution_id: str) -> None:
        """Press the button that looks at Kite now."""
        with self.page.expect_navigation():
            self.page.locator(f"form[action='/executions/{execution_id}/check'] button").click()


def _opened(address: str, cookie: str) -> tuple[int, str | None]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Location"]
    finally:
        connection.close()


def until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait until `condition` returns something true; return that."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {patience:g} s: {what}"
        time.sleep(0.2)
    return found


def outcomes(receipt: dict[str, Any]) -> dict[str, str]:
    """Return the outcome of every item by its symbol."""
    return {item["tradingsymbol"]: item["outcome"] for item in receipt["items"]}
