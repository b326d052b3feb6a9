"""Market protection: an order without a price is sent to the exchange as a limit order near the
market.

The rules are those of August 2025 and April 2026.
"""

from dataclasses import replace
from decimal import Decimal

from kite.simulator.core.items import Item
from kite.simulator.exchange.prices import Path, on_tick
from kite.vocabulary import OrderType, TransactionType

AUTOMATIC = Decimal(2)
"""The percentage for market_protection=-1. Kite's own figure depends on the instrument."""

LIMITED = {OrderType.MARKET: OrderType.LIMIT, OrderType.SL_M: OrderType.SL}

REQUIRED = "market_protection_required"
"""The switch that refuses MARKET and SL-M orders of the API without protection, as Kite has since
April 2026.
"""

REFUSED = (
    "Market orders without market protection are not allowed via API. Please set market protection or use a"
    " Limit order."
)


def with_protection(item: Item, percent: Decimal, path: Path, at: int) -> Item:
    """Return an order as it is stored: MARKET becomes LIMIT, `percent` away from the price at `at`.

    SL-M becomes SL, away from its trigger. Tags say what happened. Other order types stay as they
    are, and so does an order without protection.
    """
    kind = LIMITED.get(OrderType(item.order_type))
    if not kind or not percent:
        return item
    if percent < 0:
        percent = AUTOMATIC
    share = percent / 100
    if item.transaction_type == TransactionType.SELL:
        share = -share
    start = item.trigger_price if item.order_type == OrderType.SL_M else path.at(at)
    # the tags of an earlier protection go: each modification protects anew, at the price of its
    # moment
    tags = (*(tag for tag in item.system_tags if not tag.startswith("mktp")), "mktp", f"mktp:{percent:.2f}")
    return replace(
        item, order_type=kind, price=on_tick(start * (1 + share), path.instrument), system_tags=tags
    )
