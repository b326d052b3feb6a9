"""Tables from a spreadsheet or a broker: CSV and what is copied from cells, with a line that names the
columns or without.

Every line is read by itself, so a quotation mark that nobody closed costs its own line and no other.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from kite.basket.formats.cells import SEGMENT, cell_text, read_cells
from kite.basket.formats.choice_words import FIELD_WORDS, choice_for
from kite.basket.formats.contract_words import Resolve
from kite.basket.formats.order_lists import TOO_MANY_LINES, ReadLine
from kite.basket.formats.row_reader import WEIGHT, RowReading, Writer, read_row
from kite.basket.formats.written_order import LONGEST_LINE, read_line
from kite.basket.items import FIELDS
from kite.exceptions import BasketError
from kite.texts import typable
from kite.vocabulary import N_

DELIMITERS = ("\t", ";", ",", "|")

HEADINGS: Mapping[str, str] = {
    **{name.replace("_", ""): name for name in FIELDS},
    **dict.fromkeys(
        ("symbol", "instrument", "scrip", "scripname", "stock", "ticker", "contract"), "tradingsymbol"
    ),
    **dict.fromkeys(
        ("side", "buysell", "action", "transaction", "direction", "tradetype", "bs"), "transaction_type"
    ),
    **dict.fromkeys(
        ("qty", "shares", "units", "quantityavailable", "availablequantity", "qtyavailable"), "quantity"
    ),
    **dict.fromkeys(("limitprice", "rate", "limit"), "price"),
    **dict.fromkeys(("trigger", "stopprice"), "trigger_price"),
    **dict.fromkeys(("weight", "weights", "weightage", "wt", "allocation"), WEIGHT),
    "exch": "exchange",
    "producttype": "product",
    "disclosedqty": "disclosed_quantity",
    "locked": "readonly",
    SEGMENT: SEGMENT,
}
"""What a column may be called, in small letters and digits alone, to its field."""

EITHER = "type"
"""A column of this name has sides or order types; its cells say which."""

SUM = re.compile(
    r"(?:(?:grand|sub|net)[\s-]?)?totals?(?:\s(?:qty|quantity|shares|value|amount|invested|weight))?\s*:?|sum\s*:?",
    re.IGNORECASE,
)
"""What the line below a table begins with that adds it up. TOTAL is a symbol too, in capitals."""

_HEADS = frozenset({*FIELDS, EITHER, WEIGHT})
_SAMPLE = 20
"""Lines that are looked at to see whether a text is a table.

The names of its columns are in one of them: exports begin with lines about the account and the day.
"""

_LEAST_CELLS = 3
_AMOUNT = re.compile(r"[-+]?(?:₹?[0-9][0-9,]*(?:\.[0-9]+)?|₹?\.[0-9]+)")
_SYMBOL = re.compile(r"(?=.*[A-Z])[A-Z0-9][A-Z0-9&.*_-]*", re.IGNORECASE)
_NAMES_SHOWN = 10


@dataclass(frozen=True)
class TableShape:
    """How a text is a table: what stands between its cells, and which of its lines names the columns, None
    for none.

    Lines are counted from 0, those that hold nothing left out.
    """

    delimiter: str
    header: int | None


def shape_of(text: str) -> TableShape | None:
    """Return how `text` is a table, None when it is none."""
    sample = [line for _, line in islice(_numbered(text), _SAMPLE)]
    if not sample or len(sample[0]) > LONGEST_LINE:
        return None
    for place, line in enumerate(sample):
        for delimiter in DELIMITERS:
            if _names_columns(line, delimiter, needs_symbol=place > 0):
                return TableShape(delimiter, place)
    for delimiter in DELIMITERS:
        if 2 * sum(_has_cells(line, delimiter) for line in sample) >= len(sample):
            return TableShape(delimiter, None)
    return None


def read_table(text: str, shape: TableShape, resolve: Resolve | None, most: int) -> list[ReadLine]:
    """Read a table of at most `most` rows; what comes after them is one Read without a row."""
    lines = _numbered(text)
    above = [
        ReadLine(line, number, None, N_("It stands above the names of the columns."))
        for number, line in islice(lines, shape.header or 0)
        if _has_cells(line, shape.delimiter)
    ]
    reader = _UnnamedColumns() if shape.header is None else _named(lines, shape)
    if isinstance(reader, ReadLine):
        return [*above, reader]
    reads = [_read(line, number, shape.delimiter, reader, resolve) for number, line in islice(lines, most)]
    if after := next(lines, None):
        waiting = "\n".join(text.splitlines()[after[0] - 1 :])
        reads.append(ReadLine(waiting, after[0], None, TOO_MANY_LINES, {"most": str(most)}))
    return above + [read for read in reads if read]


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, with their numbers from 1.

    Excel's own line "sep=;" holds nothing, and neither does one of signs alone, such as Markdown has below
    its headings.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if any(map(str.isalnum, line)) and not (number == 1 and line.lower().startswith("sep=")):
            yield number, line


def _split(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line, None when a quotation mark in it is not closed."""
    if line.count('"') % 2:
        return None
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])


def _names_columns(line: str, delimiter: str, *, needs_symbol: bool) -> bool:
    """Whether a line names columns.

    One that is not the first must name the instrument's, to be told from an order.
    """
    if len(line) > LONGEST_LINE:
        return False
    fields = [_field(cell) for cell in _split(line, delimiter) or ()]
    return sum(field in _HEADS for field in fields) > 1 and ("tradingsymbol" in fields or not needs_symbol)


def _field(heading: str) -> str:
    """Return the field that a column of this name holds, "" for none."""
    plain = re.sub(r"[^a-z0-9]", "", cell_text(heading).lower())
    return EITHER if plain == EITHER else HEADINGS.get(plain, "")


def _has_cells(line: str, delimiter: str) -> bool:
    """Whether a line is cells of an order, and no sentence with commas in it.

    Among three and more are a number and a word for a choice; two are a symbol and a number.
    """
    cells = [cell_text(cell) for cell in _split(line, delimiter) or ()] if len(line) <= LONGEST_LINE else []
    if delimiter == "," and any(len(cell.split()) > 1 for cell in cells):
        return False
    amounts = [cell for cell in cells if _AMOUNT.fullmatch(cell)]
    if len(cells) < _LEAST_CELLS:
        return (
            delimiter != "\t"
            and len(amounts) == 1
            and sum(bool(_SYMBOL.fullmatch(cell)) for cell in cells) == 1
        )
    return bool(amounts) and any(choice_for(cell)[0] for cell in cells)


def _is_sum(word: str, side: str | None) -> bool:
    """Whether a line that begins with `word` adds up those above; `side` is None where no cell could name
    one.

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
    """The columns of a table: for each its field, "" for one that is left out; and the names of these."""

    fields: Sequence[str]
    left_out: Sequence[str]

    def row(self, cells: Sequence[str], resolve: Resolve | None) -> RowReading | None:
        if any(cell.strip() for cell in cells[len(self.fields) :]):
            raise BasketError(N_("It has more cells than the first line names columns."))
        values = {field: cell for field, cell in zip(self.fields, cells, strict=False) if field}
        symbol = cell_text(values.get("tradingsymbol", ""))
        side = values.get("transaction_type", values.get(EITHER))
        if side and not symbol and SUM.fullmatch(cell_text(side)):
            side = ""  # where no instrument is named, that word in the column of sides is no side
        if _is_sum(symbol or next(filter(None, map(cell_text, cells)), ""), side):
            return None
        if EITHER in values:
            cell = values.pop(EITHER)
            field, _ = choice_for(cell_text(cell))
            if field not in ("transaction_type", "order_type") or field in values:
                raise BasketError(
                    N_("“%(word)s” in the column Type is neither a side nor an order type."),
                    word=cell.strip(),
                )
            values[field] = cell
        return read_cells(values, resolve)


def _named(lines: Iterator[tuple[int, str]], shape: TableShape) -> "_NamedColumns | ReadLine":
    number, line = next(lines)
    cells = _split(line, shape.delimiter) or []
    fields = [_field(cell) for cell in cells]
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
        words = [cell_text(cell) for cell in cells if cell_text(cell)]
        if words and _is_sum(
            words[0], next((word for word in words if choice_for(word)[0] == "transaction_type"), None)
        ):
            return None
        amounts = [word for word in words if _AMOUNT.fullmatch(word)]
        if len(amounts) > 1:
            words = [word for word in words if word not in amounts or word.strip("₹0.")]
            amounts = [word for word in amounts if word.strip("₹0.")]
        if len(amounts) > 1:
            prices = [amount for amount in amounts if "." in amount]
            if len(amounts) > 2 or len(prices) != 1:
                raise BasketError(
                    N_(
                        "More than one number could be the quantity. Name the columns in a first line, like"
                        " symbol, quantity, price."
                    )
                )
            words = [word for word in words if word != prices[0]] + ["@", prices[0]]
        row = read_line(" ".join(FIELD_WORDS.get(word.upper(), ("", word))[1] for word in words), resolve)
        return read_row({"transaction_type": ""} | row, Writer.MACHINE)


def _read(
    line: str, number: int, delimiter: str, reader: "_NamedColumns | _UnnamedColumns", resolve: Resolve | None
) -> ReadLine | None:
    """Read one line of a table; None for one that adds up those above it."""
    if len(line) > LONGEST_LINE:
        return ReadLine(line, number, None, N_("This line is too long to be an order."))
    cells = _split(line, delimiter)
    if cells is None:
        return ReadLine(line, number, None, N_("A quotation mark is not closed."))
    if delimiter == "|":
        cells = [
            cell.strip().strip("*`") for cell in cells
        ]  # what Markdown has around words in bold or as code
    try:
        reading = reader.row([typable(cell) for cell in cells], resolve)
    except BasketError as error:
        return ReadLine(line, number, None, str(error), error.params)
    if reading is None:
        return None
    return ReadLine(line, number, reading.texts, left_out=reader.left_out, unused=reading.unused)
