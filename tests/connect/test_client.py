"""What goes over the wire: methods, addresses, headers, forms."""

from decimal import Decimal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from kite.connect.client import KiteConnect
from kite.connect.pacing import Limiter
from kite.connect.signing import session_checksum
from kite.exceptions import DataException, InputException, TokenException
from tests.support.kite_orders import raw_order, raw_trade
from tests.support.wire import ACCESS_TOKEN, API_KEY, API_SECRET, JSON, Wire, body_of, envelope

CHANGED = envelope({"order_id": "1991702417728106496"})


CALLS = {
    "profile": (lambda connect: connect.profile(), "GET", "/user/profile"),
    "margins": (lambda connect: connect.margins(), "GET", "/user/margins"),
    "orders": (lambda connect: connect.orders(), "GET", "/orders"),
    "order_history": (lambda connect: connect.order_history("19"), "GET", "/orders/19"),
    "trades": (lambda connect: connect.trades(), "GET", "/trades"),
    "modify_order": (
        lambda connect: connect.modify_order("amo", "19", price=Decimal(7)),
        "PUT",
        "/orders/amo/19",
    ),
    "cancel_order": (lambda connect: connect.cancel_order("co", "19"), "DELETE", "/orders/co/19"),
    "exit_order": (lambda connect: connect.exit_order("co", "19"), "DELETE", "/orders/co/19"),
}


@pytest.mark.parametrize("name", CALLS)
def test_call_goes_to_its_address_with_version_and_token(name):
    call, method, path = CALLS[name]
    lists = name in ("orders", "order_history", "trades")
    wire = Wire(
        envelope([] if lists else {} if name == "margins" else {"order_id": "1", "user_id": "RS4471"})
    )
    call(wire.client())
    assert (wire.last.method, wire.last.path, wire.last.query) == (method, path, {})
    assert wire.last.headers["X-Kite-Version"] == "3"
    assert wire.last.headers["Authorization"] == f"token {API_KEY}:{ACCESS_TOKEN}"


def test_exchange_sends_a_form_with_the_checksum_and_never_the_secret():
    wire = Wire(body_of("recorded/generate_session"))
    wire.client(access_token="").generate_session("r" * 32)
    checksum = session_checksum(API_KEY, "r" * 32, API_SECRET)
    assert wire.last.form == {"api_key": API_KEY, "request_token": "r" * 32, "checksum": checksum}
    assert (wire.last.method, wire.last.path) == ("POST", "/session/token")
    assert wire.last.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in wire.last.headers


def test_ending_a_session_names_key_and_token():
    wire = Wire()
    wire.client().invalidate_access_token()
    assert (wire.last.method, wire.last.path) == ("DELETE", "/session/token")
    assert wire.last.query == {"api_key": API_KEY, "access_token": ACCESS_TOKEN}


def test_order_is_changed_by_a_form_with_every_parameter():
    every = {
        "parent_order_id": "261120000417731",
        "quantity": 3,
        "price": Decimal("1450.05"),
        "order_type": "SL",
        "trigger_price": Decimal("1E+3"),
        "validity": "IOC",
        "disclosed_quantity": 1,
        "market_protection": -1,
    }
    wire = Wire(CHANGED)
    assert wire.client().modify_order("regular", "1", **every).order_id == "1991702417728106496"
    assert wire.last.form == {name: str(value) for name, value in every.items()} | {"trigger_price": "1000"}


def test_parameters_that_are_none_are_not_sent():
    wire = Wire(CHANGED)
    wire.client().modify_order("regular", "1", quantity=2, price=None, validity=None)
    assert wire.last.form == {"quantity": "2"}


def test_changing_an_order_sends_only_what_changes():
    wire = Wire(CHANGED)
    wire.client().modify_order("co", "1", parent_order_id="2", trigger_price=Decimal("99.90"))
    assert wire.last.form == {"parent_order_id": "2", "trigger_price": "99.90"}


def test_second_leg_is_cancelled_under_its_parent():
    wire = Wire(CHANGED)
    wire.client().exit_order("co", "1", "2")
    assert wire.last.query == {"parent_order_id": "2"}


def test_parameter_that_kite_does_not_have_is_refused_before_anything_is_sent():
    wire = Wire(CHANGED)
    with pytest.raises(TypeError, match="trigger"):
        wire.client().modify_order("regular", "1", trigger=5)
    assert wire.asked == []


@pytest.mark.parametrize("order_id", ["", ".", ".."])
def test_order_without_an_id_is_refused_before_anything_is_sent(order_id):
    wire = Wire(envelope([]))
    with pytest.raises(InputException, match="order_id"):
        wire.client().order_history(order_id)
    assert wire.asked == []


def test_order_id_cannot_lead_to_another_address():
    wire = Wire(envelope([]))
    wire.client().order_history("../../session/token?x=1#")
    assert wire.last.environ["PATH_INFO"] == "/orders/../../session/token?x=1#"
    assert wire.last.query == {}


def test_two_sessions_over_one_client_are_kept_apart():
    wire = Wire(envelope([]))
    base = wire.client(access_token="")
    mine, theirs = base.with_token("m" * 32), base.with_token("t" * 32)
    mine.orders()
    theirs.orders()
    base.orders()
    assert [request.headers.get("Authorization") for request in wire.asked] == [
        f"token {API_KEY}:{'m' * 32}",
        f"token {API_KEY}:{'t' * 32}",
        None,
    ]


def test_cookies_of_one_answer_are_not_sent_with_the_next_call():
    wire = Wire(envelope([]), headers=[JSON, ("Set-Cookie", "kf_session=secret; Path=/")])
    client = wire.client(root="http://127.0.0.1")
    client.orders()
    client.orders()
    assert "Cookie" not in wire.last.headers


def test_orders_wait_by_account_and_everything_else_by_key():
    booked: list[tuple[str, str]] = []

    class Noting(Limiter):
        def wait(self, kind: str, account: str) -> None:
            booked.append((kind, account))

    client = Wire(CHANGED).client(limiter=Noting())
    client.modify_order("regular", "1", quantity=2)
    client.cancel_order("regular", "1")
    client.invalidate_access_token()
    assert booked == [("order", ACCESS_TOKEN)] * 2 + [("other", API_KEY)]


@pytest.mark.parametrize("data", [None, {}, "orders"])
def test_order_book_that_is_none_is_a_data_exception(data):
    with pytest.raises(DataException):
        Wire(envelope(data)).client().orders()


SPOILED = [
    None,
    [],
    "order",
    7,
    {},
    {"status": "OPEN"},
    {"order_id": None, "status": "OPEN"},
    {"order_id": ["1"]},
]


@pytest.mark.parametrize("row", SPOILED)
def test_an_order_without_a_number_spoils_itself_and_not_the_book(row):
    whole = [raw_order(order_id="1"), raw_order(order_id="2")]
    book = Wire(envelope([whole[0], row, whole[1]])).client().orders()
    assert [order.order_id for order in book] == ["1", "2"]
    assert book.unreadable_rows == (row,)
    history = Wire(envelope([row, whole[0]])).client().order_history("1")
    assert ([order.order_id for order in history], history.unreadable_rows) == (["1"], (row,))


@pytest.mark.parametrize(
    "row", [None, [], {}, {"trade_id": "1"}, {"order_id": "1"}, {"order_id": "1", "trade_id": ""}]
)
def test_a_trade_without_a_number_spoils_itself_and_not_the_list(row):
    trades = Wire(envelope([row, raw_trade()])).client().trades()
    assert ([trade.trade_id for trade in trades], trades.unreadable_rows) == (["10000001"], (row,))


def test_a_list_without_a_spoiled_row_says_so():
    assert Wire(envelope([raw_order()])).client().orders().unreadable_rows == ()


@pytest.mark.parametrize("data", [None, [], True, {"equity": []}])
def test_funds_that_are_none_are_a_data_exception(data):
    with pytest.raises(DataException):
        Wire(envelope(data)).client().margins()


def test_refusal_carries_kites_words_and_code():
    wire = Wire(body_of("errors/403_TokenException"), code=403)
    with pytest.raises(TokenException) as raised:
        wire.client().orders()
    assert (raised.value.message, raised.value.code) == ("Incorrect `api_key` or `access_token`.", 403)


def test_login_address_carries_the_key_and_encodes_what_shall_come_back():
    client = KiteConnect("key&", root="https://api.invalid", web_root="https://kite.invalid/")
    url = urlsplit(client.login_url("state=a.b~c&more=Ä 1"))
    assert (url.scheme, url.netloc, url.path) == ("https", "kite.invalid", "/connect/login")
    assert dict(parse_qsl(url.query)) == {
        "v": "3",
        "api_key": "key&",
        "redirect_params": "state=a.b~c&more=Ä 1",
    }


def test_login_address_without_anything_to_come_back():
    assert parse_qs(urlsplit(KiteConnect("k", root="https://api.invalid").login_url()).query) == {
        "v": ["3"],
        "api_key": ["k"],
    }
    assert (
        KiteConnect("k", root="https://api.invalid")
        .login_url()
        .startswith("https://kite.zerodha.com/connect/login?")
    )


def test_root_with_a_path_keeps_it():
    wire = Wire(envelope([]))
    wire.client(root="http://127.0.0.1:8000/simulator/").orders()
    assert wire.last.path == "/simulator/orders"
