"""The day of the market: what ends at its close, what waits for its opening, and how many orders a
day and a minute take.
"""

from datetime import datetime
from typing import Any

import pytest

from kite.simulator.core import rate_limits
from kite.vocabulary import IST
from tests.simulator.api.test_orders import LIMIT, find_order, place
from tests.support.simulator_rig import Rig, item

CLOSED = "Cancelled by the exchange when the market closed."


def at(rig: Rig, day: int, hour: int, minute: int = 0, second: int = 0) -> None:
    rig.clock.moment = datetime(2026, 11, day, hour, minute, second, tzinfo=IST)


def only(rig: Rig) -> dict[str, Any]:
    orders = rig.orders()
    assert len(orders) == 1
    return orders[0]


WAITING = [
    {"order_type": "LIMIT", "price": 1400},
    {"order_type": "SL-M", "trigger_price": 1500},
    {"tradingsymbol": "SIMOPEN"},
]


@pytest.mark.parametrize("fields", WAITING)
def test_open_order_is_cancelled_by_the_exchange_at_the_close(rig: Rig, fields: dict[str, Any]) -> None:
    rig.switch("market_hours")
    rig.place([item(**fields)])
    at(rig, 23, 15, 29, 59)
    assert only(rig)["status"] in ("OPEN", "TRIGGER PENDING")
    at(rig, 23, 15, 30)
    assert (only(rig)["status"], only(rig)["status_message"], only(rig)["cancelled_quantity"]) == (
        "CANCELLED",
        CLOSED,
        10,
    )
    assert only(rig)["order_timestamp"] == "2026-11-23 15:30:00"


def test_without_the_hours_an_open_order_outlives_the_close_and_leaves_the_book_over_night(rig: Rig) -> None:
    rig.place([item("SIMOPEN")])
    at(rig, 24, 5, 59)
    assert only(rig)["status"] == "OPEN"
    at(rig, 24, 6, 0)
    rig.log_in()
    assert rig.orders() == []


def test_each_market_has_its_own_close(rig: Rig) -> None:
    rig.switch("market_hours")
    rig.place(
        [item("GOLDPETAL26DECFUT", exchange="MCX", product="NRML", quantity=1, order_type="LIMIT", price=10)]
    )
    at(rig, 23, 23, 29)
    assert only(rig)["status"] == "OPEN"
    at(rig, 23, 23, 30)
    assert only(rig)["status"] == "CANCELLED"


def test_price_that_comes_after_the_close_fills_nothing(rig: Rig) -> None:
    rig.switch("market_hours")
    rig.place([item(order_type="LIMIT", price=1400)])
    at(rig, 23, 15, 31)
    rig.set_price("INFY", "1390")
    rig.clock.forward(minutes=1)
    assert (only(rig)["status"], only(rig)["filled_quantity"]) == ("CANCELLED", 0)


def test_hours_that_are_switched_on_after_the_close_end_what_is_open(rig: Rig) -> None:
    rig.place([item("SIMOPEN")])
    at(rig, 23, 16)
    assert (
        rig.web.post("/control", json={"action": "switch", "name": "market_hours", "value": "on"}).status_code
        == 200
    )
    assert (only(rig)["status"], only(rig)["status_message"]) == ("CANCELLED", CLOSED)


def test_regular_order_after_hours_becomes_an_amo_and_goes_out_at_the_opening(rig: Rig) -> None:
    rig.switch("market_hours")
    rig.switch("amo_after_hours")
    at(rig, 23, 20)
    rig.place([item()])
    rig.clock.forward(seconds=1)
    assert (only(rig)["variety"], only(rig)["status"]) == ("amo", "AMO REQ RECEIVED")
    at(rig, 24, 9, 14, 59)
    rig.log_in()
    assert only(rig)["status"] == "AMO REQ RECEIVED"
    at(rig, 24, 9, 15, 1)
    assert (only(rig)["variety"], only(rig)["status"]) == ("amo", "COMPLETE")


def test_within_the_hours_a_regular_order_stays_regular(rig: Rig) -> None:
    rig.switch("market_hours")
    rig.switch("amo_after_hours")
    rig.place([item()])
    assert only(rig)["variety"] == "regular"


def test_amo_of_a_friday_evening_waits_for_monday(rig: Rig) -> None:
    rig.switch("market_hours")
    at(rig, 20, 18)
    rig.place([item("SIMOPEN", variety="amo")])
    at(rig, 22, 12)
    rig.log_in()
    assert only(rig)["status"] == "AMO REQ RECEIVED"
    at(rig, 23, 9, 15, 1)
    rig.log_in()
    assert only(rig)["status"] == "OPEN"
    at(rig, 23, 15, 30)
    assert only(rig)["status_message"] == CLOSED


def cover(rig: Rig, **fields: Any) -> None:
    rig.place([item("SIMPARTIAL", variety="co", product="MIS", trigger_price=90, quantity=100, **fields)])


def test_cover_order_whose_rest_is_cancelled_gets_its_second_leg_for_what_was_filled(rig: Rig) -> None:
    cover(rig)
    rig.clock.forward(seconds=2)
    first, second = rig.orders()
    assert (first["status"], first["filled_quantity"]) == ("CANCELLED", 60)
    assert (second["status"], second["quantity"], second["transaction_type"]) == (
        "TRIGGER PENDING",
        60,
        "SELL",
    )
    assert second["parent_order_id"] == first["order_id"]


def test_cover_order_that_a_person_cancels_halfway_gets_a_leg_for_what_was_filled_by_then(rig: Rig) -> None:
    cover(rig)
    rig.clock.forward(seconds=0.7)
    order_id = only(rig)["order_id"]
    assert rig.call("DELETE", f"/orders/co/{order_id}").status_code == 200
    rig.clock.forward(seconds=2)
    first, second = rig.orders()
    assert (first["status"], first["filled_quantity"]) == ("CANCELLED", 30)
    assert (second["quantity"], second["parent_order_id"]) == (30, order_id)


def test_minute_takes_so_many_calls_on_orders_and_the_next_one_begins_anew(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (rate_limits.A_MINUTE, rate_limits.A_DAY) == (400, 5000)
    monkeypatch.setattr(rate_limits, "A_MINUTE", 3)
    rig.switch("rate_limits")
    order_id = place(rig, **LIMIT)
    answers = []
    for method, path in [("DELETE", f"regular/{order_id}"), ("POST", "regular"), ("POST", "regular")]:
        rig.clock.forward(seconds=2)
        answers.append(rig.call(method, f"/orders/{path}"))
    assert [answer.status_code for answer in answers] == [200, 400, 429]
    assert answers[-1].get_json()["message"] == "Too many requests"
    assert find_order(rig, order_id)["status"] == "CANCELLED"
    rig.clock.forward(minutes=1)
    assert find_order(rig, place(rig, **LIMIT))["status"] == "OPEN"


def test_day_takes_so_many_orders_which_can_still_be_cancelled(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "A_DAY", 2)
    rig.switch("rate_limits")
    ids = [place(rig, seconds=90, **LIMIT) for _ in range(2)]
    assert rig.call("POST", "/orders/regular").status_code == 429
    assert rig.call("DELETE", f"/orders/regular/{ids[0]}").status_code == 200
    at(rig, 24, 6, 1)
    rig.log_in()
    assert find_order(rig, place(rig, **LIMIT))["status"] == "OPEN"
