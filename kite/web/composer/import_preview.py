"""The preview of a file or a long list: a page that names every order that becomes a row, and every
one that does not, with the reason.

Nothing is stored between that page and its button: the page carries the rows that were there, and
the orders that it names.
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
from kite.basket.formats.documents import MOST_BYTES, decode_document, is_document, read_document
from kite.basket.formats.order_lists import ReadLine, as_json
from kite.basket.formats.row_reader import RowReading, read_row
from kite.basket.items import FIELDS, MAX_ITEMS, Item
from kite.basket.problem import Problem
from kite.basket.worth import order_value
from kite.exceptions import BasketError
from kite.instruments.catalogue import Catalogue
from kite.instruments.contract_names import ContractNames
from kite.instruments.lookup import Lookup
from kite.texts import printable, typable
from kite.vocabulary import N_
from kite.web.composer.order_line import fill_defaults, kept_rows, left_out_sentences, refusal_reason
from kite.web.composer.row_edits import Row
from kite.web.composer.row_fields import LABELS
from kite.web.wording.rule_messages import sentence, short

UPLOAD_LIMIT = 25 * 1024 * 1024
"""Bytes that a form with a file may have.

A file of more than 1 MB is refused, and what was typed beside it is kept.
"""

NOT_CARRIED_ON = frozenset({"action", "example", "file", "taken"})
"""Fields of the composer's form that belong to one press, so the preview does not carry them on."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}")


@dataclass(frozen=True)
class TakenOrder:
    """An order that becomes a row: its line in the source, its item (its texts when they cannot be
    read), and what is to fix.
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
    """What was read, and how many rows were there `before`.

    `waiting` are the lines of orders without a place, "102 to 901"; `left_out` are sentences on
    what no row has a field for.

    `data` are the orders that the button adds, `form_fields` the fields of the composer that are
    carried on.
    """

    source: str
    orders: Sequence[TakenOrder]
    refused: Sequence[RefusedOrder]
    waiting: str
    left_out: Sequence[str]
    before: int
    data: str
    form_fields: Sequence[tuple[str, str]]


def allow_a_file() -> None:
    """Let the composer's form be as large as a file makes it, where it is sent as a form with a
    file.
    """
    if request.method == "POST" and request.mimetype == "multipart/form-data":
        request.max_content_length = UPLOAD_LIMIT


def posted_list() -> tuple[str, str] | None:
    """Return the name and text of the file that this request brings, or the pasted list when it
    needs a preview, without a name.

    Raises BasketError when the file cannot be read.
    """
    file = request.files.get("file")
    if file and file.filename:
        return short(typable(file.filename)), decode_document(_read(file))
    pasted = printable(request.form.get("paste", ""))
    if is_document(pasted):
        return "", pasted
    return None


def _read(file: FileStorage) -> bytes:
    """Return a file's bytes: one more than a file may have at most, which shows that it is too
    large.
    """
    size = file.stream.seek(0, os.SEEK_END)
    file.stream.seek(0)
    return file.stream.read(min(size, MOST_BYTES + 1))


def render_preview(rows: Sequence[Row], catalogue: Catalogue, now: datetime) -> str | None:
    """Return the page that names what was read, None when nothing came that needs one.

    Raises BasketError for a file that cannot be read, or that holds no order.
    """
    posted = posted_list()
    if posted is None:
        return None
    preview = build_preview(*posted, rows, catalogue, now)
    return render_template("composer/import_preview.html", preview=preview)


def build_preview(
    source: str, text: str, rows: Sequence[Row], catalogue: Catalogue, now: datetime
) -> Preview:
    """Read `text` into a Preview, beside the `rows` that are in the composer."""
    reads = read_document(text, ContractNames(catalogue, now.date()))
    if not reads:
        raise BasketError(N_("No order was found in it."))
    good = [read for read in reads if read.row is not None]
    new_rows = fill_defaults(good, catalogue)
    orders = _check_orders(good, new_rows, catalogue, now)
    before = len(kept_rows(rows))
    places = max(0, MAX_ITEMS - before)
    waiting = orders[places:]
    return Preview(
        source=source,
        orders=orders[:places],
        refused=_refused_orders(reads, waiting),
        waiting=_ranges([order.number for order in waiting]),
        left_out=left_out_sentences(reads),
        before=before,
        data="[{}]".format(",\n".join(as_json(row) for row in new_rows[:places])),
        form_fields=_carried_on(request.form),
    )


def _check_orders(
    reads: Sequence[ReadLine], rows: Sequence[Row], catalogue: Catalogue, now: datetime
) -> list[TakenOrder]:
    """Return the orders of `reads`, whose texts are `rows`, each with what is to fix."""
    # A list may hold thousands of orders: their instruments are read at once, and none is
    # suggested.
    lookup = Lookup(catalogue, suggestions=0)
    readings = [read_row(row) for row in rows]
    lookup.read((reading.item.exchange, reading.item.tradingsymbol) for reading in readings)
    return [_check_order(read, reading, lookup, now) for read, reading in zip(reads, readings, strict=True)]


def _check_order(read: ReadLine, reading: RowReading, lookup: Lookup, now: datetime) -> TakenOrder:
    to_fix = [_field_error(problem) for problem in row_problems(reading, lookup, now)]
    if reading.unreadable:
        texts = {name: short(reading.texts.get(name, "")) for name in FIELDS}
        return TakenOrder(read.number, texts, None, to_fix)
    value = order_value(reading.item, instrument_of(reading, lookup))
    return TakenOrder(read.number, reading.item, value, to_fix)


def _refused_orders(reads: Sequence[ReadLine], waiting: Sequence[TakenOrder]) -> list[RefusedOrder]:
    """Return the lines that are no order, and the orders without a place that have something to
    fix.
    """
    unreadable = [
        RefusedOrder(read.number, short(read.line.strip()), refusal_reason(read))
        for read in reads
        if read.row is None
    ]
    wrong = [
        RefusedOrder(order.number, _symbol(order), " ".join(order.to_fix))
        for order in waiting
        if order.to_fix
    ]
    return sorted(unreadable + wrong, key=lambda order: order.number)


def _carried_on(form: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (name, printable(value))
        for name, value in form.items()
        if name not in NOT_CARRIED_ON and _NAME.fullmatch(name)
    ]


def _field_error(problem: Problem) -> str:
    field = gettext(LABELS[problem.field])
    return str(gettext("%(field)s: %(words)s", field=field, words=sentence(problem)))


def _symbol(order: TakenOrder) -> str:
    if isinstance(order.item, Item):
        return order.item.tradingsymbol
    return str(order.item["tradingsymbol"])


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers in words, runs of them as "3 to 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(_range(first, last) for first, last in runs)


def _range(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return str(gettext("%(first)s to %(last)s", first=first, last=last))
