"""The client of Kite Connect: one method for each endpoint that the site asks, under the names of the
official clients. It places no order: that happens on Kite's own page alone.
"""

import copy
import logging
import time
from collections.abc import Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Unpack
from urllib.parse import urlencode

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError

from kite.connect import costs, market, records
from kite.connect.costs import BasketMargin, Charges
from kite.connect.envelope import data_of
from kite.connect.fields import RecordList, read_rows
from kite.connect.market import Holding, Position, Quote
from kite.connect.pacing import Limiter
from kite.connect.params import ChargedParams, MarginParams, ModifyParams, form_fields, json_rows
from kite.connect.records import ChangedOrder, Margins, Order, Profile, Session, Trade
from kite.connect.routes import ROUTES, Call, path_of
from kite.connect.signing import session_checksum
from kite.exceptions import DataException, NoAnswer

TIMEOUT = (3.05, 7.0)
"""Seconds to connect, and to wait for the next piece of an answer; the official client waits 7."""
LONGEST = 10.0
LARGEST = 20 * 1024 * 1024
"""Seconds and bytes that an answer may take as a whole."""
PIECE = 64 * 1024

# At DEBUG it writes every address with its query, and with it the tokens that ending a session
# names there.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class KiteConnect:
    """Acts with an api_key and, after `with_token`, in one person's session. Threads may share it.

    Every call raises one of the exceptions of KiteException: Kite's own, NoAnswer when nobody knows
    whether it was carried out, DataException when an answer differs from the documentation. No call
    is retried, since an order could be changed twice; no redirect is followed, no cookie kept.
    `limiter` waits where Kite would refuse; `adapter` replaces the network; `timeout` is seconds to
    connect and to wait.
    """

    def __init__(
        self,
        api_key: str,
        *,
        root: str,
        api_secret: str = "",
        access_token: str = "",
        web_root: str = "https://kite.zerodha.com",
        timeout: tuple[float, float] = TIMEOUT,
        adapter: BaseAdapter | None = None,
        limiter: Limiter | None = None,
    ) -> None:
        self._api_key, self._api_secret, self._access_token = api_key, api_secret, access_token
        self._root, self._web_root = root.rstrip("/"), web_root.rstrip("/")
        self._timeout = timeout
        self._limiter = limiter or Limiter()
        self._http = requests.Session()
        # Proxies and passwords of the machine are not for requests that carry a token.
        self._http.trust_env = False
        # All sessions share these connections, and no cookie of one person may go with another's
        # request.
        self._http.cookies = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=[]))
        adapter = adapter or HTTPAdapter(pool_maxsize=16)
        self._http.mount("http://", adapter)
        self._http.mount("https://", adapter)

    def close(self) -> None:
        """Close the connections, also for every client that was made from this one."""
        self._http.close()

    def with_token(self, access_token: str) -> "KiteConnect":
        """Return a client that acts in the session of `access_token`, over the same connections and
        limits.
        """
        other = copy.copy(self)
        other._access_token = access_token
        return other

    def with_limiter(self, limiter: Limiter) -> "KiteConnect":
        """Return a client over the same connections that keeps limits of its own."""
        other = copy.copy(self)
        other._limiter = limiter
        return other

    def with_timeout(self, connect: float, read: float) -> "KiteConnect":
        """Return a client over the same connections and limits with other timeouts in seconds:
        shorter ones for what a page can do without.
        """
        other = copy.copy(self)
        other._timeout = (connect, read)
        return other

    @property
    def transport(self) -> BaseAdapter:
        """The adapter that carries requests to Kite's API: over the network, or to a simulator in
        this process.
        """
        return self._http.get_adapter(self._root)

    def login_url(self, redirect_params: str = "") -> str:
        """Return the address of Kite's login page; `redirect_params` ("a=b&c=d") come back with a
        success.
        """
        query = {"v": "3", "api_key": self._api_key}
        if redirect_params:
            query["redirect_params"] = redirect_params
        return f"{self._web_root}/connect/login?{urlencode(query)}"

    def generate_session(self, request_token: str) -> Session:
        """Exchange a request_token, once. Raises TokenException when it was used or is too old."""
        checksum = session_checksum(self._api_key, request_token, self._api_secret)
        form = {"api_key": self._api_key, "request_token": request_token, "checksum": checksum}
        return records.session(self._request(Call("POST", "session", form=form)))

    def invalidate_access_token(self) -> None:
        """End this session at Kite."""
        query = {"api_key": self._api_key, "access_token": self._access_token}
        self._request(Call("DELETE", "session", query=query))

    def profile(self) -> Profile:
        """Return who is logged in."""
        return records.profile(self._request(Call("GET", "profile")))

    def margins(self) -> dict[str, Margins]:
        """Return the funds by segment (equity, commodity)."""
        blocks = _object(self._request(Call("GET", "margins")))
        return {name: records.margins(block) for name, block in blocks.items()}

    def modify_order(self, variety: str, order_id: str, **params: Unpack[ModifyParams]) -> ChangedOrder:
        """Change an open order. Kite takes 25 changes of one order."""
        call = Call(
            "PUT",
            "order.change",
            {"variety": variety, "order_id": order_id},
            form=form_fields(params),
            kind="order",
        )
        return records.changed_order(self._request(call))

    def cancel_order(self, variety: str, order_id: str, parent_order_id: str | None = None) -> ChangedOrder:
        """Cancel an open order; of a second leg, name the parent."""
        query = {"parent_order_id": parent_order_id} if parent_order_id else None
        call = Call(
            "DELETE", "order.change", {"variety": variety, "order_id": order_id}, query=query, kind="order"
        )
        return records.changed_order(self._request(call))

    def exit_order(self, variety: str, order_id: str, parent_order_id: str | None = None) -> ChangedOrder:
        """Exit an order of several legs, which at Kite is the same call as cancelling."""
        return self.cancel_order(variety, order_id, parent_order_id)

    def orders(self) -> RecordList[Order]:
        """Return the order book of the day. Rows that cannot be read are `unreadable_rows`."""
        return read_rows(_list(self._request(Call("GET", "orders"))), records.order)

    def order_history(self, order_id: str) -> RecordList[Order]:
        """Return the history of one order, oldest entry first."""
        call = Call("GET", "order.history", {"order_id": order_id})
        return read_rows(_list(self._request(call)), records.order)

    def trades(self) -> RecordList[Trade]:
        """Return the fills of the day. Rows that cannot be read are `unreadable_rows`."""
        return read_rows(_list(self._request(Call("GET", "trades"))), records.trade)

    def basket_order_margins(
        self, params: Sequence[MarginParams], consider_positions: bool = True
    ) -> BasketMargin:
        """Return the margin that orders need together, with the open positions unless those are
        left out.
        """
        query = {"consider_positions": "true" if consider_positions else "false"}
        call = Call("POST", "basket.margins", query=query, json=json_rows(MarginParams, params))
        return costs.basket_margin(self._request(call))

    def get_virtual_contract_note(self, params: Sequence[ChargedParams]) -> list[Charges]:
        """Return the charges for each of these orders, as if filled at its `average_price`."""
        call = Call("POST", "order.charges", json=json_rows(ChargedParams, params))
        return [costs.charges(row) for row in _list(self._request(call))]

    def holdings(self) -> list[Holding]:
        """Return the shares in the account."""
        return [market.holding(row) for row in _list(self._request(Call("GET", "holdings")))]

    def positions(self) -> list[Position]:
        """Return the open positions, those held overnight and of today together."""
        positions = _object(self._request(Call("GET", "positions")))
        return [market.position(row) for row in _list(positions.get("net"))]

    def quote(self, *instruments: str) -> dict[str, Quote]:
        """Return the quotes of up to 500 names such as NSE:INFY, by name.

        Names that Kite does not know are left out.
        """
        answer = _object(self._request(Call("GET", "quote", query={"i": instruments}, kind="quote")))
        return {name: market.quote(row) for name, row in answer.items()}

    def _request(self, call: Call) -> Any:
        url = self._root + path_of(call)
        headers = {"X-Kite-Version": "3", "User-Agent": "kite-offsite"}
        if self._access_token:
            headers["Authorization"] = f"token {self._api_key}:{self._access_token}"
        # A session belongs to one user account, so its token names the account.
        self._limiter.wait(call.kind, self._access_token if call.kind == "order" else self._api_key)
        until = time.monotonic() + min(LONGEST, sum(self._timeout))
        request: dict[str, Any] = {"params": call.query, "data": call.form, "json": call.json}
        options: dict[str, Any] = {"timeout": self._timeout, "allow_redirects": False, "stream": True}
        try:
            with self._http.request(call.method, url, headers=headers, **request, **options) as answer:
                content_type = answer.headers.get("Content-Type", "")
                return data_of(answer.status_code, content_type, _body(answer, until))
        except (requests.RequestException, HTTPError, OSError) as error:
            kind = type(error).__name__
        # Outside the except, so that the library's error is not attached: it holds the address with
        # its query, and so a token.
        raise NoAnswer(f"Kite gave no answer to {call.method} {ROUTES[call.route]} ({kind}).")


def _body(answer: requests.Response, until: float) -> bytes:
    """Read an answer piece by piece, so that neither a large nor a very slow one occupies a
    thread.
    """
    body = bytearray()
    while piece := answer.raw.read1(PIECE, decode_content=True):
        body += piece
        if len(body) > LARGEST or time.monotonic() > until:
            raise NoAnswer("Kite’s answer is too large or too slow.", answer.status_code)
    return bytes(body)


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise DataException("Kite sent something else where a list should be.")
    return data


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise DataException("Kite sent something else where an object should be.")
    return data
