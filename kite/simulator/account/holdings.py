"""Holdings: the shares that the demo client has each morning, less what was sold of them today.

By default there are plenty, and a sale for delivery is never refused. With the switch
`strict_holdings` there are few, and the client cannot sell what they do not hold on the same
exchange. With `authorised_sales` a sale for delivery also needs the holder's authorisation of
today.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from kite import bundled
from kite.simulator.account.authorisations import authorised_quantities
from kite.simulator.account.funds import pending
from kite.simulator.account.positions import Key, LedgerPosition, position, positions
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
"""The real numbers of well-known shares. All others get an invented one."""


@dataclass(frozen=True)
class DayHolding:
    """A holding as the day begins: `t1` of its `quantity` were bought the day before.

    `mtf` are further shares that were bought on margin.
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
"""Holdings that can be offered in today's auctions, each with the number of its auction."""

BOUGHT_AT, BOUGHT_ON_MARGIN_AT = Decimal("0.92"), Decimal("0.95")
"""The prices that the client paid, as shares of the last price."""


def morning_holdings(connection: Connection, market: Market) -> list[DayHolding]:
    """Return the portfolio as the day begins: few shares, or plenty of every company."""
    if is_on(connection, STRICT_HOLDINGS):
        return list(FEW)
    rows = [
        row
        for row in bundled.rows(market.today())
        if row["segment"] in EQUITY and not row["tradingsymbol"].startswith("SIM")
    ]
    # a company that is listed on both exchanges is held on NSE, and only once
    on_nse = {row["tradingsymbol"]: row["exchange"] for row in rows if row["exchange"] == Exchange.NSE}
    exchanges = {row["tradingsymbol"]: row["exchange"] for row in rows} | on_nse
    return [DayHolding(exchange, tradingsymbol, PLENTY) for tradingsymbol, exchange in exchanges.items()]


def holdings(connection: Connection, market: Market, user_id: str, at: int) -> list[dict[str, Any]]:
    """Return the holdings at `at`, as GET /portfolio/holdings shows them."""
    day_positions = positions(connection, user_id, at)
    authorised = authorised_quantities(connection, user_id, at)
    rows = []
    for share in morning_holdings(connection, market):
        instrument = market.find(share.exchange, share.tradingsymbol)
        if instrument:
            row = _holding(connection, share, instrument, _sold(share, Product.CNC, day_positions), at)
            row["mtf"] = _margin_funded(share, instrument, _sold(share, MTF, day_positions))
            row["authorised_quantity"] = min(authorised.get(row["isin"], 0), share.quantity)
            rows.append(row)
    return rows


def _sold(share: DayHolding, product: str, day_positions: Mapping[Key, LedgerPosition]) -> int:
    """Return how much of a holding was sold today: a sale out of it is a position below 0."""
    position = day_positions.get((share.exchange, share.tradingsymbol, product))
    return max(-position.quantity, 0) if position else 0


def auctions(connection: Connection, market: Market, at: int) -> list[dict[str, Any]]:
    """Return what can be offered in auctions, as GET /portfolio/holdings/auctions shows it."""
    rows = []
    for auction_number, share in AUCTIONS:
        instrument = market.find(share.exchange, share.tradingsymbol)
        if instrument:
            row = _holding(connection, share, instrument, 0, at) | {"auction_number": auction_number}
            # recorded rows of auctions lack these keys of a holding
            for name in ("used_quantity", "short_quantity", "authorisation"):
                del row[name]
            rows.append(row)
    return rows


def refusal(connection: Connection, item: Item, user_id: str, at: int) -> Refusal | None:
    """Return why an order that delivers shares is refused, or None."""
    if not _delivers(item):
        return None
    if not is_on(connection, STRICT_HOLDINGS):
        return unauthorised(connection, item, user_id, at)
    held = sellable(connection, item.exchange, item.tradingsymbol, item.product, user_id, at)
    if item.quantity > held:
        return no_holdings(item, held)
    return unauthorised(connection, item, user_id, at)


def unauthorised(connection: Connection, item: Item, user_id: str, at: int) -> Refusal | None:
    """Return the refusal of an order that delivers more than the holder has authorised, or None."""
    if not _delivers(item) or not is_on(connection, AUTHORISED_SALES):
        return None
    keys = [(exchange.value, item.tradingsymbol, product) for exchange in EQUITY for product in DELIVERED]
    remaining = authorised_quantities(connection, user_id, at).get(isin(item.tradingsymbol), 0)
    # what was bought today can be sold without an authorisation; what was sold or is offered has
    # used it up
    remaining += sum(
        position(connection, key, user_id, at).quantity
        - pending(connection, user_id, at, key, TransactionType.SELL)
        for key in keys
    )
    return not_authorised(item, remaining) if item.quantity > remaining else None


def sellable(
    connection: Connection, exchange: str, tradingsymbol: str, product: str, user_id: str, at: int
) -> int:
    """Return the quantity of the small portfolio that can be sold: held or bought today, and not
    yet sold.

    What working orders offer counts as sold.
    """
    column = "mtf" if product == MTF else "quantity"
    shares = (share for share in FEW if (share.exchange, share.tradingsymbol) == (exchange, tradingsymbol))
    held = sum(int(getattr(share, column)) for share in shares)
    key = (exchange, tradingsymbol, product)
    traded = position(connection, key, user_id, at).quantity
    return held + traded - pending(connection, user_id, at, key, TransactionType.SELL)


def _delivers(item: Item) -> bool:
    return (
        item.transaction_type == TransactionType.SELL
        and item.exchange in EQUITY
        and item.product in DELIVERED
    )


def isin(tradingsymbol: str) -> str:
    """Return the ISIN of a share, the same on every exchange."""
    invented = int.from_bytes(hashlib.sha256(tradingsymbol.encode()).digest()[:4], "big") % 1000
    return ISINS.get(tradingsymbol, f"INE{invented:03d}Z01010")


def _holding(
    connection: Connection, share: DayHolding, instrument: Instrument, sold: int, at: int
) -> dict[str, Any]:
    """Return a row of GET /portfolio/holdings.

    What was sold is not in `quantity` but in `used_quantity`; what was sold beyond the holding is
    short.
    """
    used, price = min(sold, share.quantity), price_of(connection, instrument, at)
    remaining, paid, close = share.quantity - used, _paid(instrument, BOUGHT_AT), close_price(instrument)
    t1 = min(share.t1, remaining)
    return {
        "tradingsymbol": share.tradingsymbol,
        "exchange": share.exchange,
        "instrument_token": instrument.instrument_token,
        "isin": isin(share.tradingsymbol),
        "product": Product.CNC.value,
        "price": 0,
        "quantity": remaining,
        "used_quantity": used,
        "t1_quantity": t1,
        "realised_quantity": remaining - t1,
        "authorised_quantity": 0,
        # the trading day begins at 06:00, so the night before belongs to yesterday
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
        "pnl": number((price - paid) * remaining),
        "day_change": number(price - close),
        "day_change_percentage": number(round((price - close) / close * 100, 4)),
    }


def _margin_funded(share: DayHolding, instrument: Instrument, sold: int) -> dict[str, Any]:
    used, paid = min(sold, share.mtf), Decimal(0)
    if share.mtf:
        paid = _paid(instrument, BOUGHT_ON_MARGIN_AT)
    prices = {
        "average_price": number(paid),
        "value": number(paid * share.mtf),
        "initial_margin": number(paid * share.mtf / 2),
    }
    return {"quantity": share.mtf - used, "used_quantity": used} | prices


def _paid(instrument: Instrument, share: Decimal) -> Decimal:
    return round(instrument.last_price * share, 2)
