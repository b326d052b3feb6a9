"""What docs/kite-orders.md says of orders and trades (section 4), where no other test shows it."""

from typing import Any

import pytest

from tests.simulator.api.test_orders import FORM, LIMIT, NIFTY, find_order, place, refused
from tests.simulator.api.test_session import HISTORY, ORDER, TRADE, envelope
from tests.simulator.core.test_faults import fault
from tests.simulator.orders.test_modify import modify
from tests.support.simulator_rig import Rig, item

ALWAYS = set(ORDER) - {"account_id", "validity_ttl"}
SOMETIMES = {"account_id", "terminal_id", "validity_ttl", "auction_number", "tags"}
NOT_IN_HISTORY = {"exchange_update_timestamp", "guid", "market_protection", "meta", "status_message_raw"}
NULLABLE = (
    "exchange_order_id",
    "parent_order_id",
    "status_message",
    "status_message_raw",
    "exchange_timestamp",
    "exchange_update_timestamp",
    "tag",
    "guid",
)
WAITING = ("OPEN", "TRIGGER PENDING", "AMO REQ RECEIVED")
PASSING = (
    "PUT ORDER REQ RECEIVED",
    "VALIDATION PENDING",
    "OPEN PENDING",
    "MODIFY VALIDATION PENDING",
    "MODIFY PENDING",
    "CANCEL PENDING",
)
ENDED = ("COMPLETE", "CANCELLED", "REJECTED")
KINDS: dict[str, dict[str, str]] = {
    "regular": {},
    "amo": {},
    "co": {"product": "MIS", "trigger_price": "1430"},
    "iceberg": {"iceberg_legs": "2", "iceberg_quantity": "5"},
    "auction": {"auction_number": "22", **LIMIT},
}


@pytest.mark.kite("4.1.5")
@pytest.mark.kite("4.1.7")
@pytest.mark.kite("4.1.8")
def test_book_and_trades_are_lists_of_the_day(rig: Rig) -> None:
    filled, waiting = place(rig), place(rig, **LIMIT)
    assert [order["order_id"] for order in rig.read("/orders")] == [filled, waiting]
    assert [trade["order_id"] for trade in rig.read("/trades")] == [filled]
    assert rig.read(f"/orders/{filled}/trades") == rig.read("/trades")
    assert rig.read(f"/orders/{waiting}/trades") == []


@pytest.mark.kite("4.2.1")
@pytest.mark.kite("4.4.1")
@pytest.mark.kite("4.4.3")
@pytest.mark.kite("4.4.4")
@pytest.mark.kite("4.4.7")
@pytest.mark.kite("4.4.8")
@pytest.mark.kite("4.4.14")
@pytest.mark.kite("4.4.15")
def test_order_of_every_variety_has_the_keys_of_an_order(rig: Rig) -> None:
    assert len(ALWAYS) == 31
    placed = {
        variety: place(rig, variety, seconds=2, tag="k7f3q9zt", **fields) for variety, fields in KINDS.items()
    }
    placed["rejected"] = place(rig, tag="a" * 21)
    by_id = {order["order_id"]: order for order in rig.orders()}
    assert [by_id[placed[variety]]["variety"] for variety in KINDS] == list(KINDS)
    for order in by_id.values():
        assert set(order) >= ALWAYS
        assert set(order) <= ALWAYS | SOMETIMES
        assert set(rig.read(f"/orders/{order['order_id']}")[0]) == set(HISTORY) == ALWAYS - NOT_IN_HISTORY
        assert (type(order["order_id"]), type(order["instrument_token"])) == (str, int)
    assert (by_id[placed["co"]]["product"], by_id[placed["regular"]]["product"]) == ("CO", "CNC")
    assert {name for name in ALWAYS for order in by_id.values() if order[name] is None} <= set(NULLABLE)
    for name in NULLABLE:
        assert any(order[name] is None for order in by_id.values()), name


@pytest.mark.kite("4.2.3")
@pytest.mark.kite("4.2.6")
def test_every_exchange_and_product_takes_orders(rig: Rig) -> None:
    contracts = {
        "NFO": ("NIFTY26NOVFUT", "75"),
        "CDS": ("USDINR26NOVFUT", "1"),
        "BCD": ("USDINR26NOVFUT", "1"),
        "BFO": ("SENSEX26NOVFUT", "20"),
    }
    contracts["MCX"] = ("GOLDPETAL26NOVFUT", "1")
    for exchange, (symbol, quantity) in contracts.items():
        place(rig, exchange=exchange, tradingsymbol=symbol, quantity=quantity, product="NRML")
    for exchange, product in (("NSE", "CNC"), ("NSE", "MIS"), ("NSE", "MTF"), ("BSE", "CNC")):
        place(rig, exchange=exchange, product=product)
    assert {order["status"] for order in rig.orders()} == {"COMPLETE"}
    assert {order["exchange"] for order in rig.orders()} == {"NSE", "BSE", "NFO", "CDS", "BCD", "MCX", "BFO"}
    assert {order["product"] for order in rig.orders()} == {"CNC", "NRML", "MIS", "MTF"}


@pytest.mark.kite("4.2.4")
@pytest.mark.kite("4.2.7")
@pytest.mark.kite("4.2.8")
def test_prices_count_for_the_types_that_take_them(rig: Rig) -> None:
    for order_type in ("MARKET", "LIMIT", "SL", "SL-M"):
        place(rig, order_type=order_type, price="1500", trigger_price="1490", quantity="1")
        place(
            rig,
            order_type=order_type,
            price="1400",
            trigger_price="1410",
            quantity="1",
            transaction_type="SELL",
        )
    assert [(order["order_type"], order["transaction_type"], order["price"], order["trigger_price"]) for order in rig.orders()] == [
        ("MARKET", "BUY", 0, 0), ("MARKET", "SELL", 0, 0), ("LIMIT", "BUY", 1500, 0), ("LIMIT", "SELL", 1400, 0),
        ("SL", "BUY", 1500, 1490), ("SL", "SELL", 1400, 1410), ("SL-M", "BUY", 0, 1490), ("SL-M", "SELL", 0, 1410),
    ]  # fmt: skip
    assert "REJECTED" not in {order["status"] for order in rig.orders()}


@pytest.mark.kite("4.2.10")
def test_part_of_the_quantity_is_disclosed_for_shares_alone(rig: Rig) -> None:
    assert find_order(rig, place(rig, disclosed_quantity="5"))["disclosed_quantity"] == 5
    contract = {"exchange": "NFO", "tradingsymbol": "NIFTY26NOVFUT", "product": "NRML", "quantity": "150"}
    order = find_order(rig, place(rig, disclosed_quantity="75", **contract))
    assert (order["status"], order["status_message"]) == (
        "REJECTED",
        "Disclosed quantity is not allowed on NFO.",
    )


@pytest.mark.kite("4.2.13")
@pytest.mark.kite("4.2.14")
def test_iceberg_has_up_to_fifty_legs_of_a_fiftieth(rig: Rig) -> None:
    order = find_order(
        rig, place(rig, "iceberg", quantity="100", iceberg_legs="50", iceberg_quantity="2", **LIMIT)
    )
    assert (
        order["quantity"],
        order["meta"]["iceberg"]["legs"],
        order["meta"]["iceberg"]["total_quantity"],
    ) == (2, 50, 100)
    answer = envelope(
        rig.call(
            "POST",
            "/orders/iceberg",
            data=FORM | {"quantity": "102", "iceberg_legs": "51", "iceberg_quantity": "2"},
        )
    )
    assert answer == (400, "InputException", "Invalid `iceberg_legs`.")


@pytest.mark.kite("4.2.17")
@pytest.mark.kite("4.2.18")
@pytest.mark.kite("4.2.20")
@pytest.mark.kite("4.4.5")
@pytest.mark.kite("4.4.13")
def test_newer_fields_and_unusual_tags_are_taken(rig: Rig) -> None:
    plain, tagged = (
        place(rig, algo_id="12345", autoslice="false", tag=""),
        place(rig, tag="connect test-order 1"),
    )
    assert (
        find_order(rig, plain)["status"],
        find_order(rig, plain)["tag"],
        "tags" in find_order(rig, plain),
    ) == (
        "COMPLETE",
        None,
        False,
    )
    assert (find_order(rig, tagged)["tag"], find_order(rig, tagged)["tags"]) == (
        "connect test-order 1",
        ["connect test-order 1"],
    )


@pytest.mark.kite("4.2.21")
def test_modification_changes_what_is_sent_and_nothing_else(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    changes = {
        "quantity": 20,
        "price": 1401,
        "disclosed_quantity": 4,
        "order_type": "SL",
        "trigger_price": 1400.5,
        "validity": "IOC",
    }
    wanted = {
        "quantity": 10,
        "price": 1400,
        "disclosed_quantity": 0,
        "order_type": "LIMIT",
        "trigger_price": 0,
        "validity": "DAY",
        "product": "CNC",
    }
    for name, value in changes.items():
        if name == "trigger_price":
            modify(rig, order_id, price="1510", trigger_price="1500.5")
            wanted |= {"price": 1510, "trigger_price": 1500.5}
        elif name == "order_type":
            modify(rig, order_id, order_type="SL", price="1500", trigger_price="1490")
            wanted |= {"order_type": "SL", "price": 1500, "trigger_price": 1490}
        else:
            modify(rig, order_id, **{name: str(value)})
            wanted[name] = value
        order = find_order(rig, order_id)
        assert {field: order[field] for field in wanted} == wanted


@pytest.mark.kite("4.2.24")
@pytest.mark.kite("4.2.26")
def test_conversion_needs_its_seven_fields(rig: Rig) -> None:
    place(rig, product="MIS")
    form = {
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "position_type": "day",
        "quantity": "4",
    }
    form |= {"old_product": "MIS", "new_product": "CNC"}
    for name in form:
        answer = envelope(
            rig.call(
                "PUT",
                "/portfolio/positions",
                data={field: value for field, value in form.items() if field != name},
            )
        )
        assert answer == (400, "InputException", f"Missing `{name}`.")
    assert rig.call("PUT", "/portfolio/positions", data=form).get_json() == {
        "status": "success",
        "data": True,
    }


@pytest.mark.kite("4.3.1")
@pytest.mark.kite("4.3.2")
@pytest.mark.kite("4.3.3")
@pytest.mark.kite("5.1.8")
def test_slices_that_fail_leave_the_answer_a_success(rig: Rig) -> None:
    answer = rig.call("POST", "/orders/regular", data=FORM | NIFTY | {"quantity": "18000"})
    body = answer.get_json()
    assert (answer.status_code, body["status"], set(body["data"])) == (
        200,
        "success",
        {"order_id", "children"},
    )
    kinds = {tuple(child) for child in body["data"]["children"]}
    assert kinds == {("order_id",), ("error",)}
    error = body["data"]["children"][-1]["error"]
    assert (error["code"], error["error_type"], error["data"]) == (400, "MarginException", None)
    assert error["message"].startswith("Insufficient funds. Required margin is ")


@pytest.mark.kite("4.4.16")
@pytest.mark.kite("4.4.17")
def test_messages_are_two_and_the_average_price_comes_with_the_end(rig: Rig) -> None:
    poor, filled, waiting = (
        find_order(rig, place(rig, **fields)) for fields in ({"quantity": "1000000"}, {}, LIMIT)
    )
    assert poor["status_message"].startswith("Insufficient funds. Required margin is ")
    assert poor["status_message_raw"].startswith("RMS:Margin Exceeds,Required:")
    assert (filled["status"], filled["average_price"], waiting["average_price"]) == ("COMPLETE", 1448.3, 0)


@pytest.mark.kite("4.5.2")
@pytest.mark.kite("4.5.3")
@pytest.mark.kite("4.5.4")
@pytest.mark.kite("4.5.5")
@pytest.mark.kite("4.5.6")
@pytest.mark.kite("4.5.8")
@pytest.mark.kite("4.5.9")
def test_book_shows_waiting_passing_and_ended_and_nothing_else(rig: Rig) -> None:
    waiting = (
        place(rig, **LIMIT, seconds=0.4),
        place(rig, order_type="SL-M", trigger_price="1500", seconds=0.4),
        place(rig, "amo", seconds=0),
    )
    changed = (
        rig.call("PUT", f"/orders/regular/{waiting[0]}", data={"price": "1401"}),
        rig.call("DELETE", f"/orders/regular/{waiting[1]}"),
    )
    assert [answer.status_code for answer in changed] == [200, 200]
    in_book: set[str] = set()
    for _ in range(20):
        in_book |= {order["status"] for order in rig.orders()}
        rig.clock.forward(milliseconds=20)
    place(rig, tag="a" * 21)
    place(rig)
    in_book |= {order["status"] for order in rig.orders()}
    histories = [rig.read(f"/orders/{order['order_id']}") for order in rig.orders()]
    passed = {entry["status"] for history in histories for entry in history}
    assert passed == {*WAITING, *PASSING, *ENDED, "MODIFIED"}
    assert (
        {"MODIFY PENDING", "CANCEL PENDING", "OPEN", "AMO REQ RECEIVED", "REJECTED"}
        <= in_book
        <= passed - {"MODIFIED"}
    )
    for history in histories:
        assert (history[0]["status"], history[0]["instrument_token"]) == ("PUT ORDER REQ RECEIVED", 1)
        before = [entry for entry in history if entry["status"] in (*PASSING[:3], "AMO REQ RECEIVED")]
        assert {(entry["exchange_order_id"], entry["exchange_timestamp"]) for entry in before} == {
            (None, None)
        }
        assert all(
            entry["exchange_order_id"] and entry["exchange_timestamp"]
            for entry in history
            if entry["status"] in ("OPEN", "TRIGGER PENDING")
        )


@pytest.mark.kite("4.6.1")
@pytest.mark.kite("4.6.2")
@pytest.mark.kite("4.6.3")
@pytest.mark.kite("4.6.4")
def test_average_price_is_that_of_the_trades(rig: Rig) -> None:
    order_id = place(rig, tradingsymbol="SIMSLOW", quantity="100", seconds=4.5)
    rig.set_price("SIMSLOW", "110")
    rig.clock.forward(seconds=10)
    trades = rig.read(f"/orders/{order_id}/trades")
    assert set(trades[0]) == set(TRADE)
    assert (trades[0]["order_timestamp"], trades[0]["fill_timestamp"], trades[0]["exchange_timestamp"]) == (
        "10:00:00",
        *["2026-11-23 10:00:02"] * 2,
    )
    assert [trade["quantity"] for trade in trades] == [25] * 4
    order = find_order(rig, order_id)
    assert order["average_price"] == pytest.approx(
        sum(trade["quantity"] * trade["average_price"] for trade in trades) / 100
    )


@pytest.mark.kite("4.7.1")
@pytest.mark.kite("4.7.2")
@pytest.mark.kite("4.7.3")
def test_orders_of_a_basket_are_found_by_its_tag_alone(rig: Rig) -> None:
    place(rig)
    came_back = rig.place([item(tag="k7f3q9zt"), item("SBIN", tag="k7f3q9zt")])
    rig.clock.forward(seconds=1)
    tagged = [order for order in rig.orders() if order["tag"] == "k7f3q9zt" and "k7f3q9zt" in order["tags"]]
    assert [order["tradingsymbol"] for order in tagged] == ["INFY", "SBIN"]
    assert not [order["order_id"] for order in rig.orders() if order["order_id"] in str(came_back)]


@pytest.mark.kite("4.2.16")
@pytest.mark.kite("4.8.2")
@pytest.mark.kite("4.8.3")
def test_protected_order_waits_at_its_limit_when_the_price_runs_away(rig: Rig) -> None:
    order_id = place(rig, market_protection="0.5", seconds=0.2)
    rig.set_price("INFY", "1500")
    rig.clock.forward(seconds=5)
    order = find_order(rig, order_id)
    assert (order["status"], order["order_type"], order["price"], order["market_protection"]) == (
        "OPEN",
        "LIMIT",
        1455.4,
        0,
    )
    assert order["tags"] == ["mktp", "mktp:0.50"]
    whole = {"order_type": "MARKET", "market_protection": "0"}
    assert find_order(rig, place(rig, **whole))["order_type"] == "MARKET"
    for wrong in ("-2", "100.5"):
        answer = envelope(rig.call("POST", "/orders/regular", data=FORM | {"market_protection": wrong}))
        assert answer == (400, "InputException", "Invalid `market_protection`.")


@pytest.mark.kite("4.8.4")
@pytest.mark.kite("4.8.5")
def test_protection_is_required_to_place_and_to_modify(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    rig.switch("market_protection_required")
    message = (
        "Market orders without market protection are not allowed via API. Please set market protection or use"
        " a Limit order."
    )
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/orders/regular", FORM),
        ("POST", "/orders/regular", FORM | {"order_type": "SL-M", "trigger_price": "1500"}),
        ("PUT", f"/orders/regular/{order_id}", {"order_type": "MARKET"}),
    ]
    for method, path, form in calls:
        assert envelope(rig.call(method, path, data=form)) == (400, "InputException", message)
    modify(rig, order_id, order_type="MARKET", market_protection="-1")
    assert [order["status"] for order in rig.orders()] == ["COMPLETE"]


@pytest.mark.kite("4.8.7")
@pytest.mark.kite("5.1.11")
def test_order_stands_behind_a_504_and_not_behind_a_502(rig: Rig) -> None:
    rig.log_in()
    for name, orders in (("gateway_502", 0), ("gateway_504", 1)):
        fault(rig, name, uses=1)
        answer = rig.call("POST", "/orders/regular", data=FORM)
        assert (answer.status_code, answer.mimetype, answer.headers["X-Kite-Simulator"]) == (
            int(name[-3:]),
            "text/html",
            "1",
        )
        assert len(rig.orders()) == orders


@pytest.mark.kite("4.8.8")
def test_address_that_is_not_allowed_reads_and_changes_nothing(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    fault(rig, "address_not_allowed")
    for method, path in (
        ("POST", "/orders/regular"),
        ("PUT", f"/orders/regular/{order_id}"),
        ("DELETE", f"/orders/regular/{order_id}"),
    ):
        answer = envelope(rig.call(method, path, data=FORM))
        assert answer == (403, "PermissionException", "IP not allowed to place orders for this app")
    assert [(order["status"], order["order_type"]) for order in rig.orders()] == [("OPEN", "LIMIT")]


@pytest.mark.kite("6.1.12")
def test_derivative_beyond_the_freeze_quantity_is_refused_with_it(rig: Rig) -> None:
    whole = NIFTY | {"autoslice": "false", "product": "MIS"}
    message = "Quantity should be less than or equal to 1800, the freeze quantity of NIFTY26NOV25500CE."
    assert refused(rig, **whole | {"quantity": "1875"}) == (400, "InputException", message)
    order_id = place(rig, **whole | {"quantity": "1800", **LIMIT, "price": "700"})
    assert envelope(rig.call("PUT", f"/orders/regular/{order_id}", data={"quantity": "1875"}))[2] == message
    assert (find_order(rig, order_id)["status"], find_order(rig, order_id)["quantity"]) == ("OPEN", 1800)
    assert "freeze" not in rig.web.get("/instruments/NFO").text.splitlines()[0]
