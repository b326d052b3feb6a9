"""The official Python client against the simulator, unpatched: portfolio, quotes, margins."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from kiteconnect import KiteConnect
from kiteconnect import exceptions as failures

from tests.support.python_client import nifty_future, place
from tests.support.standing import Standing

pytestmark = pytest.mark.usefixtures("no_proxy", "switches_back")


def position(connect: KiteConnect, tradingsymbol: str, product: str) -> dict[str, Any]:
    rows = [
        row
        for row in connect.positions()["net"]
        if (row["tradingsymbol"], row["product"]) == (tradingsymbol, product)
    ]
    assert len(rows) == 1
    return dict(rows[0])


def margin_request(tradingsymbol: str = "INFY", **fields: Any) -> dict[str, Any]:
    """Return an order to ask the margin of."""
    usual = {
        "exchange": "NSE",
        "transaction_type": "BUY",
        "variety": "regular",
        "product": "CNC",
        "order_type": "MARKET",
    }
    return usual | {"tradingsymbol": tradingsymbol, "quantity": 10, "price": 0, "trigger_price": 0} | fields


def test_position_follows_the_fills_and_is_converted(simulator: Standing, connect: KiteConnect) -> None:
    place(connect, "TATASTEEL", product="MIS")
    simulator.wait()
    before = position(connect, "TATASTEEL", "MIS")
    assert (before["quantity"], before["buy_quantity"], before["overnight_quantity"]) == (10, 10, 0)
    assert position(connect, "TATASTEEL", "MIS") in connect.positions()["day"]
    assert (
        connect.convert_position("NSE", "TATASTEEL", "BUY", connect.POSITION_TYPE_DAY, 4, "MIS", "CNC")
        is True
    )
    assert (
        position(connect, "TATASTEEL", "MIS")["quantity"],
        position(connect, "TATASTEEL", "CNC")["quantity"],
    ) == (6, 4)
    with pytest.raises(failures.InputException):
        connect.convert_position("NSE", "TATASTEEL", "BUY", "day", 7, "MIS", "CNC")


def test_funds_are_blocked_and_holdings_are_used(simulator: Standing, connect: KiteConnect) -> None:
    simulator.wait()  # what other tests have placed is filled then
    free = connect.margins("equity")["net"]
    place(connect, "SIMOPEN", order_type="LIMIT", price=100, quantity=50)
    assert connect.margins("equity")["net"] == pytest.approx(free - 5000)
    (before,) = (
        row for row in connect.holdings() if (row["tradingsymbol"], row["exchange"]) == ("MARUTI", "NSE")
    )
    place(connect, "MARUTI", transaction_type="SELL", quantity=3)
    simulator.wait()
    (after,) = (
        row for row in connect.holdings() if (row["tradingsymbol"], row["exchange"]) == ("MARUTI", "NSE")
    )
    assert (after["quantity"], after["used_quantity"]) == (before["quantity"] - 3, 3)


def test_auction_instruments_are_shares_that_are_held(connect: KiteConnect) -> None:
    rows = connect.get_auction_instruments()
    held = {row["tradingsymbol"] for row in connect.holdings()}
    assert rows
    assert {row["tradingsymbol"] for row in rows} <= held
    assert all(row["auction_number"] for row in rows)


def test_instruments_have_numbers_and_dates(
    simulator: Standing, connect: KiteConnect, stranger: KiteConnect
) -> None:
    rows = connect.instruments()
    assert {"NSE", "BSE", "NFO", "BFO", "MCX", "CDS"} <= {row["exchange"] for row in rows}
    (infy,) = (row for row in rows if (row["exchange"], row["tradingsymbol"]) == ("NSE", "INFY"))
    assert (infy["instrument_token"], infy["tick_size"], infy["lot_size"], infy["expiry"]) == (
        408065,
        0.1,
        1,
        "",
    )
    derivatives = stranger.instruments("NFO")
    assert derivatives == [row for row in rows if row["exchange"] == "NFO"]
    future = nifty_future(connect)
    assert (future["lot_size"], future["strike"], future["tradingsymbol"]) == (
        75,
        0.0,
        f"NIFTY{future['expiry']:%y%b}FUT".upper(),
    )
    assert type(future["expiry"]) is date
    assert future["expiry"] >= simulator.morning.date()
    with pytest.raises(failures.InputException):
        connect.instruments("NYSE")


def test_quotes_in_three_lengths(simulator: Standing, connect: KiteConnect) -> None:
    simulator.control({"action": "price", "tradingsymbol": "ASIANPAINT", "price": "2900.5"})
    whole = connect.quote("NSE:ASIANPAINT", "NSE:NOSUCH")
    assert list(whole) == ["NSE:ASIANPAINT"]
    quote = whole["NSE:ASIANPAINT"]
    assert (quote["last_price"], len(quote["depth"]["buy"]), len(quote["depth"]["sell"])) == (2900.5, 5, 5)
    assert abs(quote["timestamp"] - simulator.morning) < timedelta(hours=2)
    assert isinstance(quote["last_trade_time"], datetime)
    assert connect.ohlc(["NSE:ASIANPAINT"])["NSE:ASIANPAINT"]["ohlc"] == quote["ohlc"]
    short = connect.ltp(["NSE:ASIANPAINT", "NSE:NIFTY 50", "NSE:M&M"])
    assert set(short) == {"NSE:ASIANPAINT", "NSE:NIFTY 50", "NSE:M&M"}
    assert short["NSE:ASIANPAINT"] == {"instrument_token": quote["instrument_token"], "last_price": 2900.5}
    with pytest.raises(failures.InputException, match="Missing `i`"):
        connect.quote()


def test_trigger_ranges_lie_on_either_side_of_the_price(connect: KiteConnect) -> None:
    price = connect.ltp("NSE:INFY")["NSE:INFY"]["last_price"]
    buy = connect.trigger_range(connect.TRANSACTION_TYPE_BUY, "NSE:INFY", "NSE:SBIN")
    assert set(buy) == {"NSE:INFY", "NSE:SBIN"}
    assert buy["NSE:INFY"]["lower"] < buy["NSE:INFY"]["upper"] < price
    sell = connect.trigger_range(connect.TRANSACTION_TYPE_SELL, "NSE:INFY")["NSE:INFY"]
    assert price < sell["lower"] < sell["upper"]


def test_margins_of_orders_and_baskets(connect: KiteConnect) -> None:
    (share,) = connect.order_margins([margin_request(order_type="LIMIT", price=1400.5)])
    assert (share["type"], share["total"], share["leverage"]) == ("equity", 14_005, 1)
    assert share["charges"]["total"] > 0
    pair = [
        margin_request("HDFCBANK", product="MIS"),
        margin_request("HDFCBANK", product="MIS", transaction_type="SELL"),
    ]
    full = connect.basket_order_margins(pair, consider_positions=False)
    assert len(full["orders"]) == 2
    assert full["initial"]["total"] == pytest.approx(sum(row["total"] for row in full["orders"]))
    assert full["final"]["total"] < full["initial"]["total"]
    assert "span" in full["initial"]
    compact = connect.basket_order_margins(pair, mode="compact")
    assert compact["final"]["total"] == full["final"]["total"]
    assert "span" not in compact["initial"]


def test_virtual_contract_note_counts_the_charges(connect: KiteConnect) -> None:
    sold = {
        "order_id": "111111111",
        "exchange": "NSE",
        "tradingsymbol": "SBIN",
        "transaction_type": "SELL",
        "variety": "regular",
    }
    (note,) = connect.get_virtual_contract_note(
        [sold | {"product": "CNC", "order_type": "MARKET", "quantity": 10, "average_price": 560}]
    )
    assert (note["tradingsymbol"], note["price"], note["quantity"]) == ("SBIN", 560, 10)
    taxes = note["charges"]
    parts = ("transaction_tax", "exchange_turnover_charge", "sebi_turnover_charge", "brokerage", "stamp_duty")
    assert taxes["total"] == pytest.approx(sum(taxes[name] for name in parts) + taxes["gst"]["total"])
