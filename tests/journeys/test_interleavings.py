"""Whatever happens in whatever order: states stay legal, nothing untrue is told, and in the end the
receipt equals Kite's ledger.
"""

from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kite.exceptions import StoreUnavailable
from kite.offsite.base.states import TRANSITIONS
from kite.offsite.jobs import expiry, polling
from kite.store.flow import events
from tests.support import postbacks
from tests.support.clock import Clock
from tests.support.fault_journey import INFY, SBIN, Journey, control, differences, start, untruths
from tests.support.fuzzing import examples
from tests.support.site import HOST, Site, hidden_fields

THINGS = (
    "open",
    "prefetch",
    "go to Kite",
    "place",
    "cancel at Kite",
    "come back",
    "come back elsewhere",
    "come back without a database",
    "HEAD",
    "bare cancel",
    "another basket",
    "Kite fails once",
    "the token dies",
    "postbacks",
    "an old postback",
    "check",
    "wait",
    "wait long",
    "the worker",
)
DAY = 70
"""Seconds after which everything that a simulator's MARKET order goes through is over, and a
missing one may be called so.
"""

numbers = count()


class World:
    """A site with one basket, and everything that can happen to it."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder / str(next(numbers)), Clock())
        self.journey: Journey = start(self.site, INFY, SBIN, {"tradingsymbol": "SIMPARTIAL"})
        self.visitor = self.journey.visitor
        self.heard: list[bytes] = []
        self.other: str | None = None

    def happens(self, thing: str) -> None:
        """Let one thing happen, if it can, and look whether all is well."""
        getattr(self, "_" + thing.lower().replace(" ", "_"))()
        self.legal()
        assert not list(untruths(self.visitor.receipt(self.journey.execution_id), self.journey.orders()))

    def legal(self) -> None:
        with self.site.services.store.reading() as conn:
            moved = [
                (event.from_state, event.to_state)
                for event in events.of(conn, self.journey.execution_id)
                if event.to_state
            ]
        assert moved[0][0] is None
        before = moved[0][1]
        for from_state, to_state in moved[1:]:
            assert from_state == before
            assert to_state in TRANSITIONS[from_state]
            before = to_state

    def ends_well(self) -> None:
        """The person looks: what was placed is told as it is, all of it, once."""
        control(self.site, {"action": "reset"})
        self.site.clock.advance(DAY)
        self.journey.check()
        self.site.clock.advance(DAY)
        receipt = self.journey.receipt()
        orders = self.journey.orders()
        self.legal()
        if orders:
            assert receipt["state"] == "settled", receipt["state"]
            assert not list(differences(receipt, orders))
        assert len({order["order_id"] for order in orders}) <= 3, "nothing was placed twice"

    def close(self) -> None:
        self.site.close()

    def _open(self) -> None:
        self.journey.open(f"/handoff/{self.journey.execution_id}")

    def _prefetch(self) -> None:
        self.visitor.get(f"/handoff/{self.journey.execution_id}", headers={"Sec-Purpose": "prefetch"})

    def _go_to_kite(self) -> None:
        if self.journey.kite:
            return
        page = self.visitor.get(f"/handoff/{self.journey.execution_id}")
        if (
            page.status_code == 303
        ):  # Kite called it cancelled: its receipt comes first, until the order book was read
            assert page.location == f"/executions/{self.journey.execution_id}"
        elif "data" in (form := hidden_fields(page.get_data(as_text=True))):
            self.journey.arrive(form)

    def _place(self) -> None:
        if self.journey.kite and not self.journey.back:
            self.journey.decide("place")

    def _cancel_at_kite(self) -> None:
        if self.journey.kite and not self.journey.back:
            self.journey.decide("cancel")

    def _come_back(self) -> None:
        for address in self.journey.back:
            self.journey.open(address)

    def _come_back_elsewhere(self) -> None:
        for address in self.journey.back:
            self.site.visitor().get(address)

    def _come_back_without_a_database(self) -> None:
        with patch.object(self.site.services.store, "writing", side_effect=StoreUnavailable("away")):
            assert all(self.visitor.get(address).status_code == 503 for address in self.journey.back)

    def _another_basket(self) -> None:
        """Send a second one to Kite, from which nobody comes back: a bare cancel may be of
        either.
        """
        if self.other is None:
            self.other = self.visitor.compose(INFY)
            self.visitor.form_of(self.other)

    def _kite_fails_once(self) -> None:
        control(self.site, {"action": "set", "fault": "gateway_502", "uses": 1})

    def _the_token_dies(self) -> None:
        control(self.site, {"action": "set", "fault": "token_dead", "uses": 1})

    def _head(self) -> None:
        for address in self.journey.back:
            self.visitor.client.head(address.removeprefix(HOST), base_url=HOST)

    def _bare_cancel(self) -> None:
        self.visitor.get("/redirect?status=cancelled")

    def _postbacks(self) -> None:
        for order in self.journey.orders():
            self.heard.append(postbacks.message(order))
            assert postbacks.post(self.site, self.heard[-1]).status_code == 200

    def _an_old_postback(self) -> None:
        if self.heard:
            assert postbacks.post(self.site, self.heard[0]).status_code == 200

    def _check(self) -> None:
        self.journey.check()

    def _wait(self) -> None:
        self.site.clock.advance(3)

    def _wait_long(self) -> None:
        self.site.clock.advance(31 * 60)

    def _the_worker(self) -> None:
        expiry.call_unknown(self.site.services)
        polling.read_heard(self.site.services)
        polling.read_due(self.site.services)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("interleavings")


@examples(8)
@given(things=st.lists(st.sampled_from(THINGS), min_size=2, max_size=12))
@example(things=["go to Kite", "place", "come back", "come back", "postbacks"])
@example(things=["go to Kite", "place", "postbacks", "wait long", "bare cancel", "come back"])
@example(things=["go to Kite", "place", "come back elsewhere", "come back", "wait"])
@example(things=["go to Kite", "bare cancel", "place", "postbacks", "check"])
@example(things=["go to Kite", "wait long", "the worker", "place", "check", "come back"])
@example(things=["go to Kite", "cancel at Kite", "come back", "come back", "check"])
@example(
    things=[
        "go to Kite",
        "another basket",
        "place",
        "bare cancel",
        "come back without a database",
        "come back",
    ]
)
@example(
    things=[
        "go to Kite",
        "place",
        "Kite fails once",
        "come back",
        "the token dies",
        "postbacks",
        "wait",
        "come back",
    ]
)
def test_any_order_of_things_ends_in_a_legal_state_and_a_true_receipt(
    folder: Path, things: list[str]
) -> None:
    world = World(folder)
    try:
        for thing in things:
            world.happens(thing)
        world.ends_well()
    finally:
        world.close()
