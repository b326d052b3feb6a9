"""Cautions for orders at market, which take any price: where few people trade that can be a bad
one, and some of them Kite refuses.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kite.basket.checking.caution import ComposedBasket
from kite.basket.checking.protection import PROTECTED, KnownPrice, protective_limit, usual_percent
from kite.basket.items import Instrument, Item
from kite.basket.problem import Fix, Problem
from kite.vocabulary import IST, Exchange
from kite.vocabulary.exchanges import Traded

FAR_EXPIRY = timedelta(days=40)
"""From today; beyond this month's options and the next month's few people quote a price."""


OPTIONS = ("CE", "PE")


SHARE_DERIVATIVES = tuple(
    exchange for exchange in Exchange if exchange.facts.trades is Traded.SHARE_DERIVATIVES
)
COMMODITIES = tuple(
    exchange for exchange in Exchange if exchange.facts.trades is Traded.COMMODITY_DERIVATIVES
)


INDICES = frozenset(
    {"NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "SENSEX", "BANKEX", "SENSEX50"}
)
"""The names of options on indices on NFO and BFO.

The list of instruments does not distinguish them from options on stocks.
"""


TRADE_TO_TRADE = "-BE"
"""How the symbol of a share ends that NSE has moved to its trade-to-trade series."""


def market_where_few_trade(basket: ComposedBasket) -> Iterator[tuple[int, Problem]]:
    """An order at market takes any price, and where few trade that can be a bad one; some of these
    Kite refuses.
    """
    for place, item, instrument in basket.readable_orders():
        if item.order_type not in PROTECTED or instrument is None:
            continue
        if code := _thin_trading_code(instrument, basket.now):
            params = {"tradingsymbol": item.tradingsymbol}
            yield place, Problem(code, "order_type", params, _limit_fixes(item, instrument))


def market_on_stock_options(basket: ComposedBasket) -> Iterator[tuple[int, Problem]]:
    """An order at market in an option on a stock is refused before it gets into the order book."""
    for place, item, instrument in basket.readable_orders():
        if item.order_type in PROTECTED and instrument is not None and _is_stock_option(instrument):
            yield place, Problem("market_on_stock_option", "order_type", {}, _limit_fixes(item, instrument))


def _is_stock_option(instrument: Instrument) -> bool:
    # Without a name it cannot be told from an option on an index.
    derivative = instrument.exchange in SHARE_DERIVATIVES and instrument.instrument_type in OPTIONS
    return derivative and instrument.name != "" and instrument.name not in INDICES


def _thin_trading_code(instrument: Instrument, now: datetime) -> str:
    """Return the code of the reason why few people trade an instrument; "" where many may."""
    if instrument.exchange == Exchange.NSE and instrument.tradingsymbol.endswith(TRADE_TO_TRADE):
        return "market_on_trade_to_trade"
    if instrument.instrument_type not in OPTIONS:
        return ""
    if instrument.exchange in COMMODITIES:
        return "market_on_mcx_option"
    # Every order at market in an option on a stock has a caution of its own.
    if _is_stock_option(instrument):
        return ""
    far = instrument.expiry is not None and instrument.expiry > now.astimezone(IST).date() + FAR_EXPIRY
    return "market_on_far_option" if far else ""


def _limit_fixes(item: Item, instrument: Instrument) -> tuple[Fix, ...]:
    """Return the fix that makes the order a limit order, at the price that market protection would
    choose from the last close; none where no limit can be worked out.
    """
    percent, close = usual_percent(item.exchange), KnownPrice(instrument.last_price)
    limit = protective_limit(item, instrument.tick_size, percent, close)
    if limit is None:
        return ()
    return ({"order_type": limit.order_type.value, "price": f"{limit.price.normalize():f}"},)
