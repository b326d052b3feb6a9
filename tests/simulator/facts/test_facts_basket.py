"""What docs/kite.md says of baskets and their return (section 1), where no other test shows it."""

import json
from typing import Any

import pytest

from tests.simulator.api.test_session import envelope
from tests.simulator.core.test_faults import fault
from tests.support.simulator_rig import REDIRECT, Rig, item, query

EVERYWHERE: tuple[tuple[str, str, str, int], ...] = (
    ("NSE", "INFY", "CNC", 1),
    ("BSE", "INFY", "MIS", 1),
    ("NFO", "NIFTY26NOVFUT", "NRML", 75),
    ("BFO", "SENSEX26NOVFUT", "NRML", 20),
    ("CDS", "USDINR26NOVFUT", "NRML", 1),
    ("BCD", "USDINR26NOVFUT", "NRML", 1),
    ("MCX", "GOLDPETAL26DECFUT", "NRML", 1),
)


def placed(rig: Rig, *items: dict[str, Any]) -> list[dict[str, Any]]:
    """Place a basket, let its time pass and return the orders."""
    rig.place(list(items))
    rig.clock.forward(seconds=1)
    return rig.orders()


@pytest.mark.kite("1.1.1")
@pytest.mark.kite("1.1.2")
def test_form_of_two_fields_is_a_basket(rig: Rig) -> None:
    answer = rig.web.post("/connect/basket", data={"api_key": "simulator_key", "data": json.dumps([item()])})
    assert (answer.status_code, answer.request.mimetype) == (303, "application/x-www-form-urlencoded")
    rig.web.post(answer.location, data={"decision": "approve"})
    assert query(rig.web.post(answer.location, data={"decision": "place"}))["status"] == "success"


@pytest.mark.kite("1.2.1")
@pytest.mark.kite("1.2.3")
@pytest.mark.kite("1.2.6")
@pytest.mark.kite("1.2.7")
def test_every_exchange_product_and_variety_arrives_as_it_was_sent(rig: Rig) -> None:
    items = [
        item(symbol, exchange=exchange, product=product, quantity=quantity)
        for exchange, symbol, product, quantity in EVERYWHERE
    ]
    items += [item(variety="amo"), item(variety="co", product="MIS", trigger_price=1000)]
    orders = placed(rig, *items)
    sent = [(sent_item["exchange"], sent_item["variety"], sent_item["quantity"]) for sent_item in items]
    assert [
        (order["exchange"], order["variety"], order["quantity"])
        for order in orders
        if not order["parent_order_id"]
    ] == sent
    assert [order["product"] for order in orders[:7]] == [product for _, _, product, _ in EVERYWHERE]
    assert {order["status"] for order in orders[:7]} == {"COMPLETE"}


@pytest.mark.kite("1.2.6")
def test_contracts_are_counted_by_one_and_units_by_the_lot(rig: Rig) -> None:
    odd = [
        item(symbol, exchange=exchange, product="NRML", quantity=quantity + 1)
        for exchange, symbol, _, quantity in EVERYWHERE[2:]
    ]
    assert [order["status"] for order in placed(rig, *odd)] == [
        "REJECTED",
        "REJECTED",
        "COMPLETE",
        "COMPLETE",
        "COMPLETE",
    ]


@pytest.mark.kite("1.2.4")
@pytest.mark.kite("1.2.5")
@pytest.mark.kite("1.2.9")
@pytest.mark.kite("1.2.10")
@pytest.mark.kite("1.2.12")
def test_prices_count_for_the_types_that_take_them(rig: Rig) -> None:
    prices = {"price": 1000, "trigger_price": 990, "transaction_type": "SELL"}
    types = ["MARKET", "LIMIT", "SL", "SL-M"]
    orders = placed(
        rig,
        *[
            item(
                order_type=order_type,
                validity="IOC" if order_type == "MARKET" else "DAY",
                **prices | _sides(order_type),
            )
            for order_type in types
        ],
    )
    rows = [(order["order_type"], order["price"], order["trigger_price"]) for order in orders]
    assert rows == [("MARKET", 0, 0), ("LIMIT", 1000, 0), ("SL", 980, 990), ("SL-M", 0, 990)]
    assert [order["validity"] for order in orders] == ["IOC", "DAY", "DAY", "DAY"]
    assert (
        rig.send([item(order_type="STOP")]).status_code == rig.send([item(validity="GTC")]).status_code == 400
    )
    assert rig.send([item(transaction_type="buy")]).status_code == 400


def _sides(order_type: str) -> dict[str, Any]:
    """A stop to sell asks for a price at or below its trigger."""
    return {"price": 980} if order_type == "SL" else {}


@pytest.mark.kite("1.2.10")
def test_cover_order_has_its_trigger(rig: Rig) -> None:
    rig.place([item(variety="co", product="MIS", trigger_price=1000)])
    rig.clock.forward(seconds=1)
    assert [order["trigger_price"] for order in rig.orders()][-1] == 1000


@pytest.mark.kite("1.2.11")
def test_part_of_the_quantity_is_disclosed_for_shares_alone(rig: Rig) -> None:
    shares = item("SBIN", order_type="LIMIT", price=1, disclosed_quantity=5)
    units = item("NIFTY26NOVFUT", exchange="NFO", product="NRML", quantity=75, disclosed_quantity=75)
    orders = placed(rig, shares, units)
    assert [(order["disclosed_quantity"], order["status"]) for order in orders] == [
        (5, "OPEN"),
        (75, "REJECTED"),
    ]


@pytest.mark.kite("1.2.14")
def test_tag_of_twenty_is_taken_and_a_longer_one_refused_not_cut(rig: Rig) -> None:
    tags = ["a1B2" * 5, "a1B2" * 5 + "c"]
    orders = placed(rig, *[item(tag=tag) for tag in tags])
    assert [order["tag"] for order in orders] == tags
    assert [order["status"] for order in orders] == ["COMPLETE", "REJECTED"]


@pytest.mark.kite("1.3.8")
@pytest.mark.kite("1.3.9")
def test_return_tells_an_end_and_the_book_tells_the_orders(rig: Rig) -> None:
    addresses = [rig.open([item(), item("SIMREJECT")]) for _ in range(2)]
    back = [
        rig.web.post(address, data={"decision": decision})
        for address, decision in zip(addresses, ("place", "cancel"), strict=True)
    ]
    assert [query(answer)["status"] for answer in back] == ["success", "cancelled"]
    assert set(query(back[0])) == {"request_token", "type", "status"}
    token = rig.exchange(query(back[0])["request_token"]).get_json()["data"]["access_token"]
    rig.authorization = {"Authorization": f"token simulator_key:{token}"}
    rig.clock.forward(seconds=1)
    orders = rig.orders()
    assert [(order["tradingsymbol"], order["status"]) for order in orders] == [
        ("INFY", "COMPLETE"),
        ("SIMREJECT", "REJECTED"),
    ]
    assert not any(order["order_id"] in answer.location for order in orders for answer in back)


@pytest.mark.kite("1.5.1")
@pytest.mark.kite("1.5.6")
def test_form_of_the_plugin_ends_with_its_message(rig: Rig) -> None:
    address = rig.open([item()], redirect_url="#", view="popup")
    answer = rig.web.post(address, data={"decision": "place"})
    assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert REDIRECT not in answer.text
    rig.clock.forward(seconds=1)
    assert not any(order["order_id"] in answer.text for order in rig.orders())


@pytest.mark.kite("1.3.6")
@pytest.mark.kite("1.6.2")
def test_person_whom_the_app_may_not_serve_gets_an_envelope(rig: Rig) -> None:
    fault(rig, "user_not_enabled")
    answer = rig.web.post("/connect/login", data={"decision": "approve"})
    assert envelope(answer) == (400, "InputException", "The user is not enabled for the app.")
    assert "Location" not in answer.headers
