"""The way of a basket with every fault and every switch of the simulator: never a 500, nothing
placed twice, nothing told that is not so.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from kite.simulator.core.faults import API, FAULTS, POSTBACK
from kite.simulator.core.switches import SWITCHES
from kite.simulator.exchange.refusals import CAUSES
from kite.simulator.orders.postbacks import Sender
from tests.support.clock import START, Clock
from tests.support.fault_journey import (
    INFY,
    SBIN,
    Journey,
    control,
    differences,
    simulator_services,
    start,
    untruths,
)
from tests.support.site import HOST, Site

WAIT = 61
"""Seconds after a return when a line without an order is called missing, and one more."""

TOLD = {
    "window_closed": ("handed_off", "Waiting for you to come back from Kite"),
    "return_twice": ("settled", "2 of 2 filled"),
    "return_late": ("settled", "2 of 2 filled"),
    "cancel_after_part": ("cancelled", ""),
    "all_rejected": ("settled", "0 of 2 filled, 2 did not go through"),
    "item_dropped": ("settled", "Kite made no order. Why?"),
    "refused_without_order": ("settled", "Kite made no order. Why?"),
    "status_renamed": ("returned", "Kite’s word for it: HELD FOR REVIEW"),
    "user_not_enabled": ("handed_off", "Waiting for you to come back from Kite"),
    "wrong_referer": ("handed_off", "Waiting for you to come back from Kite"),
    "request_token_expired": ("returned", "Log in to Kite to see what became of this basket"),
    "exchange_silent": ("returned", "Kite does not answer"),
    "exchange_refused": ("returned", "Your Kite account isn’t enabled for this site’s app."),
    "rate_limited": ("returned", "Kite does not answer"),
    "gateway_502": ("returned", "Kite does not answer"),
    "gateway_504": ("returned", "Kite does not answer"),
    "unavailable": ("returned", "Kite does not answer"),
    "slow": ("returned", "Kite does not answer"),
    "truncated": ("returned", "Kite"),
    "token_dead": ("returned", "Log in to Kite to see what became of this basket"),
    "publisher_key": ("returned", "Kite refuses to show its order book"),
    "order_rejected": ("settled", "0 of 2 filled, 2 did not go through"),
}
"""By fault: a state that the receipt goes through while it strikes, and words that the person
reads.
"""


@pytest.fixture
def site(module_site: Site) -> Iterator[Site]:
    yield module_site
    control(module_site, {"action": "reset"})


@pytest.fixture(scope="module")
def by_hour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Site]]:
    """Sites of one Friday: one while the market is open, one in the evening."""
    simulators = {
        hour: Site(tmp_path_factory.mktemp("hour"), Clock(START + timedelta(hours=hour - START.hour)))
        for hour in (10, 20)
    }
    yield simulators
    for simulator in simulators.values():
        simulator.close()


@dataclass
class Registered:
    """The address that is registered for postbacks: it hands them to the site.

    `codes` are the site's answers.
    """

    site: Site
    url: str = ""
    codes: list[int] = field(default_factory=list)

    def send(self) -> None:
        """Do what the simulator's own thread does every 100 ms."""
        simulator = simulator_services(self.site)
        Sender(replace(simulator.settings, postback_url=self.url), simulator.ledger, simulator.now).send_due()


@pytest.fixture
def registered(site: Site) -> Iterator[Registered]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = site.app.test_client().post(
                "/postback", data=body, content_type=self.headers["Content-Type"], base_url=HOST
            )
            registered.codes.append(answer.status_code)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    registered = Registered(site, f"http://127.0.0.1:{server.server_port}/postback")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield registered
    server.shutdown()
    thread.join()
    server.server_close()


def set_fault(site: Site, name: str, **params: object) -> None:
    control(site, {"action": "set", "fault": name, **params})


def truthful(journey: Journey) -> dict[str, Any]:
    """Return the receipt, which tells nothing that is not so; no item has more than one order."""
    receipt, orders = journey.receipt(), journey.orders()
    assert [*untruths(receipt, orders)] == []
    symbols = [order["tradingsymbol"] for order in orders]
    assert len(symbols) == len(set(symbols)), "placed twice"
    return receipt


def healed(journey: Journey) -> dict[str, Any]:
    """Return the receipt once the faults are gone and the person has looked again: it is the
    ledger's then.
    """
    control(journey.site, {"action": "reset"})
    journey.try_again()
    if journey.wait(WAIT)["state"] != "settled":
        journey.check()
        journey.wait(WAIT)  # what was found only now is given its minute too
    receipt, orders = truthful(journey), journey.orders()
    if orders or receipt["returned_at"]:
        assert receipt["state"] == "settled"
        assert [*differences(receipt, orders)] == []
    else:
        assert receipt["state"] in ("handed_off", "unknown")
        assert {item["outcome"] for item in receipt["items"]} <= {None, "unknown"}
    return receipt


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.side != POSTBACK])
def test_a_fault_that_stays_costs_no_order_and_no_truth(site: Site, name: str) -> None:
    journey = start(site)
    set_fault(site, name)
    journey.go()
    for seconds in (1, WAIT):
        journey.wait(seconds)
        truthful(journey)
    before = journey.orders()
    journey.press_again()
    journey.try_again()
    truthful(journey)
    assert [order["order_id"] for order in journey.orders()] == [order["order_id"] for order in before]
    healed(journey)
    state, words = TOLD.get(name, ("", ""))
    assert words in "\n".join(journey.told)
    assert not state or state in journey.states


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.side == API])
def test_a_call_that_fails_once_is_made_up_for_by_itself_or_by_trying_again(site: Site, name: str) -> None:
    for after in range(4):  # the exchange, the orders, the trades, a history
        journey = start(site)
        set_fault(site, name, after=after, uses=1)
        journey.go()
        healed(journey)


def test_a_fault_for_a_tag_leaves_the_next_basket_alone(site: Site) -> None:
    struck, other = start(site), start(site)
    for name in ("all_rejected", "window_closed", "rate_limited", "postback_dropped"):
        set_fault(site, name, tag=struck.tag)
    for journey in (struck, other):
        journey.go()
    assert {item["outcome"] for item in other.wait(2)["items"]} == {"filled"}
    assert truthful(other)["state"] == "settled"
    assert {item["outcome"] for item in healed(struck)["items"]} == {"rejected"}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_basket_that_is_refused_says_why(site: Site, cause: str) -> None:
    journey = start(site)
    set_fault(site, "all_rejected", cause=cause)
    journey.go()
    receipt = journey.wait(2)
    truthful(journey)
    assert receipt["state"] == "settled"
    assert {item["outcome"] for item in receipt["items"]} == {"rejected"}
    assert all(item["status_message"] for item in receipt["items"])
    assert "0 of 2 filled, 2 did not go through" in journey.told[-1]


@pytest.mark.parametrize("hour", [10, 20])
@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_leaves_the_receipt_true(by_hour: dict[int, Site], switch: str, hour: int) -> None:
    site = by_hour[hour]
    control(site, {"action": "switch", "name": switch, "value": "on"})
    journey = start(site, INFY, SBIN | {"variety": "amo"})
    journey.go()
    journey.wait(WAIT)
    receipt = truthful(journey)
    assert receipt["state"] in ("returned", "settled"), receipt["state"]
    assert [*differences(receipt, journey.orders())] == []
    control(site, {"action": "reset"})


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.side == POSTBACK])
def test_whatever_becomes_of_postbacks_the_receipt_is_the_ledgers(
    site: Site, registered: Registered, name: str
) -> None:
    journey = start(site)
    set_fault(site, name)
    journey.go()
    for seconds in (1, 5, WAIT):
        site.clock.advance(seconds)
        registered.send()
        truthful(journey)
    assert set(registered.codes) <= ({200, 403} if name == "postback_forged" else {200})
    assert bool(registered.codes) is (name != "postback_dropped")
    healed(journey)
