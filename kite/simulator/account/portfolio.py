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
    """What a client asks for: to move `quantity` of a position to another product."""

    instrument: Instrument
    transaction_type: str
    quantity: int
    old_product: str
    new_product: str

    @property
    def key(self) -> positions.Key:
        """The position that it leaves."""
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


def shown(connection: Connection, market: Market, user_id: str, at: int) -> list[dict[str, Any]]:
    """Return the positions at `at`, as GET /portfolio/positions shows them."""
    rows = []
    for position in positions.positions(connection, user_id, at).values():
        instrument = market.find(*position.key[:2])
        if instrument:
            rows.append(_row(position, instrument, price_of(connection, instrument, at)))
    return rows


def convert(connection: Connection, asked: Conversion, user_id: str, at: int) -> None:
    """Convert a position.

    Raises Refused when there is less of it, or when funds or holdings do not allow it.
    """
    position = positions.position(connection, asked.key, user_id, at)
    standing = position.quantity
    if asked.transaction_type == TransactionType.SELL:
        standing = -standing
    if standing < asked.quantity:
        raise Refused(
            400,
            "InputException",
            f"Position quantity is {max(standing, 0)} but {asked.quantity} are to be converted.",
        )
    item = asked.item(position.open_price)
    margin, freed = costs.margin(item, asked.instrument), position.held * asked.quantity / standing
    _check(connection, item, margin, freed, user_id, at)
    leaving = PositionFill(asked.key, asked.transaction_type, -asked.quantity, position.open_price)
    entering = PositionFill(
        (*asked.key[:2], asked.new_product),
        asked.transaction_type,
        asked.quantity,
        position.open_price,
        Decimal(margin),
    )
    positions.convert(connection, user_id, at, leaving, entering)


def _check(connection: Connection, item: Item, margin: int, freed: Decimal, user_id: str, at: int) -> None:
    available = funds.available(connection, user_id, at) + int(freed)
    if margin > max(available, 0):
        raise Refused(400, "MarginException", no_funds(item, margin, available).message)
    if (
        item.product in DELIVERED
        and item.transaction_type == TransactionType.SELL
        and is_on(connection, STRICT_HOLDINGS)
    ):
        held = holdings.sellable(connection, item.exchange, item.tradingsymbol, item.product, user_id, at)
        if item.quantity > held:
            raise Refused(400, "HoldingException", no_holdings(item, held).message)


def fits(exchange: str, product: str) -> bool:
    """Whether a product can be held on an exchange: CNC and MTF are of shares, NRML of derivatives, MIS of
    both.
    """
    return product == Product.MIS or (product in DELIVERED if exchange in EQUITY else product == Product.NRML)


def _row(position: LedgerPosition, instrument: Instrument, price: Decimal) -> dict[str, Any]:
    """Return a position; nothing is carried over night, so what was traded is all of the day."""
    units = position.multiplier
    bought, sold = (
        _average(position.buy_value, position.buy_quantity),
        _average(position.sell_value, position.sell_quantity),
    )
    value = (position.sell_value - position.buy_value) * units
    gain = value + position.quantity * price * units
    buy = {
        "quantity": position.buy_quantity,
        "price": number(bought),
        "value": number(position.buy_value * units),
    }
    sell = {
        "quantity": position.sell_quantity,
        "price": number(sold),
        "value": number(position.sell_value * units),
    }
    exchange, tradingsymbol, product = position.key
    sides = {
        f"{side}_{name}": figure for side, of in (("buy", buy), ("sell", sell)) for name, figure in of.items()
    }
    return (
        {
            "tradingsymbol": tradingsymbol,
            "exchange": exchange,
            "instrument_token": instrument.instrument_token,
            "product": product,
        }
        | {"quantity": position.quantity, "overnight_quantity": 0, "multiplier": units}
        | {
            "average_price": number(
                bought if position.quantity > 0 else sold if position.quantity else Decimal(0)
            )
        }
        | {"close_price": number(close_price(instrument)), "last_price": number(price)}
        | {
            "value": number(value),
            "pnl": number(gain),
            "m2m": number(gain),
            "unrealised": number(gain),
            "realised": 0,
        }
        | sides
        | {"buy_m2m": buy["value"], "sell_m2m": sell["value"]}
        | {f"day_{name}": figure for name, figure in sides.items()}
    )


def _average(value: Decimal, quantity: int) -> Decimal:
    return round(value / quantity, 4) if quantity else Decimal(0)
