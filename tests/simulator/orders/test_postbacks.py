"""Postbacks, as an address that listens gets them."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from kite.simulator.core.context import EXTENSION
from kite.simulator.orders.postbacks import Sender, checksum, start
from tests.support.simulator_rig import Clock, Rig, close, item


@dataclass
class Listener:
    """An address that takes postbacks."""

    url: str
    got: list[dict[str, Any]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listener.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            listener.types.append(self.headers["Content-Type"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_port}/postback")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield listener
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Post:
    """A simulator and the address it posts to; `send` does what its thread does every 100 ms."""

    rig: Rig
    listener: Listener

    def send(self, **forward: float) -> list[dict[str, Any]]:
        self.rig.clock.forward(**forward)
        services = self.rig.app.extensions[EXTENSION]
        settings = replace(self.rig.settings, postback_url=self.listener.url)
        before = len(self.listener.got)
        Sender(settings, services.ledger, services.now).send_due()
        return self.listener.got[before:]

    def fault(self, name: str, **params: Any) -> None:
        assert (
            self.rig.web.post("/control", json={"action": "set", "fault": name, **params}).status_code == 200
        )


@pytest.fixture
def post(rig: Rig, listener: Listener) -> Post:
    return Post(rig, listener)


def statuses(got: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(body["tradingsymbol"], body["status"]) for body in got]


@pytest.mark.kite("3.8")
def test_checksum_is_the_recorded_one() -> None:
    assert (
        checksum("220303000308932", "2022-03-03 09:24:25", "s" * 32)
        == "85e85c0bb8714cee65226b1e73da7ada4092eee2e39bd8c68ed9cfc36c5ed452"
    )


@pytest.mark.kite("3.1")
@pytest.mark.kite("3.8")
@pytest.mark.kite("3.10")
def test_completed_order_is_posted_once_as_raw_json(post: Post) -> None:
    post.rig.place([item(tag="ab12cd34")])
    got = post.send(seconds=1)
    assert statuses(got) == [("INFY", "COMPLETE")]
    body = got[0]
    assert (
        body["checksum"]
        == hashlib.sha256(f"{body['order_id']}{body['order_timestamp']}simulator_secret".encode()).hexdigest()
    )
    assert (body["user_id"], body["tag"], body["unfilled_quantity"]) == ("AB1234", "ab12cd34", 0)
    assert post.listener.types == ["application/json"]
    assert post.send(seconds=60) == []


@pytest.mark.kite("4.4.6")
@pytest.mark.kite("3.11")
def test_body_has_the_recorded_keys(post: Post) -> None:
    post.rig.place([item()])
    recorded = (
        "user_id unfilled_quantity app_id checksum placed_by order_id exchange_order_id parent_order_id"
        " status status_message status_message_raw order_timestamp exchange_update_timestamp"
        " exchange_timestamp variety exchange tradingsymbol instrument_token order_type transaction_type"
        " validity product quantity disclosed_quantity price trigger_price average_price filled_quantity"
        " pending_quantity cancelled_quantity market_protection meta tag guid"
    )
    assert set(post.send(seconds=1)[0]) == set(recorded.split())


@pytest.mark.kite("3.3")
@pytest.mark.kite("3.5")
def test_every_end_is_posted_and_opening_is_not(post: Post) -> None:
    post.rig.place([item("SIMREJECT"), item("SIMCANCEL"), item("SIMOPEN"), item(variety="amo")])
    assert statuses(post.send(seconds=5)) == [("SIMREJECT", "REJECTED"), ("SIMCANCEL", "CANCELLED")]


@pytest.mark.kite("4.5.5")
@pytest.mark.kite("3.3")
@pytest.mark.kite("3.4")
def test_parts_and_changes_are_updates(post: Post) -> None:
    post.rig.place([item("SIMPARTIAL"), item("SIMOPEN", order_type="LIMIT", price=90)])
    assert [status for symbol, status in statuses(post.send(seconds=5)) if symbol == "SIMPARTIAL"] == [
        "UPDATE",
        "UPDATE",
        "CANCELLED",
    ]
    order_id = next(order["order_id"] for order in post.rig.orders() if order["tradingsymbol"] == "SIMOPEN")
    assert post.rig.call("PUT", f"/orders/regular/{order_id}", data={"price": "91"}).status_code == 200
    assert statuses(post.send(seconds=5)) == [("SIMOPEN", "UPDATE")]


@pytest.mark.kite("3.2")
def test_orders_of_baskets_and_of_the_api_are_posted_when_nobody_is_logged_in(post: Post) -> None:
    form = {
        "exchange": "NSE",
        "tradingsymbol": "SBIN",
        "transaction_type": "BUY",
        "order_type": "MARKET",
        "quantity": "1",
        "product": "CNC",
    }
    assert post.rig.call("POST", "/orders/regular", data=form | {"validity": "DAY"}).status_code == 200
    post.rig.place([item()])
    token = post.rig.authorization["Authorization"].partition(":")[2]
    assert (
        post.rig.web.delete(
            "/session/token", query_string={"api_key": "simulator_key", "access_token": token}
        ).status_code
        == 200
    )
    assert sorted(statuses(post.send(seconds=1))) == [("INFY", "COMPLETE"), ("SBIN", "COMPLETE")]


@pytest.mark.kite("3.9")
def test_updates_of_one_second_have_one_checksum(post: Post) -> None:
    post.rig.place([item("SIMOPEN", order_type="LIMIT", price=90)])
    post.rig.clock.forward(seconds=1)
    order_id = post.rig.orders()[0]["order_id"]
    for price in ("91", "92"):
        assert post.rig.call("PUT", f"/orders/regular/{order_id}", data={"price": price}).status_code == 200
        post.rig.clock.forward(milliseconds=200)
    first, second = post.send(seconds=5)
    assert first["price"] != second["price"]
    assert first["order_timestamp"] == second["order_timestamp"]
    assert first["checksum"] == second["checksum"]


def test_what_was_due_while_it_was_down_is_sent_in_order_after_a_restart(post: Post) -> None:
    post.rig.place([item("SIMCANCEL"), item("INFY")])
    post.rig.restart()
    assert statuses(post.send(seconds=5)) == [("INFY", "COMPLETE"), ("SIMCANCEL", "CANCELLED")]


def test_two_processes_send_each_once(post: Post) -> None:
    post.rig.place([item(), item("SBIN"), item("ITC")])
    post.rig.clock.forward(seconds=1)
    threads = [threading.Thread(target=post.send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses(post.listener.got)) == [
        ("INFY", "COMPLETE"),
        ("ITC", "COMPLETE"),
        ("SBIN", "COMPLETE"),
    ]


NOBODY = "http://127.0.0.1:9/"


def test_what_was_not_taken_is_sent_again_after_a_while_and_nothing_waits_behind_it(post: Post) -> None:
    url, post.listener.url = post.listener.url, NOBODY
    post.rig.place([item()])
    assert post.send(seconds=1) == []
    post.listener.url = url
    post.rig.place([item("SBIN")])
    assert statuses(post.send(milliseconds=900)) == [("SBIN", "COMPLETE")]
    assert statuses(post.send(seconds=1)) == [("INFY", "COMPLETE")]
    assert post.send(seconds=60) == []


def test_what_is_never_taken_is_given_up_and_the_control_page_says_so(post: Post) -> None:
    post.listener.url = NOBODY
    post.rig.place([item()])
    for seconds in (1, 2, 6):
        post.send(seconds=seconds)
        assert post.rig.web.post("/control", json=[]).get_json()["data"]["postbacks"] == {
            "waiting": 1,
            "given_up": 0,
        }
    post.send(seconds=31)
    assert post.rig.web.post("/control", json=[]).get_json()["data"]["postbacks"] == {
        "waiting": 0,
        "given_up": 1,
    }
    assert "<dt>Given up</dt><dd>1</dd>" in post.rig.web.get("/control").text


def test_simulators_clock_that_is_moved_back_frees_no_claim_and_holds_none(post: Post) -> None:
    post.rig.place([item()])
    post.rig.clock.forward(seconds=1)
    services = post.rig.app.extensions[EXTENSION]
    settings, wall = replace(post.rig.settings, postback_url=post.listener.url), Clock()
    sender = Sender(settings, services.ledger, services.now, wall)
    with services.ledger.write() as connection:
        sender._gather(connection, services.at())
    assert sender._claim(services.at(), sender._wall())  # by a process that was killed then
    post.rig.clock.forward(days=-1)
    post.rig.clock.forward(days=1)
    assert sender.send_due() == 0
    wall.forward(seconds=8)
    assert sender.send_due() == 1


def test_thread_sends_by_itself(settings: SimulatorSettings, listener: Listener) -> None:
    app = create_simulator(settings, clock := Clock())
    services = app.extensions[EXTENSION]
    rig = Rig(app, clock, settings)
    thread = start(replace(settings, postback_url=listener.url), services.ledger, services.now)
    rig.place([item()])
    clock.forward(seconds=1)
    waited = threading.Event()
    for _ in range(50):
        if listener.got:
            break
        waited.wait(0.1)
    thread.close()
    close(app)
    assert statuses(listener.got) == [("INFY", "COMPLETE")]


def test_what_happened_before_an_address_was_registered_is_not_told(
    settings: SimulatorSettings, listener: Listener
) -> None:
    app = create_simulator(settings, clock := Clock())
    services = app.extensions[EXTENSION]
    rig = Rig(app, clock, settings)
    rig.place([item()])
    clock.forward(seconds=1)
    sender = Sender(replace(settings, postback_url=listener.url), services.ledger, services.now)
    sender.skip_past_events()
    rig.place([item("SBIN")])
    clock.forward(seconds=1)
    sender.skip_past_events()  # another process that starts, or the same one again
    sender.send_due()
    close(app)
    assert statuses(listener.got) == [("SBIN", "COMPLETE")]


@pytest.mark.kite("3.6")
def test_postback_duplicated(post: Post) -> None:
    post.fault("postback_duplicated")
    post.rig.place([item()])
    got = post.send(seconds=1)
    assert len(got) == 2
    assert got[0] == got[1]


def test_postback_dropped(post: Post) -> None:
    post.fault("postback_dropped", uses=1)
    post.rig.place([item(), item("SBIN")])
    assert statuses(post.send(seconds=1)) == [("SBIN", "COMPLETE")]


def test_postback_forged(post: Post) -> None:
    post.fault("postback_forged")
    post.rig.place([item()])
    body = post.send(seconds=1)[0]
    assert body["checksum"] != checksum(body["order_id"], body["order_timestamp"], "simulator_secret")
    assert len(body["checksum"]) == 64


def test_postback_delayed(post: Post) -> None:
    post.fault("postback_delayed", seconds=10)
    post.rig.place([item()])
    assert post.send(seconds=5) == []
    assert statuses(post.send(seconds=6)) == [("INFY", "COMPLETE")]


@pytest.mark.kite("3.7")
def test_postback_reordered(post: Post) -> None:
    post.fault("postback_reordered", uses=1, seconds=2)
    post.rig.place([item(), item("SIMCANCEL")])
    assert statuses(post.send(seconds=5)) == [("SIMCANCEL", "CANCELLED"), ("INFY", "COMPLETE")]
