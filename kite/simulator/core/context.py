"""What every handler of the simulator works with, and the moment it works at."""

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
    """The parts of one simulator. `cookie_path` is where its login cookie is sent to."""

    settings: SimulatorSettings
    now: Callable[[], datetime]
    ledger: Ledger
    market: Market
    cookie_path: str

    def at(self) -> int:
        """Return the current time in milliseconds."""
        return milliseconds(self.now())


def services() -> SimulatorServices:
    """Return the parts of the simulator that answers this request."""
    return cast(SimulatorServices, current_app.extensions[EXTENSION])
