"""Finds the contracts that follow one that has expired: the next ones of the same name, kind and
strike.
"""

import re
from datetime import date
from decimal import Decimal

from kite.basket.items import Instrument
from kite.instruments.catalogue import Catalogue
from kite.instruments.csv_rows import LONGEST_SYMBOL

_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_SYMBOL = re.compile(
    rf"(?P<name>.+?)[0-9]{{2}}(?:(?:{_MONTHS})(?:(?P<future>FUT)|(?P<strike>[0-9]+(?:\.[0-9]+)?)(?P<kind>CE|PE))"
    r"|[1-9OND][0-9]{2}(?P<weekly>[0-9]+(?:\.[0-9]+)?)(?P<weekly_kind>CE|PE))"
)
"""NIFTY26NOVFUT, NIFTY26NOV25500CE; weekly ones like NIFTY26N2425500CE have year, month (1 to 9, O,
N, D), day.
"""

# The name is followed by the year, so one range in the index of symbols holds all of them and no
# other names.
_NEXT = """where exchange = ? and tradingsymbol > ? and tradingsymbol < ? and name = ? and instrument_type = ?
and expiry >= ? order by id"""


def next_contracts(
    catalogue: Catalogue, exchange: str, tradingsymbol: str, today: date, limit: int = 2
) -> list[Instrument]:
    """Return the nearest living contracts after `tradingsymbol`, one that has expired or is gone
    from the list.

    Nearest first, at most `limit`; none when it is not the symbol of a contract. Raises
    InstrumentsError when there is no catalogue.
    """
    # The pattern takes long over long texts that almost match.
    match = _SYMBOL.fullmatch(tradingsymbol) if len(tradingsymbol) <= LONGEST_SYMBOL else None
    if match is None:
        return []
    name, kind, strike = _terms(match)
    rows = catalogue.select(_NEXT, exchange, f"{name}0", f"{name}:", name, kind, today.isoformat())
    contracts = [contract for _, contract in rows if contract.tradingsymbol != tradingsymbol]
    if kind != "FUT":
        contracts = [contract for contract in contracts if contract.strike == strike]
    return contracts[:limit]


def _terms(match: re.Match[str]) -> tuple[str, str, Decimal]:
    """Return the name, kind and strike of a symbol, whichever of its forms has matched."""
    kind = match["future"] or match["kind"] or match["weekly_kind"]
    return match["name"], kind, Decimal(match["strike"] or match["weekly"] or 0)
