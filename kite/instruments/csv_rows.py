"""Reads and checks the lines of Kite's instruments file; one that cannot be read makes the whole
file suspect.

Columns: Kite Connect documentation, page "Market quotes and instruments".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from kite.exceptions import InstrumentsError
from kite.texts import typable

LONGEST_SYMBOL = 40
"""No symbol of the instruments file is longer."""

LONGEST_NAME = 200
"""Kite cuts names at about thirty letters."""

LONGEST_SHOWN = 80
"""Letters of a line that an error names."""

Values = tuple[str | int, ...]


def table(rows: Iterable[Mapping[str, str]]) -> Iterator[Sequence[str]]:
    """Yield rows that name their columns as a file has them: the header, then the values."""
    for number, row in enumerate(rows):
        if number == 0:
            yield tuple(row)
        yield tuple(row.values())


def values(rows: Iterable[Sequence[str]]) -> Iterator[Values]:
    """Yield the values of each row after the header, in the order of
    kite.instruments.catalogue_file.COLUMNS.

    The header may name further columns, and in any order. Raises InstrumentsError when it lacks
    one, or at the first row that cannot be read.
    """
    lines = iter(rows)
    header = next(lines, None)
    places = _places(header or ())
    width = len(header or ())
    for number, line in enumerate(lines, 2):
        try:
            if len(line) != width:
                raise ValueError
            yield tuple([read(line[place]) for read, place in places])
        except (TypeError, ValueError, InvalidOperation) as error:
            text = typable(",".join(line))[:LONGEST_SHOWN]
            raise InstrumentsError(
                f"Line {number} of the list of instruments cannot be read, or the list breaks off there:"
                f" “{text}”."
            ) from error


def _places(header: Sequence[str]) -> list[tuple[Callable[[str], str | int], int]]:
    if not any(header):
        raise InstrumentsError("The list of instruments is empty.")
    if header[0].lstrip().startswith("<"):
        raise InstrumentsError("What came is a web page, no list of instruments.")
    if missing := [name for name in _READ if name not in header]:
        raise InstrumentsError(f"The list of instruments has no column {', '.join(missing)}.")
    return [(read, header.index(name)) for name, read in _READ.items()]


def _symbol(text: str) -> str:
    if not text or len(text) > LONGEST_SYMBOL or not text.isprintable():
        raise ValueError(text[:LONGEST_SYMBOL])
    return text


# Exchanges repeat in every row, symbols do not: only here a cache saves time.
_exchange = lru_cache(maxsize=64)(_symbol)


@lru_cache(maxsize=512)
def _name(text: str) -> str:
    """Return `text` as a page can show it: one letter that cannot be shown, in one of many names,
    must not refuse the whole list.
    """
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text[:LONGEST_NAME]


@lru_cache(maxsize=512)
def _number(text: str) -> str:
    """Return `text` when it is a finite number; Kite leaves some numeric columns empty, which is
    0.
    """
    if not Decimal(text or 0).is_finite():
        raise ValueError(text)
    return text or "0"


@lru_cache(maxsize=512)
def _expiry(text: str) -> str:
    return text and date.fromisoformat(text).isoformat()


@lru_cache(maxsize=1024)
def _lot(text: str) -> int:
    lot = int(text or 0)
    if not 0 <= lot < 2**31:
        raise ValueError(text)
    return lot


_READ: dict[str, Callable[[str], str | int]] = {
    "tradingsymbol": _symbol,
    "exchange": _exchange,
    "name": _name,
    "segment": _name,
    "instrument_type": _name,
    "expiry": _expiry,
    "strike": _number,
    "tick_size": _number,
    "lot_size": _lot,
    "last_price": _number,
}
"""The readers of the columns that are kept, in the order in which the catalogue keeps them."""
