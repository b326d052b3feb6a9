"""Quotes, trigger ranges and the compressed instruments file, as a client reads them."""

import gzip

import pytest

from tests.simulator.api.test_session import envelope
from tests.support.simulator_rig import Rig

BOTH = "i=NSE:INFY&i=BSE:RELIANCE"


@pytest.fixture(autouse=True)
def logged_in(rig: Rig) -> None:
    rig.log_in()


@pytest.mark.parametrize("path", ["/quote", "/quote/ohlc", "/quote/ltp", "/instruments/trigger_range/buy"])
@pytest.mark.kite("6.2.2")
@pytest.mark.kite("6.2.3")
def test_quotes_come_by_key_and_unknown_ones_are_absent(rig: Rig, path: str) -> None:
    data = rig.read(f"{path}?{BOTH}&i=NSE:INFY&i=NSE:NOSUCH&i=NYSE:INFY&i=INFY&i=")
    assert list(data) == ["NSE:INFY", "BSE:RELIANCE"]
    assert {key: row["instrument_token"] for key, row in data.items()} == {
        "NSE:INFY": 408065,
        "BSE:RELIANCE": 128083204,
    }


def test_last_price_is_near_the_instruments_file(rig: Rig) -> None:
    price = rig.read("/quote/ltp?i=NSE:RELIANCE")["NSE:RELIANCE"]["last_price"]
    assert 1390 < price < 1411


def test_day_spans_its_prices_and_the_circuit_limits_span_the_day(rig: Rig) -> None:
    quote = rig.read("/quote?i=NSE:INFY")["NSE:INFY"]
    day = quote["ohlc"]
    assert (
        day["low"]
        <= min(day["open"], quote["last_price"])
        <= max(day["open"], quote["last_price"])
        <= day["high"]
    )
    assert quote["lower_circuit_limit"] < day["low"] < day["high"] < quote["upper_circuit_limit"]
    assert quote["net_change"] == pytest.approx(quote["last_price"] - day["close"])
    assert day["close"] != day["open"]


def test_quote_follows_a_price_that_is_set(rig: Rig) -> None:
    rig.set_price("INFY", "1500")
    quote = rig.read("/quote?i=NSE:INFY")["NSE:INFY"]
    assert (quote["last_price"], quote["depth"]["sell"][0]["price"]) == (1500, 1500.1)
    assert quote["ohlc"]["high"] >= 1500


@pytest.mark.kite("6.2.5")
def test_depth_has_five_offers_on_either_side_of_the_price(rig: Rig) -> None:
    quote = rig.read("/quote?i=NSE:INFY")["NSE:INFY"]
    buy, sell = quote["depth"]["buy"], quote["depth"]["sell"]
    prices = [offer["price"] for offer in [*reversed(buy), *sell]]
    assert (len(buy), len(sell), prices) == (5, 5, sorted(prices))
    assert buy[0]["price"] < quote["last_price"] < sell[0]["price"]
    assert (quote["buy_quantity"], quote["sell_quantity"]) == tuple(
        sum(offer["quantity"] for offer in side) for side in (buy, sell)
    )


def test_volume_grows_through_the_day(rig: Rig) -> None:
    before = rig.read("/quote?i=NSE:INFY")["NSE:INFY"]
    rig.clock.forward(minutes=5)
    after = rig.read("/quote?i=NSE:INFY")["NSE:INFY"]
    assert (before["timestamp"], after["timestamp"]) == ("2026-11-23 10:00:00", "2026-11-23 10:05:00")
    assert 0 < before["volume"] < after["volume"]


def test_open_interest_is_a_matter_of_derivatives(rig: Rig) -> None:
    quotes = rig.read("/quote?i=NSE:INFY&i=NFO:NIFTY26NOVFUT")
    assert quotes["NSE:INFY"]["oi"] == 0
    assert quotes["NFO:NIFTY26NOVFUT"]["oi"] > 0
    assert quotes["NFO:NIFTY26NOVFUT"]["oi"] % 75 == 0


def test_index_has_a_price_and_no_depth(rig: Rig) -> None:
    quote = rig.read("/quote?i=NSE:NIFTY 50")["NSE:NIFTY 50"]
    assert quote["last_price"] == 26054.15
    assert not {"depth", "volume", "lower_circuit_limit"} & set(quote)
    assert rig.call("GET", "/instruments/NSE/NIFTY 50/trigger_range").status_code == 400


def test_number_of_keys_is_bounded(rig: Rig) -> None:
    many = "&".join(f"i=NSE:X{number}" for number in range(501))
    assert envelope(rig.call("GET", f"/quote?{many}")) == (
        400,
        "InputException",
        "`i` takes 1 to 500 instruments.",
    )
    assert rig.read(f"/quote/ltp?{many}") == {}
    assert envelope(rig.call("GET", "/quote/ltp")) == (400, "InputException", "Missing `i`.")


def test_quotes_need_a_session(rig: Rig) -> None:
    for path in (
        "/quote?i=NSE:INFY",
        "/quote/ltp?i=NSE:INFY",
        "/instruments/trigger_range/buy?i=NSE:INFY",
        "/instruments/NSE/INFY/trigger_range",
    ):
        assert envelope(rig.web.get(path))[:2] == (403, "TokenException")


def test_trigger_range_lies_below_the_price_of_a_buy_and_above_that_of_a_sell(rig: Rig) -> None:
    price = rig.read("/quote/ltp?i=NSE:INFY")["NSE:INFY"]["last_price"]
    below, above = (
        rig.read(f"/instruments/trigger_range/{side}?i=NSE:INFY")["NSE:INFY"] for side in ("buy", "sell")
    )
    assert below["lower"] < below["upper"] < price < above["lower"] < above["upper"]
    assert rig.read("/instruments/NSE/INFY/trigger_range?transaction_type=SELL") == above
    assert envelope(rig.call("GET", "/instruments/trigger_range/hold?i=NSE:INFY"))[:2] == (
        400,
        "InputException",
    )
    assert envelope(rig.call("GET", "/instruments/NSE/NOSUCH/trigger_range"))[:2] == (400, "InputException")


def test_instruments_are_compressed_for_those_who_take_it(rig: Rig) -> None:
    plain = rig.web.get("/instruments")
    packed = rig.web.get("/instruments", headers={"Accept-Encoding": "gzip, deflate"})
    assert (packed.headers["Content-Encoding"], packed.mimetype) == ("gzip", "text/csv")
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
