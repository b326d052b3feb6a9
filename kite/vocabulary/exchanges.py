"""The table of exchanges: one row for each, with what rules, hours, pages and importers ask of it.

Sources: Kite Connect documentation; Zerodha's support pages on disclosed quantities, cover orders,
SL-M orders and after market orders, of 2026.
"""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from kite.vocabulary.marks import WordWithFacts


class Traded(StrEnum):
    """What an exchange trades."""

    SHARES = "shares"
    SHARE_DERIVATIVES = "derivatives of shares and indices"
    CURRENCY_DERIVATIVES = "derivatives of currencies"
    COMMODITY_DERIVATIVES = "derivatives of commodities"


@dataclass(frozen=True)
class MarketHours:
    """The session on a weekday and when after market orders are taken for the next one, all in IST.

    `holidays`: whether the holidays of shares are those of this market.
    """

    opens: time
    closes: time
    amo_from: time
    amo_until: time
    holidays: bool = False


@dataclass(frozen=True, kw_only=True)
class ExchangeFacts:
    """What is known of an exchange.

    `decimals` are those of a price where the tick is not known. `value_known`: price × quantity is
    rupees; elsewhere the contract's multiplier (1000 for USDINR) is in no list. `least_disclosed`
    is the percent of its quantity that an order has to disclose at least, None where it discloses
    all. `console` are the names in Zerodha's Console, exchange and segment, beside its own.
    `repeats_symbols`: another exchange has the same symbols, so a written order has to name this
    one. `is_symbol`: its name is a share's symbol on NSE as well.
    """

    trades: Traded
    hours: MarketHours
    decimals: int = 2
    value_known: bool = True
    least_disclosed: int | None = None
    takes_sl_m: bool = True
    takes_cover: bool = False
    console: tuple[tuple[str, str], ...] = ()
    repeats_symbols: bool = False
    is_symbol: bool = False


_SHARES = MarketHours(time(9, 15), time(15, 30), time(16), time(8, 58), holidays=True)
_SHARE_DERIVATIVES = MarketHours(time(9, 15), time(15, 30), time(15, 45), time(9, 10), holidays=True)
_CURRENCIES = MarketHours(time(9), time(17), time(17), time(8, 59))
_COMMODITIES = MarketHours(time(9), time(23, 30), time(23, 30), time(8, 58))
"""MCX closes at 23:55 in a part of the year."""


class Exchange(WordWithFacts):
    """Exchanges that the basket page takes."""

    facts: ExchangeFacts

    NSE = (
        "NSE",
        ExchangeFacts(trades=Traded.SHARES, hours=_SHARES, least_disclosed=10, takes_cover=True),
    )
    # BSE takes no SL-M order in any segment, since 9 October 2023.
    BSE = (
        "BSE",
        ExchangeFacts(
            trades=Traded.SHARES,
            hours=_SHARES,
            least_disclosed=10,
            takes_sl_m=False,
            repeats_symbols=True,
            is_symbol=True,
        ),
    )
    NFO = (
        "NFO",
        ExchangeFacts(trades=Traded.SHARE_DERIVATIVES, hours=_SHARE_DERIVATIVES, console=(("NSE", "FO"),)),
    )
    BFO = (
        "BFO",
        ExchangeFacts(
            trades=Traded.SHARE_DERIVATIVES,
            hours=_SHARE_DERIVATIVES,
            takes_sl_m=False,
            console=(("BSE", "FO"),),
        ),
    )
    # Currency derivatives trade in steps of 0.0025.
    CDS = (
        "CDS",
        ExchangeFacts(
            trades=Traded.CURRENCY_DERIVATIVES,
            hours=_CURRENCIES,
            decimals=4,
            value_known=False,
            least_disclosed=10,
            console=(("NSE", "CDS"), ("NSE", "CD")),
            repeats_symbols=True,
        ),
    )
    BCD = (
        "BCD",
        ExchangeFacts(
            trades=Traded.CURRENCY_DERIVATIVES,
            hours=_CURRENCIES,
            decimals=4,
            value_known=False,
            least_disclosed=10,
            takes_sl_m=False,
            console=(("BSE", "CDS"), ("BSE", "CD")),
            repeats_symbols=True,
        ),
    )
    MCX = (
        "MCX",
        ExchangeFacts(
            trades=Traded.COMMODITY_DERIVATIVES,
            hours=_COMMODITIES,
            value_known=False,
            least_disclosed=25,
            is_symbol=True,
        ),
    )


EQUITY = frozenset(exchange for exchange in Exchange if exchange.facts.trades is Traded.SHARES)
"""Exchanges of shares; all others trade derivatives."""
