"""Lists of orders as people have them: one written order a line, or the JSON of a basket."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kite.basket.contract_words import Resolve
from kite.basket.importing import read_line
from kite.basket.items import MAX_ITEMS, left_out, typed_rows
from kite.exceptions import BasketError
from kite.vocabulary import N_

TOO_MANY_LINES = N_("At most %(most)s lines are read at once. From here on they wait.")


@dataclass(frozen=True)
class Read:
    """A line of a list: its text, its number from 1, and its row, or None with the reason why it was not understood.

    `whole`: the row says all that its source said, and nothing is to be filled in. `left_out` are names in that source
    that are no field of an item.
    """

    line: str
    number: int
    row: dict[str, str] | None = None
    reason: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    left_out: Sequence[str] = ()


def read_text(text: str, resolve: Resolve | None = None, most: int = MAX_ITEMS) -> list[Read]:
    """Read a list with one order a line, blank lines skipped, or the JSON list that Kite's `data` is.

    Reads `most` lines; what comes after them is one Read without a row, so nothing is lost. `resolve` looks contracts up.
    """
    if text.lstrip().startswith("["):
        return _read_json(text, text, most=most)
    lines = text.splitlines()
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    reads = [_read(line, number, resolve) for number, line in islice(numbered, most)]
    if after := next(numbered, None):
        rest = "\n".join(lines[after[0] - 1 :])
        reads.append(Read(rest, after[0], None, TOO_MANY_LINES, {"most": str(most)}))
    return reads


def _read_json(text: str, data: str, number: int = 1, most: int = MAX_ITEMS) -> list[Read]:
    """Read the JSON list `data`, which stands in the lines `text` from `number` on: a Read for each of its items."""
    try:
        rows, names = typed_rows(data, most), left_out(data, most)
    except BasketError as error:
        return [Read(text, number, None, str(error), error.params)]
    return [Read(as_json(row), place, row, whole=True, left_out=names) for place, row in enumerate(rows, number)]


def as_json(row: dict[str, str]) -> str:
    """Return a line that is read as this row, should there be no place for it now."""
    return json.dumps({name: True if name == "readonly" else text for name, text in row.items()}, ensure_ascii=False)


def _read(line: str, number: int, resolve: Resolve | None) -> Read:
    if line.lstrip().startswith("{"):
        read, *more = _read_json(line, f"[{line}]", number)
        return Read(line, number, None, N_("Write one order a line.")) if more else read
    try:
        return Read(line, number, read_line(line, resolve))
    except BasketError as error:
        return Read(line, number, None, str(error), error.params)
