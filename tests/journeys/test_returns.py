"""The return from Kite, opened twice, fifty times, and by somebody else."""

from datetime import datetime

from kite.store import events, executions, sessions
from kite.vocabulary import IST, Cause
from tests.support.person import BASKET_PAGE, outcomes

INFY = {"tradingsymbol": "INFY"}
SBIN = {"tradingsymbol": "SBIN", "quantity": "3"}


def exchanges(store, execution_id):
    """How often a token was exchanged for an execution, and how many sessions its visit has."""
    with store.reading() as conn:
        told = events.of(conn, execution_id)
        kept = sessions.of_visit(conn, executions.get(conn, execution_id).visit_id, datetime.now(IST))
    return sum(event.cause == Cause.TOKEN_EXCHANGED for event in told), len(kept)


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


def test_a_link_finished_by_somebody_else_shows_neither_the_others_orders(somebody):
    sender, finisher = somebody(scripts=False), somebody("phone")
    other = sender.hand_off(SBIN)
    sender.compose(INFY)
    sender.press("hand_off")
    execution_id = sender.page.url.rpartition("/")[2]
    own = finisher.buy(SBIN)

    finisher.open(f"/handoff/{execution_id}")
    finisher.page.locator("#basket-form button").click()
    finisher.page.wait_for_url(BASKET_PAGE)
    finisher.log_in()
    finisher.decision("place").click()
    finisher.page.wait_for_url("**/returns/*")
    assert finisher.heading() == "Continue here as the person who placed this?"
    assert "INFY" in finisher.page.inner_text("main")
    assert finisher.status_of(f"/executions/{execution_id}") == 404
    finisher.page.locator("main form button").click()
    finisher.page.wait_for_url(f"**/executions/{execution_id}")
    assert outcomes(finisher.settled(execution_id)) == {"INFY": "filled"}

    # Who composed it sees the items and the state, and nothing that Kite said.
    sender.open(f"/executions/{execution_id}")
    assert sender.heading() == "Finished in another browser"
    seen = sender.receipt(execution_id)
    order_id = finisher.receipt(execution_id)["items"][0]["order_ids"][0]
    assert (seen["orders"], seen["trades"], seen["extra"]) == ([], [], [])
    assert outcomes(seen) == {"INFY": None}
    assert order_id not in str(seen)
    assert order_id not in sender.page.content()
    assert "AB1234" not in sender.page.content()

    # Neither sees what else the other has.
    for person, foreign in ((sender, own), (finisher, other)):
        assert person.status_of(f"/executions/{foreign}") == 404
        assert person.status_of(f"/executions/{foreign}.json") == 404
        person.open("/executions")
        assert foreign not in person.page.content()


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
