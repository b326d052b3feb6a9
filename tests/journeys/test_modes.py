"""The site as people run it: under one name, with a publisher key, with a key and its secret."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from kite.store.base.engine import Store
from kite.store.flow import executions
from tests.support.person import RECEIPT, outcomes, until
from tests.support.ports import free_port

INFY = {"tradingsymbol": "INFY"}
SIMOPEN = {"tradingsymbol": "SIMOPEN", "quantity": "2"}


@pytest.fixture
def apart(live_site, live_simulator):
    """Start a site with a key, and the simulator on a port of its own in Kite's place: `site, kite
    = apart(KITE_API_SECRET="…")`.
    """

    def start(**settings):
        port = free_port()
        kite = live_simulator(SIMULATOR_REDIRECT_URL=f"http://127.0.0.1:{port}/redirect", WEB_CONCURRENCY="1")
        usual = {
            "KITE_API_KEY": "simulator_key",
            "KITE_WEB_ROOT": kite.url,
            "KITE_API_ROOT": kite.url,
            "SECRET_KEY": "a key of the tests, long enough for it",
        }
        return live_site(port=port, **(usual | settings)), kite

    return start


def test_a_visit_under_another_name_is_led_to_the_public_one(somebody, journey_site):
    person = somebody()
    data = json.dumps(
        [
            {
                "tradingsymbol": "INFY",
                "exchange": "NSE",
                "transaction_type": "BUY",
                "order_type": "MARKET",
                "quantity": 3,
            }
        ]
    )
    person.page.goto(f"http://localhost:{journey_site.port}/?{urlencode({'data': data})}")
    assert urlsplit(person.page.url).netloc == f"127.0.0.1:{journey_site.port}"
    assert json.loads(parse_qs(urlsplit(person.page.url).query)["data"][0]) == json.loads(data)
    assert person.page.locator("[name=items-0-quantity]").input_value() == "3"
    assert {cookie["domain"] for cookie in person.page.context.cookies()} == {"127.0.0.1"}


def test_a_basket_is_composed_placed_and_settled_on_postgresql(somebody, live_site, postgres_url):
    person = somebody(site=live_site(DATABASE_URL=postgres_url))
    execution_id = person.buy(INFY, {"tradingsymbol": "SBIN", "transaction_type": "SELL", "quantity": "5"})
    receipt = person.settled(execution_id)
    assert outcomes(receipt) == {"INFY": "filled", "SBIN": "filled"}
    assert [(trade["quantity"], trade["average_price"]) for trade in receipt["trades"]] == [
        (10, "1448.30"),
        (5, "824.30"),
    ]
    assert person.heading() == "2 of 2 filled"
    person.open("/executions")
    assert person.page.locator("main a b").all_inner_texts() == ["2 of 2 filled"]
    store = Store(postgres_url)
    with store.reading() as conn:
        assert executions.get(conn, execution_id).state == "settled"
    store.close()


def test_with_a_publisher_key_the_receipt_says_what_it_cannot_know(somebody, apart):
    site, kite = apart()
    person = somebody("phone", site=site)
    execution_id = person.hand_off(INFY)
    assert person.page.url.startswith(f"{kite.url}/connect/basket/")
    person.place()
    assert person.page.url == f"{site.url}/executions/{execution_id}"
    receipt = person.receipt(execution_id)
    assert (receipt["mode"], receipt["state"]) == ("publisher", "returned")
    assert outcomes(receipt) == {"INFY": "unknown"}
    assert (receipt["orders"], receipt["trades"]) == ([], [])
    assert "This site cannot know what was placed" in person.page.inner_text("main")
    assert person.page.locator("main").get_attribute("data-live") == "off"
    assert person.page.locator("form[action='/session/login'], form[action$='/check']").count() == 0
    assert "Simulator mode" not in person.page.content()
    assert "/session/token" not in kite.log()

    cancelled = person.hand_off(INFY)
    person.decision("cancel").click()
    person.page.wait_for_url(RECEIPT)
    assert person.receipt(cancelled)["state"] == "cancelled"


def test_with_key_and_secret_the_receipt_knows_and_a_login_leads_back_to_it(somebody, apart, postgres_url):
    site, kite = apart(KITE_API_SECRET="simulator_secret", DATABASE_URL=postgres_url)
    person = somebody(site=site)
    execution_id = person.hand_off(INFY, SIMOPEN)
    assert person.page.url.startswith(f"{kite.url}/connect/basket/")
    address = person.place_and_wait()
    assert person.open_at_once(address, 50) == {(303, f"/executions/{execution_id}")}
    person.page.goto(address)
    until(
        lambda: outcomes(person.receipt(execution_id)) == {"INFY": "filled", "SIMOPEN": "open"},
        "the order book was read",
    )
    assert person.receipt(execution_id)["mode"] == "connect"
    assert "Simulator mode" not in person.page.content()
    assert kite.log().count("POST /session/token") == 1

    person.page.locator("form[action='/session/logout'] button").click()
    person.page.wait_for_url(RECEIPT)
    assert "DELETE /session/token" in kite.log()
    assert outcomes(person.receipt(execution_id)) == {"INFY": "filled", "SIMOPEN": "unknown"}

    for decision in ("cancel", "approve"):
        person.page.locator("form[action='/session/login'] button").click()
        person.page.wait_for_url(f"{kite.url}/connect/login?*")
        person.decision(decision).click()
        person.page.wait_for_url(f"{site.url}/executions/{execution_id}")
    until(lambda: outcomes(person.receipt(execution_id))["SIMOPEN"] == "open", "the order book is read again")
    assert person.heading() == "1 of 2 filled, 1 still working"
