"""What comes after a contract that has expired: the next one of the same name, kind and strike."""

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
"""NIFTY26NOVFUT, NIFTY26NOV25500CE, and of a week NIFTY26N2425500CE: year, month (1 to 9, O, N, D), day."""

# The name is followed by the year, so a range of the symbol's index holds them all, and other names are left
# out.
_NEXT = """where exchange = ? and tradingsymbol > ? and tradingsymbol < ? and name = ? and instrument_type = ?
and expiry >= ? order by id"""


def next_contracts(
    catalogue: Catalogue, exchange: str, tradingsymbol: str, today: date, limit: int = 2
) -> list[Instrument]:
    """Return the nearest living contracts after `tradingsymbol`, one that has expired or is gone from the
    list.

    Nearest first, at most `limit`; none for what is no symbol of a contract. Raises InstrumentsError when
    there is no catalogue.
    """
    match = _SYMBOL.fullmatch(tradingsymbol) if len(tradingsymbol) <= LONGEST_SYMBOL else None
    if match is None:
        return []
    name, kind = match["name"], match["future"] or match["kind"] or match["weekly_kind"]
    strike = Decimal(match["strike"] or match["weekly"] or 0)
    found = catalogue.select(_NEXT, exchange, f"{name}0", f"{name}:", name, kind, today.isoformat())
    return [
        each
        for _, each in found
        if each.tradingsymbol != tradingsymbol and (kind == "FUT" or each.strike == strike)
    ][:limit]
