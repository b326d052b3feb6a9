"""Quotes: what the market shows of an instrument at a moment.

The figures are nobody's, and always the same for the same moment.
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
"""How far the day's high and low are from the bundled last price at least."""

CIRCUIT = Decimal("0.10")
DEPTH = 5
INDEX_TICK = Decimal("0.05")


@dataclass(frozen=True)
class Quote:
    """Prices of one instrument in rupees; `instrument` is None for an index, which has a price and cannot be
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
    """Return what an instrument trades at."""
    return path(connection, instrument).at(at)


def quote(connection: Connection, market: Market, exchange: str, tradingsymbol: str, at: int) -> Quote | None:
    """Return the quote of an instrument or an index, or None when there is no such thing."""
    instrument = market.find(exchange, tradingsymbol)
    if instrument:
        price = price_of(connection, instrument, at)
        return _quote(
            instrument.instrument_token, instrument, instrument.last_price, price, instrument.tick_size
        )
    index = market.index(exchange, tradingsymbol)
    return _quote(index[0], None, index[1], index[1], INDEX_TICK) if index else None


def close_price(instrument: Instrument) -> Decimal:
    """Return yesterday's last price: within one percent of the bundled one, by the instrument's token."""
    return _close(instrument.instrument_token, instrument.last_price, instrument.tick_size)


def circuit(instrument: Instrument) -> tuple[Decimal, Decimal]:
    """Return the lowest and the highest price of the day: ten percent around yesterday's."""
    close = close_price(instrument)
    return tuple(_on_tick(close * (1 + share), instrument.tick_size) for share in (-CIRCUIT, CIRCUIT))  # type: ignore[return-value]


def ltp(quote: Quote) -> dict[str, Any]:
    """Return what GET /quote/ltp shows."""
    return {"instrument_token": quote.instrument_token, "last_price": number(quote.last_price)}


def ohlc(quote: Quote) -> dict[str, Any]:
    """Return what GET /quote/ohlc shows."""
    prices = {"open": quote.open, "high": quote.high, "low": quote.low, "close": quote.close}
    return ltp(quote) | {"ohlc": {name: number(price) for name, price in prices.items()}}


def whole(quote: Quote, at: int) -> dict[str, Any]:
    """Return what GET /quote shows; an index has neither volume nor depth."""
    shown = {"timestamp": stamp(at)} | ohlc(quote) | {"net_change": number(quote.last_price - quote.close)}
    if not quote.instrument:
        return shown
    lower, upper = circuit(quote.instrument)
    buy, sell = (_depth(quote.instrument, quote.last_price, side) for side in TransactionType)
    lot = quote.instrument.lot_size
    open_interest = 0 if quote.instrument.exchange in EQUITY else lot * (quote.instrument_token % 9000 + 1000)
    return shown | {
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
    """Return five offers of one side, the best first, from a tick away on; below the first tick there are
    none.
    """
    step = -instrument.tick_size if transaction_type == TransactionType.BUY else instrument.tick_size
    offers = [(place, price + step * place) for place in range(1, DEPTH + 1)]
    rows = [
        {"price": number(offer), "quantity": instrument.lot_size * 100 * place, "orders": 3 * place}
        for place, offer in offers
    ]
    return [row if row["price"] > 0 else {"price": 0, "quantity": 0, "orders": 0} for row in rows]


def _traded(at: int) -> int:
    """Return a number that grows through the day: one for every tenth of a second since 06:00."""
    return (at - (next_at(at, DAY_TURNS) - DAY)) // 100
