"""A basket's way through the site and the simulator while faults strike: what a browser opens, and
whether the receipt tells the truth.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kite.simulator.account.order_book import order_list
from kite.simulator.core.context import EXTENSION, SimulatorServices
from kite.simulator.core.sessions import USER_ID
from kite.vocabulary import ENDED, Outcome
from tests.support.site import HOST, Site, Visitor, inputs

INFY = {"tradingsymbol": "INFY"}
SBIN = {"tradingsymbol": "SBIN", "transaction_type": "SELL", "quantity": "5", "product": "MIS"}

Receipt = dict[str, Any]
Orders = list[dict[str, Any]]


def simulator_services(site: Site) -> SimulatorServices:
    """Return the insides of the simulator that stands behind a site."""
    simulator: SimulatorServices = site.app.wsgi_app.mounts["/simulator"].extensions[EXTENSION]
    return simulator


def control(site: Site, *changes: dict[str, Any]) -> None:
    """Set faults and switches, as the control page does."""
    answer = site.app.test_client().post("/simulator/control", json=[*changes], base_url=HOST)
    assert answer.status_code == 200, answer.text


def placed(site: Site, tag: str) -> Orders:
    """Return the orders of a tag from the simulator's own ledger, which no fault stands before."""
    simulator = simulator_services(site)
    at = simulator.at()
    with simulator.ledger.read() as connection:
        book = [json.loads(text) for text in order_list(connection, USER_ID, at)]
    return [order for order in book if tag in order["tags"]]


@dataclass
class Journey:
    """One basket of one person.

    `told` are the pages of the site that the person has read, `back` the addresses that Kite named.
    """

    site: Site
    visitor: Visitor
    execution_id: str
    tag: str
    told: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    kite: str = ""
    """Where the basket stands at Kite, once it arrived there."""
    states: set[str] = field(default_factory=set)
    """Every state that the receipt has named."""

    def go(self) -> None:
        """Hand off, log in at Kite, place, and open whatever address Kite names."""
        self.arrive(self.visitor.form_of(self.execution_id))
        if self.kite:
            self.decide("place")
        for address in self.back:
            self.open(address)

    def arrive(self, form: dict[str, str]) -> None:
        """Post the hand-off page's form to Kite, and log in there where that is asked for."""
        page = self._at_kite(
            self.visitor.client.post(
                "/simulator/connect/basket", data=form, base_url=HOST, headers={"Referer": f"{HOST}/"}
            )
        )
        if 'value="approve"' in page.text:
            page = self._at_kite(self._press(page.request.path, page.text, "approve"))
        if 'value="place"' in page.text:
            self.kite = page.request.path

    def decide(self, decision: str) -> None:
        """Press a button of Kite's page, and take note of where that would lead."""
        page = self.visitor.client.get(self.kite, base_url=HOST)
        self.back = _led_to(self._press(self.kite, page.text, decision))

    def open(self, path: str) -> str:
        """Open an address of the site and follow it to a page; return that."""
        answer = self.visitor.get(path)
        while answer.status_code == 303:
            answer = self.visitor.get(answer.location)
        self.told.append(answer.text)
        return str(answer.text)

    def press_again(self) -> None:
        """Do what people do when they are not sure: back, reload, press everything a second
        time.
        """
        for address in self.back:
            self.open(address)
        self.open(f"/handoff/{self.execution_id}")
        if self.kite:
            self._press(self.kite, "", "place")

    def try_again(self) -> None:
        """Press "try again" where a page of a return offers it."""
        found = re.search(r'<form[^>]*action="(/returns/[^"]+)"', self.told[-1] if self.told else "")
        if found:
            self.open(self.visitor.post(found[1]).location)

    def check(self) -> None:
        """Press "check now", log in at Kite where that is asked for, and press it again: not every
        state is looked at by itself.
        """
        for _ in range(2):
            answer = self.visitor.post(f"/executions/{self.execution_id}/check")
            if answer.status_code == 303 and "/connect/login" in answer.location:
                page = self.visitor.client.get(answer.location.removeprefix(HOST), base_url=HOST)
                for address in _led_to(self._press("/simulator/connect/login", page.text, "approve")):
                    self.open(address)
            if self.wait(2)["state"] == "settled":
                return

    def wait(self, seconds: float) -> Receipt:
        """Let time pass and look again."""
        self.site.clock.advance(seconds)
        return self.receipt()

    def receipt(self) -> Receipt:
        """Return the receipt as data, its page read too."""
        self.open(f"/executions/{self.execution_id}")
        receipt = self.visitor.receipt(self.execution_id)
        self.states.add(receipt["state"])
        return receipt

    def orders(self) -> Orders:
        """Return the basket's orders as they stand in the ledger."""
        return placed(self.site, self.tag)

    def _at_kite(self, answer: Any) -> Any:
        while answer.status_code in (302, 303):
            answer = self.visitor.client.get(answer.location.removeprefix(HOST), base_url=HOST)
        return answer

    def _press(self, path: str, page: str, decision: str) -> Any:
        data = inputs(page) | {"decision": decision}
        return self.visitor.client.post(path, data=data, base_url=HOST, headers={"Origin": HOST})


def start(site: Site, *items: dict[str, str]) -> Journey:
    """Compose a basket; nothing has gone to Kite yet."""
    visitor = site.visitor()
    execution_id = visitor.compose(*(items or (INFY, SBIN)))
    return Journey(site, visitor, execution_id, str(visitor.receipt(execution_id)["tag"]))


def untruths(receipt: Receipt, orders: Orders) -> Iterator[str]:
    """Tell whatever a receipt claims that the ledger does not bear out.

    It may know less; it must not know otherwise.
    """
    ledger = {order["order_id"]: order for order in orders}
    for order in receipt["orders"]:
        true = ledger.get(order["order_id"])
        if true is None:
            yield f"order {order['order_id']} is not in the ledger"
        elif order["filled_quantity"] > true["filled_quantity"] or (
            order["status"] in ENDED and order["status"] != true["status"]
        ):
            yield (
                f"{order['status']} {order['filled_quantity']} is {true['status']} {true['filled_quantity']}"
                " in the ledger"
            )
    for item in receipt["items"]:
        own = [order for order in orders if order["tradingsymbol"] == item["tradingsymbol"]]
        if item["outcome"] not in (None, "unknown", "open", outcome_of(own)):
            yield f"{item['tradingsymbol']} is {item['outcome']}, and {outcome_of(own)} in the ledger"
    if receipt["state"] == "settled":
        yield from differences(receipt, orders)


def differences(receipt: Receipt, orders: Orders) -> Iterator[str]:
    """Tell where a receipt differs from the ledger at all."""
    if {order["order_id"] for order in receipt["orders"]} != {
        order["order_id"] for order in orders
    } or receipt["extra"]:
        yield "the receipt does not hold the ledger's orders"
    for item in receipt["items"]:
        own = [order for order in orders if order["tradingsymbol"] == item["tradingsymbol"]]
        filled = sum(order["filled_quantity"] for order in own)
        message = next((order["status_message"] for order in own if order["status_message"]), None)
        paid = sum(
            (Decimal(str(order["average_price"])) * order["filled_quantity"] for order in own), Decimal(0)
        )
        average = f"{paid / filled:.2f}" if filled else None
        truth = (outcome_of(own), [order["order_id"] for order in own], filled, average, message)
        told = (
            item["outcome"],
            item["order_ids"],
            item["filled_quantity"],
            item["average_price"],
            item["status_message"],
        )
        if told != truth:
            yield f"{item['tradingsymbol']}: {told} is told, {truth} is true"


def outcome_of(orders: Orders) -> str:
    """Return the outcome that an item with these orders has."""
    if not orders:
        return Outcome.MISSING
    if any(order["status"] not in ENDED for order in orders):
        return Outcome.OPEN
    if filled := sum(order["filled_quantity"] for order in orders):
        return (
            Outcome.FILLED if filled == sum(order["quantity"] for order in orders) else Outcome.PARTLY_FILLED
        )
    return Outcome.REJECTED if any(order["status"] == "REJECTED" for order in orders) else Outcome.CANCELLED


def _led_to(answer: Any) -> list[str]:
    """Return the addresses of the site that an answer of the simulator makes a browser open: images
    first, then itself.
    """
    if answer.status_code in (302, 303):
        return [answer.location] if answer.location.startswith(f"{HOST}/redirect") else []
    images = re.findall(r'<img src="([^"]+)"', answer.text)
    later = [answer.headers["Refresh"].partition("url=")[2]] if "Refresh" in answer.headers else []
    return [image.replace("&amp;", "&") for image in images] + later
