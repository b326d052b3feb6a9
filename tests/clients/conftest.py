"""A simulator over HTTP, started as `make simulator` starts it, for the official clients."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.live import LiveFactory
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
