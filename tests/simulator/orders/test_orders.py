"""Orders after they are placed: statuses, refusals, scripts, funds and the day's book."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from kite.vocabulary import IST
from tests.support.simulator_rig import Rig, item

BEGINS = ["PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING"]
RAW = "for entity account-AB1234 across exchange NSE across segment across product"


def after(rig: Rig, *items: dict[str, Any], seconds: float = 1) -> list[dict[str, Any]]:
    """Place items and return the book that much later."""
    rig.place(list(items))
    rig.clock.forward(seconds=seconds)
    return rig.orders()


def test_market_order_passes_every_status_and_is_complete_within_a_second(rig: Rig) -> None:
    order = after(rig, item())[0]
    assert rig.statuses(order["order_id"]) == [*BEGINS, "OPEN", "COMPLETE"]
    assert (order["filled_quantity"], order["pending_quantity"], order["average_price"]) == (10, 0, 1448.3)


def test_no_passing_status_lasts_longer_than_a_tenth_of_a_second(rig: Rig) -> None:
    rig.place([item(), item("SIMREJECT"), item(order_type="SL-M", trigger_price=1500)])
    rig.log_in()
    ids = [order["order_id"] for order in rig.orders()]
    steps: dict[str, set[int]] = {}
    for step in range(100):
        for order_id in ids:
            steps.setdefault(rig.statuses(order_id)[-1], set()).add(step)
        rig.clock.forward(milliseconds=5)
    for name in BEGINS:
        assert len(steps[name]) * 5 <= 100


def test_selling_gets_a_tick_less_than_the_last_price(rig: Rig) -> None:
    assert after(rig, item("RELIANCE", transaction_type="SELL"))[0]["average_price"] == 1400.4


def test_limit_that_crosses_fills_at_no_worse_than_its_price(rig: Rig) -> None:
    orders = after(
        rig,
        item(order_type="LIMIT", price=1448.2),
        item(order_type="LIMIT", price=1500),
        item(order_type="LIMIT", price=1400),
    )
    assert [(order["status"], order["average_price"]) for order in orders] == [
        ("COMPLETE", 1448.2),
        ("COMPLETE", 1448.3),
        ("OPEN", 0),
    ]


def test_limit_without_a_price_is_kept_as_zero_and_waits(rig: Rig) -> None:
    order = after(
        rig,
        item(order_type="LIMIT", readonly=True),
        item(order_type="LIMIT", readonly=True, transaction_type="SELL"),
    )[1]
    assert (order["status"], order["price"]) == ("OPEN", 0)


@pytest.mark.kite("4.2.12")
def test_limit_for_now_or_never_is_cancelled(rig: Rig) -> None:
    order = after(rig, item(order_type="LIMIT", price=1400, validity="IOC"))[0]
    assert (order["status"], order["pending_quantity"], order["cancelled_quantity"]) == ("CANCELLED", 10, 10)


def test_stop_waits_for_its_trigger_unless_it_is_reached(rig: Rig) -> None:
    orders = after(
        rig,
        item(order_type="SL-M", trigger_price=1500),
        item(order_type="SL", trigger_price=1440, price=1460),
    )
    assert [order["status"] for order in orders] == ["TRIGGER PENDING", "COMPLETE"]
    assert rig.statuses(orders[0]["order_id"]) == [*BEGINS, "TRIGGER PENDING"]


@pytest.mark.kite("4.6.3")
def test_partly_filled_order_is_open_and_has_a_trade_for_each_fill(rig: Rig) -> None:
    order = after(rig, item("SIMPARTIAL", quantity=100), seconds=0.6)[0]
    assert (order["status"], order["filled_quantity"], order["pending_quantity"]) == ("OPEN", 30, 70)
    rig.clock.forward(seconds=1)
    order = rig.orders()[0]
    assert (
        order["status"],
        order["filled_quantity"],
        order["cancelled_quantity"],
        order["pending_quantity"],
    ) == ("CANCELLED", 60, 40, 40)
    trades = rig.read(f"/orders/{order['order_id']}/trades")
    assert [trade["quantity"] for trade in trades] == [30, 30]
    assert rig.read("/trades") == trades


@pytest.mark.parametrize(
    ("symbol", "status", "filled"),
    [
        ("SIMREJECT", "REJECTED", 0),
        ("SIMFUNDS", "REJECTED", 0),
        ("SIMPARTIAL", "CANCELLED", 1),
        ("SIMOPEN", "OPEN", 0),
        ("SIMCANCEL", "CANCELLED", 0),
    ],
)
def test_scripted_symbols_do_what_they_say(rig: Rig, symbol: str, status: str, filled: int) -> None:
    order = after(rig, item(symbol, quantity=2), seconds=5)[0]
    assert (order["status"], order["filled_quantity"]) == (status, filled)


def test_slow_symbol_fills_in_four_trades_over_eight_seconds(rig: Rig) -> None:
    order = after(rig, item("SIMSLOW"), seconds=4)[0]
    assert (order["status"], order["filled_quantity"]) == ("OPEN", 5)
    rig.clock.forward(seconds=4)
    assert rig.orders()[0]["status"] == "COMPLETE"
    assert [trade["quantity"] for trade in rig.read("/trades")] == [2, 3, 2, 3]


def test_ordinary_basket_has_ended_within_ten_seconds(rig: Rig) -> None:
    assert {
        order["status"]
        for order in after(rig, item(), item("TCS"), item("ITC", exchange="BSE"), item("SIMSLOW"), seconds=9)
    } == {"COMPLETE"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"order_type": "LIMIT", "price": 1448.25},
            (
                "Tick size for this script is 0.1. Kindly enter price in the multiple of tick size for this"
                " script."
            ),
        ),
        ({"tag": "a" * 21}, "Tag is too long. It takes at most 20 characters."),
        (
            {"order_type": "SL", "price": 1440, "trigger_price": 1450},
            "Trigger price of a stop-loss order should be at or below the price of a buy order.",
        ),
        (
            {"order_type": "SL", "price": 1440, "trigger_price": 1430, "transaction_type": "SELL"},
            "Trigger price of a stop-loss order should be at or above the price of a sell order.",
        ),
        ({"order_type": "SL-M", "readonly": True}, "Trigger price is required for this order."),
        (
            {"variety": "co", "product": "MIS", "order_type": "LIMIT", "price": 1448, "trigger_price": 1449},
            "Trigger price of a cover order should be below its price.",
        ),
        (
            {"variety": "co", "product": "MIS", "trigger_price": 1460},
            "Trigger price of a cover order is already reached.",
        ),
        (
            {"variety": "co", "product": "MIS", "order_type": "SL", "price": 1448, "trigger_price": 1440},
            "A cover order takes the order types MARKET and LIMIT.",
        ),
        ({"variety": "co", "trigger_price": 1430}, "A cover order takes the product MIS."),
        (
            {"variety": "co", "product": "MIS", "exchange": "BSE", "trigger_price": 1430},
            "Cover orders are not allowed on BSE.",
        ),
        ({"product": "NRML"}, "Product NRML is not allowed on NSE. Use CNC or MIS."),
        (
            {"exchange": "BSE", "order_type": "SL-M", "trigger_price": 1450},
            "SL-M orders are blocked for INFY on BSE. Use an SL order.",
        ),
        (
            {"disclosed_quantity": 11},
            "Disclosed quantity should be at least 10% of the quantity and not more than the quantity.",
        ),
        (
            {"quantity": 11, "disclosed_quantity": 1},
            "Disclosed quantity should be at least 10% of the quantity and not more than the quantity.",
        ),
    ],
)
@pytest.mark.kite("4.2.9")
@pytest.mark.kite("4.2.19")
def test_what_an_order_system_refuses_is_an_order_that_ends_rejected(
    rig: Rig, fields: dict[str, Any], message: str
) -> None:
    order = after(rig, item(**fields))[0]
    assert (order["status"], order["status_message"], order["exchange_order_id"]) == (
        "REJECTED",
        message,
        None,
    )
    assert order["status_message_raw"].startswith("RMS:")
    assert (order["pending_quantity"], order["cancelled_quantity"]) == (0, 0)
    assert rig.statuses(order["order_id"]) == ["PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "REJECTED"]


@pytest.mark.kite("1.2.6")
def test_lot_size_counts(rig: Rig) -> None:
    future = next(
        row for row in rig.web.get("/instruments/NFO").text.splitlines() if ",NFO-FUT," in row
    ).split(",")[2]
    orders = after(
        rig,
        item(future, exchange="NFO", product="NRML", quantity=70),
        item(future, exchange="NFO", product="NRML", quantity=75),
    )
    assert [order["status"] for order in orders] == ["REJECTED", "COMPLETE"]
    assert orders[0]["status_message"] == "Quantity should be a multiple of the lot size 75."


@pytest.mark.kite("1.2.8")
def test_delivery_is_refused_for_derivatives(rig: Rig) -> None:
    future = next(
        row for row in rig.web.get("/instruments/NFO").text.splitlines() if ",NFO-FUT," in row
    ).split(",")[2]
    assert (
        after(rig, item(future, exchange="NFO", quantity=75))[0]["status_message"]
        == "Product CNC is not allowed on NFO. Use NRML or MIS."
    )


@pytest.mark.kite("4.4.16")
def test_funds_are_arithmetic_and_worded_as_recorded(rig: Rig) -> None:
    orders = after(rig, item("MARUTI", quantity=600), item("MARUTI", quantity=40))
    assert [order["status"] for order in orders] == ["COMPLETE", "REJECTED"]
    needed, free = "633680.00", "494800.00"
    message = (
        f"Insufficient funds. Required margin is {needed} but available margin is {free}. Check the orderbook"
        " for open orders."
    )
    assert orders[1]["status_message"] == message
    assert (
        orders[1]["status_message_raw"] == f"RMS:Margin Exceeds,Required:{needed}, Available:{free} {RAW} CNC"
    )
    assert rig.read("/user/margins")["equity"]["net"] == 494800.0


def test_margin_follows_the_kind_of_instrument(rig: Rig) -> None:
    rows = [row.split(",") for row in rig.web.get("/instruments").text.splitlines()]
    option, other = (
        next(row for row in rows if row[10] == "NFO-OPT" and strike in row[2])[2]
        for strike in ("25500CE", "26000CE")
    )
    currency = next(row for row in rows if row[10] == "CDS-FUT")[2]
    blocked = [0]
    for fields in (
        {"tradingsymbol": option, "exchange": "NFO", "quantity": 75, "product": "NRML"},
        {
            "tradingsymbol": other,
            "exchange": "NFO",
            "quantity": 75,
            "product": "NRML",
            "transaction_type": "SELL",
        },
        {"tradingsymbol": currency, "exchange": "CDS", "quantity": 1, "product": "NRML"},
        {"tradingsymbol": "INFY", "quantity": 10, "transaction_type": "SELL"},
        {"tradingsymbol": "INFY", "quantity": 10, "product": "MIS", "transaction_type": "SELL"},
    ):
        after(rig, item(**fields))
        blocked.append(rig.read("/user/margins/equity")["utilised"]["debits"])
    margins = [round(now - before, 2) for before, now in pairwise(blocked)]
    assert margins == [714 * 75, round(26000 * 75 * 0.132, 2), 2652.53, 0, 2896.4]


def test_cancelled_and_rejected_orders_give_their_funds_back(rig: Rig) -> None:
    after(
        rig,
        item("SIMCANCEL", quantity=1000),
        item("SIMREJECT", quantity=1000),
        item("SIMPARTIAL", quantity=1000),
        seconds=5,
    )
    assert rig.read("/user/margins/equity")["utilised"]["debits"] == 60_000


@pytest.mark.kite("4.4.1")
def test_cover_order_gets_its_second_leg_when_the_first_is_complete(rig: Rig) -> None:
    rig.place([item(variety="co", product="MIS", trigger_price=1430, tag="abcd1234")])
    rig.clock.forward(milliseconds=399)
    assert len(rig.orders()) == 1
    rig.clock.forward(milliseconds=1)
    first, second = rig.orders()
    assert (first["status"], first["product"]) == ("COMPLETE", "CO")
    rig.clock.forward(seconds=1)
    second = rig.orders()[1]
    expected = {
        "parent_order_id": first["order_id"],
        "transaction_type": "SELL",
        "status": "TRIGGER PENDING",
        "trigger_price": 1430,
    }
    assert {name: second[name] for name in expected} == expected
    assert (second["product"], second["variety"], second["quantity"]) == ("CO", "co", 10)


def test_cover_order_that_waits_has_no_second_leg(rig: Rig) -> None:
    limit = item(variety="co", product="MIS", order_type="LIMIT", price=1440, trigger_price=1430)
    assert [order["status"] for order in after(rig, limit, seconds=60)] == ["OPEN"]


def test_after_market_order_waits_until_the_market_opens(rig: Rig) -> None:
    rig.clock.moment = datetime(2026, 11, 23, 18, 0, tzinfo=IST)
    order = after(rig, item(variety="amo"))[0]
    assert (order["status"], order["exchange_order_id"]) == ("AMO REQ RECEIVED", None)
    rig.clock.moment = datetime(2026, 11, 24, 9, 14, 59, tzinfo=IST)
    rig.log_in()
    assert rig.orders()[0]["status"] == "AMO REQ RECEIVED"
    rig.clock.forward(seconds=2)
    assert rig.orders()[0]["status"] == "COMPLETE"
    assert rig.statuses(order["order_id"]) == [
        "PUT ORDER REQ RECEIVED",
        "AMO REQ RECEIVED",
        "VALIDATION PENDING",
        "OPEN PENDING",
        "OPEN",
        "COMPLETE",
    ]


@pytest.mark.kite("4.1.10")
def test_book_is_emptied_at_six_but_for_orders_that_wait_for_the_opening(rig: Rig) -> None:
    rig.clock.moment = datetime(2026, 11, 23, 18, 0, tzinfo=IST)
    after(rig, item(), item("SIMOPEN"), item("SBIN", variety="amo"))
    rig.clock.moment = datetime(2026, 11, 24, 5, 59, 59, tzinfo=IST)
    assert len(rig.orders()) == 3
    assert len(rig.read("/trades")) == 1
    rig.clock.forward(seconds=1)
    rig.log_in()
    assert [order["tradingsymbol"] for order in rig.orders()] == ["SBIN"]
    assert rig.read("/trades") == []
    rig.clock.moment = datetime(2026, 11, 25, 6, 0, tzinfo=IST)
    rig.log_in()
    assert rig.orders() == []
    assert rig.read("/user/margins")["equity"]["net"] == 10_000_000


@pytest.mark.kite("4.4.14")
def test_order_ids_have_19_digits_and_grow(rig: Rig) -> None:
    ids = [order["order_id"] for order in after(rig, *[item() for _ in range(10)])]
    rig.clock.forward(hours=-1)
    rig.place([item()])
    ids.append(max(order["order_id"] for order in rig.orders()))
    assert all(isinstance(order_id, str) and len(order_id) == 19 and order_id.isdecimal() for order_id in ids)
    assert ids == sorted(set(ids))


@pytest.mark.kite("4.4.5")
@pytest.mark.kite("4.7.2")
def test_tag_is_shown_and_tags_only_where_there_is_one(rig: Rig) -> None:
    tagged, untagged = after(rig, item(tag="my k7f3q9zt"), item())
    assert (tagged["tag"], tagged["tags"]) == ("my k7f3q9zt", ["my k7f3q9zt"])
    assert untagged["tag"] is None
    assert "tags" not in untagged


def test_restart_loses_nothing(rig: Rig) -> None:
    rig.place([item(), item("SIMSLOW")])
    address = rig.open([item("TCS")])
    rig.log_in()
    rig.restart()
    rig.clock.forward(seconds=4)
    assert [(order["status"], order["filled_quantity"]) for order in rig.orders()] == [
        ("COMPLETE", 10),
        ("OPEN", 5),
    ]
    assert rig.web.get(address).status_code == 200
