"""Quotes of an instrument at a moment: prices, volume and depth.

The figures are made up, and always the same for the same moment.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import Connection

from kite.simulator.core.market import Instrument, Market
from kite.simulator.core.timestamps import DAY_TURNS, next_at, stamp
from kite.simulator.exchange.order_json import number
from kite.simulator.exchange.prices import path
from kite.vocabulary import EQUITY, TransactionType

DAY = 86_400_000
SPREAD = Decimal("0.003")
"""The least distance of the day's high and low from the bundled last price."""

CIRCUIT = Decimal("0.10")
DEPTH = 5
INDEX_TICK = Decimal("0.05")


@dataclass(frozen=True)
class Quote:
    """Prices of one instrument in rupees; `instrument` is None for an index, which cannot be
    traded.
    """

    instrument_token: int
    instrument: Instrument | None
    last_price: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def price_of(connection: Connection, instrument: Instrument, at: int) -> Decimal:
    """Return the price of an instrument at `at`."""
    return path(connection, instrument).at(at)


def find_quote(
    connection: Connection, market: Market, exchange: str, tradingsymbol: str, at: int
) -> Quote | None:
    """Return the quote of an instrument or an index, or None when there is no such symbol."""
    instrument = market.find(exchange, tradingsymbol)
    if instrument:
        price = price_of(connection, instrument, at)
        return _quote(
            instrument.instrument_token, instrument, instrument.last_price, price, instrument.tick_size
        )
    index = market.index(exchange, tradingsymbol)
    if not index:
        return None
    token, price = index
    return _quote(token, None, price, price, INDEX_TICK)


def close_price(instrument: Instrument) -> Decimal:
    """Return yesterday's last price: up to one percent from the bundled one, depending on the
    token.
    """
    return _close(instrument.instrument_token, instrument.last_price, instrument.tick_size)


def circuit_limits(instrument: Instrument) -> tuple[Decimal, Decimal]:
    """Return the lowest and the highest price of the day: ten percent around yesterday's."""
    close, tick = close_price(instrument), instrument.tick_size
    return _on_tick(close * (1 - CIRCUIT), tick), _on_tick(close * (1 + CIRCUIT), tick)


def ltp(quote: Quote) -> dict[str, Any]:
    """Return a quote as GET /quote/ltp shows it."""
    return {"instrument_token": quote.instrument_token, "last_price": number(quote.last_price)}


def ohlc(quote: Quote) -> dict[str, Any]:
    """Return a quote as GET /quote/ohlc shows it."""
    prices = {"open": quote.open, "high": quote.high, "low": quote.low, "close": quote.close}
    return ltp(quote) | {"ohlc": {name: number(price) for name, price in prices.items()}}


def full(quote: Quote, at: int) -> dict[str, Any]:
    """Return a quote as GET /quote shows it; an index has neither volume nor depth."""
    prices = {"timestamp": stamp(at)} | ohlc(quote) | {"net_change": number(quote.last_price - quote.close)}
    if not quote.instrument:
        return prices
    lower, upper = circuit_limits(quote.instrument)
    buy, sell = (_depth(quote.instrument, quote.last_price, side) for side in TransactionType)
    lot = quote.instrument.lot_size
    open_interest = 0
    if quote.instrument.exchange not in EQUITY:
        open_interest = lot * (quote.instrument_token % 9000 + 1000)
    return prices | {
        "last_trade_time": stamp(at),
        "last_quantity": lot,
        "buy_quantity": sum(row["quantity"] for row in buy),
        "sell_quantity": sum(row["quantity"] for row in sell),
        "volume": lot * _traded(at),
        "average_price": number(_on_tick((quote.open + quote.last_price) / 2, quote.instrument.tick_size)),
        "oi": open_interest,
        "oi_day_high": open_interest,
        "oi_day_low": open_interest,
        "lower_circuit_limit": number(lower),
        "upper_circuit_limit": number(upper),
        "depth": {"buy": buy, "sell": sell},
    }


def _quote(token: int, instrument: Instrument | None, base: Decimal, price: Decimal, tick: Decimal) -> Quote:
    close = _close(token, base, tick)
    opened = _on_tick((close + base) / 2, tick)
    high = max(opened, price, _on_tick(base * (1 + SPREAD), tick))
    low = min(opened, price, _on_tick(base * (1 - SPREAD), tick))
    return Quote(token, instrument, price, opened, high, low, close)


def _close(token: int, base: Decimal, tick: Decimal) -> Decimal:
    return _on_tick(base * (1 + Decimal(token % 201 - 100) / 10_000), tick)


def _on_tick(price: Decimal, tick: Decimal) -> Decimal:
    return max((price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick, tick)


def _depth(instrument: Instrument, price: Decimal, transaction_type: str) -> list[dict[str, Any]]:
    """Return five offers of one side, the best first, each a tick further away."""
    step = instrument.tick_size
    if transaction_type == TransactionType.BUY:
        step = -step
    rows: list[dict[str, Any]] = []
    for place in range(1, DEPTH + 1):
        offer = price + step * place
        row = {"price": number(offer), "quantity": instrument.lot_size * 100 * place, "orders": 3 * place}
        if offer <= 0:  # below the first tick; Kite fills rows without an offer with zeros
            row = dict.fromkeys(row, 0)
        rows.append(row)
    return rows


def _traded(at: int) -> int:
    """Return a number that grows through the day: one for every tenth of a second since 06:00."""
    return (at - (next_at(at, DAY_TURNS) - DAY)) // 100
