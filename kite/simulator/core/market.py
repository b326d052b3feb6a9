"""What can be traded at the simulator: the bundled instruments with their last prices."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from kite import bundled
from kite.vocabulary import IST, OrderType, TransactionType

INDICES = "INDICES"
MULTIPLIERS = {"USDINR": 1000, "CRUDEOIL": 100, "NATURALGAS": 1250}
"""Units in one contract, where a quantity counts contracts.

The instruments file has no such column.
"""


@dataclass(frozen=True)
class Instrument:
    """One row of the instruments file. Prices are rupees."""

    instrument_token: int
    tradingsymbol: str
    exchange: str
    name: str
    last_price: Decimal
    tick_size: Decimal
    lot_size: int
    strike: Decimal
    instrument_type: str

    @property
    def multiplier(self) -> int:
        """How many units a quantity of 1 stands for."""
        return MULTIPLIERS.get(self.name, 1)

    def triggered(self, transaction_type: str, trigger_price: Decimal) -> bool:
        """Whether the last price has reached a stop: from below for BUY, from above for SELL."""
        if transaction_type == TransactionType.BUY:
            return self.last_price >= trigger_price
        return self.last_price <= trigger_price

    def expected_price(self, order_type: str, price: Decimal) -> Decimal:
        """Return the price that an order is valued at: its limit, or the last price without one."""
        if price and order_type in (OrderType.LIMIT, OrderType.SL):
            return price
        return self.last_price


class Market:
    """The instruments of the day.

    Expired contracts give way to new ones when the date of `now` changes.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        # requests of several threads share the market, and one of them reads the file when the day
        # changes
        self._lock = threading.Lock()
        self._day: date | None = None
        self._instruments: dict[tuple[str, str], Instrument] = {}
        self._indices: dict[tuple[str, str], tuple[int, Decimal]] = {}

    def find(self, exchange: str, tradingsymbol: str) -> Instrument | None:
        """Return the instrument of an exact, case-sensitive pair, or None.

        Indices cannot be traded and are not found.
        """
        today = self.today()
        with self._lock:
            self._read_file(today)
            return self._instruments.get((exchange, tradingsymbol))

    def index(self, exchange: str, tradingsymbol: str) -> tuple[int, Decimal] | None:
        """Return the token and the price of an index, or None."""
        today = self.today()
        with self._lock:
            self._read_file(today)
            return self._indices.get((exchange, tradingsymbol))

    def _read_file(self, today: date) -> None:
        """Read the instruments of the day, once. The caller holds the lock."""
        if self._day == today:
            return
        rows = {(row["exchange"], row["tradingsymbol"]): row for row in bundled.rows(today)}
        self._instruments = {key: _read(row) for key, row in rows.items() if row["segment"] != INDICES}
        self._indices = {
            key: (int(row["instrument_token"]), Decimal(row["last_price"]))
            for key, row in rows.items()
            if row["segment"] == INDICES
        }
        self._day = today

    def today(self) -> date:
        """Return the date in India."""
        return self.now().astimezone(IST).date()


def _read(row: dict[str, str]) -> Instrument:
    tick = Decimal(row["tick_size"])
    # a file may hold a last price between two ticks, at which nothing can trade
    steps = (Decimal(row["last_price"]) / tick).quantize(Decimal(1), ROUND_HALF_EVEN)
    return Instrument(
        instrument_token=int(row["instrument_token"]),
        tradingsymbol=row["tradingsymbol"],
        exchange=row["exchange"],
        name=row["name"],
        last_price=max(steps * tick, tick),
        tick_size=tick,
        lot_size=int(row["lot_size"]),
        strike=Decimal(row["strike"] or 0),
        instrument_type=row["instrument_type"],
    )
