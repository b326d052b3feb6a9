"""Rules for what fits together in one order: product, order type and disclosed quantity with the
exchange, trigger and price.

Each is silent while a value that it compares is missing or not above 0: another rule reports that.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from kite.basket.fields import takes_disclosed_quantity, takes_price
from kite.basket.items import MAX_QUANTITY, Instrument, Item
from kite.basket.problem import Fix, Problem
from kite.vocabulary import EQUITY, Exchange, OrderType, Product, TransactionType, Variety

OPTIONS = frozenset({"CE", "PE"})
"""The instrument types of options: SL-M ended on them on 27 September 2021."""

COVER_TYPES = (OrderType.MARKET, OrderType.LIMIT)


def product_fits_exchange(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """CNC is delivery of shares, NRML the same for derivatives; MIS is for both."""
    # A rule of its own asks for MIS in a cover order.
    if item.variety is Variety.CO:
        return
    if item.product is Product.CNC and item.exchange not in EQUITY:
        yield Problem(
            "cnc_needs_equity", "product", fixes=({"product": Product.NRML}, {"product": Product.MIS})
        )
    elif item.product is Product.NRML and item.exchange in EQUITY:
        yield Problem(
            "nrml_needs_derivative", "product", fixes=({"product": Product.CNC}, {"product": Product.MIS})
        )


def sl_m_is_taken(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """An SL-M order is not taken on every exchange, and not on options."""
    # In a cover order another rule refuses the type on every exchange.
    if item.order_type is not OrderType.SL_M or item.variety is Variety.CO:
        return
    fixes = ({"order_type": OrderType.SL},)
    if not item.exchange.facts.takes_sl_m:
        yield Problem("sl_m_not_on_exchange", "order_type", {"exchange": item.exchange}, fixes)
    elif instrument is not None and instrument.instrument_type in OPTIONS:
        yield Problem("sl_m_not_on_options", "order_type", fixes=fixes)


def sl_trigger_is_on_its_side(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """The trigger of an SL order comes before its price: at or below it to buy, at or above it to
    sell.
    """
    price, trigger = _price_and_trigger(item)
    if item.order_type is not OrderType.SL or item.variety is Variety.CO or not (price and trigger):
        return
    fixes = ({"trigger_price": f"{price:f}"},)
    if item.transaction_type is TransactionType.BUY and trigger > price:
        yield Problem("sl_buy_trigger", "trigger_price", fixes=fixes)
    elif item.transaction_type is TransactionType.SELL and trigger < price:
        yield Problem("sl_sell_trigger", "trigger_price", fixes=fixes)


def cover_order_is_for_nse_shares(
    item: Item, instrument: Instrument | None, now: datetime
) -> Iterator[Problem]:
    """A cover order is for shares on NSE."""
    if item.variety is not Variety.CO or item.exchange.facts.takes_cover:
        return
    # Many shares are listed on several exchanges.
    others = (exchange for exchange in Exchange if exchange.facts.takes_cover)
    elsewhere = [{"exchange": exchange.value} for exchange in others if item.exchange in EQUITY]
    yield Problem("co_only_nse", "variety", fixes=(*elsewhere, {"variety": Variety.REGULAR}))


def cover_order_is_market_or_limit(
    item: Item, instrument: Instrument | None, now: datetime
) -> Iterator[Problem]:
    """The first leg of a cover order is MARKET or LIMIT; its trigger belongs to the second."""
    if item.variety is Variety.CO and item.order_type not in COVER_TYPES:
        # The price that was typed stays in the order that is offered.
        nearest_type = OrderType.LIMIT if takes_price(item.order_type) else OrderType.MARKET
        yield Problem("co_order_type", "order_type", fixes=({"order_type": nearest_type},))


def cover_order_is_mis(item: Item, instrument: Instrument | None, now: datetime) -> Iterator[Problem]:
    """A cover order is an intraday order, product MIS."""
    if item.variety is Variety.CO and item.product is not Product.MIS:
        yield Problem("co_product", "product", fixes=({"product": Product.MIS},))


def cover_trigger_is_on_its_side(
    item: Item, instrument: Instrument | None, now: datetime
) -> Iterator[Problem]:
    """The trigger of a cover order's stop lies below the price of a buy and above the price of a
    sell.
    """
    price, trigger = _price_and_trigger(item)
    if item.variety is not Variety.CO or item.order_type is not OrderType.LIMIT or not (price and trigger):
        return
    if item.transaction_type is TransactionType.BUY and trigger >= price:
        yield Problem("co_buy_trigger", "trigger_price")
    elif item.transaction_type is TransactionType.SELL and trigger <= price:
        yield Problem("co_sell_trigger", "trigger_price")


def _price_and_trigger(item: Item) -> tuple[Decimal, Decimal]:
    """Return both amounts of an item, 0 for one that is missing or below 0."""
    return max(item.price or Decimal(0), Decimal(0)), max(item.trigger_price or Decimal(0), Decimal(0))


def disclosed_quantity_is_taken(
    item: Item, instrument: Instrument | None, now: datetime
) -> Iterator[Problem]:
    """On some exchanges orders disclose all of their quantity; on the others it may be 1 or more."""
    disclosed = item.disclosed_quantity
    if disclosed is None:
        return
    remove: Fix = {"disclosed_quantity": ""}
    if not takes_disclosed_quantity(item.exchange):
        yield Problem("disclosed_not_taken", "disclosed_quantity", {"exchange": item.exchange}, (remove,))
    elif disclosed < 1:
        yield Problem("disclosed_not_positive", "disclosed_quantity", fixes=(remove,))
    elif disclosed > MAX_QUANTITY:
        yield Problem("too_large", "disclosed_quantity", fixes=(remove,))


def disclosed_quantity_is_a_fair_part(
    item: Item, instrument: Instrument | None, now: datetime
) -> Iterator[Problem]:
    """A share of the quantity is disclosed at least, and never more than all of it."""
    disclosed, percent = item.disclosed_quantity or 0, item.exchange.facts.least_disclosed
    if percent is None or not 1 <= disclosed <= MAX_QUANTITY or not 1 <= item.quantity <= MAX_QUANTITY:
        return
    least = -(-item.quantity * percent // 100)  # rounded up
    if disclosed < least:
        params = {"share": str(percent), "least": str(least)}
        yield Problem(
            "disclosed_too_small",
            "disclosed_quantity",
            params,
            ({"disclosed_quantity": str(least)}, {"disclosed_quantity": ""}),
        )
    elif disclosed > item.quantity:
        yield Problem(
            "disclosed_too_large",
            "disclosed_quantity",
            fixes=({"disclosed_quantity": str(item.quantity)}, {"disclosed_quantity": ""}),
        )
