"""A simulator on a ledger of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from tests.support.simulator_rig import REDIRECT, Clock, Rig, close


@pytest.fixture
def settings(tmp_path: Path) -> SimulatorSettings:
    return SimulatorSettings(
        api_key="simulator_key",
        redirect_url=REDIRECT,
        database=tmp_path / "simulator.db",
        api_secret="simulator_secret",
    )


@pytest.fixture
def rig(settings: SimulatorSettings) -> Iterator[Rig]:
    clock = Clock()
    rig = Rig(create_simulator(settings, clock), clock, settings)
    yield rig
    close(rig.app)
