"""The official Python client against the simulator, unpatched: what its user gets in hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import requests
from kiteconnect import KiteConnect
from kiteconnect import exceptions as failures

from tests.support.standing import KEY, SECRET, Standing


@pytest.fixture(scope="module", autouse=True)
def _no_proxy() -> Iterator[None]:
    """The client asks the environment for a proxy; loopback needs none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


def client(simulator: Standing, **options: Any) -> KiteConnect:
    """Return a client for the simulator, by the two settings that it has for that."""
    connect = KiteConnect(KEY, root=simulator.url, **options)
    connect._default_login_uri = f"{simulator.url}/connect/login"
    return connect


def log_in(simulator: Standing, connect: KiteConnect) -> dict[str, Any]:
    """Log in as a person with a browser does, and exchange the token that comes back."""
    token = simulator.approve(connect.login_url())["request_token"]
    session: dict[str, Any] = connect.generate_session(token, api_secret=SECRET)
    return session


@pytest.fixture(scope="module")
def connect(simulator: Standing) -> Iterator[KiteConnect]:
    """A client that is logged in."""
    connect = client(simulator)
    log_in(simulator, connect)
    yield connect
    connect.reqsession.close()


@pytest.fixture
def stranger(simulator: Standing) -> Iterator[KiteConnect]:
    """A client that is not logged in."""
    connect = client(simulator)
    yield connect
    connect.reqsession.close()


@pytest.fixture(autouse=True)
def _switches_back(simulator: Standing) -> Iterator[None]:
    yield
    simulator.control(
        {"action": "clear"},
        *({"action": "switch", "name": name, "value": "off"} for name in simulator.control()["switches"]),
    )


def place(connect: KiteConnect, tradingsymbol: str = "INFY", variety: str = "regular", **fields: Any) -> str:
    """Place an order: ten INFY on NSE, bought at market for delivery, unless `fields` say otherwise.

    Returns its id.
    """
    usual = {
        "exchange": "NSE",
        "transaction_type": "BUY",
        "quantity": 10,
        "product": "CNC",
        "order_type": "MARKET",
    }
    order_id = connect.place_order(variety, tradingsymbol=tradingsymbol, **(usual | fields))
    assert isinstance(order_id, str)
    assert order_id.isdecimal()
    return order_id


def order(connect: KiteConnect, order_id: str) -> dict[str, Any]:
    """Return an order as the order book shows it."""
    found = [each for each in connect.orders() if each["order_id"] == order_id]
    assert len(found) == 1
    return dict(found[0])


def position(connect: KiteConnect, tradingsymbol: str, product: str) -> dict[str, Any]:
    found = [
        row
        for row in connect.positions()["net"]
        if (row["tradingsymbol"], row["product"]) == (tradingsymbol, product)
    ]
    assert len(found) == 1
    return dict(found[0])


def nifty_future(connect: KiteConnect) -> dict[str, Any]:
    """Return the contract that expires first."""
    futures = [
        row for row in connect.instruments("NFO") if (row["name"], row["instrument_type"]) == ("NIFTY", "FUT")
    ]
    return dict(min(futures, key=lambda row: row["expiry"]))


def asked(tradingsymbol: str = "INFY", **fields: Any) -> dict[str, Any]:
    """Return an order to ask the margin of."""
    usual = {
        "exchange": "NSE",
        "transaction_type": "BUY",
        "variety": "regular",
        "product": "CNC",
        "order_type": "MARKET",
    }
    return usual | {"tradingsymbol": tradingsymbol, "quantity": 10, "price": 0, "trigger_price": 0} | fields


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
    shown = order(connect, order_id)
    assert (shown["status"], shown["filled_quantity"], shown["pending_quantity"], shown["tag"]) == (
        "COMPLETE",
        10,
        0,
        "python1",
    )
    assert isinstance(shown["order_timestamp"], datetime)
    assert isinstance(shown["exchange_timestamp"], datetime)
    assert [each["status"] for each in connect.order_history(order_id)][::4] == [
        "PUT ORDER REQ RECEIVED",
        "COMPLETE",
    ]
    (trade,) = connect.order_trades(order_id)
    assert (trade["quantity"], trade["average_price"], trade["order_id"]) == (
        10,
        shown["average_price"],
        order_id,
    )
    assert isinstance(trade["fill_timestamp"], datetime)
    assert trade in connect.trades()


def test_partial_fills_are_trades_of_their_own(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "SIMPARTIAL", quantity=100)
    simulator.wait(3)
    shown = order(connect, order_id)
    assert (shown["status"], shown["filled_quantity"], shown["cancelled_quantity"]) == ("CANCELLED", 60, 40)
    assert sum(trade["quantity"] for trade in connect.order_trades(order_id)) == 60


def test_rejected_order_has_an_id_a_reason_and_no_trades(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "SIMFUNDS")
    simulator.wait()
    shown = order(connect, order_id)
    assert shown["status"] == connect.STATUS_REJECTED
    assert shown["status_message"].startswith("Insufficient funds. Required margin is")
    assert (shown["exchange_order_id"], shown["exchange_timestamp"]) == (None, None)
    assert connect.order_trades(order_id) == []


def test_open_order_is_modified_and_cancelled(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "SIMOPEN", order_type="LIMIT", price=99.5, validity="DAY")
    simulator.wait()
    assert connect.modify_order("regular", order_id, quantity=20, price=98.25) == order_id
    simulator.wait()
    changed = order(connect, order_id)
    assert (changed["status"], changed["quantity"], changed["price"]) == ("OPEN", 20, 98.25)
    assert connect.cancel_order("regular", order_id) == order_id
    simulator.wait()
    assert order(connect, order_id)["status"] == connect.STATUS_CANCELLED
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
    assert order(connect, order_id)["status"] == "TRIGGER PENDING"
    connect.modify_order("regular", order_id, order_type="SL-M", trigger_price=502)
    simulator.wait()
    changed = order(connect, order_id)
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
    (leg,) = (each for each in connect.orders() if each["parent_order_id"] == parent)
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
    exited = order(connect, leg["order_id"])
    assert (exited["status"], exited["filled_quantity"]) == ("COMPLETE", 10)


def test_after_market_order_waits(simulator: Standing, connect: KiteConnect) -> None:
    order_id = place(connect, "TCS", connect.VARIETY_AMO, order_type="LIMIT", price=3000)
    simulator.wait()
    assert (order(connect, order_id)["status"], order(connect, order_id)["variety"]) == (
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
        (each for each in connect.orders() if each["tag"] == "pyice"),
        key=lambda each: each["meta"]["iceberg"]["leg"],
    )
    assert legs[0]["order_id"] == order_id
    assert [(each["status"], each["quantity"], each["meta"]["iceberg"]["legs"]) for each in legs] == [
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
    assert (order(connect, auction)["auction_number"], order(connect, auction)["status"]) == ("22", "OPEN")
    assert (order(connect, living)["validity_ttl"], order(connect, living)["status"]) == (2, "OPEN")
    simulator.wait(130)
    assert order(connect, living)["status"] == "CANCELLED"
    assert connect.cancel_order("auction", auction) == auction


def test_protected_market_order_is_kept_as_a_limit(simulator: Standing, connect: KiteConnect) -> None:
    simulator.control({"action": "switch", "name": "market_protection_required", "value": "on"})
    with pytest.raises(
        failures.InputException, match="Market orders without market protection are not allowed via API"
    ):
        place(connect, "WIPRO")
    shown = order(connect, place(connect, "WIPRO", market_protection=connect.MARKET_PROTECTION_AUTO))
    assert (shown["order_type"], shown["market_protection"]) == ("LIMIT", 0)
    assert {"mktp", "mktp:2.00"} <= set(shown["tags"])
    assert shown["price"] > connect.ltp("NSE:WIPRO")["NSE:WIPRO"]["last_price"]


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
    slices = [placed["order_id"], *(each["order_id"] for each in placed["children"])]
    assert [order(connect, each)["quantity"] for each in slices] == [1800, 1800]
    assert "autoslice" in order(connect, slices[0])["tags"]


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
    (share,) = connect.order_margins([asked(order_type="LIMIT", price=1400.5)])
    assert (share["type"], share["total"], share["leverage"]) == ("equity", 14_005, 1)
    assert share["charges"]["total"] > 0
    pair = [asked("HDFCBANK", product="MIS"), asked("HDFCBANK", product="MIS", transaction_type="SELL")]
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
