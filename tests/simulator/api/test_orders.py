"""Orders placed through the API, as an official client sends them."""

from typing import Any

import pytest

from tests.simulator.api.test_session import HISTORY, ORDER, check_shape, envelope
from tests.support.simulator_rig import Rig

FORM = {
    "exchange": "NSE",
    "tradingsymbol": "INFY",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": "10",
    "product": "CNC",
}
LIMIT = {"order_type": "LIMIT", "price": "1400"}


def place(rig: Rig, variety: str = "regular", seconds: float = 1, **fields: Any) -> str:
    """Place an order, let time pass and return its id."""
    answer = rig.call("POST", f"/orders/{variety}", data=FORM | fields)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["status"] == "success"
    rig.clock.forward(seconds=seconds)
    return str(answer.get_json()["data"]["order_id"])


def find_order(rig: Rig, order_id: str) -> dict[str, Any]:
    return next(order for order in rig.orders() if order["order_id"] == order_id)


def refused(rig: Rig, variety: str = "regular", **fields: Any) -> tuple[int, str, str]:
    form = {name: value for name, value in (FORM | fields).items() if value is not None}
    answer = envelope(rig.call("POST", f"/orders/{variety}", data=form))
    assert rig.orders() == []
    return answer


@pytest.mark.kite("4.1.1")
def test_order_placed_by_the_api_fills_like_one_of_a_basket(rig: Rig) -> None:
    order_id = place(rig, tag="k7f3q9zt")
    order = find_order(rig, order_id)
    assert (order["status"], order["filled_quantity"], order["average_price"], order["tags"]) == (
        "COMPLETE",
        10,
        1448.3,
        ["k7f3q9zt"],
    )
    assert (len(order_id), order["order_type"], order["market_protection"]) == (19, "MARKET", 0)


def test_placing_needs_a_session(rig: Rig) -> None:
    answer = rig.app.test_client().post("/orders/regular", data=FORM)
    assert envelope(answer) == (403, "TokenException", "Incorrect `api_key` or `access_token`.")


@pytest.mark.parametrize("name", FORM)
@pytest.mark.kite("5.1.6")
def test_missing_field_is_named(rig: Rig, name: str) -> None:
    assert refused(rig, **{name: None}) == (400, "InputException", f"Missing `{name}`.")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"exchange": "NYSE"}, "Invalid `exchange`."),
        ({"transaction_type": "buy"}, "Invalid `transaction_type`."),
        ({"order_type": "ICE"}, "Invalid `order_type`."),
        ({"product": "BO"}, "Invalid `product`."),
        ({"validity": "GTC"}, "Invalid `validity`."),
        ({"tradingsymbol": "NOSUCH"}, "No such instrument."),
        ({"tradingsymbol": "NIFTY 50"}, "No such instrument."),
        ({"tradingsymbol": "a\x00"}, "Invalid `tradingsymbol`."),
        ({"quantity": "0"}, "Invalid `quantity`."),
        ({"quantity": "-5"}, "Invalid `quantity`."),
        ({"quantity": "ten"}, "Invalid request (failed to decode quantity, got: ten (expected int))"),
        ({"quantity": "1.5"}, "Invalid request (failed to decode quantity, got: 1.5 (expected int))"),
        (
            {"order_type": "LIMIT", "price": "NaN"},
            "Invalid request (failed to decode price, got: NaN (expected decimal))",
        ),
        ({"order_type": "LIMIT", "price": "-1"}, "Invalid `price`."),
        (
            {"market_protection": "True"},
            "Invalid request (failed to decode market_protection, got: True (expected decimal))",
        ),
        ({"market_protection": "101"}, "Invalid `market_protection`."),
        ({"autoslice": "maybe"}, "Invalid request (failed to decode autoslice, got: maybe (expected bool))"),
        ({"validity": "TTL"}, "Missing `validity_ttl`."),
        ({"validity": "TTL", "validity_ttl": "0"}, "Invalid `validity_ttl`."),
    ],
)
@pytest.mark.kite("4.2.4")
@pytest.mark.kite("4.2.5")
@pytest.mark.kite("4.2.17")
@pytest.mark.kite("4.8.6")
@pytest.mark.kite("5.1.6")
def test_what_cannot_be_read_is_an_error_and_no_order(rig: Rig, fields: dict[str, str], message: str) -> None:
    assert refused(rig, **fields) == (400, "InputException", message)


@pytest.mark.parametrize("variety", ["bo", "none", "REGULAR"])
@pytest.mark.kite("4.2.2")
def test_unknown_variety_is_an_error(rig: Rig, variety: str) -> None:
    assert refused(rig, variety) == (400, "InputException", "Invalid `variety`.")


@pytest.mark.parametrize(
    "body",
    [
        {"json": FORM},
        {"data": b"\xff\xfe", "content_type": "application/x-www-form-urlencoded"},
        {"data": b"[]"},
    ],
)
def test_body_of_another_kind_is_an_error(rig: Rig, body: dict[str, Any]) -> None:
    assert envelope(rig.call("POST", "/orders/regular", **body))[:2] == (400, "InputException")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"order_type": "LIMIT", "price": "1448.25"}, "Tick size for this script is 0.1."),
        ({"quantity": "1000000"}, "Insufficient funds. Required margin is"),
        ({"tag": "a" * 21}, "Tag is too long."),
        ({"product": "NRML"}, "Product NRML is not allowed on NSE."),
        (
            {"tradingsymbol": "NIFTY26NOVFUT", "exchange": "NFO", "product": "MTF", "quantity": "75"},
            "Product MTF is not allowed on NFO.",
        ),
        ({"order_type": "SL-M", "trigger_price": "0"}, "Trigger price is required"),
    ],
)
@pytest.mark.kite("4.2.19")
def test_what_an_order_system_refuses_has_an_id_and_ends_rejected(
    rig: Rig, fields: dict[str, str], message: str
) -> None:
    order = find_order(rig, place(rig, **fields))
    assert (order["status"], order["exchange_order_id"]) == ("REJECTED", None)
    assert order["status_message"].startswith(message)


@pytest.mark.kite("4.4.2")
def test_limit_without_a_price_is_taken_and_waits(rig: Rig) -> None:
    order = find_order(rig, place(rig, order_type="LIMIT"))
    assert (order["status"], order["price"]) == ("OPEN", 0)


@pytest.mark.kite("4.8.1")
def test_margin_funded_shares_can_be_bought(rig: Rig) -> None:
    assert find_order(rig, place(rig, product="MTF"))["product"] == "MTF"


@pytest.mark.kite("4.2.11")
def test_order_with_minutes_to_live_is_cancelled_after_them(rig: Rig) -> None:
    order_id = place(rig, validity="TTL", validity_ttl="2", seconds=119, **LIMIT)
    assert (
        find_order(rig, order_id)["status"],
        find_order(rig, order_id)["validity"],
        find_order(rig, order_id)["validity_ttl"],
    ) == ("OPEN", "TTL", 2)
    rig.clock.forward(seconds=1)
    order = find_order(rig, order_id)
    assert (order["status"], order["pending_quantity"], order["cancelled_quantity"]) == ("CANCELLED", 10, 10)


def test_order_with_minutes_to_live_that_fills_stays_filled(rig: Rig) -> None:
    assert find_order(rig, place(rig, validity="TTL", validity_ttl="1", seconds=120))["status"] == "COMPLETE"


def test_stop_with_minutes_to_live_is_cancelled_while_it_waits(rig: Rig) -> None:
    order_id = place(
        rig, validity="TTL", validity_ttl="1", order_type="SL-M", trigger_price="1500", seconds=60
    )
    assert rig.statuses(order_id)[-2:] == ["TRIGGER PENDING", "CANCELLED"]


@pytest.mark.kite("4.2.15")
@pytest.mark.kite("4.4.12")
def test_auction_order_shows_its_number_and_leaves_no_cancelled_quantity(rig: Rig) -> None:
    order_id = place(rig, "auction", transaction_type="SELL", auction_number="22", quantity="60", **LIMIT)
    order = find_order(rig, order_id)
    assert (order["status"], order["auction_number"], order["variety"]) == ("OPEN", "22", "auction")
    assert rig.call("DELETE", f"/orders/auction/{order_id}").status_code == 200
    rig.clock.forward(seconds=0.3)
    order = find_order(rig, order_id)
    assert (order["status"], order["pending_quantity"], order["cancelled_quantity"]) == ("CANCELLED", 60, 0)
    check_shape(order, ORDER | {"auction_number": str})
    check_shape(rig.read(f"/orders/{order_id}")[0], HISTORY)


@pytest.mark.kite("4.2.15")
def test_auction_order_needs_its_number(rig: Rig) -> None:
    assert refused(rig, "auction") == (400, "InputException", "Missing `auction_number`.")


def test_after_market_order_waits(rig: Rig) -> None:
    assert find_order(rig, place(rig, "amo"))["status"] == "AMO REQ RECEIVED"


@pytest.mark.kite("4.2.16")
@pytest.mark.kite("4.4.10")
@pytest.mark.kite("4.8.2")
def test_protected_market_order_is_stored_as_a_limit(rig: Rig) -> None:
    buy = find_order(rig, place(rig, market_protection="2", tag="mine"))
    assert (buy["order_type"], buy["price"], buy["market_protection"], buy["tags"]) == (
        "LIMIT",
        1477.2,
        0,
        ["mine", "mktp", "mktp:2.00"],
    )
    assert (buy["status"], buy["average_price"]) == ("COMPLETE", 1448.3)
    sell = find_order(rig, place(rig, market_protection="-1", transaction_type="SELL"))
    assert (sell["order_type"], sell["price"], sell["tags"], sell["tag"]) == (
        "LIMIT",
        1419.2,
        ["mktp", "mktp:2.00"],
        None,
    )


def test_protected_stop_has_a_limit_behind_its_trigger(rig: Rig) -> None:
    order = find_order(rig, place(rig, order_type="SL-M", trigger_price="1500", market_protection="1"))
    assert (order["order_type"], order["price"], order["trigger_price"], order["status"]) == (
        "SL",
        1515,
        1500,
        "TRIGGER PENDING",
    )


@pytest.mark.kite("4.8.4")
def test_market_order_needs_protection_when_the_switch_is_on(rig: Rig) -> None:
    rig.switch("market_protection_required")
    message = (
        "Market orders without market protection are not allowed via API. Please set market protection or use"
        " a Limit order."
    )
    assert refused(rig) == (400, "InputException", message)
    assert find_order(rig, place(rig, market_protection="2"))["status"] == "COMPLETE"


@pytest.mark.kite("4.2.14")
@pytest.mark.kite("4.4.9")
def test_iceberg_places_its_legs_one_after_the_other(rig: Rig) -> None:
    first = place(
        rig, "iceberg", quantity="25", iceberg_legs="3", iceberg_quantity="10", tag="icebergord", seconds=0.2
    )
    orders = rig.orders()
    assert [order["order_id"] for order in orders] == [first]
    ice = {"leg": 1, "legs": 3, "leg_quantity": 10, "total_quantity": 25, "remaining_quantity": 15}
    assert (orders[0]["quantity"], orders[0]["meta"], orders[0]["variety"]) == (
        10,
        {"iceberg": ice},
        "iceberg",
    )
    rig.clock.forward(seconds=2)
    legs = rig.orders()
    assert [(leg["quantity"], leg["status"], leg["tag"], leg["parent_order_id"]) for leg in legs] == [
        (10, "COMPLETE", "icebergord", None), (10, "COMPLETE", "icebergord", None), (5, "COMPLETE", "icebergord", None),
    ]  # fmt: skip
    assert [leg["meta"]["iceberg"]["remaining_quantity"] for leg in legs] == [15, 5, 0]


def test_iceberg_that_is_cancelled_places_no_further_leg(rig: Rig) -> None:
    first = place(rig, "iceberg", quantity="20", iceberg_legs="2", iceberg_quantity="10", seconds=0.2)
    assert rig.call("DELETE", f"/orders/iceberg/{first}").status_code == 200
    rig.clock.forward(seconds=2)
    assert [order["status"] for order in rig.orders()] == ["CANCELLED"]


@pytest.mark.parametrize(
    ("legs", "leg_quantity", "message"),
    [
        ("", "10", "Missing `iceberg_legs`."),
        ("1", "10", "Invalid `iceberg_legs`."),
        ("51", "1", "Invalid `iceberg_legs`."),
        ("2", "", "Missing `iceberg_quantity`."),
        ("2", "4", "Invalid `iceberg_quantity`."),
        ("2", "10", "Invalid `iceberg_quantity`."),
    ],
)
@pytest.mark.kite("4.2.13")
@pytest.mark.kite("4.2.14")
def test_iceberg_that_does_not_add_up_is_an_error(
    rig: Rig, legs: str, leg_quantity: str, message: str
) -> None:
    assert refused(rig, "iceberg", iceberg_legs=legs, iceberg_quantity=leg_quantity) == (
        400,
        "InputException",
        message,
    )


NIFTY = {"tradingsymbol": "NIFTY26NOV25500CE", "exchange": "NFO", "product": "NRML", "autoslice": "True"}


def sliced(rig: Rig, **fields: str) -> dict[str, Any]:
    data: dict[str, Any] = rig.call("POST", "/orders/regular", data=FORM | NIFTY | fields).get_json()["data"]
    rig.clock.forward(seconds=1)
    return data


@pytest.mark.kite("4.3.4")
@pytest.mark.kite("4.4.10")
def test_large_quantity_is_placed_in_slices_that_carry_tags(rig: Rig) -> None:
    data = sliced(rig, quantity="4500", tag="mine")
    orders = {order["order_id"]: order for order in rig.orders()}
    parent, children = data["order_id"], [child["order_id"] for child in data["children"]]
    assert list(orders) == [parent, *children]
    assert [order["quantity"] for order in orders.values()] == [1800, 1800, 900]
    assert {order["status"] for order in orders.values()} == {"COMPLETE"}
    assert orders[parent]["tags"] == ["mine", "autoslice"]
    assert all(orders[child]["tags"] == ["mine", "autoslice", f"autoslice:{parent}"] for child in children)


@pytest.mark.kite("4.3.3")
def test_slice_without_funds_is_an_error_among_the_children(rig: Rig) -> None:
    data = sliced(rig, quantity="18000")
    assert len(data["children"]) == 9
    failed = [child["error"] for child in data["children"] if "error" in child]
    assert {(error["code"], error["error_type"], error["data"]) for error in failed} == {
        (400, "MarginException", None)
    }
    assert all(
        error["message"].startswith("Insufficient funds. Required margin is 1285200.00 but available")
        for error in failed
    )
    assert len(rig.orders()) == 10 - len(failed)


@pytest.mark.parametrize(("quantity", "least"), [("1800", "1875"), ("75", "1875")])
@pytest.mark.kite("4.3.5")
def test_quantity_that_needs_no_slices_is_an_error(rig: Rig, quantity: str, least: str) -> None:
    message = f"Quantity should be greater than or equal to {least} for order slicing."
    assert refused(rig, **NIFTY | {"quantity": quantity}) == (400, "InputException", message)


@pytest.mark.kite("4.3.6")
def test_more_than_ten_slices_are_an_error(rig: Rig) -> None:
    assert (
        refused(rig, **NIFTY | {"quantity": "18075"})[2]
        == "Quantity should be less than or equal to 18000 for order slicing."
    )
