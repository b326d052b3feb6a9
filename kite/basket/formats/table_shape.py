"""Finds out whether a text is a table, what is between its cells, and which line names the
columns.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from kite.basket.formats.cells import SEGMENT, cell_text
from kite.basket.formats.choice_words import choice_for
from kite.basket.formats.row_reader import WEIGHT
from kite.basket.formats.written_order import LONGEST_LINE
from kite.basket.items import FIELD_TABLE, FIELDS

DELIMITERS = ("\t", ";", ",", "|")


HEADINGS: Mapping[str, str] = {
    **{name.replace("_", ""): name for name in FIELDS},
    **{heading: field.name for field in FIELD_TABLE.values() for heading in field.facts.headings},
    **dict.fromkeys(("weight", "weights", "weightage", "wt", "allocation"), WEIGHT),
    SEGMENT: SEGMENT,
}
"""By heading, in small letters and digits alone: the field that a column of this name holds."""


EITHER = "type"
"""A column of this name has sides or order types; its cells say which."""


_HEADS = frozenset({*FIELDS, EITHER, WEIGHT})


_SAMPLE = 20
"""Lines that are looked at to see whether a text is a table.

The names of its columns are in one of them: exports begin with lines about the account and the day.
"""


_LEAST_CELLS = 3


AMOUNT = re.compile(r"[-+]?(?:₹?[0-9][0-9,]*(?:\.[0-9]+)?|₹?\.[0-9]+)")


_SYMBOL = re.compile(r"(?=.*[A-Z])[A-Z0-9][A-Z0-9&.*_-]*", re.IGNORECASE)


@dataclass(frozen=True)
class TableShape:
    """How a text is a table: what stands between its cells, and which of its lines names the
    columns, None for none.

    Lines are counted from 0, those that hold nothing left out.
    """

    delimiter: str
    header: int | None


def shape_of(text: str) -> TableShape | None:
    """Return how `text` is a table, None when it is none."""
    sample = [line for _, line in islice(numbered_lines(text), _SAMPLE)]
    if not sample or len(sample[0]) > LONGEST_LINE:
        return None
    for place, line in enumerate(sample):
        for delimiter in DELIMITERS:
            if _names_columns(line, delimiter, needs_symbol=place > 0):
                return TableShape(delimiter, place)
    # Half of the lines are enough, since exports have lines about the account around the orders.
    for delimiter in DELIMITERS:
        if 2 * sum(has_cells(line, delimiter) for line in sample) >= len(sample):
            return TableShape(delimiter, None)
    return None


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, with their numbers from 1.

    Excel's own line "sep=;" holds nothing, and neither does one of signs alone, such as Markdown
    has below its headings.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if any(map(str.isalnum, line)) and not (number == 1 and line.lower().startswith("sep=")):
            yield number, line


def split_cells(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line, None when a quotation mark in it is not closed."""
    if line.count('"') % 2:
        return None
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])


def _names_columns(line: str, delimiter: str, *, needs_symbol: bool) -> bool:
    """Whether a line names columns.

    One that is not the first must name the instrument's, to be told from an order.
    """
    fields = [field_of(text) for text in _texts(line, delimiter)]
    return sum(field in _HEADS for field in fields) > 1 and ("tradingsymbol" in fields or not needs_symbol)


def field_of(heading: str) -> str:
    """Return the field that a column of this name holds, "" for none."""
    plain = re.sub(r"[^a-z0-9]", "", cell_text(heading).lower())
    return EITHER if plain == EITHER else HEADINGS.get(plain, "")


def has_cells(line: str, delimiter: str) -> bool:
    """Whether a line is cells of an order, and no sentence with commas in it.

    Among three and more are a number and a word for a choice; two are a symbol and a number.
    """
    cells = _texts(line, delimiter)
    if delimiter == "," and any(len(cell.split()) > 1 for cell in cells):
        return False
    amounts = _count(AMOUNT, cells)
    if len(cells) >= _LEAST_CELLS:
        return amounts > 0 and any(choice_for(cell)[0] for cell in cells)
    # A tab between two words is too often only how somebody laid out a written order.
    return delimiter != "\t" and amounts == 1 and _count(_SYMBOL, cells) == 1


def _texts(line: str, delimiter: str) -> list[str]:
    """Return the texts of a line's cells; none for a line that is too long to be an order."""
    if len(line) > LONGEST_LINE:
        return []
    return [cell_text(cell) for cell in split_cells(line, delimiter) or ()]


def _count(pattern: re.Pattern[str], cells: Iterable[str]) -> int:
    return sum(1 for cell in cells if pattern.fullmatch(cell))
