"""The way to Kite and back, broken off: the right state, the words that belong to it, nothing lost
and nothing placed twice.
"""

import pytest

from kite.exceptions import StoreUnavailable
from tests.support.fault_journey import INFY, SBIN, Journey, differences, start, untruths
from tests.support.site import HOST, Site, Visitor

WAIT = 61
"""Seconds after a return when a line without an order is called missing, and one more."""

BY_ITSELF = ".submit()"
"""What a hand-off page holds that sends itself."""


@pytest.fixture(scope="module")
def site(module_site: Site) -> Site:
    return module_site


@pytest.fixture
def journey(site: Site) -> Journey:
    """Return a basket that stands on Kite's page."""
    journey = start(site)
    journey.arrive(journey.visitor.form_of(journey.execution_id))
    assert journey.kite
    return journey


def placed(journey: Journey) -> str:
    """Place the basket, and return the address that Kite would lead to: the browser never gets
    there by itself.
    """
    journey.decide("place")
    (address,) = journey.back
    return address


def page(journey: Journey, visitor: Visitor | None = None) -> str:
    return str((visitor or journey.visitor).get(f"/executions/{journey.execution_id}", status=200).text)


def ends_true(journey: Journey, visitor: Visitor | None = None, state: str = "settled") -> None:
    """Wait; then the receipt is the ledger's, every line was placed once, and the page says so."""
    visitor = visitor or journey.visitor
    journey.site.clock.advance(WAIT)
    visitor.receipt(journey.execution_id)
    journey.site.clock.advance(2)
    receipt, orders = visitor.receipt(journey.execution_id), journey.orders()
    assert receipt["state"] == state
    assert [*differences(receipt, orders)] == []
    assert sorted(order["tradingsymbol"] for order in orders) == ["INFY", "SBIN"]
    assert "2 of 2 filled" in page(journey, visitor)


def test_an_app_that_was_killed_leaves_a_basket_not_known_and_a_check_tells_all(journey: Journey) -> None:
    placed(journey)
    assert "Waiting for you to come back from Kite" in page(journey)
    journey.site.clock.advance(31 * 60)
    answer = page(journey)
    assert "We do not know yet what Kite did" in answer
    assert "I have finished at Kite: check now" in answer
    assert "It places nothing." in answer
    assert "Send again" not in answer
    receipt = journey.visitor.receipt(journey.execution_id)
    assert (receipt["state"], {item["outcome"] for item in receipt["items"]}) == ("unknown", {"unknown"})
    assert [*untruths(receipt, journey.orders())] == []
    journey.check()
    ends_true(journey)


def test_a_late_return_of_an_app_that_was_killed_still_counts(journey: Journey) -> None:
    address = placed(journey)
    journey.site.clock.advance(31 * 60)
    assert journey.visitor.receipt(journey.execution_id)["state"] == "unknown"
    journey.open(address)
    assert journey.visitor.receipt(journey.execution_id)["state"] == "returned"
    journey.check()  # its token is too old by then, so Kite asks for a login
    ends_true(journey)


def test_a_return_in_another_browser_is_asked_about_and_shows_the_composer_no_orders(
    journey: Journey,
) -> None:
    address = placed(journey)
    other = journey.site.visitor()
    question = other.get(other.get(address, status=303).location, status=200)
    assert "Continue here as the person who placed this" in question.text
    assert journey.visitor.receipt(journey.execution_id)["state"] == "handed_off"
    assert other.post(question.request.path, status=303).location == f"/executions/{journey.execution_id}"
    ends_true(journey, other)
    assert "Finished in another browser" in page(journey)
    assert journey.visitor.receipt(journey.execution_id)["orders"] == []


def test_a_bare_cancel_with_one_basket_waiting_is_its_own(journey: Journey) -> None:
    journey.decide("cancel")
    assert journey.back == [f"{HOST}/redirect?status=cancelled"]
    journey.open(journey.back[0])
    assert "Kite says you cancelled. We’ve seen no order." in journey.told[-1]
    assert "holds no order" not in journey.told[-1]
    assert journey.visitor.receipt(journey.execution_id)["state"] == "cancelled"
    journey.check()
    assert "The order book of AB1234 was read at" in page(journey)
    assert journey.orders() == []


def test_a_bare_cancel_with_two_baskets_waiting_changes_neither_until_the_person_says_which(
    journey: Journey,
) -> None:
    visitor = journey.visitor
    second = visitor.compose(INFY)
    visitor.form_of(second)
    address = placed(journey)
    journey.open("/redirect?status=cancelled")
    assert "INFY" in journey.told[-1]
    assert {visitor.receipt(execution_id)["state"] for execution_id in (journey.execution_id, second)} == {
        "handed_off"
    }
    visitor.post("/returns/cancelled", status=303, execution_id=second)
    assert visitor.receipt(second)["state"] == "cancelled"
    journey.open(address)
    ends_true(journey)


def test_a_cancel_that_was_named_wrongly_takes_nothing_from_what_was_placed(journey: Journey) -> None:
    address = placed(journey)
    journey.open("/redirect?status=cancelled")
    assert journey.visitor.receipt(journey.execution_id)["state"] == "cancelled"
    journey.open(address)
    ends_true(journey)


def test_a_second_tab_does_not_send_by_itself_and_after_the_return_it_leads_to_the_receipt(
    journey: Journey,
) -> None:
    tab = f"/handoff/{journey.execution_id}"
    assert BY_ITSELF not in journey.open(tab)
    assert "basket-form" in journey.told[-1]
    journey.open(placed(journey))
    assert journey.visitor.get(tab, status=303).location == f"/executions/{journey.execution_id}"
    journey.open(tab)
    ends_true(journey)


def test_a_basket_that_was_placed_from_both_tabs_is_named_as_placed_twice_and_hides_no_order(
    journey: Journey,
) -> None:
    # The second tab, opened before the first came back.
    form = journey.visitor.form_of(journey.execution_id)
    journey.open(placed(journey))
    journey.arrive(form)
    journey.open(placed(journey))
    journey.site.clock.advance(WAIT)
    receipt, orders = journey.visitor.receipt(journey.execution_id), journey.orders()
    assert len(orders) == 4
    assert {order["order_id"] for order in receipt["orders"]} == {order["order_id"] for order in orders}
    assert "Placed twice" in page(journey)


def test_a_prefetch_of_the_hand_off_and_a_head_of_the_return_do_nothing(site: Site) -> None:
    journey = start(site, INFY, SBIN)
    tab = f"/handoff/{journey.execution_id}"
    for header in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}):
        fetched = journey.visitor.get(tab, headers=header, status=200).text
        assert BY_ITSELF not in fetched
    assert journey.visitor.receipt(journey.execution_id)["state"] == "prepared"
    assert BY_ITSELF in journey.open(tab)
    journey.arrive(journey.visitor.form_of(journey.execution_id))
    address = placed(journey)
    journey.visitor.client.head(address.removeprefix(HOST), base_url=HOST)
    assert journey.visitor.receipt(journey.execution_id)["state"] == "handed_off"
    journey.open(address)
    ends_true(journey)


@pytest.mark.parametrize("away", ["writing", "reading"])
def test_a_database_that_is_away_during_the_return_loses_nothing(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    address = placed(journey)

    def unavailable() -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(journey.site.services.store, away, unavailable)
        answer = journey.visitor.get(address, status=503)
        assert "This address still works" in answer.text
    assert journey.visitor.receipt(journey.execution_id)["state"] == "handed_off"
    journey.open(address)
    ends_true(journey)
