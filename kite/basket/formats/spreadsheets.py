"""Reads tables from a spreadsheet or a broker: CSV and what is copied from cells, with a line that
names the columns or without.

Every line is read by itself, so a quotation mark that nobody closed spoils its own line and no
other.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from kite.basket.formats.cells import cell_text, read_cells
from kite.basket.formats.choice_words import FIELD_WORDS, choice_for
from kite.basket.formats.contract_words import Resolve
from kite.basket.formats.order_lists import TOO_MANY_LINES, ReadLine
from kite.basket.formats.row_reader import RowReading, Writer, read_row
from kite.basket.formats.table_shape import (
    AMOUNT,
    EITHER,
    TableShape,
    field_of,
    has_cells,
    numbered_lines,
    split_cells,
)
from kite.basket.formats.written_order import LONGEST_LINE, read_line
from kite.exceptions import BasketError
from kite.texts import typable
from kite.vocabulary import N_

SUM = re.compile(
    r"(?:(?:grand|sub|net)[\s-]?)?totals?(?:\s(?:qty|quantity|shares|value|amount|invested|weight))?\s*:?|sum\s*:?",
    re.IGNORECASE,
)
"""How a line begins that adds up the table above it. TOTAL in capitals is a symbol too."""


_NAMES_SHOWN = 10


def read_table(text: str, shape: TableShape, resolve: Resolve | None, most: int) -> list[ReadLine]:
    """Read a table of at most `most` rows; what comes after them is one Read without a row."""
    lines = numbered_lines(text)
    above = [
        ReadLine(line, number, None, N_("It stands above the names of the columns."))
        for number, line in islice(lines, shape.header or 0)
        if has_cells(line, shape.delimiter)
    ]
    reader = _UnnamedColumns() if shape.header is None else _named(lines, shape)
    if isinstance(reader, ReadLine):
        return [*above, reader]
    reads = [_read(line, number, shape.delimiter, reader, resolve) for number, line in islice(lines, most)]
    if after := next(lines, None):
        waiting = "\n".join(text.splitlines()[after[0] - 1 :])
        reads.append(ReadLine(waiting, after[0], None, TOO_MANY_LINES, {"most": str(most)}))
    return above + [read for read in reads if read]


def _is_sum(word: str, side: str | None) -> bool:
    """Whether a line that begins with `word` adds up those above; `side` is None where no cell
    could name one.

    Raises BasketError where it could as well be an order for the share TOTAL.
    """
    if side or not SUM.fullmatch(word):
        return False
    if word == "TOTAL" and side is None:
        raise BasketError(
            N_("“%(word)s” could be a sum or the instrument. Name its side, buy or sell."), word=word
        )
    return True


@dataclass(frozen=True)
class _NamedColumns:
    """The columns of a table: for each its field, "" for one that is left out; and the names of
    these.
    """

    fields: Sequence[str]
    left_out: Sequence[str]

    def row(self, cells: Sequence[str], resolve: Resolve | None) -> RowReading | None:
        """Read one line of the table; None for one that adds up those above it."""
        if any(cell.strip() for cell in cells[len(self.fields) :]):
            raise BasketError(N_("It has more cells than the first line names columns."))
        # A line may end early; cells that are missing are empty.
        values = {field: cell for field, cell in zip(self.fields, cells, strict=False) if field}
        if self._is_sum(values, cells):
            return None
        if EITHER in values:
            _read_side_or_type(values)
        return read_cells(values, resolve)

    def _is_sum(self, values: Mapping[str, str], cells: Sequence[str]) -> bool:
        symbol = cell_text(values.get("tradingsymbol", ""))
        side = values.get("transaction_type", values.get(EITHER))
        if side and not symbol and SUM.fullmatch(cell_text(side)):
            side = ""  # where no instrument is named, that word in the column of sides is no side
        first_text = next(filter(None, map(cell_text, cells)), "")
        return _is_sum(symbol or first_text, side)


def _read_side_or_type(values: dict[str, str]) -> None:
    """Move the cell of the column Type to the field of its word: side or order type."""
    cell = values.pop(EITHER)
    field, _ = choice_for(cell_text(cell))
    if field not in ("transaction_type", "order_type") or field in values:
        raise BasketError(
            N_("“%(word)s” in the column Type is neither a side nor an order type."), word=cell.strip()
        )
    values[field] = cell


def _named(lines: Iterator[tuple[int, str]], shape: TableShape) -> "_NamedColumns | ReadLine":
    """Read the line with the names of the columns; a ReadLine says why it cannot be used."""
    number, line = next(lines)
    cells = split_cells(line, shape.delimiter) or []
    fields = [field_of(cell) for cell in cells]
    for field, times in Counter(filter(None, fields)).items():
        if times > 1:
            return ReadLine(
                line, number, None, N_("Two columns could be “%(field)s”. Keep one."), {"field": field}
            )
    if "tradingsymbol" not in fields:
        return ReadLine(line, number, None, N_("No column is called symbol or tradingsymbol."))
    names = [
        typable(cell_text(cell))
        for cell, field in zip(cells, fields, strict=True)
        if not field and cell_text(cell)
    ]
    return _NamedColumns(fields, names[:_NAMES_SHOWN])


class _UnnamedColumns:
    """Rows of a table without names: their cells are read as the words of an order.

    A side that no cell says stays open.
    """

    left_out: Sequence[str] = ()

    def row(self, cells: Sequence[str], resolve: Resolve | None) -> RowReading | None:
        """Read one line of the table; None for one that adds up those above it."""
        words = [text for text in map(cell_text, cells) if text]
        sides = (word for word in words if choice_for(word)[0] == "transaction_type")
        if words and _is_sum(words[0], next(sides, None)):
            return None
        spelled = [FIELD_WORDS.get(word.upper(), ("", word))[1] for word in _mark_price(words)]
        row = read_line(" ".join(spelled), resolve)
        return read_row({"transaction_type": ""} | row, Writer.MACHINE)


def _mark_price(words: list[str]) -> list[str]:
    """Return the words of a line with "@" before its price, where it has more than one number.

    The price is the only number with a point. Raises BasketError where that does not decide it.
    """
    words = _without_zeros(words)
    amounts = _amounts(words)
    if len(amounts) < 2:
        return words
    prices = [amount for amount in amounts if "." in amount]
    if len(amounts) > 2 or len(prices) != 1:
        raise BasketError(
            N_(
                "More than one number could be the quantity. Name the columns in a first line, like"
                " symbol, quantity, price."
            )
        )
    return [*(word for word in words if word != prices[0]), "@", prices[0]]


def _without_zeros(words: list[str]) -> list[str]:
    """Drop amounts of 0 beside another amount: exports write 0 for a price that an order does not
    have.
    """
    if len(_amounts(words)) < 2:
        return words
    return [word for word in words if not AMOUNT.fullmatch(word) or word.strip("₹0.")]


def _amounts(words: Sequence[str]) -> list[str]:
    return [word for word in words if AMOUNT.fullmatch(word)]


def _read(
    line: str, number: int, delimiter: str, reader: "_NamedColumns | _UnnamedColumns", resolve: Resolve | None
) -> ReadLine | None:
    """Read one line of a table; None for one that adds up those above it."""
    if len(line) > LONGEST_LINE:
        return ReadLine(line, number, None, N_("This line is too long to be an order."))
    cells = split_cells(line, delimiter)
    if cells is None:
        return ReadLine(line, number, None, N_("A quotation mark is not closed."))
    if delimiter == "|":
        # Markdown puts these around words in bold and around code.
        cells = [cell.strip().strip("*`") for cell in cells]
    try:
        reading = reader.row([typable(cell) for cell in cells], resolve)
    except BasketError as error:
        return ReadLine(line, number, None, str(error), error.params)
    if reading is None:
        return None
    return ReadLine(line, number, reading.texts, left_out=reader.left_out, unused=reading.unused)
