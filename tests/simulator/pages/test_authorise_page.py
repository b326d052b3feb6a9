"""The authorisation of a sale: the API's id, the page under it, its message, and what may be sold
then.
"""

import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.html import check_page
from tests.support.simulator_rig import Rig, heading, item

INFY, RELIANCE = "INE009A01021", "INE002A01018"
SELL = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "SELL",
    "order_type": "MARKET",
    "product": "CNC",
}


def ask(rig: Rig, isin: list[str] | None = None, quantity: list[str] | None = None) -> str:
    """Ask for an authorisation, by the API. Returns the address of its page."""
    answer = rig.call(
        "POST", "/portfolio/holdings/authorise", data={"isin": isin or [], "quantity": quantity or []}
    )
    return f"/connect/portfolio/authorise/holdings/simulator_key/{answer.get_json()['data']['request_id']}"


def opened(rig: Rig, *shares: list[str]) -> str:
    address = ask(rig, *shares)
    rig.web.post(address, data={"decision": "approve"})
    return address


def message_of(answer: TestResponse) -> dict[str, Any]:
    match = re.search(r"postMessage\((\".*?\"), \"http://127\.0\.0\.1:8000\"\)", answer.text)
    assert match, answer.text
    message: dict[str, Any] = json.loads(json.loads(match.group(1)))
    return message


def sell(rig: Rig, quantity: int, **fields: str) -> TestResponse:
    return rig.call("POST", "/orders/regular", data=SELL | {"quantity": str(quantity)} | fields)


def authorised(rig: Rig, tradingsymbol: str = "INFY") -> int:
    return next(
        int(row["authorised_quantity"])
        for row in rig.read("/portfolio/holdings")
        if row["tradingsymbol"] == tradingsymbol
    )


def test_the_page_asks_for_a_login_and_shows_what_may_be_sold(rig: Rig) -> None:
    address = ask(rig, [INFY, RELIANCE], ["5", "12"])
    page = rig.app.test_client().get(address)
    assert heading(page) == "Log in and approve"
    assert rig.web.post(address, data={"decision": "approve"}).location == address
    page = rig.web.get(address)
    assert heading(page) == "Authorise the sale of 2 holdings?"
    check_page(page.text)
    for words in ("INFY", INFY, ">5<", "RELIANCE", RELIANCE, ">12<", "127.0.0.1:8000"):
        assert words in page.text


@pytest.mark.parametrize(
    ("decision", "status", "quantity"), [("authorise", "success", 5), ("cancel", "cancelled", 0)]
)
@pytest.mark.kite("1.5.8")
def test_the_end_is_a_message_and_the_first_decision_stands(
    rig: Rig, decision: str, status: str, quantity: int
) -> None:
    address = opened(rig, [INFY], ["5"])
    answers = [
        rig.web.post(address, data={"decision": press}) for press in (decision, "authorise", "cancel")
    ] + [rig.web.get(address)]
    for answer in answers:
        assert message_of(answer) == {
            "type": "holdings.auth",
            "status": status,
            "request_id": address.rpartition("/")[2],
        }
        check_page(answer.text)
        assert "Scripts are off, so nobody was told." in answer.text.partition("<noscript>")[2]
    assert authorised(rig) == quantity


def test_without_a_login_nothing_is_authorised(rig: Rig) -> None:
    address = ask(rig, [INFY], ["5"])
    assert rig.app.test_client().post(address, data={"decision": "authorise"}).location == address
    assert rig.web.post(address, data={"decision": "anything"}).location == address
    assert authorised(rig) == 0


def test_form_that_another_site_sends_authorises_nothing(rig: Rig) -> None:
    address = opened(rig, [INFY], ["5"])
    assert (
        rig.web.post(
            address, data={"decision": "authorise"}, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        == 403
    )
    assert authorised(rig) == 0


def test_the_page_stands_in_a_frame_of_the_registered_site_alone(rig: Rig) -> None:
    address = opened(rig, [INFY], ["5"])
    for answer in (rig.web.get(address), rig.web.post(address, data={"decision": "authorise"})):
        assert "frame-ancestors http://127.0.0.1:8000;" in answer.headers["Content-Security-Policy"] + ";"


def test_unknown_ids_and_keys_have_no_page(rig: Rig) -> None:
    address = ask(rig)
    assert heading(rig.web.get(address + "x")) == "There is nothing at this address."
    assert rig.web.post(address + "x", data={"decision": "cancel"}).status_code == 404
    answer = rig.web.get(address.replace("simulator_key", "other"))
    assert (answer.status_code, answer.get_json()["message"]) == (400, "Invalid `api_key`.")


def test_without_a_list_all_holdings_are_asked_for(rig: Rig) -> None:
    rig.switch("strict_holdings")
    assert heading(rig.web.get(opened(rig))) == "Authorise the sale of 4 holdings?"


@pytest.mark.parametrize(
    ("isin", "quantity", "message"),
    [
        ([INFY], [], "Each `isin` takes one `quantity`."),
        (["INE000000000"], ["5"], "Invalid `isin`."),
        ([INFY, INFY], ["5", "5"], "Invalid `isin`."),
        ([INFY], ["100001"], "Invalid `quantity`."),
        ([INFY], ["-5"], "Invalid `quantity`."),
    ],
)
def test_what_cannot_be_authorised_is_refused(
    rig: Rig, isin: list[str], quantity: list[str], message: str
) -> None:
    answer = rig.call("POST", "/portfolio/holdings/authorise", data={"isin": isin, "quantity": quantity})
    assert (answer.status_code, answer.get_json()["error_type"], answer.get_json()["message"]) == (
        400,
        "InputException",
        message,
    )


def test_sales_wait_for_nobody_until_the_switch_is_on(rig: Rig) -> None:
    assert sell(rig, 5).status_code == 200


@pytest.mark.kite("5.1.19")
def test_an_unauthorised_sale_by_the_api_is_428_and_no_order(rig: Rig) -> None:
    rig.switch("authorised_sales")
    answer = sell(rig, 5)
    assert (answer.status_code, answer.get_json()["error_type"]) == (428, "HoldingException")
    assert answer.get_json()["message"] == "The sale of 5 INFY needs an authorisation. Authorised: 0."
    assert rig.orders() == []


def test_an_authorised_quantity_is_sold_once(rig: Rig) -> None:
    rig.switch("authorised_sales")
    rig.web.post(opened(rig, [INFY], ["5"]), data={"decision": "authorise"})
    assert [sell(rig, quantity).status_code for quantity in (6, 3, 3, 2, 1)] == [428, 200, 428, 200, 428]
    rig.clock.forward(seconds=5)
    assert sell(rig, 1, exchange="BSE").status_code == 428


def test_an_order_that_grows_beyond_the_authorised_quantity_stays_as_it_was(rig: Rig) -> None:
    rig.switch("authorised_sales")
    rig.web.post(opened(rig, [INFY], ["5"]), data={"decision": "authorise"})
    order_id = sell(rig, 5, order_type="LIMIT", price="9000").get_json()["data"]["order_id"]
    rig.clock.forward(seconds=2)
    assert rig.call("PUT", f"/orders/regular/{order_id}", data={"quantity": "6"}).status_code == 200
    rig.clock.forward(seconds=2)
    assert rig.read(f"/orders/{order_id}")[-1]["quantity"] == 5


def test_what_was_bought_today_and_what_is_not_delivered_needs_no_authorisation(rig: Rig) -> None:
    rig.switch("authorised_sales")
    assert sell(rig, 5, transaction_type="BUY").status_code == 200
    rig.clock.forward(seconds=5)
    assert sell(rig, 5).status_code == 200
    assert sell(rig, 5, product="MIS").status_code == 200


@pytest.mark.kite("1.5.9")
def test_a_basket_does_not_ask_for_it_and_its_order_is_rejected(rig: Rig) -> None:
    rig.switch("authorised_sales")
    rig.place([item(transaction_type="SELL")])
    rig.clock.forward(seconds=2)
    order = rig.orders()[0]
    assert (order["status"], order["status_message"]) == (
        "REJECTED",
        "The sale of 10 INFY needs an authorisation. Authorised: 0.",
    )


@pytest.mark.kite("1.5.10")
def test_an_authorisation_ends_when_the_day_turns(rig: Rig) -> None:
    address = opened(rig, [INFY], ["5"])
    rig.web.post(address, data={"decision": "authorise"})
    rig.clock.forward(days=1)
    rig.log_in()
    assert authorised(rig) == 0
    assert rig.web.get(address).status_code == 404
