"""What orders would need and cost, as a client asks for it."""

from typing import Any

import pytest

from tests.simulator.api.test_session import envelope
from tests.support.simulator_rig import Rig, item

FULL = {
    "type",
    "tradingsymbol",
    "exchange",
    "span",
    "exposure",
    "option_premium",
    "additional",
    "bo",
    "cash",
    "var",
    "pnl",
    "leverage",
}


def margin_request(tradingsymbol: str = "INFY", **fields: Any) -> dict[str, Any]:
    """Return an order to ask about, with the fields that an official client sends."""
    usual = {
        "exchange": "NSE",
        "tradingsymbol": tradingsymbol,
        "transaction_type": "BUY",
        "variety": "regular",
        "product": "CNC",
    }
    return usual | {"order_type": "MARKET", "quantity": 10, "price": 0, "trigger_price": 0} | fields


def option(strike: str = "25500CE", **fields: Any) -> dict[str, Any]:
    return margin_request(f"NIFTY26NOV{strike}", exchange="NFO", product="NRML", quantity=75) | fields


def ask(rig: Rig, path: str, *orders: Any) -> Any:
    answer = rig.call("POST", path, json=list(orders))
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]


@pytest.mark.kite("6.3.8")
def test_shares_for_delivery_need_their_value(rig: Rig) -> None:
    row = ask(rig, "/margins/orders", margin_request())[0]
    assert set(row) == FULL | {"charges", "total"}
    assert (row["type"], row["var"], row["total"], row["leverage"]) == ("equity", 14_482, 14_482, 1)
    assert ask(rig, "/margins/orders", margin_request(transaction_type="SELL"))[0]["total"] == 0


def test_limit_counts_with_its_own_price(rig: Rig) -> None:
    assert ask(rig, "/margins/orders", margin_request(order_type="LIMIT", price=1400.5))[0]["total"] == 14_005


def test_intraday_needs_a_fifth(rig: Rig) -> None:
    row = ask(rig, "/margins/orders", margin_request(product="MIS"))[0]
    assert (row["total"], row["leverage"]) == (2896.4, 5)


def test_option_needs_its_premium_when_bought_and_span_when_written(rig: Rig) -> None:
    bought, sold = ask(rig, "/margins/orders", option(), option(transaction_type="SELL"))
    assert (bought["option_premium"], bought["total"]) == (53_550, 53_550)
    assert (
        sold["total"] == pytest.approx(sold["span"] + sold["exposure"]) == pytest.approx(25500 * 75 * 0.132)
    )
    assert sold["option_premium"] == 0


@pytest.mark.kite("6.3.6")
def test_commodity_is_a_segment_with_a_tax_of_its_own(rig: Rig) -> None:
    row = ask(
        rig,
        "/margins/orders",
        margin_request(
            "GOLDPETAL26NOVFUT", exchange="MCX", product="NRML", quantity=1, transaction_type="SELL"
        ),
    )[0]
    assert (row["type"], row["charges"]["transaction_tax_type"]) == ("commodity", "ctt")
    assert row["charges"]["transaction_tax"] > 0


def test_charges_add_up(rig: Rig) -> None:
    for row in ask(
        rig,
        "/margins/orders",
        margin_request(),
        margin_request(product="MIS"),
        option(transaction_type="SELL"),
    ):
        charges = row["charges"]
        parts = (
            "transaction_tax",
            "exchange_turnover_charge",
            "sebi_turnover_charge",
            "brokerage",
            "stamp_duty",
        )
        assert charges["total"] == pytest.approx(
            sum(charges[name] for name in parts) + charges["gst"]["total"]
        )
        assert charges["gst"]["total"] == pytest.approx(0.18 * sum(charges[name] for name in parts[1:4]))


def test_margin_that_is_told_is_the_margin_that_is_blocked(rig: Rig) -> None:
    rig.set_price("INFY", "1500")
    total = ask(rig, "/margins/orders", margin_request(product="MIS"))[0]["total"]
    assert total == 3000
    rig.place([item(product="MIS")])
    rig.clock.forward(seconds=2)
    assert rig.read("/user/margins/equity")["utilised"]["debits"] == total


@pytest.mark.kite("6.3.9")
def test_compact_leaves_four_names(rig: Rig) -> None:
    assert ask(rig, "/margins/orders?mode=compact", margin_request()) == [
        {"type": "equity", "tradingsymbol": "INFY", "exchange": "NSE", "total": 14_482}
    ]
    basket = ask(rig, "/margins/basket?mode=compact", margin_request())
    assert {tuple(basket[name]) for name in ("initial", "final")} == {
        ("type", "tradingsymbol", "exchange", "total")
    }
    assert tuple(basket["orders"][0]) == ("type", "tradingsymbol", "exchange", "total")
    assert "total" in basket["charges"]


def test_basket_needs_the_sum_of_its_orders(rig: Rig) -> None:
    basket = ask(rig, "/margins/basket", margin_request(), margin_request("SBIN", product="MIS"))
    assert (
        basket["initial"]["total"]
        == basket["final"]["total"]
        == pytest.approx(sum(row["total"] for row in basket["orders"]))
    )
    assert basket["charges"]["total"] == pytest.approx(
        sum(row["charges"]["total"] for row in basket["orders"])
    )


def test_premium_of_a_written_option_pays_for_the_basket(rig: Rig) -> None:
    basket = ask(rig, "/margins/basket", option(transaction_type="SELL"), option("26000CE"))
    assert basket["final"]["option_premium"] == 75 * (214 - 714)
    assert basket["final"]["total"] == pytest.approx(basket["initial"]["total"] - 75 * 714)


def test_basket_that_closes_needs_nothing_for_it(rig: Rig) -> None:
    there_and_back = ask(
        rig,
        "/margins/basket",
        margin_request(product="MIS"),
        margin_request(product="MIS", transaction_type="SELL", quantity=15),
    )
    assert there_and_back["final"]["total"] == pytest.approx(1448.2 * 0.2 * 15)
    assert there_and_back["initial"]["total"] == pytest.approx(1448.2 * 0.2 * 25)


@pytest.mark.kite("6.3.3")
def test_open_positions_are_considered_when_asked_for(rig: Rig) -> None:
    rig.log_in()
    rig.place([item(product="MIS")])
    rig.clock.forward(seconds=2)
    closing = margin_request(product="MIS", transaction_type="SELL")
    assert ask(rig, "/margins/basket?consider_positions=True", closing)["final"]["total"] == 0
    assert ask(rig, "/margins/basket?consider_positions=false", closing)["final"]["total"] == 2896.4


def test_contract_note_counts_with_the_average_price(rig: Rig) -> None:
    order = {
        "order_id": "1",
        "exchange": "NSE",
        "tradingsymbol": "SBIN",
        "transaction_type": "BUY",
        "variety": "regular",
        "product": "CNC",
    }
    note = ask(
        rig, "/charges/orders", order | {"order_type": "MARKET", "quantity": 2, "average_price": 560.5}
    )[0]
    assert (note["price"], note["quantity"]) == (560.5, 2)
    assert note["charges"]["transaction_tax"] == pytest.approx(1.121)
    assert note["charges"]["brokerage"] == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tradingsymbol": "NOSUCH"}, "Invalid `tradingsymbol`."),
        ({"exchange": None}, "Missing `exchange`."),
        ({"exchange": ["NSE"]}, "Invalid `exchange`."),
        ({"transaction_type": "HOLD"}, "Invalid `transaction_type`."),
        ({"variety": "other"}, "Invalid `variety`."),
        ({"product": ""}, "Missing `product`."),
        ({"order_type": "limit"}, "Invalid `order_type`."),
        ({"quantity": 0}, "Invalid `quantity`."),
        ({"quantity": -5}, "Invalid `quantity`."),
        ({"quantity": 1.5}, "Invalid `quantity`."),
        ({"quantity": "10"}, "Invalid `quantity`."),
        ({"quantity": True}, "Invalid `quantity`."),
        ({"quantity": 10**30}, "Invalid `quantity`."),
        ({"price": -1}, "Invalid `price`."),
        ({"price": {}}, "Invalid `price`."),
    ],
)
def test_order_that_cannot_be_read_is_refused(rig: Rig, fields: dict[str, Any], message: str) -> None:
    for path in ("/margins/orders", "/margins/basket"):
        assert envelope(rig.call("POST", path, json=[margin_request(), margin_request() | fields])) == (
            400,
            "InputException",
            message,
        )


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[1]", b"null", b"\xff", b"[NaN]", b'[{"quantity": 1e999999999}]', b"[" * 200_000],
)
def test_body_that_is_no_list_of_orders_is_refused(rig: Rig, body: bytes) -> None:
    for path in ("/margins/orders", "/margins/basket", "/charges/orders"):
        assert envelope(rig.call("POST", path, data=body, content_type="application/json"))[:2] == (
            400,
            "InputException",
        )


def test_other_mistakes_are_refused(rig: Rig) -> None:
    assert (
        envelope(rig.call("POST", "/margins/orders?mode=long", json=[margin_request()]))[2]
        == "Invalid `mode`."
    )
    assert (
        envelope(rig.call("POST", "/charges/orders", json=[margin_request()]))[2]
        == "Invalid `average_price`."
    )
    for path in ("/margins/orders", "/margins/basket", "/charges/orders"):
        assert envelope(rig.web.post(path, json=[margin_request()]))[:2] == (403, "TokenException")
