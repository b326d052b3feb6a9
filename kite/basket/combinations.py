"""Rules for what fits together in one order: product and exchange, order type and exchange, trigger and price.

Each is silent while a value that it compares is missing or not above 0: another rule tells that.
"""

from collections.abc import Iterator
from datetime import datetime

from kite.basket.items import Instrument, Item, takes_price
from kite.basket.problem import Problem
from kite.vocabulary import EQUITY, Exchange, OrderType, Product, TransactionType, Variety

WITHOUT_SL_M = frozenset({Exchange.BSE, Exchange.BFO, Exchange.BCD})
"""BSE takes no SL-M order in any segment, since 9 October 2023."""

OPTIONS = frozenset({"CE", "PE"})
"""The instrument types of options: SL-M ended on them on 27 September 2021."""

COVER_TYPES = (OrderType.MARKET, OrderType.LIMIT)


def product_fits_exchange(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """CNC is delivery of shares, NRML the same for derivatives; MIS is for both."""
    if item.variety is Variety.CO:
        return
    if item.product is Product.CNC and item.exchange not in EQUITY:
        yield Problem("cnc_needs_equity", "product", fixes=({"product": Product.NRML}, {"product": Product.MIS}))
    elif item.product is Product.NRML and item.exchange in EQUITY:
        yield Problem("nrml_needs_derivative", "product", fixes=({"product": Product.CNC}, {"product": Product.MIS}))


def sl_m_is_taken(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An SL-M order is not taken on BSE in any segment, and not on options."""
    if item.order_type is not OrderType.SL_M or item.variety is Variety.CO:
        return
    fixes = ({"order_type": OrderType.SL},)
    if item.exchange in WITHOUT_SL_M:
        yield Problem("sl_m_not_on_exchange", "order_type", {"exchange": item.exchange}, fixes)
    elif instrument is not None and instrument.instrument_type in OPTIONS:
        yield Problem("sl_m_not_on_options", "order_type", fixes=fixes)


def sl_trigger_is_on_its_side(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The trigger of an SL order comes before its price: at or below it to buy, at or above it to sell."""
    price, trigger = item.price or 0, item.trigger_price or 0
    if item.order_type is not OrderType.SL or item.variety is Variety.CO or price <= 0 or trigger <= 0:
        return
    fixes = ({"trigger_price": f"{price:f}"},)
    if item.transaction_type is TransactionType.BUY and trigger > price:
        yield Problem("sl_buy_trigger", "trigger_price", fixes=fixes)
    elif item.transaction_type is TransactionType.SELL and trigger < price:
        yield Problem("sl_sell_trigger", "trigger_price", fixes=fixes)


def cover_order_is_for_nse_shares(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A cover order is for shares on NSE."""
    if item.variety is not Variety.CO or item.exchange is Exchange.NSE:
        return
    elsewhere = ({"exchange": Exchange.NSE},) if item.exchange is Exchange.BSE else ()
    yield Problem("co_only_nse", "variety", fixes=(*elsewhere, {"variety": Variety.REGULAR}))


def cover_order_is_market_or_limit(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The first leg of a cover order is MARKET or LIMIT; its trigger belongs to the second."""
    if item.variety is Variety.CO and item.order_type not in COVER_TYPES:
        kept = OrderType.LIMIT if takes_price(item.order_type) else OrderType.MARKET
        yield Problem("co_order_type", "order_type", fixes=({"order_type": kept},))


def cover_order_is_mis(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A cover order is an intraday order, product MIS."""
    if item.variety is Variety.CO and item.product is not Product.MIS:
        yield Problem("co_product", "product", fixes=({"product": Product.MIS},))


def cover_trigger_is_on_its_side(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The trigger of a cover order's stop lies below the price of a buy and above the price of a sell."""
    price, trigger = item.price or 0, item.trigger_price or 0
    if item.variety is not Variety.CO or item.order_type is not OrderType.LIMIT or price <= 0 or trigger <= 0:
        return
    if item.transaction_type is TransactionType.BUY and trigger >= price:
        yield Problem("co_buy_trigger", "trigger_price")
    elif item.transaction_type is TransactionType.SELL and trigger <= price:
        yield Problem("co_sell_trigger", "trigger_price")
