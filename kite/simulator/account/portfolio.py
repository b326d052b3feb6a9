"""Positions as Kite shows them, and their conversion from one product to another."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from kite.simulator.account import costs, funds, holdings, positions
from kite.simulator.account.positions import LedgerPosition, PositionFill
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument, Market
from kite.simulator.core.responses import Refused
from kite.simulator.core.switches import STRICT_HOLDINGS, is_on
from kite.simulator.exchange.order_json import number
from kite.simulator.exchange.quotes import close_price, price_of
from kite.simulator.exchange.refusals import DELIVERED, no_funds, no_holdings
from kite.vocabulary import EQUITY, OrderType, Product, TransactionType, Validity, Variety


@dataclass(frozen=True)
class Conversion:
    """A request to move `quantity` of a position to another product."""

    instrument: Instrument
    transaction_type: str
    quantity: int
    old_product: str
    new_product: str

    @property
    def key(self) -> positions.Key:
        """The position that the quantity leaves."""
        return self.instrument.exchange, self.instrument.tradingsymbol, self.old_product

    def item(self, price: Decimal) -> Item:
        """Return the order that would open the same quantity in the new product, at `price`."""
        exchange, tradingsymbol, _ = self.key
        return Item(
            tradingsymbol,
            exchange,
            self.transaction_type,
            self.quantity,
            Variety.REGULAR,
            OrderType.LIMIT,
            self.new_product,
            Validity.DAY,
            price=price,
        )


def position_rows(connection: Connection, market: Market, user_id: str, at: int) -> list[dict[str, Any]]:
    """Return the positions at `at`, as GET /portfolio/positions shows them."""
    rows = []
    for position in positions.positions(connection, user_id, at).values():
        instrument = market.find(*position.key[:2])
        if instrument:
            rows.append(_row(position, instrument, price_of(connection, instrument, at)))
    return rows


def convert(connection: Connection, conversion: Conversion, user_id: str, at: int) -> None:
    """Convert a position.

    Raises Refused when the position is smaller, or when funds or holdings do not allow it.
    """
    position = positions.position(connection, conversion.key, user_id, at)
    quantity = position.quantity
    if conversion.transaction_type == TransactionType.SELL:
        quantity = -quantity
    if quantity < conversion.quantity:
        raise Refused(
            400,
            "InputException",
            f"Position quantity is {max(quantity, 0)} but {conversion.quantity} are to be converted.",
        )
    item = conversion.item(position.open_price)
    margin, freed = costs.margin(item, conversion.instrument), position.held * conversion.quantity / quantity
    _check(connection, item, margin, freed, user_id, at)
    leaving = PositionFill(
        conversion.key, conversion.transaction_type, -conversion.quantity, position.open_price
    )
    entering = PositionFill(
        (*conversion.key[:2], conversion.new_product),
        conversion.transaction_type,
        conversion.quantity,
        position.open_price,
        Decimal(margin),
    )
    positions.save_conversion(connection, user_id, at, leaving, entering)


def _check(connection: Connection, item: Item, margin: int, freed: Decimal, user_id: str, at: int) -> None:
    # what the position blocks in its old product is free for the new one
    available = funds.available(connection, user_id, at) + int(freed)
    if margin > max(available, 0):
        raise Refused(400, "MarginException", no_funds(item, margin, available).message)
    delivers = item.product in DELIVERED and item.transaction_type == TransactionType.SELL
    if delivers and is_on(connection, STRICT_HOLDINGS):
        held = holdings.sellable(connection, item.exchange, item.tradingsymbol, item.product, user_id, at)
        if item.quantity > held:
            raise Refused(400, "HoldingException", no_holdings(item, held).message)


def product_fits(exchange: str, product: str) -> bool:
    """Whether a product is possible on an exchange: CNC and MTF for shares, NRML for derivatives,
    MIS for both.
    """
    if product == Product.MIS:
        return True
    if exchange in EQUITY:
        return product in DELIVERED
    return product == Product.NRML


def _row(position: LedgerPosition, instrument: Instrument, price: Decimal) -> dict[str, Any]:
    """Return a row of GET /portfolio/positions."""
    units = position.multiplier
    bought, sold = position.buy_value * units, position.sell_value * units
    gain = sold - bought + position.quantity * price * units
    exchange, tradingsymbol, product = position.key
    sides = {
        "buy_quantity": position.buy_quantity,
        "buy_price": number(_average(position.buy_value, position.buy_quantity)),
        "buy_value": number(bought),
        "sell_quantity": position.sell_quantity,
        "sell_price": number(_average(position.sell_value, position.sell_quantity)),
        "sell_value": number(sold),
    }
    return (
        {
            "tradingsymbol": tradingsymbol,
            "exchange": exchange,
            "instrument_token": instrument.instrument_token,
            "product": product,
            "quantity": position.quantity,
            "overnight_quantity": 0,
            "multiplier": units,
            "average_price": number(_open_average(position)),
            "close_price": number(close_price(instrument)),
            "last_price": number(price),
            "value": number(sold - bought),
            "pnl": number(gain),
            "m2m": number(gain),
            "unrealised": number(gain),
            "realised": 0,
        }
        | sides
        | {"buy_m2m": sides["buy_value"], "sell_m2m": sides["sell_value"]}
        # no position is carried over night, so the figures of the day are those of all trades
        | {f"day_{name}": figure for name, figure in sides.items()}
    )


def _open_average(position: LedgerPosition) -> Decimal:
    """Return the average price of the side that is open, or 0 when the position is closed."""
    if position.quantity > 0:
        return _average(position.buy_value, position.buy_quantity)
    if position.quantity < 0:
        return _average(position.sell_value, position.sell_quantity)
    return Decimal(0)


def _average(value: Decimal, quantity: int) -> Decimal:
    return round(value / quantity, 4) if quantity else Decimal(0)
