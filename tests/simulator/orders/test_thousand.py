"""A thousand orders by the API while the simulator is killed twice.

Every order that was answered is in the book once, and its postback is sent.
"""

import hashlib
import threading
import time
from collections import Counter

import requests

from tests.support.crowd import GONE
from tests.support.live import Live, LiveFactory
from tests.support.person import until
from tests.support.standing import KEY, REDIRECT, SECRET, Standing, postbox

ORDERS = 1000
KILLED_AT = (250, 600)
HANDS = 4
SYMBOLS = ("INFY", "SBIN", "RELIANCE", "HDFCBANK", "TCS", "ITC")


class Hands:
    """Several clients that place orders at once.

    `ids` were answered; `open_ends` counts the calls that ended without an answer.
    """

    def __init__(self, live: Live, authorization: dict[str, str]) -> None:
        self.ids: list[str] = []
        self.open_ends = 0
        self._live, self._authorization = live, authorization
        self.threads = [threading.Thread(target=self._place, args=(number,)) for number in range(HANDS)]
        for thread in self.threads:
            thread.start()

    def _place(self, number: int) -> None:
        http = requests.Session()
        http.trust_env = False
        while len(self.ids) < ORDERS:
            number += HANDS
            form = {
                "exchange": ("NSE", "BSE")[number // 6 % 2],
                "tradingsymbol": SYMBOLS[number % 6],
                "transaction_type": "BUY",
            }
            form |= {
                "order_type": "MARKET",
                "quantity": "1",
                "product": ("CNC", "MIS")[number // 12 % 2],
                "tag": "thousand",
            }
            try:
                answer = http.post(
                    f"{self._live.url}/orders/regular", form, headers=self._authorization, timeout=10
                )
            except GONE:
                self.open_ends += 1
                time.sleep(0.2)
                continue
            assert answer.status_code == 200, answer.text
            self.ids.append(answer.json()["data"]["order_id"])


def authorization(standing: Standing) -> dict[str, str]:
    token = standing.approve(f"{standing.url}/connect/login?api_key={KEY}&v=3")["request_token"]
    proof = hashlib.sha256(f"{KEY}{token}{SECRET}".encode()).hexdigest()
    form = {"api_key": KEY, "request_token": token, "checksum": proof}
    session = standing.web.post(f"{standing.url}/session/token", form, timeout=10).json()["data"]
    return {"Authorization": f"token {KEY}:{session['access_token']}"}


def test_a_thousand_orders_outlast_two_kills_and_each_is_told_of(start_live: LiveFactory) -> None:
    with postbox() as (url, received):
        live = start_live("app:simulator()", SIMULATOR_REDIRECT_URL=REDIRECT, SIMULATOR_POSTBACK_URL=url)
        standing = Standing(live)
        standing.start_the_day()
        head = authorization(standing)
        hands = Hands(live, head)
        for killed_at in KILLED_AT:
            until(lambda number=killed_at: len(hands.ids) >= number, f"{killed_at} orders", 300)
            live.kill()
            live.start()
        for thread in hands.threads:
            thread.join()
        book = standing.web.get(f"{live.url}/orders", headers=head, timeout=30).json()["data"]
        in_book = Counter(order["order_id"] for order in book)
        assert set(hands.ids) <= set(in_book), "an order that was answered is not in the book"
        assert max(in_book.values()) == 1
        assert len(in_book) - len(hands.ids) <= hands.open_ends, "there are orders that nobody placed"
        ended = until(
            lambda: {body["order_id"] for body in received if body["status"] == "COMPLETE"} >= set(in_book),
            "every order is told of",
            300,
        )
        assert ended
        trades = standing.web.get(f"{live.url}/trades", headers=head, timeout=30).json()["data"]
        assert Counter(trade["order_id"] for trade in trades) == in_book
        standing.web.close()
