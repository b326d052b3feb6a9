"""Published baskets for tests."""

from decimal import Decimal
from typing import Any

from kite.basket.items import Item
from kite.offsite.base.services import Services
from kite.publishing import offers
from kite.publishing.drafts import Draft
from kite.store.publishing.published import Published
from kite.vocabulary import Exchange, OrderType, Product, TransactionType

FIVE = ("RELIANCE", "HDFCBANK", "INFY", "ITC", "TCS")


def an_item(tradingsymbol: str = "INFY", quantity: int = 1, **given: Any) -> Item:
    usual = {
        "exchange": Exchange.NSE,
        "transaction_type": TransactionType.BUY,
        "order_type": OrderType.MARKET,
        "product": Product.CNC,
    }
    return Item(**{"tradingsymbol": tradingsymbol, "quantity": quantity} | usual | given)


def a_draft(**given: Any) -> Draft:
    usual = {
        "slug": "large-five",
        "title": "Large five, equal weight",
        "author": "A. Author, research analyst",
        "registration": "INH000000000",
        "rationale": "Five of the largest NSE companies, one fifth each.",
        "disclosure": "Investments in securities market are subject to market risks.",
        "items": tuple(an_item(symbol, readonly=True) for symbol in FIVE),
        "amount": Decimal(50000),
    }
    return Draft(**usual | given)


def publish(services: Services, **given: Any) -> Published:
    """Publish a basket, the large five unless told otherwise."""
    return offers.publish(services, a_draft(**given), "asha")
