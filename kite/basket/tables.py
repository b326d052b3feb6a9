"""Tables from a spreadsheet or a broker: CSV and what is copied from cells, with a line that names the columns or without.

Every line is read by itself, so a quotation mark that nobody closed costs its own line and no other.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from kite.basket.cells import SAID, bare, meaning, row_of
from kite.basket.contract_words import Resolve
from kite.basket.importing import LONGEST_LINE, read_line
from kite.basket.items import FIELDS
from kite.basket.reading import TOO_MANY_LINES, Read
from kite.exceptions import BasketError
from kite.texts import typable
from kite.vocabulary import N_

DELIMITERS = ("\t", ";", ",", "|")

HEADINGS: Mapping[str, str] = {
    **{name.replace("_", ""): name for name in FIELDS},
    **dict.fromkeys(("symbol", "instrument", "scrip", "scripname", "stock", "ticker", "contract"), "tradingsymbol"),
    **dict.fromkeys(("side", "buysell", "action", "transaction", "direction", "tradetype", "bs"), "transaction_type"),
    **dict.fromkeys(("qty", "shares", "units"), "quantity"),
    **dict.fromkeys(("limitprice", "rate", "limit"), "price"),
    **dict.fromkeys(("trigger", "stopprice"), "trigger_price"),
    "exch": "exchange",
    "producttype": "product",
    "disclosedqty": "disclosed_quantity",
    "locked": "readonly",
}
"""What a column may be called, in small letters and digits alone, to its field."""

EITHER = "type"
"""A column of this name has sides or order types; its cells say which."""

_SAMPLE = 20
"""Lines that are looked at to see whether a text is a table."""

_LEAST_CELLS = 3
_AMOUNT = re.compile(r"₹?[0-9][0-9,]*(?:\.[0-9]+)?|₹?\.[0-9]+")
_TOLD_NAMES = 10


@dataclass(frozen=True)
class Shape:
    """How a text is a table: what stands between its cells, and whether its first line names the columns."""

    delimiter: str
    named: bool


def shape_of(text: str) -> Shape | None:
    """Return how `text` is a table, None when it is none."""
    sample = [line for _, line in islice(_numbered(text), _SAMPLE)]
    if not sample or len(sample[0]) > LONGEST_LINE:
        return None
    for delimiter in DELIMITERS:
        if sum(_field(cell) in (*FIELDS, EITHER) for cell in _split(sample[0], delimiter) or ()) > 1:
            return Shape(delimiter, True)
    for delimiter in DELIMITERS:
        if 2 * sum(_has_cells(line, delimiter) for line in sample) >= len(sample):
            return Shape(delimiter, False)
    return None


def read_table(text: str, shape: Shape, resolve: Resolve | None, most: int) -> list[Read]:
    """Read a table of at most `most` rows; what comes after them is one Read without a row."""
    lines = _numbered(text)
    reader = _named(lines, shape) if shape.named else _Unnamed()
    if isinstance(reader, Read):
        return [reader]
    reads = [_read(line, number, shape.delimiter, reader, resolve) for number, line in islice(lines, most)]
    if after := next(lines, None):
        reads.append(Read("\n".join(text.splitlines()[after[0] - 1 :]), after[0], None, TOO_MANY_LINES, {"most": str(most)}))
    return reads


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, with their numbers from 1. Excel's own line "sep=;" holds nothing."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip(" \t,;|\"'") and not (number == 1 and line.lower().startswith("sep=")):
            yield number, line


def _split(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line, None when a quotation mark in it is not closed."""
    if line.count('"') % 2:
        return None
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])


def _field(heading: str) -> str:
    """Return the field that a column of this name holds, "" for none."""
    plain = re.sub(r"[^a-z0-9]", "", bare(heading).lower())
    return EITHER if plain == EITHER else HEADINGS.get(plain, "")


def _has_cells(line: str, delimiter: str) -> bool:
    """Whether a line is cells of an order, a number and a word for a choice among them, and no sentence with commas in it."""
    cells = _split(line, delimiter) or () if len(line) <= LONGEST_LINE else ()
    if len(cells) < _LEAST_CELLS or (delimiter == "," and any(len(cell.split()) > 1 for cell in cells)):
        return False
    return any(_AMOUNT.fullmatch(bare(cell)) for cell in cells) and any(meaning(bare(cell))[0] for cell in cells)


@dataclass(frozen=True)
class _Named:
    """The columns of a table: for each its field, "" for one that is left out; and the names of these."""

    fields: Sequence[str]
    left_out: Sequence[str]

    def row(self, cells: Sequence[str], resolve: Resolve | None) -> dict[str, str]:
        if any(cell.strip() for cell in cells[len(self.fields) :]):
            raise BasketError(N_("It has more cells than the first line names columns."))
        said = {field: cell for field, cell in zip(self.fields, cells, strict=False) if field}
        if EITHER in said:
            cell = said.pop(EITHER)
            field, _ = meaning(bare(cell))
            if field not in ("transaction_type", "order_type") or field in said:
                raise BasketError(N_("“%(word)s” in the column Type is neither a side nor an order type."), word=cell.strip())
            said[field] = cell
        return row_of(said, resolve)


def _named(lines: Iterator[tuple[int, str]], shape: Shape) -> "_Named | Read":
    number, line = next(lines)
    cells = _split(line, shape.delimiter) or []
    fields = [_field(cell) for cell in cells]
    for field, times in Counter(filter(None, fields)).items():
        if times > 1:
            return Read(line, number, None, N_("Two columns could be “%(field)s”. Keep one."), {"field": field})
    if "tradingsymbol" not in fields:
        return Read(line, number, None, N_("No column is called symbol or tradingsymbol."))
    names = [typable(bare(cell)) for cell, field in zip(cells, fields, strict=True) if not field and bare(cell)]
    return _Named(fields, names[:_TOLD_NAMES])


class _Unnamed:
    """Rows of a table without names: their cells are read as the words of an order."""

    left_out: Sequence[str] = ()

    def row(self, cells: Sequence[str], resolve: Resolve | None) -> dict[str, str]:
        words = [bare(cell) for cell in cells if bare(cell)]
        amounts = [word for word in words if _AMOUNT.fullmatch(word)]
        if len(amounts) > 1:
            words = [word for word in words if word not in amounts or word.strip("₹0.")]
            amounts = [word for word in amounts if word.strip("₹0.")]
        if len(amounts) > 1:
            prices = [amount for amount in amounts if "." in amount]
            if len(amounts) > 2 or len(prices) != 1:
                raise BasketError(N_("More than one number could be the quantity. Name the columns in a first line, like symbol, quantity, price."))
            words = [word for word in words if word != prices[0]] + ["@", prices[0]]
        return read_line(" ".join(SAID.get(word.upper(), ("", word))[1] for word in words), resolve)


def _read(line: str, number: int, delimiter: str, reader: "_Named | _Unnamed", resolve: Resolve | None) -> Read:
    if len(line) > LONGEST_LINE:
        return Read(line, number, None, N_("This line is too long to be an order."))
    cells = _split(line, delimiter)
    if cells is None:
        return Read(line, number, None, N_("A quotation mark is not closed."))
    try:
        return Read(line, number, reader.row([typable(cell) for cell in cells], resolve), left_out=reader.left_out)
    except BasketError as error:
        return Read(line, number, None, str(error), error.params)
