"""Funds, positions and holdings follow the fills, as a client reads them."""

from typing import Any

import pytest

from tests.simulator.api.test_session import envelope
from tests.support.simulator_rig import Rig, item

STRICT = "strict_holdings"


def trade(rig: Rig, *items: dict[str, Any], seconds: float = 2) -> list[dict[str, Any]]:
    """Place a basket, let its time pass, and return its orders."""
    known = {order["order_id"] for order in rig.orders()}
    rig.place(list(items))
    rig.clock.forward(seconds=seconds)
    return [order for order in rig.orders() if order["order_id"] not in known]


def sell(tradingsymbol: str = "INFY", **fields: Any) -> dict[str, Any]:
    return item(tradingsymbol, transaction_type="SELL", **fields)


def position(rig: Rig, tradingsymbol: str = "INFY", product: str = "CNC") -> dict[str, Any]:
    rows = [
        row
        for row in rig.read("/portfolio/positions")["net"]
        if (row["tradingsymbol"], row["product"]) == (tradingsymbol, product)
    ]
    assert len(rows) == 1
    return dict(rows[0])


def holding(rig: Rig, tradingsymbol: str = "INFY") -> dict[str, Any]:
    rows = [row for row in rig.read("/portfolio/holdings") if row["tradingsymbol"] == tradingsymbol]
    assert len(rows) == 1
    return dict(rows[0])


def debits(rig: Rig) -> float:
    return float(rig.read("/user/margins/equity")["utilised"]["debits"])


def convert(rig: Rig, **fields: Any) -> Any:
    form = {
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "position_type": "day",
        "quantity": 4,
    }
    return rig.call(
        "PUT", "/portfolio/positions", data=form | {"old_product": "MIS", "new_product": "CNC"} | fields
    )


def test_there_are_no_positions_before_the_first_fill(rig: Rig) -> None:
    trade(rig, item("SIMOPEN"), item("SIMREJECT"))
    assert rig.read("/portfolio/positions") == {"net": [], "day": []}


def test_position_follows_the_fills_of_both_sides(rig: Rig) -> None:
    bought, sold = trade(rig, item(quantity=10), sell(quantity=4))
    row = position(rig)
    assert (row["quantity"], row["buy_quantity"], row["sell_quantity"], row["overnight_quantity"]) == (
        6,
        10,
        4,
        0,
    )
    assert (row["buy_price"], row["sell_price"], row["average_price"]) == (
        bought["average_price"],
        sold["average_price"],
        bought["average_price"],
    )
    assert row["value"] == pytest.approx(4 * sold["average_price"] - 10 * bought["average_price"])
    assert row["pnl"] == row["m2m"] == pytest.approx(row["value"] + 6 * row["last_price"])
    assert rig.read("/portfolio/positions")["day"] == rig.read("/portfolio/positions")["net"]


def test_position_grows_with_each_part_that_fills(rig: Rig) -> None:
    rig.log_in()
    rig.place([item("SIMSLOW", quantity=100)])
    product_rows = []
    for _ in range(4):
        rig.clock.forward(seconds=2)
        product_rows.append(position(rig, "SIMSLOW")["quantity"])
    assert product_rows == [25, 50, 75, 100]


def test_position_that_was_closed_stays_with_quantity_zero(rig: Rig) -> None:
    trade(rig, item(product="MIS"))
    trade(rig, sell(product="MIS"))
    row = position(rig, product="MIS")
    assert (row["quantity"], row["average_price"], row["buy_quantity"], row["sell_quantity"]) == (
        0,
        0,
        10,
        10,
    )
    assert row["pnl"] == row["value"] < 0


def test_products_and_exchanges_are_positions_of_their_own(rig: Rig) -> None:
    trade(rig, item(), item(product="MIS"), item(exchange="BSE"))
    rows = rig.read("/portfolio/positions")["net"]
    assert sorted((row["exchange"], row["product"]) for row in rows) == [
        ("BSE", "CNC"),
        ("NSE", "CNC"),
        ("NSE", "MIS"),
    ]


def test_contract_counts_its_units(rig: Rig) -> None:
    order = trade(rig, item("USDINR26NOVFUT", exchange="CDS", product="NRML", quantity=2))[0]
    row = position(rig, "USDINR26NOVFUT", "NRML")
    assert (row["multiplier"], row["quantity"]) == (1000, 2)
    assert row["buy_value"] == pytest.approx(2 * 1000 * order["average_price"])


def test_gains_follow_the_price(rig: Rig) -> None:
    order = trade(rig, item())[0]
    rig.set_price("INFY", "1500")
    assert position(rig)["pnl"] == pytest.approx(10 * (1500 - order["average_price"]))
    row = holding(rig)
    assert (row["last_price"], row["pnl"]) == (1500, pytest.approx((1500 - row["average_price"]) * 1_00_000))


def test_positions_end_with_the_day(rig: Rig) -> None:
    trade(rig, item())
    rig.clock.forward(days=1)
    rig.log_in()
    assert rig.read("/portfolio/positions")["net"] == []


def test_margin_of_a_position_is_released_when_it_is_closed(rig: Rig) -> None:
    trade(rig, item(quantity=100, product="MIS"))
    blocked = debits(rig)
    assert blocked == pytest.approx(100 * 1448.2 * 0.2)
    bought, sold = rig.orders()[0], trade(rig, sell(quantity=40, product="MIS"))[0]
    loss = 40 * (bought["average_price"] - sold["average_price"])
    assert debits(rig) == pytest.approx(blocked * 0.6 + loss)
    trade(rig, sell(quantity=60, product="MIS"))
    utilised = rig.read("/user/margins/equity")["utilised"]
    assert (
        utilised["debits"]
        == utilised["m2m_realised"]
        == pytest.approx(100 * (bought["average_price"] - sold["average_price"]))
    )


def test_closing_needs_no_funds_and_opening_beyond_it_does(rig: Rig) -> None:
    trade(rig, item("MARUTI", quantity=3100, product="MIS"))
    assert trade(rig, sell("MARUTI", quantity=4000, product="MIS"))[0]["status"] == "REJECTED"
    assert trade(rig, sell("MARUTI", quantity=3100, product="MIS"))[0]["status"] == "COMPLETE"


def test_orders_that_close_are_counted_once(rig: Rig) -> None:
    trade(rig, item(quantity=100, product="MIS"))
    before = debits(rig)
    trade(rig, *[sell(quantity=100, product="MIS", order_type="LIMIT", price=1500)] * 2)
    assert debits(rig) == pytest.approx(before + 100 * 1500 * 0.2)


def test_funds_are_named_by_what_they_are_blocked_for(rig: Rig) -> None:
    trade(
        rig,
        item(),
        item(product="MIS"),
        item("NIFTY26NOV25500CE", exchange="NFO", product="NRML", quantity=75),
    )
    trade(rig, item("NIFTY26NOVFUT", exchange="NFO", product="NRML", quantity=75), sell("SBIN", quantity=10))
    utilised = rig.read("/user/margins")["equity"]["utilised"]
    assert utilised["delivery"] == 14_482
    assert utilised["exposure"] == 2896.4
    assert utilised["option_premium"] == 714 * 75
    assert utilised["span"] == pytest.approx(26148 * 75 * 0.132)
    assert utilised["holding_sales"] == pytest.approx(8243)
    assert utilised["debits"] == pytest.approx(
        sum(utilised[name] for name in ("delivery", "exposure", "option_premium", "span"))
    )


def test_there_is_plenty_to_sell_by_default(rig: Rig) -> None:
    rig.log_in()
    assert holding(rig, "RELIANCE")["quantity"] == 1_00_000
    assert [
        order["status"]
        for order in trade(
            rig, sell(quantity=5000), sell("SBIN", exchange="BSE"), sell("512345", exchange="BSE")
        )
    ] == ["COMPLETE"] * 3
    assert trade(rig, sell("ITC", quantity=2_00_000))[0]["status"] == "COMPLETE"
    short = holding(rig, "ITC")
    assert (short["quantity"], short["used_quantity"], short["short_quantity"]) == (0, 1_00_000, 1_00_000)


def test_holding_shrinks_by_what_is_sold(rig: Rig) -> None:
    trade(rig, sell(quantity=300))
    row = holding(rig)
    assert (row["opening_quantity"], row["quantity"], row["used_quantity"], row["realised_quantity"]) == (
        1_00_000,
        99_700,
        300,
        99_700,
    )
    assert position(rig)["quantity"] == -300
    trade(rig, item(quantity=100))
    assert holding(rig)["used_quantity"] == 200


def test_holding_knows_its_gain(rig: Rig) -> None:
    rig.switch(STRICT)
    rig.log_in()
    row = holding(rig)
    assert row["pnl"] == pytest.approx((row["last_price"] - row["average_price"]) * 10)
    assert row["day_change"] == pytest.approx(row["last_price"] - row["close_price"])
    assert (row["isin"], row["authorised_date"]) == ("INE009A01021", "2026-11-23 00:00:00")


def test_strict_holdings_refuse_what_is_not_held(rig: Rig) -> None:
    rig.switch(STRICT)
    order = trade(rig, sell(quantity=11))[0]
    assert (order["status"], order["status_message"]) == (
        "REJECTED",
        "Holding quantity is 10 but 11 are to be sold. Check the orderbook for open orders.",
    )
    assert order["status_message_raw"].startswith(
        "RMS:Rule: Check holdings including BTST for entity account-AB1234"
    )
    assert trade(rig, sell("TCS", quantity=1))[0]["status_message"].startswith("Holding quantity is 0 ")


def test_strict_holdings_count_what_is_sold_offered_and_bought_today(rig: Rig) -> None:
    rig.switch(STRICT)
    assert [
        order["status"]
        for order in trade(rig, sell(quantity=4), sell(quantity=4, order_type="LIMIT", price=1500))
    ] == ["COMPLETE", "OPEN"]
    assert trade(rig, sell(quantity=3))[0]["status"] == "REJECTED"
    trade(rig, item(quantity=5))
    assert trade(rig, sell(quantity=7))[0]["status"] == "COMPLETE"
    assert trade(rig, sell(quantity=1))[0]["status"] == "REJECTED"


@pytest.mark.kite("1.2.17")
def test_strict_holdings_count_on_their_own_exchange_and_only_for_delivery(rig: Rig) -> None:
    rig.switch(STRICT)
    orders = trade(
        rig,
        sell("SBIN", exchange="BSE", quantity=16),
        sell("SBIN", quantity=1),
        sell("SBIN", quantity=100, product="MIS"),
    )
    assert [order["status"] for order in orders] == ["COMPLETE", "REJECTED", "COMPLETE"]


@pytest.mark.kite("4.1.9")
@pytest.mark.kite("4.2.26")
@pytest.mark.kite("2.4.8")
def test_position_is_converted_and_funds_follow(rig: Rig) -> None:
    bought = trade(rig, item(product="MIS"))[0]
    answer = convert(rig)
    assert answer.get_json() == {"status": "success", "data": True}
    rig.clock.forward(seconds=1)
    old, new = position(rig, product="MIS"), position(rig, product="CNC")
    assert (old["quantity"], new["quantity"], new["average_price"]) == (6, 4, bought["average_price"])
    assert debits(rig) == pytest.approx(6 * 1448.2 * 0.2 + 4 * bought["average_price"])


def test_whole_position_is_converted_back_and_forth(rig: Rig) -> None:
    trade(rig, sell(product="MIS"))
    assert convert(rig, transaction_type="SELL", quantity=10).status_code == 200
    assert position(rig)["quantity"] == -10
    assert [row["product"] for row in rig.read("/portfolio/positions")["net"]] == ["CNC"]
    assert (
        convert(rig, transaction_type="SELL", quantity=10, old_product="CNC", new_product="MIS").status_code
        == 200
    )
    assert [(row["product"], row["quantity"]) for row in rig.read("/portfolio/positions")["net"]] == [
        ("MIS", -10)
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quantity": 11}, "Position quantity is 10 but 11 are to be converted."),
        ({"transaction_type": "SELL"}, "Position quantity is 0 but 4 are to be converted."),
        ({"old_product": "CNC", "new_product": "MIS"}, "Position quantity is 0 but 4 are to be converted."),
        ({"position_type": "overnight"}, "There are no overnight positions."),
        ({"position_type": "week"}, "Invalid `position_type`."),
        ({"transaction_type": "HOLD"}, "Invalid `transaction_type`."),
        ({"quantity": "-1"}, "Invalid `quantity`."),
        ({"quantity": "٣"}, "Invalid `quantity`."),
        ({"new_product": "MIS"}, "Invalid `new_product`."),
        ({"new_product": "NRML"}, "Invalid `new_product`."),
        ({"old_product": "CO"}, "Invalid `old_product`."),
        ({"tradingsymbol": "NOSUCH"}, "Invalid `tradingsymbol`."),
        ({"exchange": ""}, "Missing `exchange`."),
    ],
)
@pytest.mark.kite("4.2.25")
def test_conversion_that_cannot_be_made_is_refused(rig: Rig, fields: dict[str, Any], message: str) -> None:
    trade(rig, item(product="MIS"))
    assert envelope(convert(rig, **fields)) == (400, "InputException", message)
    assert position(rig, product="MIS")["quantity"] == 10


def test_conversion_needs_funds_and_holdings(rig: Rig) -> None:
    rig.switch(STRICT)
    trade(rig, item("MARUTI", quantity=3000, product="MIS"), sell(product="MIS", quantity=20))
    kind, message = envelope(convert(rig, tradingsymbol="MARUTI", quantity=3000))[1:]
    assert (kind, message.split(".")[0]) == ("MarginException", "Insufficient funds")
    kind, message = envelope(convert(rig, transaction_type="SELL", quantity=11))[1:]
    assert (kind, message.split(".")[0]) == (
        "HoldingException",
        "Holding quantity is 10 but 11 are to be sold",
    )
    assert convert(rig, transaction_type="SELL", quantity=10).status_code == 200


def test_conversion_outlives_a_restart_and_ends_with_the_day(rig: Rig) -> None:
    trade(rig, item(product="MIS"))
    convert(rig, quantity=10)
    rig.restart()
    assert position(rig)["quantity"] == 10
    rig.clock.forward(days=1)
    rig.log_in()
    assert rig.read("/portfolio/positions")["net"] == []


@pytest.mark.kite("1.5.7")
@pytest.mark.kite("2.4.7")
def test_auctions_and_authorisation_answer(rig: Rig) -> None:
    rig.log_in()
    assert [
        (row["tradingsymbol"], row["auction_number"]) for row in rig.read("/portfolio/holdings/auctions")
    ] == [("ITC", "20"), ("INFY", "34")]
    answer = rig.call(
        "POST", "/portfolio/holdings/authorise", data={"isin": ["INE009A01021"], "quantity": ["5"]}
    )
    assert len(answer.get_json()["data"]["request_id"]) == 32


def test_portfolio_needs_a_session(rig: Rig) -> None:
    for method, path in (
        ("GET", "/portfolio/positions"),
        ("PUT", "/portfolio/positions"),
        ("GET", "/portfolio/holdings"),
        ("GET", "/portfolio/holdings/auctions"),
        ("POST", "/portfolio/holdings/authorise"),
    ):
        assert envelope(rig.web.open(path, method=method))[:2] == (403, "TokenException")
