"""People at a real site over HTTP, without browsers: they hand off, place at the simulator, come
back or not, whatever dies meanwhile.
"""

import random
import re
import threading
import time
from html import unescape
from typing import Any
from urllib.parse import urljoin

import requests

from tests.support.live import Live
from tests.support.site import BUY_INFY, hidden_fields, inputs

PATIENCE = 10.0
GONE = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
"""What a killed server looks like from outside."""


class Member:
    """One person.

    `answered` are the hand-offs that the site has answered, `broken` the answers that nobody should
    see.
    """

    def __init__(self, site: Live, seed: int) -> None:
        self.answered: list[str] = []
        self.broken: list[str] = []
        self._site = site
        self._random = random.Random(seed)
        self._http = requests.Session()
        self._http.trust_env = False

    def work(self, stop: threading.Event, every: float) -> None:
        """Send a basket each `every` seconds, until told to stop."""
        while not stop.wait(every):
            try:
                self._send()
            except GONE:
                continue

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self) -> None:
        answer = self._post("/", self._token() | _basket(self._random))
        if answer.status_code != 303 or "/handoff/" not in answer.headers["Location"]:
            return
        execution_id = answer.headers["Location"].rpartition("/")[2]
        self.answered.append(execution_id)
        leaving = self._get(f"/handoff/{execution_id}")
        if leaving.status_code != 200:  # the database is away, and the page says so
            return
        page = self._followed(self._post("/simulator/connect/basket", hidden_fields(leaving.text)))
        if 'value="approve"' in page.text:
            page = self._followed(self._press(page, "approve"))
        back = self._press(page, "place") if 'value="place"' in page.text else page
        # The others close the window.
        if "Location" in back.headers and self._random.random() < 0.75:
            self._followed(back)

    def check(self, execution_id: str) -> dict[str, Any]:
        """Press "check now", with a login where that is asked for, until nothing works any more.

        Returns the receipt as data.
        """
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._post(f"/executions/{execution_id}/check", self._token())
            if "/connect/login" in answer.headers.get("Location", ""):
                self._followed(self._press(self._followed(answer), "approve"))
            receipt: dict[str, Any] = self._get(f"/executions/{execution_id}.json").json()
            if (
                receipt["state"] in ("settled", "prepared", "handed_off", "unknown", "cancelled")
                or time.monotonic() > until
            ):
                return receipt
            time.sleep(0.3)

    def _token(self) -> dict[str, str]:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self._get("/").text)
        return {"csrf_token": found[1]} if found else {}

    def _press(self, page: requests.Response, decision: str) -> requests.Response:
        return self._post(page.url, inputs(page.text) | {"decision": decision})

    def _followed(self, answer: requests.Response) -> requests.Response:
        while answer.status_code in (302, 303):
            answer = self._get(urljoin(answer.url, unescape(answer.headers["Location"])))
        return answer

    def _get(self, path: str) -> requests.Response:
        return self._seen(
            self._http.get(urljoin(self._site.url, path), timeout=PATIENCE, allow_redirects=False)
        )

    def _post(self, path: str, form: dict[str, str]) -> requests.Response:
        headers = {"Origin": self._site.url}
        return self._seen(
            self._http.post(
                urljoin(self._site.url, path), form, headers=headers, timeout=PATIENCE, allow_redirects=False
            )
        )

    def _seen(self, answer: requests.Response) -> requests.Response:
        if answer.status_code == 500:
            self.broken.append(f"{answer.request.method} {answer.request.path_url}: {answer.text[:500]}")
        return answer


def _basket(chance: random.Random) -> dict[str, str]:
    second = {
        "tradingsymbol": chance.choice(("SBIN", "SIMPARTIAL", "SIMREJECT", "SIMCANCEL")),
        "quantity": str(chance.randint(1, 9)),
    }
    items = [BUY_INFY | {"quantity": "1"}, BUY_INFY | second]
    return {"action": "hand_off"} | {
        f"items-{number}-{name}": value for number, each in enumerate(items) for name, value in each.items()
    }
