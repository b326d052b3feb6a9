"""What orders would cost, according to Kite: margins, and charges by kind. Decimal rupees.

Attributes are those of the documentation's page "Margin calculation" and of recorded answers.
"""

from dataclasses import dataclass, fields
from decimal import Decimal

from kite.connect.fields import RecordReader
from kite.exceptions import DataException

COMMODITY = "commodity"
"""The segment of funds that orders on MCX name; every other order names "equity"."""


@dataclass(frozen=True)
class Charges:
    """The charges for an order, by kind.

    `transaction_tax` is STT, or CTT on commodities. Not rounded.
    """

    brokerage: Decimal = Decimal(0)
    transaction_tax: Decimal = Decimal(0)
    exchange_turnover_charge: Decimal = Decimal(0)
    sebi_turnover_charge: Decimal = Decimal(0)
    stamp_duty: Decimal = Decimal(0)
    gst: Decimal = Decimal(0)
    total: Decimal = Decimal(0)

    def __add__(self, other: "Charges") -> "Charges":
        """Return both together, kind by kind."""
        names = (kind.name for kind in fields(Charges))
        return Charges(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True)
class OrderMargin:
    """The margin of one order by itself. `segment` is equity or commodity."""

    segment: str
    exchange: str
    tradingsymbol: str
    total: Decimal
    charges: Charges


@dataclass(frozen=True)
class BasketMargin:
    """The margin of orders together: `initial` while they are placed one by one, `final` with the
    benefit of their spread.

    `orders` are in the order in which they were sent. Kite's answer has the charges of the whole
    basket too, but in recorded answers they do not add up, so they are not read.
    """

    initial: Decimal
    final: Decimal
    orders: tuple[OrderMargin, ...]


def basket_margin(raw: object) -> BasketMargin:
    """Read the margin of a basket.

    Raises DataException without a list of orders, or without one of the two totals.
    """
    row = RecordReader(raw)
    orders = row.raw.get("orders")
    if not isinstance(orders, list) or not all("total" in row.child(name) for name in ("initial", "final")):
        raise DataException("Kite sent a basket margin that lacks its totals or its orders.")
    initial, final = (RecordReader(row.child(name)).money("total") for name in ("initial", "final"))
    return BasketMargin(initial, final, tuple(_order_margin(order) for order in orders))


def charges(raw: object) -> Charges:
    """Read the charges of a record that holds them.

    Raises DataException when it is no object; what is missing is 0.
    """
    row = RecordReader(RecordReader(raw).child("charges"))
    kinds = {kind.name: row.money(kind.name) for kind in fields(Charges)}
    return Charges(**kinds | {"gst": RecordReader(row.child("gst")).money("total")})


def _order_margin(raw: object) -> OrderMargin:
    row = RecordReader(raw)
    return OrderMargin(
        row.text("type"), row.text("exchange"), row.text("tradingsymbol"), row.money("total"), charges(raw)
    )
