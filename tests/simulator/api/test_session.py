"""The API side: sessions, envelopes and shapes as recorded."""

import csv
import io
from datetime import datetime
from typing import Any

import pytest

from kite.vocabulary import IST
from tests.support.simulator_rig import Rig, item, query

TEXT, NUMBER, MAYBE = str, (int, float), (str, type(None))

HISTORY: dict[str, Any] = {
    "placed_by": TEXT, "order_id": TEXT, "exchange_order_id": MAYBE, "parent_order_id": MAYBE, "status": TEXT, "status_message": MAYBE,
    "order_timestamp": TEXT, "exchange_timestamp": MAYBE, "variety": TEXT, "modified": bool, "exchange": TEXT, "tradingsymbol": TEXT,
    "instrument_token": int, "order_type": TEXT, "transaction_type": TEXT, "validity": TEXT, "product": TEXT, "quantity": int,
    "disclosed_quantity": int, "price": NUMBER, "trigger_price": NUMBER, "average_price": NUMBER, "filled_quantity": int,
    "pending_quantity": int, "cancelled_quantity": int, "tag": MAYBE,
}  # fmt: skip
ORDER = HISTORY | {
    "account_id": TEXT, "status_message_raw": MAYBE, "exchange_update_timestamp": MAYBE, "validity_ttl": int, "market_protection": NUMBER,
    "meta": dict, "guid": MAYBE,
}  # fmt: skip
TRADE = dict.fromkeys(
    (
        "trade_id",
        "order_id",
        "exchange",
        "tradingsymbol",
        "product",
        "exchange_order_id",
        "transaction_type",
        "fill_timestamp",
        "order_timestamp",
    ),
    TEXT,
) | {"exchange_timestamp": TEXT, "instrument_token": int, "average_price": NUMBER, "quantity": int}
PROFILE = dict.fromkeys(("user_id", "user_type", "email", "user_name", "user_shortname", "broker"), TEXT) | {
    "exchanges": list, "products": list, "order_types": list, "avatar_url": MAYBE, "meta": dict,
}  # fmt: skip
SESSION = PROFILE | dict.fromkeys(
    ("api_key", "access_token", "public_token", "enctoken", "refresh_token", "silo", "login_time"), TEXT
)


def check_shape(thing: dict[str, Any], shape: dict[str, Any]) -> None:
    assert set(thing) == set(shape)
    for name, kind in shape.items():
        assert isinstance(thing[name], kind), (name, thing[name])


def envelope(answer: Any) -> tuple[int, str, str]:
    body = answer.get_json()
    assert answer.mimetype == "application/json"
    assert set(body) == {"status", "message", "data", "error_type"}
    assert (body["status"], body["data"]) == ("error", None)
    return answer.status_code, body["error_type"], body["message"]


def token(rig: Rig) -> str:
    return query(rig.web.post("/connect/login", data={"decision": "approve"}))["request_token"]


@pytest.mark.kite("2.2.3")
@pytest.mark.kite("2.2.4")
@pytest.mark.kite("2.2.5")
@pytest.mark.kite("2.3.7")
def test_session_has_the_recorded_shape(rig: Rig) -> None:
    data = rig.log_in()
    check_shape(data, SESSION)
    assert (data["user_id"], data["login_time"], data["refresh_token"]) == (
        "AB1234",
        "2026-11-23 10:00:00",
        "",
    )
    assert data["meta"] == {"demat_consent": "physical"}  # type: ignore[comparison-overlap]


@pytest.mark.kite("2.4.1")
def test_profile_has_the_recorded_shape(rig: Rig) -> None:
    rig.log_in()
    check_shape(rig.read("/user/profile"), PROFILE)


@pytest.mark.kite("4.4.7")
@pytest.mark.kite("4.5.9")
@pytest.mark.kite("4.6.1")
@pytest.mark.kite("4.6.2")
@pytest.mark.kite("4.6.4")
def test_orders_history_and_trades_have_the_recorded_shapes(rig: Rig) -> None:
    rig.place([item(tag="k7f3q9zt"), item("SIMREJECT"), item("SIMPARTIAL")])
    rig.clock.forward(seconds=2)
    for order in rig.orders():
        check_shape(order, ORDER | ({"tags": list} if order["tag"] else {}))
        for entry in rig.read(f"/orders/{order['order_id']}"):
            check_shape(entry, HISTORY)
    first, *rest = rig.read(f"/orders/{rig.orders()[0]['order_id']}")
    assert first["instrument_token"] == 1
    assert {entry["instrument_token"] for entry in rest} == {408065}
    for trade in rig.read("/trades"):
        check_shape(trade, TRADE)
        assert (trade["fill_timestamp"], trade["order_timestamp"]) == ("2026-11-23 10:00:00", "10:00:00")


def test_whole_prices_are_whole_numbers_in_json(rig: Rig) -> None:
    rig.place([item(order_type="LIMIT", price=1400), item(order_type="LIMIT", price=1400.5)])
    rig.log_in()
    answer = rig.web.get("/orders", headers=rig.authorization)
    assert '"price":1400,' in answer.text
    assert '"price":1400.5,' in answer.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"checksum": ""}, (400, "InputException", "Missing `checksum`.")),
        ({"request_token": ""}, (400, "InputException", "Missing `request_token`.")),
        ({"api_key": "other"}, (400, "InputException", "Invalid `api_key`.")),
        ({"checksum": "0" * 64}, (403, "TokenException", "Invalid `checksum`.")),
        ({"checksum": "ä"}, (403, "TokenException", "Invalid `checksum`.")),
    ],
)
@pytest.mark.kite("5.1.4")
@pytest.mark.kite("5.1.13")
@pytest.mark.kite("5.1.15")
@pytest.mark.kite("2.2.7")
@pytest.mark.kite("2.2.8")
@pytest.mark.kite("2.2.9")
def test_refused_exchange_leaves_the_token_good(
    rig: Rig, changes: dict[str, str], expected: tuple[int, str, str]
) -> None:
    request_token = token(rig)
    assert envelope(rig.exchange(request_token, **changes)) == expected
    assert rig.exchange(request_token).status_code == 200


@pytest.mark.kite("5.1.4")
@pytest.mark.kite("5.1.14")
@pytest.mark.kite("2.2.6")
def test_request_token_is_good_once_and_for_300_seconds(rig: Rig) -> None:
    over = (403, "TokenException", "Token is invalid or has expired.")
    used, late = token(rig), token(rig)
    assert rig.exchange(used).status_code == 200
    assert envelope(rig.exchange(used)) == over
    rig.clock.forward(seconds=300)
    assert envelope(rig.exchange(late)) == over
    assert envelope(rig.exchange("made up")) == over


@pytest.mark.kite("2.3.2")
def test_session_dies_at_six_in_the_morning(rig: Rig) -> None:
    rig.log_in()
    rig.clock.moment = datetime(2026, 11, 24, 5, 59, 59, tzinfo=IST)
    assert rig.web.get("/orders", headers=rig.authorization).status_code == 200
    rig.clock.forward(seconds=1)
    assert rig.web.get("/orders", headers=rig.authorization).status_code == 403


@pytest.mark.kite("2.3.3")
@pytest.mark.kite("2.3.4")
@pytest.mark.kite("2.3.5")
def test_logout_ends_the_session_and_not_the_login_at_kite(rig: Rig) -> None:
    data = rig.log_in()
    ended = {"api_key": "simulator_key", "access_token": data["access_token"]}
    answer = rig.web.delete("/session/token", query_string=ended)
    assert answer.get_json() == {"status": "success", "data": True}
    wrong = (403, "TokenException", "Incorrect `api_key` or `access_token`.")
    assert envelope(rig.web.get("/user/profile", headers=rig.authorization)) == wrong
    assert envelope(rig.web.delete("/session/token", query_string=ended)) == wrong
    assert envelope(rig.web.delete("/session/token"))[0] == 400
    assert 'value="approve"' not in rig.web.get(rig.send([item()]).location).text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "token",
        "token simulator_key",
        "token simulator_key:",
        "token :x",
        "Bearer simulator_key:x",
        "token other:x",
        "token simulator_key:x:y",
    ],
)
@pytest.mark.kite("5.1.2")
@pytest.mark.kite("5.1.4")
@pytest.mark.kite("5.1.12")
@pytest.mark.kite("2.3.1")
def test_malformed_authorization_is_refused(rig: Rig, value: str) -> None:
    answer = rig.web.get("/orders", headers={"Authorization": value})
    assert envelope(answer) == (403, "TokenException", "Incorrect `api_key` or `access_token`.")


def test_missing_authorization_is_refused_everywhere(rig: Rig) -> None:
    for path in ("/orders", "/orders/1", "/orders/1/trades", "/trades", "/user/profile", "/user/margins"):
        assert envelope(rig.web.get(path))[0] == 403


@pytest.mark.kite("4.1.8")
@pytest.mark.kite("5.1.7")
def test_unknown_order_is_refused_and_has_no_trades(rig: Rig) -> None:
    rig.log_in()
    assert envelope(rig.web.get("/orders/123", headers=rig.authorization)) == (
        400,
        "OrderException",
        "Couldn't find that `order_id`.",
    )
    assert rig.read("/orders/123/trades") == []


def test_order_that_does_not_stand_in_the_book_yet_is_unknown(rig: Rig) -> None:
    rig.place([item(variety="co", product="MIS", trigger_price=1430)])
    rig.clock.forward(seconds=1)
    second = rig.orders()[1]["order_id"]
    rig.clock.forward(seconds=-0.7)
    assert rig.web.get(f"/orders/{second}", headers=rig.authorization).status_code == 400


@pytest.mark.kite("5.1.10")
def test_errors_of_every_kind_come_in_an_envelope(rig: Rig) -> None:
    assert envelope(rig.web.get("/no/such/route")) == (
        404,
        "GeneralException",
        "There is nothing at this address.",
    )
    answer = rig.web.put("/session/token")
    assert envelope(answer)[:2] == (405, "GeneralException")
    assert "POST" in answer.headers["Allow"]
    assert envelope(
        rig.web.post(
            "/session/token", data=b"x" * 2_000_000, content_type="application/x-www-form-urlencoded"
        )
    )[:2] == (
        413,
        "InputException",
    )
    assert envelope(rig.web.post("/session/token", json={"api_key": "simulator_key"}))[0] == 400
    assert envelope(rig.web.post("/session/token", data=b"\xff\xfe%zz", content_type="text/plain"))[0] == 400


def test_instruments_are_kites_columns_and_need_no_session(rig: Rig) -> None:
    answer = rig.web.get("/instruments")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) > 80
    for column in ("last_price", "strike", "tick_size", "lot_size"):
        assert all(float(row[column]) >= 0 for row in rows)
    bse = list(csv.DictReader(io.StringIO(rig.web.get("/instruments/BSE").text)))
    assert {row["exchange"] for row in bse} == {"BSE"}
    assert {"INFY", "SBIN", "RELIANCE", "HDFCBANK", "TCS", "ITC"} <= {row["tradingsymbol"] for row in bse}
    assert envelope(rig.web.get("/instruments/NYSE"))[0] == 400


@pytest.mark.kite("2.4.2")
def test_margins_are_whole_or_by_segment(rig: Rig) -> None:
    rig.log_in()
    whole = rig.read("/user/margins")
    assert set(whole) == {"equity", "commodity"}
    assert rig.read("/user/margins/equity") == whole["equity"]
    assert whole["equity"]["available"]["live_balance"] == 10_000_000
    assert envelope(rig.web.get("/user/margins/other", headers=rig.authorization))[0] == 400
