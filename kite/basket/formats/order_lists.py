"""Reads lists of orders as people have them: one written order on each line, or the JSON of a
basket.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from kite.basket.formats.contract_words import Resolve
from kite.basket.formats.json_orders import (
    NO_ORDER,
    NOT_JSON,
    foreign_names,
    json_pieces,
    orders_of,
    parse_json,
)
from kite.basket.formats.row_reader import Unused, Writer, read_row, texts_of
from kite.basket.formats.written_order import read_line
from kite.basket.items import FIELDS, MAX_ITEMS
from kite.exceptions import BasketError
from kite.vocabulary import N_

_LINE_END = re.compile(r"[ \t\r,]*(?:\n|\Z)")

TOO_MANY_LINES = N_("At most %(most)s lines are read at once. From here on they wait.")


@dataclass(frozen=True)
class ReadLine:
    """A line of a list: its text, its number from 1, and its row, or None with the reason why it
    was not understood.

    `whole`: the source was a complete order, so no default may be filled in. `left_out` are names
    in that source that are no field of an item, `unused` values that Kite does not use in an order
    like this.
    """

    line: str
    number: int
    row: dict[str, str] | None = None
    reason: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    left_out: Sequence[str] = ()
    unused: Sequence[Unused] = ()


def read_text(
    text: str, resolve: Resolve | None = None, most: int = MAX_ITEMS, writer: Writer = Writer.MACHINE
) -> list[ReadLine]:
    """Read a list with one order a line, blank lines skipped, or JSON: Kite's `data`, its
    envelopes, or objects one after the other.

    Reads `most` lines; what comes after them is one ReadLine without a row, so nothing is lost.
    `resolve` looks contracts up. `writer` wrote the JSON, if it is such.
    """
    reads, end = _read_values_in(text, most, writer)
    lines = text[end:].splitlines()
    before = len(text[:end].splitlines())
    numbered = ((number, line) for number, line in enumerate(lines, before + 1) if line.strip())
    reads += [_read(line, number, resolve, writer) for number, line in islice(numbered, most - len(reads))]
    if after := next(numbered, None):
        waiting = "\n".join(lines[after[0] - before - 1 :])
        reads.append(ReadLine(waiting, after[0], None, TOO_MANY_LINES, {"most": str(most)}))
    return reads


def read_json(text: str, most: int = MAX_ITEMS, writer: Writer = Writer.MACHINE) -> list[ReadLine]:
    """Read a text that is nothing but JSON: a ReadLine for each of its orders, or one without a row
    for all of it.
    """
    try:
        return _read_value(parse_json(text), 1, most, writer)
    except BasketError as error:
        return [ReadLine(text, 1, None, str(error), error.params)]


def as_json(row: dict[str, str]) -> str:
    """Return a line that reads as this row again, for a row that has no place in the basket now."""
    return json.dumps(
        {name: True if name == "readonly" and text == "y" else text for name, text in row.items()},
        ensure_ascii=False,
    )


def _read_values_in(text: str, most: int, writer: Writer) -> tuple[list[ReadLine], int]:
    """Read the JSON that `text` is or begins with; return where in the text it ends, 0 when there
    is none.
    """
    begin = text.lstrip()[:1]
    if begin == "[":
        return read_json(text, most, writer), len(text)
    if begin != "{":
        return [], 0
    try:
        return _read_value(parse_json(text), 1, most, writer), len(text)
    except BasketError as error:
        # Objects one after the other are no JSON as a whole, but can be read one by one.
        if str(error) != NOT_JSON:
            return [ReadLine(text, 1, None, str(error), error.params)], len(text)
    return _read_objects(text, most, writer)


def _read_objects(text: str, most: int, writer: Writer) -> tuple[list[ReadLine], int]:
    """Read the objects at the beginning of `text`, up to the last one that ends its line.

    Where something else follows an object on its line, the whole line is left to be read as a
    written order.
    """
    reads: list[ReadLine] = []
    waiting: list[ReadLine] = []
    number, counted, end = 1, 0, 0
    for piece in json_pieces(text):
        number, counted = number + text.count("\n", counted, piece.begin), piece.begin
        waiting += _reads_of(piece.value, text[piece.begin : piece.end], number, most, writer)
        if len(reads) + len(waiting) > most:
            break
        if line_end := _LINE_END.match(text, piece.end):
            reads, waiting, end = reads + waiting, [], line_end.end()
    return reads, end


def _reads_of(value: object, line: str, number: int, most: int, writer: Writer) -> list[ReadLine]:
    try:
        return _read_value(value, number, most, writer)
    except BasketError as error:
        return [ReadLine(line, number, None, str(error), error.params)]


def _read_value(value: object, number: int, most: int, writer: Writer) -> list[ReadLine]:
    orders = orders_of(value, most)
    names = foreign_names(orders)
    return [_read_values(order, place, names, writer) for place, order in enumerate(orders, number)]


def _read_values(order: Mapping[str, object], number: int, names: Sequence[str], writer: Writer) -> ReadLine:
    if not order.keys() & set(FIELDS):
        return ReadLine(json.dumps(order, ensure_ascii=False, default=str), number, None, NO_ORDER)
    reading = read_row(texts_of(order), writer)
    row = {name: text for name, text in reading.texts.items() if text}
    return ReadLine(as_json(row), number, row, whole=True, left_out=names, unused=reading.unused)


def _read(line: str, number: int, resolve: Resolve | None, writer: Writer) -> ReadLine:
    if line.lstrip().startswith("{"):
        read, *more = read_json(line, writer=writer)
        if more:
            return ReadLine(line, number, None, N_("Write one order a line."))
        return replace(read, number=number)
    try:
        return ReadLine(line, number, read_line(line, resolve))
    except BasketError as error:
        return ReadLine(line, number, None, str(error), error.params)
