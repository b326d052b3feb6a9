"""The real site in one process, with the real simulator behind it and a clock that tests set."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import close_app, create_app, now
from kite import bundled
from kite.config import Settings
from kite.instruments.catalogue_file import BUNDLED, DOWNLOAD
from kite.instruments.catalogue_writer import load
from kite.instruments.csv_rows import table
from kite.offsite.base.services import Services
from kite.vocabulary import Mode
from tests.support.clock import START, Clock
from tests.support.html import check_page
from tests.support.live import UNLIMITED
from tests.support.tables import put_tables

HOST = "http://127.0.0.1:8000"


class Visitor:
    """A browser without scripts: its cookies, and every page it opens checked as HTML.

    `kite_user` is who logs in at the simulator with it. With `cookies` off the browser keeps none
    of the site's.
    """

    def __init__(self, site: "Site", kite_user: str = "AB1234", *, cookies: bool = True) -> None:
        self.client: FlaskClient = site.app.test_client(use_cookies=cookies)
        self.site, self.kite_user = site, kite_user

    def get(self, path: str, status: int | None = None, **options: object) -> TestResponse:
        answer = self.client.get(self._local(path), base_url=HOST, **options)
        return self._checked(answer, status)

    def post(self, path: str, status: int | None = None, token: bool = True, **fields: str) -> TestResponse:
        data = {name.replace("__", "-"): value for name, value in fields.items()}
        if token:
            data["csrf_token"] = self.csrf_token()
        answer = self.client.post(self._local(path), data=data, base_url=HOST, headers={"Origin": HOST})
        return self._checked(answer, status)

    def csrf_token(self) -> str:
        page = self.client.get("/", base_url=HOST).get_data(as_text=True)
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]

    def compose(self, *items: dict[str, str], **more: str) -> str:
        """Compose a basket and hand it off; return the execution's id."""
        fields = {
            f"items-{number}-{name}": value
            for number, each in enumerate(items)
            for name, value in (BUY_INFY | each).items()
        }
        answer = self.post("/", status=303, action="hand_off", **fields, **more)
        return answer.location.rsplit("/", 1)[1]

    def form_of(self, execution_id: str, status: int = 200) -> dict[str, str]:
        """Open the hand-off page; return what its form would post to Kite."""
        page = self.get(f"/handoff/{execution_id}", status=status).get_data(as_text=True)
        return hidden_fields(page)

    def to_kite(self, execution_id: str) -> TestResponse:
        """Open the hand-off page and post its form; return the basket page of the simulator."""
        answer = self.client.post(
            "/simulator/connect/basket",
            data=self.form_of(execution_id),
            base_url=HOST,
            headers={"Origin": HOST},
        )
        return self.log_in_at_basket(answer)

    def log_in_at_basket(self, answer: TestResponse) -> TestResponse:
        """Log in where Kite asks for that on the way to its basket page; return that page."""
        answer = self._followed(answer)
        if 'value="approve"' in answer.get_data(as_text=True):
            answer = self._followed(self._press(answer, decision="approve", client=self.kite_user))
        return answer

    def decide(self, page: TestResponse, decision: str = "place", **edits: str) -> str:
        """Press a button on the simulator's basket page; return the address Kite sends the browser
        to.
        """
        answer = self._press(page, decision=decision, **edits)
        assert answer.status_code in (302, 303), answer.get_data(as_text=True)
        return answer.location

    def place(self, execution_id: str, **edits: str) -> str:
        """Go to the simulator, place everything, and return the address of the return."""
        return self.decide(self.to_kite(execution_id), "place", **edits)

    def buy(self, *items: dict[str, str]) -> str:
        """The whole way: compose, place, come back; return the execution's id."""
        execution_id = self.compose(*(items or ({},)))
        self.get(self.place(execution_id), status=303)
        return execution_id

    def log_in(self, next_path: str = "/executions") -> None:
        """Log in to Kite from a page of the site, and come back to it."""
        self.log_in_at(self.post("/session/login", status=303, next=next_path).location)

    def log_in_at(self, address: str) -> None:
        """Log in where the site leads for that, and come back."""
        page = self.client.get(self._local(address), base_url=HOST)
        self.get(self.decide(page, "approve"), status=303)

    def send_again(self, execution_id: str) -> str:
        """Press "Review in Kite again" on a cancelled receipt, after a login where that is asked
        for; return the new execution's id.
        """
        answer = self.post(f"/executions/{execution_id}/again", status=303)
        if "/connect/login" in answer.location:
            self.log_in_at(answer.location)
            answer = self.post(f"/executions/{execution_id}/again", status=303)
        assert answer.location.startswith("/handoff/"), answer.location
        return str(answer.location.rpartition("/")[2])

    def press_link(self, execution_id: str) -> str:
        """Press the button of somebody else's hand-off page; return the id of one's own
        execution.
        """
        page = self.get(f"/handoff/{execution_id}", status=200)
        answer = self._press(page)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return str(answer.location.rpartition("/")[2])

    def receipt(self, execution_id: str, status: int = 200) -> dict[str, object]:
        answer = self.get(f"/executions/{execution_id}.json", status=status)
        return answer.get_json()

    def _press(self, page: TestResponse, **fields: str) -> TestResponse:
        html = page.get_data(as_text=True)
        action = re.search(r'<form[^>]*method="post"[^>]*action="([^"]*)"', html) or re.search(
            r'<form[^>]*action="([^"]*)"[^>]*method="post"', html
        )
        target = (action[1] if action else "").replace("&amp;", "&") or page.request.path
        data = inputs(html) | {name.replace("__", "-"): value for name, value in fields.items()}
        return self.client.post(self._local(target), data=data, base_url=HOST, headers={"Origin": HOST})

    def _followed(self, answer: TestResponse) -> TestResponse:
        while answer.status_code in (302, 303):
            answer = self.client.get(self._local(answer.location), base_url=HOST)
        return answer

    def _checked(self, answer: TestResponse, status: int | None) -> TestResponse:
        text = answer.get_data(as_text=True)
        assert status is None or answer.status_code == status, f"{answer.status_code}: {text[:2000]}"
        assert answer.status_code != 500, text
        assert all(f"{name}: {value}".isascii() for name, value in answer.headers), answer.headers
        if (
            answer.mimetype == "text/html"
            and text
            and answer.status_code != 304
            and not 300 <= answer.status_code < 400
        ):
            check_page(text)
        return answer

    @staticmethod
    def _local(address: str) -> str:
        return address.removeprefix(HOST)


BUY_INFY = {
    "variety": "regular",
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": "10",
    "product": "CNC",
    "validity": "DAY",
}


@contextmanager
def services_beside(environ: Mapping[str, str], clock: Callable[[], datetime] = now) -> Iterator[Services]:
    """Give the services of a site that runs in processes of its own, to write into its database;
    closed at the end.
    """
    app = create_app(Settings.from_env(environ), clock)
    try:
        yield app.extensions["basket"]
    finally:
        close_app(app)


class Site:
    """The site of one test: `visitor()` is a browser, `clock` its time, `services` its insides."""

    def __init__(self, instance: Path, clock: Clock, **settings: str) -> None:
        # Nothing listens at PUBLIC_URL in a test; what posts there is asked for by hand.
        environ = (
            {"INSTANCE_PATH": str(instance), "MISSING_AFTER": "60", "SIMULATOR_POSTBACK_URL": "none"}
            | UNLIMITED
            | settings
        )
        self.settings = Settings.from_env(environ)
        self.clock = clock
        instance.mkdir(parents=True, exist_ok=True)
        shutil.copy(_instruments(BUNDLED if self.settings.mode is Mode.SIMULATOR else DOWNLOAD), instance)
        put_tables(self.settings.database_url)
        self.app: Flask = create_app(self.settings, clock)
        self.app.config["PROPAGATE_EXCEPTIONS"] = False

    @property
    def services(self) -> Services:
        return self.app.extensions["basket"]

    def visitor(self, kite_user: str = "AB1234", *, cookies: bool = True) -> Visitor:
        return Visitor(self, kite_user, cookies=cookies)

    def close(self) -> None:
        """Close what the application opened."""
        close_app(self.app)


@cache
def _instruments(source: str) -> Path:
    """The file of instruments, made once and copied for every test.

    For a site with a key the same rows are a list of Kite's.
    """
    folder = Path(tempfile.mkdtemp(prefix="kite-prepared-"))
    atexit.register(shutil.rmtree, folder)
    load(folder / "instruments.db", table(bundled.rows(START.date())), START, source)
    return folder / "instruments.db"


Sites = Callable[..., Site]


class _Inputs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name") and given.get("type") != "submit":
            self.found[str(given["name"])] = given.get("value") or ""


def inputs(html: str) -> dict[str, str]:
    """Every input of a page with its value, buttons aside."""
    parser = _Inputs()
    parser.feed(html)
    return parser.found


def hidden_fields(html: str) -> dict[str, str]:
    """The fields of the form that goes to Kite."""
    form = re.search(r'<form[^>]*id="basket-form".*?</form>', html, re.DOTALL)
    assert form, html
    return inputs(form[0])


def query(address: str) -> dict[str, str]:
    """The query of an address."""
    return dict(parse_qsl(urlsplit(address).query))
