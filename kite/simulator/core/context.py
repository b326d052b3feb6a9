"""The services of the simulator that answers a request: settings, clock, ledger, market."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from kite.config import SimulatorSettings
from kite.simulator.core.ledger import Ledger
from kite.simulator.core.market import Market
from kite.simulator.core.timestamps import milliseconds

EXTENSION = "kite_simulator"


@dataclass(frozen=True)
class SimulatorServices:
    """The services of one simulator. `cookie_path` is where its login cookie is sent to."""

    settings: SimulatorSettings
    now: Callable[[], datetime]
    ledger: Ledger
    market: Market
    cookie_path: str

    def at(self) -> int:
        """Return the current time in milliseconds."""
        return milliseconds(self.now())


def services() -> SimulatorServices:
    """Return the services of the simulator that answers this request."""
    return cast(SimulatorServices, current_app.extensions[EXTENSION])
