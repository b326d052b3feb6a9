"""A simulator over HTTP, started as `make simulator` starts it, for the official clients."""

from collections.abc import Iterator
from typing import Any

import pytest
from kiteconnect import KiteConnect

from tests.support.live import LiveFactory
from tests.support.python_client import client, log_in
from tests.support.standing import REDIRECT, Standing, postbox


@pytest.fixture(scope="module")
def postbacks() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address where the simulator's postbacks go, and what came so far."""
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def simulator(start_live: LiveFactory, postbacks: tuple[str, list[dict[str, Any]]]) -> Iterator[Standing]:
    live = start_live("app:simulator()", SIMULATOR_REDIRECT_URL=REDIRECT, SIMULATOR_POSTBACK_URL=postbacks[0])
    standing = Standing(live)
    standing.start_the_day()
    yield standing
    standing.web.close()
    live.kill()


@pytest.fixture(scope="module")
def no_proxy() -> Iterator[None]:
    """The client asks the environment for a proxy; loopback needs none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def connect(simulator: Standing, no_proxy: None) -> Iterator[KiteConnect]:
    """A client that is logged in."""
    connect = client(simulator)
    log_in(simulator, connect)
    yield connect
    connect.reqsession.close()


@pytest.fixture
def stranger(simulator: Standing, no_proxy: None) -> Iterator[KiteConnect]:
    """A client that is not logged in."""
    connect = client(simulator)
    yield connect
    connect.reqsession.close()


@pytest.fixture
def switches_back(simulator: Standing) -> Iterator[None]:
    """Clear faults and turn switches off after a test that sets some."""
    yield
    simulator.control(
        {"action": "clear"},
        *({"action": "switch", "name": name, "value": "off"} for name in simulator.control()["switches"]),
    )
