"""Every way in which an order can come to the site, each driven as a browser or an operator does,
down to what was recorded.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from kite.store.flow import executions
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, Allowed
from kite.store.publishing import published
from tests.support.forms import controls, text, tree
from tests.support.site import HOST, Site, inputs

BLOG = "https://blog.example"


@dataclass(frozen=True)
class Ending:
    """What became of an order: the item that was recorded, as it goes to Kite, or None; and all
    that was said on the way.
    """

    item: Mapping[str, Any] | None
    words: str


class WaysIn:
    """One browser without scripts, another site's page, and a shell, all at one site.

    A method per way takes an order's values.
    """

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder, self.networks = site, folder, 0
        with site.services.store.writing() as conn:
            allowed_sites.add(conn, Allowed(INLINE, BLOG, site.clock(), "asha"))

    def ways(self) -> dict[str, Callable[[Mapping[str, Any]], Ending]]:
        """Return every way by its name."""
        return {
            "form": self.form,
            "link": self.link,
            "prefill": self.prefill,
            "paste": self.paste,
            "table": self.table,
            "file": self.file,
            "button": self.button,
            "object": self.object,
            "old site": self.old_site,
            "publish": self.publish,
        }

    def form(self, values: Mapping[str, Any]) -> Ending:
        """Type the order into the composer."""
        fields = {f"items-0-{name}": text for name, text in _texts(values).items()}
        return self._hand_off(dict(controls(self._get("/").text)) | fields)

    def link(self, values: Mapping[str, Any]) -> Ending:
        """Open a link with the order as Kite's JSON, and send what it shows."""
        return self._sent(self._get("/", data=json.dumps([values])))

    def prefill(self, values: Mapping[str, Any]) -> Ending:
        """Post the order from another page, open the composer with it, and send what it shows."""
        stranger = self.site.app.test_client(use_cookies=False)
        self.networks += 1  # how much comes from one network address within an hour is limited
        address = {"REMOTE_ADDR": f"192.0.2.{self.networks % 250}"}
        data = {"data": json.dumps([values])}
        answer = stranger.post(
            "/prefill", data=data, base_url=HOST, headers={"Origin": BLOG}, environ_overrides=address
        )
        return self._sent(self._get(answer.location))

    def paste(self, values: Mapping[str, Any]) -> Ending:
        """Paste the order as Kite's JSON, and send what it becomes."""
        return self._sent(self._post({"action": "import", "paste": json.dumps([values])}))

    def table(self, values: Mapping[str, Any]) -> Ending:
        """Paste the order as a table, take what the preview names, and send it."""
        return self._taken(self._post({"action": "import", "paste": _table(values)}))

    def file(self, values: Mapping[str, Any]) -> Ending:
        """Bring the order as a file with a table."""
        upload = FileStorage(io.BytesIO(_table(values).encode()), "orders.csv")
        boundary, body = encode_multipart({"action": "import", "file": upload})
        return self._taken(self._post(body, content_type=f"multipart/form-data; boundary={boundary}"))

    def button(self, values: Mapping[str, Any]) -> Ending:
        """Press a button on another site: embed.js posts its attributes, which are texts."""
        return self._pressed(_texts(values))

    def object(self, values: Mapping[str, Any]) -> Ending:
        """Press what another site made with the object of embed.js: its values are JSON's."""
        return self._pressed(values)

    def old_site(self, values: Mapping[str, Any]) -> Ending:
        """Import a page of an old site with the order's button, and publish what it orders."""
        attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in _texts(values).items())
        (self.folder / "page.html").write_text(f"<kite-button {attributes}></kite-button>", encoding="utf-8")
        return self._command("import-site", "page.html", "--publish", "--author", "Asha Rao")

    def publish(self, values: Mapping[str, Any]) -> Ending:
        """Publish a file with the order."""
        basket = {"slug": "way-in", "title": "Way in", "author": "Asha Rao", "items": [values]}
        (self.folder / "basket.json").write_text(json.dumps(basket), encoding="utf-8")
        return self._command("publish", "basket.json")

    def _get(self, path: str, **query: str) -> TestResponse:
        self.browser = self.site.app.test_client()
        return self.browser.get(path, query_string=query or None, base_url=HOST)

    def _post(self, data: Any, **options: Any) -> TestResponse:
        self.browser = self.site.app.test_client()
        return self.browser.post("/", data=data, base_url=HOST, headers={"Origin": HOST}, **options)

    def _taken(self, page: TestResponse) -> Ending:
        answer = self.browser.post(
            "/", data=dict(controls(page.text)) | {"action": "take"}, base_url=HOST, headers={"Origin": HOST}
        )
        return self._sent(answer, _main(page))

    def _sent(self, page: TestResponse, before: str = "") -> Ending:
        """Send the orders that a page of the composer shows."""
        return self._hand_off(dict(controls(page.text)), f"{before} {_main(page)}")

    def _hand_off(self, fields: Mapping[str, str], before: str = "") -> Ending:
        answer = self.browser.post(
            "/", data=dict(fields) | {"action": "hand_off"}, base_url=HOST, headers={"Origin": HOST}
        )
        return (
            self._recorded(answer, before)
            if answer.status_code == 303
            else Ending(None, f"{before} {_main(answer)}")
        )

    def _pressed(self, values: Mapping[str, Any]) -> Ending:
        stranger = self.site.app.test_client(use_cookies=False)
        page = stranger.post(
            "/embed/start", data={"items": json.dumps([values])}, base_url=HOST, headers={"Origin": BLOG}
        )
        if page.status_code != 200:
            return Ending(None, _main(page))
        browser = self.site.app.test_client()
        answer = browser.post(
            "/embed/handoff", data=inputs(page.text), base_url=HOST, headers={"Origin": HOST}
        )
        return self._recorded(answer, _main(page))

    def _recorded(self, answer: TestResponse, words: str) -> Ending:
        with self.site.services.store.reading() as conn:
            (item,) = json.loads(executions.get(conn, answer.location.rpartition("/")[2]).data)
        return Ending(item, words)

    def _command(self, name: str, file: str, *options: str) -> Ending:
        result = self.site.app.test_cli_runner().invoke(args=[name, str(self.folder / file), *options])
        if result.exit_code:
            return Ending(None, result.output)
        slug = re.search(r"/b/([a-z0-9-]+)", result.output)[1]
        with self.site.services.store.reading() as conn:
            (item,) = json.loads(published.by_slug(conn, slug)[1].data)
        return Ending(item, result.output)


def _main(page: TestResponse) -> str:
    return text(next(tree(page.text).iter("main")))


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """The values as texts, as pages and spreadsheets hold them."""
    return {
        name: "" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def _table(values: Mapping[str, Any]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([values, _texts(values).values()])
    return file.getvalue()
