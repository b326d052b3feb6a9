"""Bracket orders of the 2018 documentation: as history in the book, and never placed."""

from tests.support.simulator_rig import Rig


def write_bracket(rig: Rig) -> list[dict[str, object]]:
    answer = rig.web.post("/control", json={"action": "bracket", "tradingsymbol": "INFY", "quantity": "10"})
    assert answer.status_code == 200, answer.text
    return rig.orders()


def test_a_bracket_order_stands_in_the_book_as_a_first_order_and_its_two_ends(rig: Rig) -> None:
    first, target, stop = write_bracket(rig)
    assert [order["variety"] for order in (first, target, stop)] == ["bo"] * 3
    assert [order["product"] for order in (first, target, stop)] == ["BO"] * 3
    assert (first["status"], target["status"], stop["status"]) == ("COMPLETE", "COMPLETE", "CANCELLED")
    assert first["parent_order_id"] is None
    assert {target["parent_order_id"], stop["parent_order_id"]} == {first["order_id"]}
    assert (first["transaction_type"], target["transaction_type"], stop["transaction_type"]) == (
        "BUY",
        "SELL",
        "SELL",
    )
    assert target["price"] > first["price"] > stop["trigger_price"]
    assert (stop["order_type"], stop["filled_quantity"], stop["cancelled_quantity"]) == ("SL", 0, 10)


def test_its_history_and_trades_can_be_read(rig: Rig) -> None:
    first, target, stop = write_bracket(rig)
    assert rig.statuses(str(first["order_id"]))[-2:] == ["OPEN", "COMPLETE"]
    assert rig.statuses(str(stop["order_id"]))[-2:] == ["TRIGGER PENDING", "CANCELLED"]
    assert sum(trade["quantity"] for trade in rig.read(f"/orders/{target['order_id']}/trades")) == 10
    assert rig.read(f"/orders/{stop['order_id']}/trades") == []
    position = rig.read("/portfolio/positions")["net"][0]
    assert (
        position["product"],
        position["quantity"],
        position["buy_quantity"],
        position["sell_quantity"],
    ) == ("BO", 0, 10, 10)
    assert rig.read("/user/margins/equity")["utilised"]["exposure"] == 0


def test_none_can_be_placed_and_an_ended_one_cannot_be_changed(rig: Rig) -> None:
    form = {
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "order_type": "LIMIT",
        "price": "1400",
        "quantity": "1",
        "product": "MIS",
    }
    assert rig.call("POST", "/orders/bo", data=form).status_code == 400
    first = write_bracket(rig)[0]
    assert rig.call("DELETE", f"/orders/bo/{first['order_id']}").status_code == 400


def test_an_unknown_symbol_writes_nothing(rig: Rig) -> None:
    assert rig.web.post("/control", json={"action": "bracket", "tradingsymbol": "NONE"}).status_code == 400
    assert rig.orders() == []
