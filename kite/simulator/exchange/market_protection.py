"""Market protection: an order without a price that goes to the exchange with one after all (rules of August
2025 and April 2026).
"""

from dataclasses import replace
from decimal import Decimal

from kite.simulator.core.items import Item
from kite.simulator.exchange.prices import Path, on_tick
from kite.vocabulary import OrderType, TransactionType

AUTOMATIC = Decimal(2)
"""Percent that market_protection=-1 stands for. Kite's own figure depends on the instrument."""

LIMITED = {OrderType.MARKET: OrderType.LIMIT, OrderType.SL_M: OrderType.SL}

REQUIRED = "market_protection_required"
"""The switch that refuses MARKET and SL-M orders of the API without protection, as Kite does since April
2026.
"""

REFUSED = (
    "Market orders without market protection are not allowed via API. Please set market protection or use a"
    " Limit order."
)


def protected(item: Item, percent: Decimal, path: Path, at: int) -> Item:
    """Return an order as it is stored: MARKET becomes LIMIT, `percent` away from the price of `at`, with tags
    that say so.

    SL-M becomes SL, away from its trigger. Other order types, and no protection, change nothing.
    """
    kind = LIMITED.get(OrderType(item.order_type))
    if not kind or not percent:
        return item
    percent = AUTOMATIC if percent < 0 else percent
    share = percent / 100 if item.transaction_type == TransactionType.BUY else -percent / 100
    start = item.trigger_price if item.order_type == OrderType.SL_M else path.at(at)
    tags = (*(tag for tag in item.system_tags if not tag.startswith("mktp")), "mktp", f"mktp:{percent:.2f}")
    return replace(
        item, order_type=kind, price=on_tick(start * (1 + share), path.instrument), system_tags=tags
    )
