"""Holdings: the shares that the demo client has each morning, less what was sold of them today.

By default there are plenty, and a sale for delivery is never refused. With the switch `strict_holdings` there
are few, and what the client does not hold cannot be sold: a holding counts on the exchange where it lies.
With `authorised_sales` what is held is delivered only as far as its holder authorised that today.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from kite import bundled
from kite.simulator.account.authorisations import authorised
from kite.simulator.account.funds import pending
from kite.simulator.account.positions import position, positions
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument, Market
from kite.simulator.core.switches import AUTHORISED_SALES, STRICT_HOLDINGS, is_on
from kite.simulator.core.timestamps import moment_of
from kite.simulator.exchange.order_json import number
from kite.simulator.exchange.quotes import close_price, price_of
from kite.simulator.exchange.refusals import DELIVERED, Refusal, no_holdings, not_authorised
from kite.vocabulary import EQUITY, Exchange, Product, TransactionType

PLENTY = 1_00_000
MTF = "MTF"

ISINS = {
    "INFY": "INE009A01021",
    "SBIN": "INE062A01020",
    "RELIANCE": "INE002A01018",
    "HDFCBANK": "INE040A01034",
    "TCS": "INE467B01029",
    "ITC": "INE154A01025",
}
"""The numbers of well-known shares. All others get one that is made up."""


@dataclass(frozen=True)
class DayHolding:
    """A holding as the day begins: `t1` of its `quantity` were bought the day before, `mtf` stand beside it
    on margin.
    """

    exchange: str
    tradingsymbol: str
    quantity: int
    t1: int = 0
    mtf: int = 0


FEW = (
    DayHolding(Exchange.NSE, "INFY", 10),
    DayHolding(Exchange.NSE, "RELIANCE", 25, t1=5),
    DayHolding(Exchange.BSE, "SBIN", 16),
    DayHolding(Exchange.NSE, "ITC", 100, mtf=20),
)
"""The portfolio with `strict_holdings`."""

AUCTIONS = (("20", DayHolding(Exchange.NSE, "ITC", 5)), ("34", DayHolding(Exchange.NSE, "INFY", 2)))
"""Holdings that can be offered in today's auctions, each by the number of its auction."""

BOUGHT_AT, BOUGHT_ON_MARGIN_AT = Decimal("0.92"), Decimal("0.95")
"""What the client paid, as shares of the last price."""


def morning(connection: Connection, market: Market) -> list[DayHolding]:
    """Return the portfolio as the day begins: few shares, or plenty of each company, on NSE where it is
    listed there.
    """
    if is_on(connection, STRICT_HOLDINGS):
        return list(FEW)
    rows = [
        row
        for row in bundled.rows(market.today())
        if row["segment"] in EQUITY and not row["tradingsymbol"].startswith("SIM")
    ]
    listed = {row["tradingsymbol"]: row["exchange"] for row in rows if row["exchange"] == Exchange.NSE}
    others = {row["tradingsymbol"]: row["exchange"] for row in rows}
    return [
        DayHolding(exchange, tradingsymbol, PLENTY) for tradingsymbol, exchange in (others | listed).items()
    ]


def holdings(connection: Connection, market: Market, user_id: str, at: int) -> list[dict[str, Any]]:
    """Return the holdings at `at`, as GET /portfolio/holdings shows them."""
    standing, allowed = positions(connection, user_id, at), authorised(connection, user_id, at)
    found = []
    for share in morning(connection, market):
        instrument = market.find(share.exchange, share.tradingsymbol)
        if instrument:
            delivered, on_margin = (
                standing.get((share.exchange, share.tradingsymbol, product)) for product in (Product.CNC, MTF)
            )
            sold, sold_on_margin = (max(-each.quantity, 0) if each else 0 for each in (delivered, on_margin))
            price = price_of(connection, instrument, at)
            row = _holding(share, instrument, sold, price, at) | {
                "mtf": _margin_funded(share, instrument, sold_on_margin)
            }
            found.append(row | {"authorised_quantity": min(allowed.get(row["isin"], 0), share.quantity)})
    return found


def auctions(connection: Connection, market: Market, at: int) -> list[dict[str, Any]]:
    """Return what can be offered in auctions, as GET /portfolio/holdings/auctions shows it."""
    found = []
    for auction_number, share in AUCTIONS:
        instrument = market.find(share.exchange, share.tradingsymbol)
        if instrument:
            row = _holding(share, instrument, 0, price_of(connection, instrument, at), at)
            left = {
                name: value
                for name, value in row.items()
                if name not in ("used_quantity", "short_quantity", "authorisation")
            }
            found.append(left | {"auction_number": auction_number})
    return found


def refusal(connection: Connection, item: Item, user_id: str, at: int) -> Refusal | None:
    """Return why an order that delivers shares is refused, or None."""
    if not _delivers(item):
        return None
    if not is_on(connection, STRICT_HOLDINGS):
        return unauthorised(connection, item, user_id, at)
    held = sellable(connection, item.exchange, item.tradingsymbol, item.product, user_id, at)
    return no_holdings(item, held) if item.quantity > held else unauthorised(connection, item, user_id, at)


def unauthorised(connection: Connection, item: Item, user_id: str, at: int) -> Refusal | None:
    """Return why an order would deliver more than its holder has authorised, or None.

    What was bought today needs nobody's word.
    """
    if not _delivers(item) or not is_on(connection, AUTHORISED_SALES):
        return None
    keys = [(exchange.value, item.tradingsymbol, product) for exchange in EQUITY for product in DELIVERED]
    left = authorised(connection, user_id, at).get(isin(item.tradingsymbol), 0)
    left += sum(
        position(connection, key, user_id, at).quantity
        - pending(connection, user_id, at, key, TransactionType.SELL)
        for key in keys
    )
    return not_authorised(item, left) if item.quantity > left else None


def sellable(
    connection: Connection, exchange: str, tradingsymbol: str, product: str, user_id: str, at: int
) -> int:
    """Return what can be delivered of the small portfolio: held, or bought today, neither sold nor offered in
    a working order.
    """
    shares = (share for share in FEW if (share.exchange, share.tradingsymbol) == (exchange, tradingsymbol))
    begun = sum(share.mtf if product == MTF else share.quantity for share in shares)
    key = (exchange, tradingsymbol, product)
    return (
        begun
        + position(connection, key, user_id, at).quantity
        - pending(connection, user_id, at, key, TransactionType.SELL)
    )


def _delivers(item: Item) -> bool:
    return (
        item.transaction_type == TransactionType.SELL
        and item.exchange in EQUITY
        and item.product in DELIVERED
    )


def isin(tradingsymbol: str) -> str:
    """Return a share's number, the same on every exchange."""
    made_up = int.from_bytes(hashlib.sha256(tradingsymbol.encode()).digest()[:4], "big") % 1000
    return ISINS.get(tradingsymbol, f"INE{made_up:03d}Z01010")


def _holding(share: DayHolding, instrument: Instrument, sold: int, price: Decimal, at: int) -> dict[str, Any]:
    """Return a row.

    What was sold leaves `quantity` and stands in `used_quantity`; more than was held is short.
    """
    used = min(sold, share.quantity)
    left, paid, close = share.quantity - used, _paid(instrument, BOUGHT_AT), close_price(instrument)
    t1 = min(share.t1, left)
    return {
        "tradingsymbol": share.tradingsymbol,
        "exchange": share.exchange,
        "instrument_token": instrument.instrument_token,
        "isin": isin(share.tradingsymbol),
        "product": Product.CNC.value,
        "price": 0,
        "quantity": left,
        "used_quantity": used,
        "t1_quantity": t1,
        "realised_quantity": left - t1,
        "authorised_quantity": 0,
        "authorised_date": f"{moment_of(at) - timedelta(hours=6):%Y-%m-%d} 00:00:00",
        "authorisation": {},
        "opening_quantity": share.quantity,
        "short_quantity": sold - used,
        "collateral_quantity": 0,
        "collateral_type": "",
        "discrepancy": False,
        "average_price": number(paid),
        "last_price": number(price),
        "close_price": number(close),
        "pnl": number((price - paid) * left),
        "day_change": number(price - close),
        "day_change_percentage": number(round((price - close) / close * 100, 4)),
    }


def _margin_funded(share: DayHolding, instrument: Instrument, sold: int) -> dict[str, Any]:
    paid = _paid(instrument, BOUGHT_ON_MARGIN_AT) if share.mtf else Decimal(0)
    used = min(sold, share.mtf)
    prices = {
        "average_price": number(paid),
        "value": number(paid * share.mtf),
        "initial_margin": number(paid * share.mtf / 2),
    }
    return {"quantity": share.mtf - used, "used_quantity": used} | prices


def _paid(instrument: Instrument, share: Decimal) -> Decimal:
    return round(instrument.last_price * share, 2)
