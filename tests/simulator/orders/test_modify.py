"""Modifying, cancelling and exiting orders through the API."""

from datetime import datetime
from typing import Any

import pytest

from kite.vocabulary import IST
from tests.simulator.api.test_orders import LIMIT, find_order, place
from tests.simulator.api.test_session import envelope
from tests.support.simulator_rig import Rig

BEGINS = ["PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING"]
MODIFIES = ["MODIFY VALIDATION PENDING", "MODIFY PENDING", "MODIFIED"]
COVER = {"product": "MIS", "trigger_price": "1430"}


def modify(rig: Rig, order_id: str, variety: str = "regular", seconds: float = 0.3, **fields: str) -> None:
    answer = rig.call("PUT", f"/orders/{variety}/{order_id}", data=fields)
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "success", "data": {"order_id": order_id}},
    )
    rig.clock.forward(seconds=seconds)


def cancel(rig: Rig, order_id: str, variety: str = "regular", seconds: float = 0.3, query: str = "") -> None:
    answer = rig.call("DELETE", f"/orders/{variety}/{order_id}{query}")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "success", "data": {"order_id": order_id}},
    )
    rig.clock.forward(seconds=seconds)


def refused(
    rig: Rig, method: str, order_id: str, variety: str = "regular", **fields: str
) -> tuple[int, str, str]:
    return envelope(rig.call(method, f"/orders/{variety}/{order_id}", data=fields))


@pytest.mark.kite("4.1.2")
@pytest.mark.kite("4.1.6")
@pytest.mark.kite("4.5.7")
def test_modified_order_passes_the_recorded_statuses(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, price="1401.5", quantity="20")
    history = rig.read(f"/orders/{order_id}")
    assert [entry["status"] for entry in history] == [*BEGINS, "OPEN", *MODIFIES, "OPEN"]
    assert [entry["price"] for entry in history] == [1400] * 7 + [1401.5]
    assert [entry["quantity"] for entry in history] == [10] * 7 + [20]
    assert [entry["modified"] for entry in history] == [False] * 7 + [True]
    assert len({entry["exchange_order_id"] for entry in history[3:]}) == 1
    assert (history[3]["exchange_timestamp"], history[7]["exchange_timestamp"]) == (
        "2026-11-23 10:00:00",
        "2026-11-23 10:00:01",
    )


@pytest.mark.kite("4.5.4")
def test_modified_order_stands_in_each_passing_status_for_a_moment(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, price="1401", seconds=0)
    statuses = []
    for _ in range(30):
        statuses.append(find_order(rig, order_id)["status"])
        rig.clock.forward(milliseconds=10)
    assert [statuses.count(name) * 10 <= 100 for name in MODIFIES] == [True] * 3
    assert list(dict.fromkeys(statuses)) == ["MODIFY VALIDATION PENDING", "MODIFY PENDING", "OPEN"]


def test_order_that_is_modified_to_cross_fills(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, price="1500")
    assert (find_order(rig, order_id)["status"], find_order(rig, order_id)["average_price"]) == (
        "COMPLETE",
        1448.3,
    )
    assert [trade["quantity"] for trade in rig.read(f"/orders/{order_id}/trades")] == [10]


def test_limit_can_become_market_and_loses_its_price(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, order_type="MARKET")
    order = find_order(rig, order_id)
    assert (order["status"], order["order_type"], order["price"]) == ("COMPLETE", "MARKET", 0)


def test_limit_that_becomes_a_protected_market_order_stays_a_limit(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, order_type="MARKET", market_protection="1")
    order = find_order(rig, order_id)
    assert (order["order_type"], order["price"], order["tags"]) == ("LIMIT", 1462.7, ["mktp", "mktp:1.00"])
    assert order["status"] == "COMPLETE"


def test_limit_that_becomes_a_stop_waits_for_its_trigger(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, order_type="SL", price="1500", trigger_price="1490")
    assert find_order(rig, order_id)["status"] == "TRIGGER PENDING"
    modify(rig, order_id, trigger_price="1440")
    assert find_order(rig, order_id)["status"] == "COMPLETE"


def test_order_can_be_modified_in_the_moment_it_was_placed(rig: Rig) -> None:
    order_id = place(rig, seconds=0, **LIMIT)
    modify(rig, order_id, price="1401")
    assert rig.statuses(order_id) == [*BEGINS, "OPEN", *MODIFIES, "OPEN"]
    assert find_order(rig, order_id)["price"] == 1401


def test_order_can_be_modified_while_it_is_being_modified(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, price="1401", seconds=0.05)
    modify(rig, order_id, quantity="11")
    assert rig.statuses(order_id)[3:] == ["OPEN", *MODIFIES, "OPEN", *MODIFIES, "OPEN"]
    assert (find_order(rig, order_id)["price"], find_order(rig, order_id)["quantity"]) == (1401, 11)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"price": "1401.25"}, "Tick size for this script is 0.1."),
        ({"quantity": "100000"}, "Insufficient funds. Required margin is 140000000.00"),
    ],
)
def test_modification_that_an_order_system_refuses_leaves_the_order_as_it_was(
    rig: Rig, fields: dict[str, str], message: str
) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, **fields)
    order = find_order(rig, order_id)
    assert (order["status"], order["price"], order["quantity"], order["modified"]) == (
        "OPEN",
        1400,
        10,
        False,
    )
    assert order["status_message"].startswith(message)
    modify(rig, order_id, price="1401")
    assert (find_order(rig, order_id)["price"], find_order(rig, order_id)["status_message"]) == (1401, None)


def test_funds_follow_a_modification(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, quantity="5")
    assert rig.read("/user/margins/equity")["utilised"]["debits"] == 7000


def test_quantity_cannot_go_below_what_was_filled(rig: Rig) -> None:
    order_id = place(rig, tradingsymbol="SIMSLOW", quantity="100", seconds=4)
    modify(rig, order_id, quantity="50")
    assert (
        find_order(rig, order_id)["status_message"] == "Quantity should be more than the filled quantity 50."
    )
    rig.clock.forward(seconds=5)
    assert (find_order(rig, order_id)["status"], find_order(rig, order_id)["filled_quantity"]) == (
        "COMPLETE",
        100,
    )


def test_partly_filled_order_that_is_modified_keeps_its_fills(rig: Rig) -> None:
    order_id = place(rig, tradingsymbol="SIMSLOW", quantity="100", seconds=4)
    modify(rig, order_id, quantity="200", seconds=6)
    order = find_order(rig, order_id)
    assert (order["status"], order["filled_quantity"], order["average_price"]) == ("COMPLETE", 200, 100.05)
    assert sum(trade["quantity"] for trade in rig.read(f"/orders/{order_id}/trades")) == 200


@pytest.mark.kite("4.2.23")
def test_twenty_sixth_modification_is_refused(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    for number in range(25):
        modify(rig, order_id, price=str(1401 + number))
    assert refused(rig, "PUT", order_id, price="1400") == (
        400,
        "OrderException",
        "Maximum allowed order modifications exceeded.",
    )
    assert find_order(rig, order_id)["price"] == 1425


@pytest.mark.kite("4.1.3")
@pytest.mark.kite("4.4.11")
def test_cancelled_order_passes_cancel_pending(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    cancel(rig, order_id)
    assert rig.statuses(order_id) == [*BEGINS, "OPEN", "CANCEL PENDING", "CANCELLED"]
    order = find_order(rig, order_id)
    assert (order["pending_quantity"], order["cancelled_quantity"]) == (10, 10)
    assert rig.read("/user/margins/equity")["utilised"]["debits"] == 0


def test_order_cancelled_in_the_moment_it_was_placed_never_fills(rig: Rig) -> None:
    order_id = place(rig, seconds=0)
    cancel(rig, order_id)
    assert find_order(rig, order_id)["status"] == "CANCELLED"
    rig.clock.forward(minutes=5)
    assert rig.read("/trades") == []


def test_order_can_be_cancelled_after_a_part_was_filled(rig: Rig) -> None:
    order_id = place(rig, tradingsymbol="SIMSLOW", quantity="100", seconds=4)
    cancel(rig, order_id, seconds=10)
    order = find_order(rig, order_id)
    assert (order["status"], order["filled_quantity"], order["cancelled_quantity"]) == ("CANCELLED", 50, 50)
    assert len(rig.read("/trades")) == 2


def test_cancelling_twice_in_a_moment_cancels_once(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    cancel(rig, order_id, seconds=0.01)
    cancel(rig, order_id)
    assert rig.statuses(order_id)[3:] == ["OPEN", "CANCEL PENDING", "CANCELLED"]


@pytest.mark.parametrize(("method", "what"), [("PUT", "modified"), ("DELETE", "cancelled")])
@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, "COMPLETE"), ({"tradingsymbol": "SIMCANCEL"}, "CANCELLED"), ({"tag": "a" * 21}, "REJECTED")],
)
@pytest.mark.kite("4.5.1")
@pytest.mark.kite("5.1.7")
def test_ended_order_cannot_be_changed(
    rig: Rig, method: str, what: str, fields: dict[str, str], status: str
) -> None:
    order_id = place(rig, **fields)
    before = rig.read(f"/orders/{order_id}")
    assert refused(rig, method, order_id, quantity="1") == (
        400,
        "OrderException",
        f"Order cannot be {what}. It is {status}.",
    )
    rig.clock.forward(seconds=1)
    assert rig.read(f"/orders/{order_id}") == before


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_order_is_found_by_its_id_and_variety(rig: Rig, method: str) -> None:
    order_id = place(rig, **LIMIT)
    assert refused(rig, method, "1") == (400, "OrderException", "Couldn't find that `order_id`.")
    assert refused(rig, method, order_id, "amo") == (400, "InputException", "Invalid `variety`.")
    assert refused(rig, method, order_id, "none") == (400, "InputException", "Invalid `variety`.")
    assert (
        refused(rig, "PUT", order_id, quantity="x")[2]
        == "Invalid request (failed to decode quantity, got: x (expected int))"
    )
    assert rig.app.test_client().open(f"/orders/regular/{order_id}", method=method).status_code == 403


def test_order_that_waits_for_the_opening_can_be_modified_and_cancelled(rig: Rig) -> None:
    rig.clock.moment = datetime(2026, 11, 23, 18, 0, tzinfo=IST)
    first, second = place(rig, "amo", **LIMIT), place(rig, "amo")
    modify(rig, first, "amo", price="1500")
    cancel(rig, second, "amo")
    assert [(order["status"], order["price"]) for order in rig.orders()] == [
        ("AMO REQ RECEIVED", 1500),
        ("CANCELLED", 0),
    ]
    rig.clock.moment = datetime(2026, 11, 24, 9, 15, 1, tzinfo=IST)
    rig.log_in()
    assert [(order["status"], order["average_price"]) for order in rig.orders()] == [("COMPLETE", 1448.3)]
    assert rig.statuses(first) == [
        "PUT ORDER REQ RECEIVED", "AMO REQ RECEIVED", *MODIFIES, "AMO REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "OPEN", "COMPLETE",
    ]  # fmt: skip


def cover(rig: Rig, **fields: Any) -> list[dict[str, Any]]:
    place(rig, "co", **COVER | fields)
    return rig.orders()


@pytest.mark.kite("4.2.22")
def test_cover_order_takes_a_new_price_and_trigger_and_nothing_else(rig: Rig) -> None:
    (first,) = cover(rig, order_type="LIMIT", price="1440")
    message = "Only `price` and `trigger_price` of a cover order can be modified."
    assert refused(rig, "PUT", first["order_id"], "co", quantity="11") == (400, "InputException", message)
    assert refused(rig, "PUT", first["order_id"], "co", order_type="MARKET") == (
        400,
        "InputException",
        message,
    )
    modify(
        rig, first["order_id"], "co", price="1441", trigger_price="1431", quantity="10", order_type="LIMIT"
    )
    order = find_order(rig, first["order_id"])
    assert (order["status"], order["price"], order["trigger_price"]) == ("OPEN", 1441, 1431)
    modify(rig, first["order_id"], "co", price="1500", seconds=2)
    assert [(order["status"], order["trigger_price"]) for order in rig.orders()] == [
        ("COMPLETE", 1431),
        ("TRIGGER PENDING", 1431),
    ]


def test_second_leg_of_a_cover_order_takes_a_new_trigger(rig: Rig) -> None:
    first, second = cover(rig)
    modify(rig, second["order_id"], "co", trigger_price="1425", parent_order_id=first["order_id"])
    assert (
        find_order(rig, second["order_id"])["status"],
        find_order(rig, second["order_id"])["trigger_price"],
    ) == (
        "TRIGGER PENDING",
        1425,
    )


@pytest.mark.kite("4.1.4")
def test_cover_order_is_exited_by_its_second_leg(rig: Rig) -> None:
    first, second = cover(rig)
    answer = rig.call("DELETE", f"/orders/co/{second['order_id']}?parent_order_id=1")
    assert envelope(answer) == (400, "InputException", "Invalid `parent_order_id`.")
    cancel(rig, second["order_id"], "co", query=f"?parent_order_id={first['order_id']}")
    order = find_order(rig, second["order_id"])
    assert (order["status"], order["order_type"], order["average_price"], order["transaction_type"]) == (
        "COMPLETE",
        "MARKET",
        1448.1,
        "SELL",
    )
    assert {(row["product"], row["quantity"]) for row in rig.read("/portfolio/positions")["net"]} == {
        ("CO", 0)
    }


def test_cover_order_cancelled_before_it_fills_has_no_second_leg(rig: Rig) -> None:
    order_id = place(rig, "co", seconds=0.2, **COVER)
    cancel(rig, order_id, "co", seconds=5)
    assert [order["status"] for order in rig.orders()] == ["CANCELLED"]


def test_changes_survive_a_restart(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    modify(rig, order_id, price="1500", seconds=0)
    rig.restart()
    rig.clock.forward(seconds=0.3)
    assert find_order(rig, order_id)["status"] == "COMPLETE"
