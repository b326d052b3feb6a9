"""What docs/kite-orders.md says of answers, limits and market data (sections 5 and 6), where no
other test shows it.
"""

import csv
import gzip
import io
from datetime import datetime
from typing import Any

import pytest

from kite.vocabulary import IST
from tests.simulator.account.test_margins import FULL, ask, margin_request, option
from tests.simulator.api.test_orders import FORM, LIMIT, find_order, place
from tests.simulator.api.test_session import envelope
from tests.simulator.core.test_faults import fault
from tests.support.simulator_rig import Rig, item

COLUMNS = "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange"
SEGMENT_IDS = {"NSE": 1, "NFO": 2, "CDS": 3, "BSE": 4, "BFO": 5, "BCD": 6, "MCX": 7}
DERIVATIVES = {
    f"{exchange}-{kind}" for exchange in ("NFO", "BFO", "CDS", "BCD", "MCX") for kind in ("FUT", "OPT")
}
MARGIN = FULL | {"charges", "total"}
CHARGES = {
    "transaction_tax",
    "transaction_tax_type",
    "exchange_turnover_charge",
    "sebi_turnover_charge",
    "brokerage",
    "stamp_duty",
    "gst",
    "total",
}


def file(rig: Rig, path: str = "/instruments") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(rig.web.get(path).text)))


@pytest.mark.kite("5.1.1")
@pytest.mark.kite("5.1.2")
@pytest.mark.kite("5.1.3")
def test_answers_and_errors_are_json_and_instruments_are_csv(rig: Rig) -> None:
    good, bad = rig.call("GET", "/user/profile"), rig.call("GET", "/orders/1")
    assert (good.status_code, good.mimetype, good.get_json()["status"]) == (
        200,
        "application/json",
        "success",
    )
    assert set(good.get_json()) == {"status", "data"}
    assert (bad.status_code, bad.mimetype) == (400, "application/json")
    assert envelope(bad)[1] == "OrderException"
    assert rig.web.get("/instruments").mimetype == "text/csv"


@pytest.mark.kite("5.2.1")
@pytest.mark.kite("5.2.2")
@pytest.mark.kite("5.2.3")
@pytest.mark.kite("5.2.4")
@pytest.mark.kite("5.2.5")
@pytest.mark.kite("5.1.16")
def test_calls_of_a_second_are_counted_by_kind(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    rig.switch("rate_limits")
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/orders/regular", FORM),
        ("PUT", f"/orders/regular/{order_id}", {"price": "1401"}),
        ("DELETE", f"/orders/regular/{order_id}", {}),
    ]
    asked_for = [calls[0]] * 8 + [calls[1], calls[2], calls[0]]
    assert [rig.call(method, path, data=form).status_code for method, path, form in asked_for] == [
        200
    ] * 10 + [429]
    assert [rig.call("GET", "/trades").status_code for _ in range(11)] == [200] * 10 + [429]
    assert [rig.call("GET", f"/quote{kind}?i=NSE:INFY").status_code for kind in ("", "/ltp")] == [200, 429]
    rig.clock.forward(milliseconds=999)
    assert envelope(rig.call("POST", "/orders/regular", data=FORM)) == (
        429,
        "NetworkException",
        "Too many requests",
    )
    rig.clock.forward(milliseconds=1)
    assert rig.call("POST", "/orders/regular", data=FORM).status_code == 200


@pytest.mark.kite("6.1.1")
@pytest.mark.kite("6.1.2")
@pytest.mark.kite("6.1.3")
@pytest.mark.kite("6.1.4")
def test_instruments_are_a_file_of_the_day(rig: Rig) -> None:
    rig.clock.moment = datetime(2026, 11, 23, 8, 30, tzinfo=IST)
    packed = rig.web.get("/instruments", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    morning = gzip.decompress(packed.data).decode()
    assert morning.splitlines()[0] == COLUMNS
    rig.set_price("INFY", "1500")
    rig.clock.forward(hours=9)
    assert rig.web.get("/instruments").text == morning
    assert rig.web.get("/instruments/BSE").text.splitlines() == [
        COLUMNS,
        *(row for row in morning.splitlines() if row.endswith(",BSE")),
    ]


@pytest.mark.kite("6.1.5")
@pytest.mark.kite("6.1.6")
@pytest.mark.kite("6.1.7")
@pytest.mark.kite("6.1.8")
@pytest.mark.kite("6.1.9")
@pytest.mark.kite("6.1.10")
def test_every_instrument_has_its_type_segment_and_token(rig: Rig) -> None:
    rows = file(rig)
    assert len({(row["exchange"], row["tradingsymbol"]) for row in rows}) == len(rows)
    for row in rows:
        index = row["segment"] == "INDICES"
        assert row["instrument_type"] in ("EQ", "FUT", "CE", "PE")
        assert index or row["segment"] in DERIVATIVES | {"NSE", "BSE"}
        assert index or row["segment"].split("-")[0] == row["exchange"]
        assert int(row["instrument_token"]) == int(row["exchange_token"]) * 256 + (
            9 if index else SEGMENT_IDS[row["exchange"]]
        )
        assert not index or (float(row["lot_size"]), float(row["tick_size"])) == (0, 0)
    assert {"CENTRALBK-BE", "INFY", "NIFTY 50"} <= {
        row["tradingsymbol"] for row in rows if row["exchange"] == "NSE"
    }
    answer = envelope(rig.call("POST", "/orders/regular", data=FORM | {"tradingsymbol": "NIFTY 50"}))
    assert answer == (400, "InputException", "No such instrument.")


@pytest.mark.kite("6.1.11")
def test_symbols_with_signs_are_taken_as_they_are(rig: Rig) -> None:
    assert {"MAHINDRA & MAHINDRA", "LARSEN & TOUBRO"} <= {row["name"] for row in file(rig)}
    for symbol in ("M&M", "BAJAJ-AUTO"):
        assert find_order(rig, place(rig, tradingsymbol=symbol))["tradingsymbol"] == symbol
    assert list(rig.read("/quote/ltp?i=NSE:M%26M&i=NSE:BAJAJ-AUTO")) == ["NSE:M&M", "NSE:BAJAJ-AUTO"]


@pytest.mark.kite("6.2.1")
@pytest.mark.kite("6.2.2")
@pytest.mark.kite("6.2.3")
@pytest.mark.kite("6.2.4")
def test_quotes_hold_their_keys_and_take_so_many_instruments(rig: Rig) -> None:
    rig.log_in()
    known = "i=NSE:INFY&i=NSE:NOSUCH"
    short = {"instrument_token", "last_price"}
    more = (
        "timestamp last_trade_time volume average_price buy_quantity sell_quantity net_change"
        " lower_circuit_limit upper_circuit_limit oi depth"
    )
    for path, most, keys in (
        ("/quote", 500, None),
        ("/quote/ohlc", 1000, short | {"ohlc"}),
        ("/quote/ltp", 1000, short),
    ):
        data = rig.read(f"{path}?{known}")
        assert list(data) == ["NSE:INFY"]
        assert (
            set(data["NSE:INFY"]) == keys
            if keys
            else set(data["NSE:INFY"]) >= short | {"ohlc"} | set(more.split())
        )
        many = [f"i=X:{number}" for number in range(most + 1)]
        assert rig.read(f"{path}?{'&'.join(many[:most])}") == {}
        assert envelope(rig.call("GET", f"{path}?{'&'.join(many)}"))[:2] == (400, "InputException")
    assert set(rig.read("/quote/ohlc?i=NSE:INFY")["NSE:INFY"]["ohlc"]) == {"open", "high", "low", "close"}
    depth = rig.read("/quote?i=NSE:INFY")["NSE:INFY"]["depth"]
    assert {(side, len(rows), *rows[0]) for side, rows in depth.items()} == {
        (side, 5, "price", "quantity", "orders") for side in ("buy", "sell")
    }


@pytest.mark.kite("5.1.5")
@pytest.mark.kite("5.1.18")
@pytest.mark.kite("6.2.6")
def test_key_without_quotes_may_not_read_them(rig: Rig) -> None:
    rig.log_in()
    fault(rig, "publisher_key")
    for path in ("/quote", "/quote/ohlc", "/quote/ltp"):
        answer = envelope(rig.call("GET", f"{path}?i=NSE:INFY"))
        assert answer == (403, "PermissionException", "Insufficient permission for that call.")


@pytest.mark.kite("6.3.1")
@pytest.mark.kite("6.3.5")
@pytest.mark.kite("6.3.6")
@pytest.mark.kite("6.3.7")
@pytest.mark.kite("6.3.8")
def test_margin_of_each_order_holds_its_keys(rig: Rig) -> None:
    gold = margin_request("GOLDPETAL26NOVFUT", exchange="MCX", product="NRML", quantity=1)
    rows = ask(rig, "/margins/orders", margin_request(quantity=1), gold, option())
    assert [row["tradingsymbol"] for row in rows] == ["INFY", "GOLDPETAL26NOVFUT", "NIFTY26NOV25500CE"]
    for row in rows:
        assert (set(row), set(row["charges"]), set(row["pnl"])) == (
            MARGIN,
            CHARGES,
            {"realised", "unrealised"},
        )
        assert set(row["charges"]["gst"]) == {"igst", "cgst", "sgst", "total"}
    assert [(row["type"], row["charges"]["transaction_tax_type"]) for row in rows] == [
        ("equity", "stt"),
        ("commodity", "ctt"),
        ("equity", "stt"),
    ]
    assert (rows[0]["var"], rows[0]["leverage"], rows[0]["total"]) == (1448.2, 1, 1448.2)
    assert envelope(rig.call("POST", "/margins/orders", data=FORM))[:2] == (400, "InputException")


@pytest.mark.kite("6.3.2")
@pytest.mark.kite("6.3.3")
@pytest.mark.kite("6.3.9")
@pytest.mark.kite("6.3.10")
def test_margin_of_a_basket_holds_its_keys_and_knows_what_covers(rig: Rig) -> None:
    rig.log_in()
    basket = ask(rig, "/margins/basket", option(transaction_type="SELL"), option("26000CE"))
    assert set(basket) == {"initial", "final", "orders", "charges"}
    assert (set(basket["initial"]), set(basket["final"]), len(basket["orders"])) == (MARGIN, MARGIN, 2)
    assert 0 < basket["final"]["total"] < basket["initial"]["total"]
    short = {"type", "tradingsymbol", "exchange", "total"}
    assert set(ask(rig, "/margins/orders?mode=compact", margin_request())[0]) == short
    assert set(ask(rig, "/margins/basket?mode=compact", margin_request())["orders"][0]) == short
    rig.place([item(product="MIS")])
    rig.clock.forward(seconds=1)
    closing = margin_request(product="MIS", transaction_type="SELL")
    assert [
        ask(rig, f"/margins/basket?consider_positions={word}", closing)["final"]["total"]
        for word in ("true", "false")
    ] == [0, 2896.4]


@pytest.mark.kite("6.3.4")
@pytest.mark.kite("6.3.11")
@pytest.mark.kite("6.3.12")
def test_charges_hold_their_keys(rig: Rig) -> None:
    bought = margin_request("SBIN", quantity=1, order_id="111111111", average_price=560)
    (note,) = ask(rig, "/charges/orders", bought)
    keys = "transaction_type tradingsymbol exchange variety product order_type quantity price charges"
    assert (set(note), set(note["charges"])) == (set(keys.split()), CHARGES)
    assert (note["price"], note["charges"]["transaction_tax"]) == (560, 0.56)
    assert envelope(rig.call("POST", "/charges/orders", json=[bought | {"average_price": 0}]))[:2] == (
        400,
        "InputException",
    )
