"""The official Python client against the simulator, unpatched: sessions, orders, errors."""

from datetime import datetime
from typing import Any

import pytest
import requests
from kiteconnect import KiteConnect
from kiteconnect import exceptions as failures

from tests.support.python_client import client, log_in, nifty_future, place
from tests.support.standing import KEY, SECRET, Standing

pytestmark = pytest.mark.usefixtures("no_proxy", "switches_back")


def find_order(connect: KiteConnect, order_id: str) -> dict[str, Any]:
    """Return an order as the order book shows it."""
    orders = [order for order in connect.orders() if order["order_id"] == order_id]
    assert len(orders) == 1
    return dict(orders[0])


def test_login_leads_back_with_a_token_that_opens_a_session(
    simulator: Standing, stranger: KiteConnect
) -> None:
    assert stranger.login_url() == f"{simulator.url}/connect/login?api_key={KEY}&v=3"
    back = simulator.approve(f"{stranger.login_url()}&redirect_params=some%3DX%26more%3DY")
    assert list(back) == ["action", "type", "status", "request_token", "some", "more"]
    assert (back["action"], back["type"], back["status"], back["some"], back["more"]) == (
        "login",
        "login",
        "success",
        "X",
        "Y",
    )
    session = stranger.generate_session(back["request_token"], SECRET)
    assert (session["user_id"], session["api_key"], session["refresh_token"]) == ("AB1234", KEY, "")
    assert session["login_time"].date() == simulator.morning.date()
    assert session["access_token"] == stranger.access_token
    assert stranger.profile()["user_id"] == "AB1234"


def test_token_is_good_for_one_exchange(simulator: Standing, stranger: KiteConnect) -> None:
    token = simulator.approve(stranger.login_url())["request_token"]
    with pytest.raises(failures.TokenException, match=r"^Invalid `checksum`\.$"):
        stranger.generate_session(token, "another secret")
    stranger.generate_session(token, SECRET)
    with pytest.raises(failures.TokenException, match=r"^Token is invalid or has expired\.$") as caught:
        stranger.generate_session(token, SECRET)
    assert caught.value.code == 403


def test_unknown_key_is_an_input_exception(simulator: Standing) -> None:
    wrong = KiteConnect("another_key", root=simulator.url)
    with pytest.raises(failures.InputException, match=r"^Invalid `api_key`\.$") as caught:
        wrong.generate_session("r" * 32, SECRET)
    assert caught.value.code == 400
    wrong.reqsession.close()


def test_session_that_was_ended_calls_the_hook(simulator: Standing, stranger: KiteConnect) -> None:
    log_in(simulator, stranger)
    ended: list[bool] = []
    stranger.set_session_expiry_hook(lambda: ended.append(True))
    assert stranger.invalidate_access_token() is True
    with pytest.raises(failures.TokenException, match=r"^Incorrect `api_key` or `access_token`\.$"):
        stranger.orders()
    assert ended == [True]


def test_session_is_renewed_by_a_refresh_token_until_that_is_ended(
    simulator: Standing, stranger: KiteConnect
) -> None:
    simulator.control({"action": "switch", "name": "refresh_tokens", "value": "on"})
    first = log_in(simulator, stranger)
    renewed = stranger.renew_access_token(first["refresh_token"], SECRET)
    assert renewed["access_token"] == stranger.access_token != first["access_token"]
    assert stranger.profile()["user_name"] == "Demo Client"
    assert stranger.invalidate_refresh_token(first["refresh_token"]) is True
    with pytest.raises(failures.TokenException):
        stranger.renew_access_token(first["refresh_token"], SECRET)


def test_profile_and_funds(connect: KiteConnect) -> None:
    profile = connect.profile()
    assert (profile["user_id"], profile["broker"], profile["avatar_url"]) == ("AB1234", "ZERODHA", None)
    assert {"NSE", "BSE", "NFO", "MCX"} <= set(profile["exchanges"])
    whole = connect.margins()
    assert set(whole) == {"equity", "commodity"}
    assert connect.margins(connect.MARGIN_EQUITY) == whole["equity"]
    assert whole["equity"]["available"]["opening_balance"] == 1_00_00_000
    assert connect.margins(connect.MARGIN_COMMODITY)["net"] == 0
    with pytest.raises(failures.InputException, match="Invalid `segment`"):
        connect.margins("currency")


def test_market_order_fills_and_shows_in_book_history_and_trades(
    simulator: Standing, connect: KiteConnect
) -> None:
    order_id = place(connect, tag="python1", algo_id="x1")
    simulator.wait()
    order = find_order(connect, order_id)
    assert (order["status"], order["filled_quantity"], order["pending_quantity"], order["tag"]) == (
        "COMPLETE",
        10,
        0,
        "python1",
    )
    assert isinstance(order["order_timestamp"], datetime)
    assert isinstance(order["exchange_timestamp"], datetime)
    assert [entry["status"] for entry in connect.order_history(order_id)][::4] == [
        "PUT ORDER REQ RECEIVED",
        "COMPLETE",
    ]
    (trade,) = connect.order_trades(order_id)
    assert (trade["quantity"], trade["average_price"], trade["order_id"]) == (
        10,
        order["average_price"],
        order_id,
    )
    assert isinstance(trade["fill_timestamp"], datetime)
    assert trade in connect.trades()


def test_partial_fills_are_trades_of_their_own(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "SIMPARTIAL", quantity=100)
    simulator.wait(3)
    order = find_order(connect, order_id)
    assert (order["status"], order["filled_quantity"], order["cancelled_quantity"]) == ("CANCELLED", 60, 40)
    assert sum(trade["quantity"] for trade in connect.order_trades(order_id)) == 60


def test_rejected_order_has_an_id_a_reason_and_no_trades(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "SIMFUNDS")
    simulator.wait()
    order = find_order(connect, order_id)
    assert order["status"] == connect.STATUS_REJECTED
    assert order["status_message"].startswith("Insufficient funds. Required margin is")
    assert (order["exchange_order_id"], order["exchange_timestamp"]) == (None, None)
    assert connect.order_trades(order_id) == []


def test_open_order_is_modified_and_cancelled(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "SIMOPEN", order_type="LIMIT", price=99.5, validity="DAY")
    simulator.wait()
    assert connect.modify_order("regular", order_id, quantity=20, price=98.25) == order_id
    simulator.wait()
    changed = find_order(connect, order_id)
    assert (changed["status"], changed["quantity"], changed["price"]) == ("OPEN", 20, 98.25)
    assert connect.cancel_order("regular", order_id) == order_id
    simulator.wait()
    assert find_order(connect, order_id)["status"] == connect.STATUS_CANCELLED
    with pytest.raises(failures.OrderException) as caught:
        connect.modify_order("regular", order_id, price=97)
    assert caught.value.code == 400
    with pytest.raises(failures.OrderException):
        connect.cancel_order("regular", order_id)


def test_stop_waits_for_its_trigger_and_becomes_another_order_type(
    simulator: Standing, connect: KiteConnect
) -> None:
    order_id = place(
        connect, "SBIN", transaction_type="SELL", order_type="SL", price=500, trigger_price=501, product="MIS"
    )
    simulator.wait()
    assert find_order(connect, order_id)["status"] == "TRIGGER PENDING"
    connect.modify_order("regular", order_id, order_type="SL-M", trigger_price=502)
    simulator.wait()
    changed = find_order(connect, order_id)
    assert (changed["order_type"], changed["trigger_price"], changed["status"]) == (
        "SL-M",
        502,
        "TRIGGER PENDING",
    )
    connect.cancel_order("regular", order_id)


def test_cover_order_gets_a_second_leg_by_which_it_is_exited(
    simulator: Standing, connect: KiteConnect
) -> None:
    parent = place(connect, "ITC", connect.VARIETY_CO, product="MIS", trigger_price=400)
    simulator.wait()
    (leg,) = (order for order in connect.orders() if order["parent_order_id"] == parent)
    assert (leg["transaction_type"], leg["trigger_price"], leg["status"], leg["product"]) == (
        "SELL",
        400,
        "TRIGGER PENDING",
        "CO",
    )
    assert (
        connect.modify_order("co", leg["order_id"], parent_order_id=parent, trigger_price=401)
        == leg["order_id"]
    )
    simulator.wait()
    assert connect.exit_order("co", leg["order_id"], parent_order_id=parent) == leg["order_id"]
    simulator.wait()
    exited = find_order(connect, leg["order_id"])
    assert (exited["status"], exited["filled_quantity"]) == ("COMPLETE", 10)


def test_after_market_order_waits(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "TCS", connect.VARIETY_AMO, order_type="LIMIT", price=3000)
    simulator.wait()
    assert (find_order(connect, order_id)["status"], find_order(connect, order_id)["variety"]) == (
        "AMO REQ RECEIVED",
        "amo",
    )
    assert connect.cancel_order("amo", order_id) == order_id


def test_iceberg_tells_its_legs(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(
        connect, "LT", connect.VARIETY_ICEBERG, quantity=30, iceberg_legs=3, iceberg_quantity=10, tag="pyice"
    )
    simulator.wait(5)
    legs = sorted(
        (leg for leg in connect.orders() if leg["tag"] == "pyice"),
        key=lambda leg: leg["meta"]["iceberg"]["leg"],
    )
    assert legs[0]["order_id"] == order_id
    assert [(leg["status"], leg["quantity"], leg["meta"]["iceberg"]["legs"]) for leg in legs] == [
        ("COMPLETE", 10, 3)
    ] * 3


def test_auction_and_time_to_live(simulator: Standing, connect: KiteConnect) -> None:
    auction = place(
        connect,
        "NTPC",
        connect.VARIETY_AUCTION,
        transaction_type="SELL",
        order_type="LIMIT",
        price=400,
        auction_number="22",
    )
    living = place(
        connect, "SUNPHARMA", order_type="LIMIT", price=90, validity=connect.VALIDITY_TTL, validity_ttl=2
    )
    simulator.wait()
    assert (find_order(connect, auction)["auction_number"], find_order(connect, auction)["status"]) == (
        "22",
        "OPEN",
    )
    assert (find_order(connect, living)["validity_ttl"], find_order(connect, living)["status"]) == (2, "OPEN")
    simulator.wait(130)
    assert find_order(connect, living)["status"] == "CANCELLED"
    assert connect.cancel_order("auction", auction) == auction


def test_protected_market_order_is_kept_as_a_limit(simulator: Standing, connect: KiteConnect) -> None:
    simulator.control({"action": "switch", "name": "market_protection_required", "value": "on"})
    with pytest.raises(
        failures.InputException, match="Market orders without market protection are not allowed via API"
    ):
        place(connect, "WIPRO")
    order = find_order(connect, place(connect, "WIPRO", market_protection=connect.MARKET_PROTECTION_AUTO))
    assert (order["order_type"], order["market_protection"]) == ("LIMIT", 0)
    assert {"mktp", "mktp:2.00"} <= set(order["tags"])
    assert order["price"] > connect.ltp("NSE:WIPRO")["NSE:WIPRO"]["last_price"]


def test_large_order_is_sliced(connect: KiteConnect) -> None:
    symbol = nifty_future(connect)["tradingsymbol"]
    terms = {
        "exchange": "NFO",
        "tradingsymbol": symbol,
        "transaction_type": "BUY",
        "quantity": 3600,
        "product": "NRML",
    }
    with pytest.raises(failures.InputException, match="1800"):
        connect.place_order("regular", order_type="LIMIT", price=20000, **terms)
    placed = connect.place_autoslice_order("regular", order_type="LIMIT", price=100, **terms)
    slices = [placed["order_id"], *(child["order_id"] for child in placed["children"])]
    assert [find_order(connect, order_id)["quantity"] for order_id in slices] == [1800, 1800]
    assert "autoslice" in find_order(connect, slices[0])["tags"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"quantity": "many"},
            r"^Invalid request \(failed to decode quantity, got: many \(expected int\)\)$",
        ),
        ({"quantity": -5}, r"^Invalid `quantity`\.$"),
        ({"tradingsymbol": "NOSUCH"}, r"^No such instrument\.$"),
        ({"variety": "bo"}, r"^Invalid `variety`\.$"),
        ({"product": "XYZ"}, r"^Invalid `product`\.$"),
    ],
)
def test_what_cannot_be_read_is_an_input_exception(
    connect: KiteConnect, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(failures.InputException, match=message) as caught:
        place(connect, **fields)
    assert caught.value.code == 400


def test_unknown_order_is_an_order_exception(connect: KiteConnect) -> None:
    with pytest.raises(failures.OrderException, match="Couldn't find that `order_id`"):
        connect.order_history("1000000000000000001")
    assert connect.order_trades("1000000000000000001") == []


@pytest.mark.parametrize(
    ("fault", "raised", "code"),
    [
        ("rate_limited", failures.NetworkException, 429),
        ("publisher_key", failures.PermissionException, 403),
        ("token_dead", failures.TokenException, 403),
        ("unavailable", failures.NetworkException, 503),
        ("gateway_502", failures.DataException, 502),
        ("truncated", failures.DataException, 502),
    ],
)
def test_faults_raise_what_the_client_has_for_them(
    simulator: Standing, stranger: KiteConnect, fault: str, raised: type[failures.KiteException], code: int
) -> None:
    log_in(simulator, stranger)
    simulator.control({"action": "set", "fault": fault})
    with pytest.raises(raised) as caught:
        stranger.orders()
    assert caught.value.code == code


def test_slow_answer_is_a_timeout(simulator: Standing, stranger: KiteConnect) -> None:
    hasty = client(simulator, timeout=0.3, access_token=log_in(simulator, stranger)["access_token"])
    simulator.control({"action": "set", "fault": "slow", "seconds": 1, "path": "/orders", "uses": 1})
    with pytest.raises(requests.exceptions.ReadTimeout):
        hasty.orders()
    hasty.reqsession.close()
