"""Files and long lists before they become rows: a page that names every order taken and every one refused,
with its reason.

Nothing is stored between that page and its button: it carries the rows that were there, and the orders that
it named.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import render_template, request
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from kite.basket.checking.row_checker import instrument_of, row_problems
from kite.basket.formats.documents import MOST_BYTES, is_document, read_document, text_of
from kite.basket.formats.order_lists import ReadLine, as_json
from kite.basket.formats.row_reader import RowReading, read_row
from kite.basket.items import FIELDS, MAX_ITEMS, Item
from kite.basket.worth import order_value
from kite.exceptions import BasketError
from kite.instruments.catalogue import Catalogue
from kite.instruments.contract_names import Names
from kite.instruments.lookup import Lookup
from kite.texts import printable, typable
from kite.vocabulary import N_
from kite.web.composer.order_line import filled, kept_rows, left_out, reason_of
from kite.web.composer.row_edits import Row
from kite.web.composer.row_fields import LABELS
from kite.web.wording.rule_messages import sentence, short

UPLOAD_LIMIT = 25 * 1024 * 1024
"""Bytes that a form with a file may have.

A file of more than 1 MB is refused, and what was typed beside it is kept.
"""

OWN = frozenset({"action", "example", "file", "taken"})
"""Names of the form that its next page does not carry on."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}")


@dataclass(frozen=True)
class TakenOrder:
    """An order that becomes a row: its line in the source, its item (or its texts, while they cannot be read)
    and what is to fix.
    """

    number: int
    item: Item | Mapping[str, Any]
    value: Decimal | None
    to_fix: Sequence[str]


@dataclass(frozen=True)
class RefusedOrder:
    """An order that becomes no row: its line in the source, how it begins there, and why."""

    number: int
    line: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """What was read.

    `waiting` are the lines of orders without a place, "102 to 901"; `left_out` are sentences on what no row
    has a place for.

    `data` are the taken orders for the button that takes them; `kept` the fields of the composer that go
    along.
    """

    source: str
    taken: Sequence[TakenOrder]
    refused: Sequence[RefusedOrder]
    waiting: str
    left_out: Sequence[str]
    before: int
    data: str
    kept: Sequence[tuple[str, str]]


def allow_a_file() -> None:
    """Let the composer's form be as large as a file makes it, where it is sent as a form with a file."""
    if request.method == "POST" and request.mimetype == "multipart/form-data":
        request.max_content_length = UPLOAD_LIMIT


def asked() -> tuple[str, str] | None:
    """Return the name and text of the file that this request brings, or the pasted list when it needs a
    preview, without a name.

    Raises BasketError when the file cannot be read.
    """
    file = request.files.get("file")
    if file and file.filename:
        return short(typable(file.filename)), text_of(_read(file))
    pasted = printable(request.form.get("paste", ""))
    return ("", pasted) if is_document(pasted) else None


def _read(file: FileStorage) -> bytes:
    """Return a file's bytes, as far as they matter: one that is too large is never in memory."""
    size = file.stream.seek(0, os.SEEK_END)
    file.stream.seek(0)
    return file.stream.read(min(size, MOST_BYTES + 1))


def page(rows: Sequence[Row], catalogue: Catalogue, now: datetime) -> str | None:
    """Return the page that names what was read, None when nothing came that needs one.

    Raises BasketError for a file that cannot be read, or that holds no order.
    """
    found = asked()
    return (
        render_template("composer/import_preview.html", preview=preview(*found, rows, catalogue, now))
        if found
        else None
    )


def preview(source: str, text: str, rows: Sequence[Row], catalogue: Catalogue, now: datetime) -> Preview:
    """Read `text` into a Preview, beside the `rows` that are in the composer."""
    reads = read_document(text, Names(catalogue, now.date()))
    if not reads:
        raise BasketError(N_("No order was found in it."))
    understood = [read for read in reads if read.row is not None]
    changed = filled(understood, catalogue)
    lookup = Lookup(catalogue, suggestions=0)
    readings = [read_row(row) for row in changed]
    lookup.read((reading.item.exchange, reading.item.tradingsymbol) for reading in readings)
    judged = [_judge(read, reading, lookup, now) for read, reading in zip(understood, readings, strict=True)]
    before = len(kept_rows(rows))
    room = max(0, MAX_ITEMS - before)
    over = judged[room:]
    refused = [
        RefusedOrder(read.number, short(read.line.strip()), reason_of(read))
        for read in reads
        if read.row is None
    ]
    wrong = [RefusedOrder(each.number, _named(each), " ".join(each.to_fix)) for each in over if each.to_fix]
    return Preview(
        source=source,
        taken=judged[:room],
        refused=sorted(refused + wrong, key=lambda each: each.number),
        waiting=_ranges([each.number for each in over]),
        left_out=left_out(reads),
        before=before,
        data="[{}]".format(",\n".join(as_json(row) for row in changed[:room])),
        kept=[
            (name, printable(value))
            for name, value in request.form.items()
            if name not in OWN and _NAME.fullmatch(name)
        ],
    )


def _judge(read: ReadLine, reading: RowReading, lookup: Lookup, now: datetime) -> TakenOrder:
    to_fix = [_told(problem.field, sentence(problem)) for problem in row_problems(reading, lookup, now)]
    if not reading.unreadable:
        return TakenOrder(
            read.number, reading.item, order_value(reading.item, instrument_of(reading, lookup)), to_fix
        )
    return TakenOrder(
        read.number, {name: short(reading.texts.get(name, "")) for name in FIELDS}, None, to_fix
    )


def _told(field: str, words: str) -> str:
    return str(gettext("%(field)s: %(words)s", field=gettext(LABELS[field]), words=words))


def _named(each: TakenOrder) -> str:
    item = each.item
    return item.tradingsymbol if isinstance(item, Item) else item["tradingsymbol"]


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers in words, runs of them as "3 to 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    told = [
        gettext("%(first)s to %(last)s", first=first, last=last) if first != last else str(first)
        for first, last in runs
    ]
    return ", ".join(told)
