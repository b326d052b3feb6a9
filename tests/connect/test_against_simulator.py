"""The client against the simulator, in process: the same code that talks to Kite."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from kite.config import SimulatorSettings
from kite.connect.client import KiteConnect
from kite.connect.inprocess import WsgiAdapter
from kite.exceptions import InputException, OrderException, TokenException
from kite.simulator import create_simulator
from kite.vocabulary import IST
from tests.support.simulator_rig import REDIRECT, Clock, Rig, close, item


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    settings = SimulatorSettings(
        api_key="simulator_key",
        redirect_url=REDIRECT,
        database=tmp_path / "simulator.db",
        api_secret="simulator_secret",
    )
    clock = Clock()
    rig = Rig(create_simulator(settings, clock), clock, settings)
    yield rig
    close(rig.app)


def connect(rig: Rig, **changes: str) -> KiteConnect:
    known = {"root": "http://127.0.0.1:8000/simulator", "api_secret": rig.settings.api_secret} | changes
    return KiteConnect(
        known.pop("api_key", rig.settings.api_key), adapter=WsgiAdapter(rig.app, "/simulator"), **known
    )


def test_basket_is_seen_from_login_to_logout(rig):
    placed = rig.place([item(tag="k7f3q9zt"), item("SIMREJECT", tag="k7f3q9zt")])
    session = connect(rig).generate_session(placed["request_token"])
    assert session.user_id == "AB1234" and session.login_time == rig.clock().astimezone(IST)
    client = connect(rig).with_token(session.access_token)
    assert client.profile().user_name == session.user_name
    assert client.margins()["equity"].cash == Decimal(10_000_000)

    rig.clock.forward(seconds=10)
    orders = {order.tradingsymbol: order for order in client.orders()}
    assert {name: (order.status, order.tag_list) for name, order in orders.items()} == {
        "INFY": ("COMPLETE", ("k7f3q9zt",)),
        "SIMREJECT": ("REJECTED", ("k7f3q9zt",)),
    }
    filled = orders["INFY"]
    assert (
        filled.quantity == filled.filled_quantity == 10
        and filled.average_price > 0
        and len(filled.order_id) == 19
    )
    assert orders["SIMREJECT"].status_message and orders["SIMREJECT"].exchange_order_id is None

    history = client.order_history(filled.order_id)
    assert [entry.ended for entry in history] == [False] * (len(history) - 1) + [True]
    trades = client.trades()
    assert sum(trade.quantity for trade in trades) == 10 and {trade.order_id for trade in trades} == {
        filled.order_id
    }
    assert all(trade.order_timestamp.date() == rig.clock().date() for trade in trades)

    client.invalidate_access_token()
    with pytest.raises(TokenException, match="Incorrect `api_key`"):
        client.orders()


def test_request_token_is_good_once(rig):
    token = rig.place([item()])["request_token"]
    connect(rig).generate_session(token)
    with pytest.raises(TokenException, match="Token is invalid or has expired"):
        connect(rig).generate_session(token)


def test_wrong_secret_is_a_wrong_checksum(rig):
    with pytest.raises(TokenException, match="Invalid `checksum`"):
        connect(rig, api_secret="another").generate_session("r" * 32)


def test_wrong_key_is_told(rig):
    with pytest.raises(InputException, match="Invalid `api_key`"):
        connect(rig, api_key="another").generate_session("r" * 32)


def test_order_that_does_not_exist_is_told(rig):
    session = connect(rig).generate_session(rig.place([item()])["request_token"])
    with pytest.raises(OrderException):
        connect(rig).with_token(session.access_token).order_history("1234567890123456789")
