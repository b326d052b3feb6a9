"""Outcomes that a symbol always leads to, so that a person or a test can rehearse them.

Only symbols that begin with SIM have one.
"""

from dataclasses import dataclass

from kite.simulator.core.refusal_texts import TEXTS
from kite.vocabulary import N_

DROPPED = "SIMDROP"
"""Never reaches the basket page, like a symbol that Kite does not know."""


@dataclass(frozen=True)
class Script:
    """What happens to an order of the symbol.

    `fills` are pairs: milliseconds after the order began, and the percentage of its quantity filled
    by then. The rest is cancelled after `cancelled_after` milliseconds. A `cause` or `no_funds`
    makes the order end REJECTED. `words` is the sentence that the basket page shows.
    """

    words: str
    fills: tuple[tuple[int, int], ...] = ()
    cancelled_after: int | None = None
    cause: str = ""
    no_funds: bool = False


REFUSED = {
    "SIMT2T": "trade_to_trade",
    "SIMMIS": "intraday_not_allowed",
    "SIMCIRCUIT": "outside_circuit",
    "SIMFAR": "price_too_far",
    "SIMTICK": "not_on_tick",
    "SIMLOT": "not_in_lots",
    "SIMFREEZE": "above_freeze",
    "SIMCLOSED": "market_closed",
    "SIMAMO": "amo_hours",
    "SIMEXPIRED": "contract_expired",
    "SIMBAN": "contract_banned",
    "SIMDISCLOSED": "disclosed_quantity",
    "SIMILLIQUID": "market_order_illiquid",
    "SIMTRIGGER": "trigger_price",
    "SIMSUSPENDED": "not_tradable",
    "SIMBLOCKED": "blocked_by_broker",
    "SIMACCOUNT": "account_not_enabled",
    "SIMOFFLINE": "exchange_unreachable",
    "SIMUNKNOWN": "unknown",
}
"""Symbols whose orders are all rejected, each for its own cause."""

SCRIPTS: dict[str, Script] = {
    "SIMREJECT": Script(N_("Rejected: trading in it is not allowed."), cause="surveillance"),
    "SIMFUNDS": Script(N_("Rejected: not enough funds, however much there is."), no_funds=True),
    "SIMPARTIAL": Script(
        N_("60 in 100 fill in two trades, the rest is cancelled. It takes a quantity of 2 or more."),
        fills=((500, 30), (900, 60)),
        cancelled_after=1400,
    ),
    "SIMOPEN": Script(N_("Stays open.")),
    "SIMCANCEL": Script(N_("Cancelled with nothing filled."), cancelled_after=600),
    "SIMSLOW": Script(
        N_("Fills in four trades over eight seconds."),
        fills=((2000, 25), (4000, 50), (6000, 75), (8000, 100)),
    ),
    DROPPED: Script(N_("Never reaches this page, like a symbol that Kite does not know.")),
    "SIMHOLDINGS": Script(N_("Rejected: half of it is held."), cause="insufficient_holdings"),
    "SIMTPIN": Script(N_("Rejected: the sale is not authorised."), cause="sale_not_authorised"),
    **{symbol: Script(TEXTS[cause].words, cause=cause) for symbol, cause in REFUSED.items()},
}
"""Every scripted symbol, in the order in which the basket page lists them."""
