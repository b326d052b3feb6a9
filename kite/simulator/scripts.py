"""Outcomes that hang on a symbol, so that a person or a test can rehearse them. Only symbols that begin with SIM have one."""

from dataclasses import dataclass

from kite.vocabulary import N_

DROPPED = "SIMDROP"
"""Never reaches the basket page, like a symbol that Kite does not know."""


@dataclass(frozen=True)
class Script:
    """What happens to an order of the symbol.

    `fills` are (milliseconds after the order began, share of the quantity filled by then in percent); what is left at
    `cancelled_after` milliseconds is cancelled. `reason` and `raw` make the order end REJECTED, `no_funds` too.
    `words` is the sentence that the basket page shows.
    """

    words: str
    fills: tuple[tuple[int, int], ...] = ()
    cancelled_after: int | None = None
    reason: str = ""
    raw: str = ""
    no_funds: bool = False


SCRIPTS: dict[str, Script] = {
    "SIMREJECT": Script(
        N_("Rejected: trading in it is not allowed."),
        reason="Trading in this instrument is not allowed. It is under the exchange's surveillance.",
        raw="Rule: Check surveillance measure",
    ),
    "SIMFUNDS": Script(N_("Rejected: not enough funds, however much there is."), no_funds=True),
    "SIMPARTIAL": Script(
        N_("60 in 100 fill in two trades, the rest is cancelled. It takes a quantity of 2 or more."),
        fills=((500, 30), (900, 60)),
        cancelled_after=1400,
    ),
    "SIMOPEN": Script(N_("Stays open.")),
    "SIMCANCEL": Script(N_("Cancelled with nothing filled."), cancelled_after=600),
    "SIMSLOW": Script(N_("Fills in four trades over eight seconds."), fills=((2000, 25), (4000, 50), (6000, 75), (8000, 100))),
    DROPPED: Script(N_("Never reaches this page, like a symbol that Kite does not know.")),
}
"""Every scripted symbol, in the order in which the basket page lists them."""
