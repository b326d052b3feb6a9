"""The return from Kite, opened twice, fifty times, and by somebody else."""

from datetime import datetime

from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions
from kite.vocabulary import IST
from tests.support.person import BASKET_PAGE, outcomes

INFY = {"tradingsymbol": "INFY"}
SBIN = {"tradingsymbol": "SBIN", "quantity": "3"}


def exchanges(store, execution_id):
    """How often a token was exchanged for an execution, and how many sessions its visit has."""
    with store.reading() as conn:
        trail = events.of(conn, execution_id)
        living = sessions.of_visit(conn, executions.get(conn, execution_id).visit_id, datetime.now(IST))
    return sum(event.cause == EventCause.TOKEN_EXCHANGED for event in trail), len(living)


def test_a_return_opened_again_leads_to_the_same_receipt(somebody, journey_store):
    person = somebody()
    execution_id = person.hand_off(INFY)
    address = person.place_and_wait()
    for _ in range(2):
        person.page.goto(address)
        assert person.page.url == f"{person.site.url}/executions/{execution_id}"
    assert outcomes(person.settled(execution_id)) == {"INFY": "filled"}
    person.page.goto(address)
    assert person.heading() == "1 of 1 filled"
    assert exchanges(journey_store, execution_id) == (1, 1)


def test_a_return_opened_fifty_times_at_once_is_exchanged_once(somebody, journey_store):
    person = somebody()
    execution_id = person.hand_off(INFY)
    address = person.place_and_wait()
    assert person.open_at_once(address, 50) == {(303, f"/executions/{execution_id}")}
    assert exchanges(journey_store, execution_id) == (1, 1)
    person.page.goto(address)
    assert outcomes(person.settled(execution_id)) == {"INFY": "filled"}


def test_two_kite_users_on_one_link_each_get_a_receipt_of_their_own_and_see_nothing_of_the_other(somebody):
    sender, friend = somebody(scripts=False), somebody("phone")
    friend.kite_user = "CD5678"
    other = sender.hand_off(SBIN)
    sender.compose(INFY)
    sender.press("hand_off")
    first = sender.page.url.rpartition("/")[2]

    friend.open(f"/handoff/{first}")
    assert friend.heading() == "Send this basket as your own?"
    assert "INFY" in friend.page.inner_text("main")
    friend.page.locator(f"form[action='/handoff/{first}'] button").click()
    friend.page.wait_for_url(BASKET_PAGE)  # their own hand-off page has posted itself
    friend.place()
    own = friend.page.url.rpartition("/")[2]
    assert own != first
    assert outcomes(friend.settled(own)) == {"INFY": "filled"}

    # The sender's is as it was: asked about at Kite, and theirs to place.
    sender.open(f"/executions/{first}")
    assert sender.receipt(first)["state"] == "handed_off"
    sender.open(f"/handoff/{first}")
    sender.page.locator("#basket-form button").click()
    sender.page.wait_for_url(BASKET_PAGE)
    sender.place()
    assert outcomes(sender.settled(first)) == {"INFY": "filled"}

    for person, mine, foreign, user in ((sender, first, own, "AB1234"), (friend, own, first, "CD5678")):
        receipt = person.receipt(mine)
        assert {order["placed_by"] for order in receipt["orders"]} == {user}
        assert len(receipt["items"][0]["order_ids"]) == 1
        assert (
            person.status_of(f"/executions/{foreign}")
            == person.status_of(f"/executions/{foreign}.json")
            == 404
        )
    friend.open("/executions")
    assert other not in friend.page.content()


def test_a_link_of_a_basket_that_was_sent_says_so_before_anybody_sends_it_once_more(somebody):
    sender, same_person = somebody(), somebody("phone", scripts=False)
    first = sender.buy(INFY)
    same_person.open(f"/handoff/{first}")
    assert same_person.heading() == "This basket is finished"
    assert "If that was you, look at your receipt there first" in same_person.page.inner_text("main")
    assert same_person.page.locator("#basket-form").count() == 0


def test_the_return_address_gives_another_browser_nothing(somebody):
    person, thief = somebody(), somebody(allow=("404",))
    execution_id = person.hand_off(INFY)
    address = person.place_and_wait()
    person.page.goto(address)
    person.settled(execution_id)
    thief.page.goto(address)
    assert thief.status_of(f"/executions/{execution_id}") == 404
    assert thief.status_of(f"/executions/{execution_id}.json") == 404
    assert person.receipt(execution_id)["orders"][0]["order_id"] not in thief.page.content()
