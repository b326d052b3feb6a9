"""The simulator seen from outside, with a clock that tests move, and two hands: a browser's and a
client's.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kite.config import SimulatorSettings
from kite.simulator import CLOSING, create_simulator
from kite.simulator.core.context import EXTENSION
from kite.simulator.core.switches import turn
from kite.simulator.orders.modify import set_price
from kite.vocabulary import IST

MORNING = datetime(2026, 11, 23, 10, 0, 0, tzinfo=IST)
REDIRECT = "http://127.0.0.1:8000/redirect"


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    moment: datetime = MORNING

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **amount: float) -> None:
        self.moment += timedelta(**amount)


def item(tradingsymbol: str = "INFY", **fields: Any) -> dict[str, Any]:
    """Return an item of a basket: one INFY on NSE, bought at market, unless `fields` say
    otherwise.
    """
    usual = {
        "variety": "regular",
        "tradingsymbol": tradingsymbol,
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "MARKET",
    }
    return usual | {"quantity": 10, "product": "CNC", "validity": "DAY"} | fields


@dataclass
class Rig:
    """The simulator seen from outside: `web` is a browser with cookies, `api` a program with an
    access token.
    """

    app: Flask
    clock: Clock
    settings: SimulatorSettings
    web: FlaskClient = field(init=False)
    authorization: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.web = self.app.test_client()

    def send(self, items: Any, **fields: str) -> TestResponse:
        """Post a basket as another site's page does."""
        data = items if isinstance(items, str) else json.dumps(items)
        form = {"api_key": self.settings.api_key, "data": data} | fields
        return self.web.post("/connect/basket", data=form, headers={"Referer": "http://127.0.0.1:8000/"})

    def open(self, items: Any, **fields: str) -> str:
        """Post a basket and log in where that is asked for. Returns the basket page's address."""
        answer = self.send(items, **fields)
        assert answer.status_code == 303, answer.text
        if 'value="approve"' in self.web.get(answer.location).text:
            assert self.web.post(answer.location, data={"decision": "approve"}).location == answer.location
        return str(answer.location)

    def place(self, items: Any, **fields: str) -> dict[str, str]:
        """Send, log in, place. Returns the query that came back."""
        answer = self.web.post(self.open(items, **fields), data={"decision": "place"})
        assert answer.status_code == 302, answer.text
        return query(answer)

    def log_in(self) -> dict[str, str]:
        """Log in with Connect and keep the access token. Returns the answer's data."""
        answer = self.web.post("/connect/login", data={"decision": "approve"})
        session = self.exchange(query(answer)["request_token"])
        assert session.status_code == 200, session.text
        data: dict[str, str] = session.get_json()["data"]
        self.authorization = {"Authorization": f"token {self.settings.api_key}:{data['access_token']}"}
        return data

    def exchange(self, token: str, **changes: str) -> TestResponse:
        """Exchange a request token; `changes` spoil the form."""
        key, secret = self.settings.api_key, self.settings.api_secret
        form = {
            "api_key": key,
            "request_token": token,
            "checksum": hashlib.sha256(f"{key}{token}{secret}".encode()).hexdigest(),
        }
        return self.app.test_client().post("/session/token", data=form | changes)

    def read(self, path: str) -> Any:
        """Read the API with the session, and return the data."""
        answer = self.app.test_client().get(path, headers=self.authorization)
        assert answer.status_code == 200, answer.text
        assert answer.get_json()["status"] == "success"
        return answer.get_json()["data"]

    def call(self, method: str, path: str, **arguments: Any) -> TestResponse:
        """Call the API with the session, in whatever way, and return the answer."""
        if not self.authorization:
            self.log_in()
        return self.app.test_client().open(path, method=method, headers=self.authorization, **arguments)

    def switch(self, name: str, on: bool = True) -> None:
        """Turn a switch, for every process on this ledger."""
        with self.app.extensions[EXTENSION].ledger.write() as connection:
            turn(connection, name, on)

    def set_price(self, tradingsymbol: str, price: str, exchange: str = "NSE") -> None:
        """Set what an instrument trades at from now on."""
        services = self.app.extensions[EXTENSION]
        with services.ledger.write() as connection:
            set_price(
                connection,
                services.market,
                services.market.find(exchange, tradingsymbol),
                Decimal(price),
                services.at(),
            )

    def orders(self) -> list[dict[str, Any]]:
        if not self.authorization:
            self.log_in()
        orders: list[dict[str, Any]] = self.read("/orders")
        return orders

    def statuses(self, order_id: str) -> list[str]:
        """Return the statuses of an order's history, oldest first."""
        return [entry["status"] for entry in self.read(f"/orders/{order_id}")]

    def restart(self) -> None:
        """Start anew on the same ledger, as after a crash."""
        close(self.app)
        self.app = create_simulator(self.settings, self.clock)
        self.web = self.app.test_client()


def query(answer: TestResponse) -> dict[str, str]:
    """Return the query of the address that an answer leads to."""
    return dict(parse_qsl(urlsplit(answer.location).query, keep_blank_values=True))


def heading(answer: TestResponse) -> str:
    """Return the words of a page's heading."""
    match = re.search(r"<h1>(.*?)</h1>", answer.text, re.DOTALL)
    assert match, answer.text
    return match.group(1)


def close(app: Flask) -> None:
    app.extensions[CLOSING].close()
