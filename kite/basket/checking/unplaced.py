"""Why Kite may have made no order at all for an item: such an order has no number and is in no
order book.

Sources: the broker's support page on rejected orders that are not displayed, and reports of
integrators.
"""

import re
from enum import StrEnum

from kite.basket.checking.figure_cautions import MOST_SHARES
from kite.basket.checking.market_cautions import INDICES
from kite.basket.fields import takes_price, takes_trigger
from kite.basket.items import Item
from kite.vocabulary import EQUITY, Product, Variety
from kite.vocabulary.exchanges import Traded

_ON_INDEX = re.compile(rf"(?:{'|'.join(INDICES)})\d\d.*")
_OPTION = re.compile(r".*\d(?:CE|PE)")


class UnplacedReason(StrEnum):
    """A reason for which Kite makes no order."""

    REMOVED = "removed"
    SYMBOL = "symbol"
    FREEZE = "freeze"
    SHARES = "shares"
    STOCK_OPTION = "stock_option"
    CIRCUIT = "circuit"
    AMO_HOURS = "amo_hours"
    MIS = "mis"
    TRIGGER = "trigger"


def reasons(item: Item) -> tuple[UnplacedReason, ...]:
    """Return the reasons that are possible for an item like this, the likelier ones first."""
    shares = item.exchange in EQUITY
    possible = {
        UnplacedReason.REMOVED: not item.readonly,
        # The symbol was checked against our list; Kite's may have changed since.
        UnplacedReason.SYMBOL: True,
        UnplacedReason.FREEZE: not shares,
        UnplacedReason.SHARES: shares and item.quantity > MOST_SHARES,
        UnplacedReason.STOCK_OPTION: not takes_price(item.order_type) and is_stock_option(item),
        UnplacedReason.CIRCUIT: item.price is not None or item.trigger_price is not None,
        UnplacedReason.AMO_HOURS: item.variety == Variety.AMO,
        UnplacedReason.MIS: item.product == Product.MIS or item.variety == Variety.CO,
        UnplacedReason.TRIGGER: takes_trigger(item.order_type, item.variety),
    }
    return tuple(reason for reason, applies in possible.items() if applies)


def is_stock_option(item: Item) -> bool:
    """Whether an item is an option on a stock, as its symbol says: RELIANCE26DEC1400CE is one,
    NIFTY26DEC26000CE is not.
    """
    derivative = item.exchange.facts.trades is Traded.SHARE_DERIVATIVES
    return (
        derivative
        and bool(_OPTION.fullmatch(item.tradingsymbol))
        and not _ON_INDEX.fullmatch(item.tradingsymbol)
    )
