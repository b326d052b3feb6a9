"""Quotes of instruments, and the holdings and positions of an account.

Attributes are those of the documentation's pages "Market quotes" and "Portfolio" and of recorded
answers.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kite.connect.fields import RecordReader


@dataclass(frozen=True)
class Quote:
    """A price in rupees and the day's circuit band, None where Kite names none, as for an index.

    `at` is Kite's own time.
    """

    last_price: Decimal
    lower_circuit_limit: Decimal | None
    upper_circuit_limit: Decimal | None
    at: datetime | None


@dataclass(frozen=True)
class Holding:
    """Shares in a person's account, on the exchange on which they are held. Quantities are shares.

    `authorised_quantity` is how many they have authorised for sale today, at the depository.
    """

    exchange: str
    tradingsymbol: str
    quantity: int
    t1_quantity: int
    realised_quantity: int
    authorised_quantity: int = 0

    @property
    def sellable(self) -> int:
        """How many shares can be sold.

        Shares bought the day before (T1) can be; answers differ in whether `quantity` counts them.
        """
        return max(self.quantity, self.realised_quantity + self.t1_quantity)


@dataclass(frozen=True)
class Position:
    """An open position: the quantity bought (above 0) or sold (below 0) of an instrument."""

    exchange: str
    tradingsymbol: str
    product: str
    quantity: int


def quote(raw: object) -> Quote:
    """Read a quote. Raises DataException without a last price."""
    row = RecordReader(raw, "last_price")
    lower, upper = (row.money(name) or None for name in ("lower_circuit_limit", "upper_circuit_limit"))
    return Quote(row.money("last_price"), lower, upper, row.moment("timestamp"))


def holding(raw: object) -> Holding:
    """Read a holding. Raises DataException without the name of an instrument."""
    row = RecordReader(raw, "exchange", "tradingsymbol")
    quantities = (
        row.integer(name) for name in ("quantity", "t1_quantity", "realised_quantity", "authorised_quantity")
    )
    return Holding(row.text("exchange"), row.text("tradingsymbol"), *quantities)


def position(raw: object) -> Position:
    """Read a position. Raises DataException without the name of an instrument."""
    row = RecordReader(raw, "exchange", "tradingsymbol")
    return Position(
        row.text("exchange"), row.text("tradingsymbol"), row.text("product"), row.integer("quantity")
    )
