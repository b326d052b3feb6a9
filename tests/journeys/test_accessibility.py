"""Every page of the flow, for everybody: no violation that axe finds in either theme at two sizes,
nothing beside the screen.
"""

import json
import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from kite.publishing import signing_in
from kite.store.flow import executions
from kite.store.publishing import presses
from kite.store.publishing.presses import Press
from kite.vocabulary import IST, Mode, State
from tests.support.axe import check_accessibility
from tests.support.looks import faults, in_print
from tests.support.offered import publish
from tests.support.person import BASKET_PAGE
from tests.support.records import an_execution
from tests.support.site import services_beside

INFY = {"tradingsymbol": "INFY"}
TWO = [
    {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "MARKET",
        "quantity": 10,
        "product": "CNC",
    },
    {
        "tradingsymbol": "M&M",
        "exchange": "NSE",
        "transaction_type": "SELL",
        "order_type": "LIMIT",
        "price": 3012.4,
        "quantity": 5,
        "readonly": True,
    },
]
REFUSALS = ("status of 400", "status of 404", "status of 422")


@pytest.fixture
def viewer(somebody):
    """Somebody who looks closely: `viewer.found` holds what is wrong so far."""
    person = somebody(allow=REFUSALS)
    person.found = []

    def look(path="", heading=""):
        if path:
            person.open(path)
        assert heading in person.heading()
        person.found += faults(person.page)

    person.look = look
    yield person
    assert not person.found, "\n\n".join(person.found)


def keep(store, visit_id, state, **fields):
    """Write down an execution of a visit. Returns the path of its receipt."""
    now = datetime.now(IST)
    sent = None if state is State.PREPARED else now - timedelta(minutes=1)
    came = now if state in (State.RETURNED, State.SETTLED) else None
    execution = an_execution(
        visit_id=visit_id,
        state=state,
        handed_off_at=sent,
        returned_at=came,
        created_at=now - timedelta(minutes=2),
        **fields,
    )
    with store.writing() as conn:
        executions.add(conn, execution, "composed")
    return f"/executions/{execution.id}"


def visit_of(store, execution_id):
    with store.reading() as conn:
        return executions.get(conn, execution_id).visit_id


def state_of(person, execution_id):
    """The state that the hand-off page sends along."""
    person.open(f"/handoff/{execution_id}")
    return person.page.locator("[name=redirect_params]").input_value().removeprefix("state=")


def test_the_composer(viewer):
    viewer.look("/", "Compose a basket")
    viewer.look(f"/?{urlencode({'data': json.dumps(TWO)})}", "Compose a basket")
    viewer.look("/?data=nothing", "Compose a basket")
    viewer.compose(
        {"tradingsymbol": "INFI", "quantity": "ten", "tag": "a b"},
        {"tradingsymbol": "SBIN", "order_type": "SL"},
    )
    viewer.press("hand_off")
    viewer.page.locator("[aria-invalid=true]").first.wait_for()
    viewer.look()


def test_what_a_person_can_look_up(viewer):
    viewer.look("/rules", "What an order must keep to")
    viewer.look("/data", "What is stored of you")
    viewer.look("/simulator/control", "Control")


def test_the_way_to_kite_and_its_pages(viewer, somebody, journey_store):
    prepared, finished = (
        keep(journey_store, "somebody else", state) for state in (State.PREPARED, State.SETTLED)
    )
    viewer.look(prepared.replace("executions", "handoff", 1), "Send this basket as your own?")
    viewer.look(finished.replace("executions", "handoff", 1), "This basket is finished")
    sender = somebody(scripts=False)
    sender.compose(INFY, {"tradingsymbol": "SBIN", "order_type": "LIMIT", "price": "700", "readonly": "y"})
    sender.press("hand_off")
    sender.page.wait_for_url("**/handoff/*")
    path = sender.page.url.removeprefix(sender.site.url)
    viewer.look(path, "Send this basket as your own?")
    viewer.page.locator(f"form[action='{path}'] button").click()
    viewer.page.wait_for_url(BASKET_PAGE)
    viewer.look(heading="Log in")
    viewer.log_in()
    viewer.look(heading="Approve 2 orders?")
    viewer.page.fill("[name=items-0-quantity]", "0")
    viewer.decision("place").click()
    viewer.page.locator("[aria-invalid=true]").wait_for()
    viewer.look(heading="Approve 2 orders?")
    kite = viewer.page.url.removeprefix(viewer.site.url)
    viewer.decision("cancel").click()
    viewer.page.wait_for_url("**/executions/*")
    viewer.look(heading="Kite says you cancelled")
    viewer.look(kite, "was cancelled")
    viewer.look("/simulator/", "Kite simulator")
    viewer.look("/simulator/connect/basket/nothing", "There is nothing at this address.")


def test_the_receipt_of_every_outcome(viewer):
    viewer.open("/executions")
    viewer.look(heading="Receipts")
    symbols = ("INFY", "SIMREJECT", "SIMPARTIAL", "SIMCANCEL", "SIMDROP")
    execution_id = viewer.buy(*({"tradingsymbol": symbol} for symbol in symbols))
    viewer.settled(execution_id)
    viewer.look(heading="1 of 5 filled")
    viewer.found += in_print(viewer.page)
    viewer.buy({"tradingsymbol": "SIMOPEN", "order_type": "LIMIT", "price": "90"})
    viewer.page.get_by_text("still working").first.wait_for()
    viewer.look(heading="0 of 1 filled")
    viewer.look("/executions", "Receipts")


def test_receipts_before_a_return_and_without_an_order_book(viewer, journey_store):
    viewer.compose(INFY)
    with viewer.page.expect_request(lambda request: "/handoff/" in request.url) as request:
        viewer.press("hand_off")
    viewer.page.wait_for_url(BASKET_PAGE)
    visit_id = visit_of(journey_store, request.value.url.rpartition("/")[2])
    for heading, state, fields in (
        ("Not sent to Kite yet", State.PREPARED, {}),
        ("Waiting", State.HANDED_OFF, {}),
        ("We do not know", State.UNKNOWN, {}),
        ("Kite says you cancelled", State.CANCELLED, {}),
        ("Back from Kite", State.RETURNED, {}),
        ("Back from Kite", State.RETURNED, {"mode": Mode.PUBLISHER}),
        ("Finished in another browser", State.RETURNED, {"user_id": "ZZ0000"}),
    ):
        viewer.look(keep(journey_store, visit_id, state, **fields), heading)
    viewer.look(f"/handoff/{request.value.url.rpartition('/')[2]}", "Open Kite again?")
    viewer.look("/executions", "Receipts")
    viewer.look("/executions/nobodys", "There is nothing here for you")


def test_returns_that_ask_or_tell(viewer, somebody, journey_store):
    sender = somebody(scripts=False)
    theirs = state_of(sender, sender.hand_off(INFY))
    viewer.look(f"/redirect?status=success&request_token=one&state={theirs}", "Continue here")
    viewer.look("/redirect?status=success&request_token=two&state=forged", "does not belong")
    viewer.look("/redirect?status=odd", "we do not know")
    viewer.buy(INFY)  # which is theirs, but is not the one that the return names
    token = viewer.page.request.post(
        f"{viewer.site.url}/simulator/connect/login", form={"decision": "approve"}, max_redirects=0
    ).headers["location"]
    viewer.page.goto(f"{token.replace('action=login&type=login&', '')}&state={theirs}")
    viewer.page.locator("main form button").click()
    expect(viewer.page.locator("h1")).not_to_have_text(re.compile("^Continue"))
    viewer.look(heading="Kite shows no order")
    own = viewer.hand_off(INFY)
    viewer.look(f"/redirect?status=success&request_token=three&state={theirs}", "names another basket")
    keep(journey_store, visit_of(journey_store, own), State.HANDED_OFF)
    viewer.look("/redirect?status=cancelled", "What did you cancel?")


def test_what_operators_publish_and_what_came_of_it(viewer, journey_site, journey_store):
    with services_beside(journey_site.environ) as services:
        basket = publish(services, slug="looked-at", title="Looked at")
        signing_in.add_operator(services, "asha", "a password of tests")
    for state in (State.SETTLED, State.UNKNOWN, State.CANCELLED):
        execution_id = keep(journey_store, "a reader", state).rpartition("/")[2]
        with journey_store.writing() as conn:
            presses.add(
                conn, Press(execution_id, basket.id, 1, "", None, "", "{}", "", None, "", datetime.now(IST))
            )
    viewer.look("/b/looked-at?amount=nothing", "Looked at")
    viewer.found += in_print(viewer.page)
    viewer.open("/operator/")
    viewer.page.fill("[name=name]", "asha")
    viewer.page.fill("[name=password]", "a password of tests")
    viewer.page.get_by_role("button", name="Sign in").click()
    viewer.look(heading="Last 30 days")
    viewer.look(f"/operator/baskets/{basket.id}", "Looked at")
    viewer.look(f"/operator/baskets/{basket.id}/edit", "Change Looked at")
    viewer.look("/operator/allowed", "Sites")
    for path in ("tokens", "sessions", "trail"):  # nothing but lists of the same kind
        viewer.open(f"/operator/{path}")
        check_accessibility(viewer.page)
