"""Reads files and long lists with orders in them, and finds out their form from the text itself.

The forms are JSON as Kite's `data`, tables (CSV and what is copied from cells), pages with buttons,
shortcodes, and one written order a line. The same functions read what a person pastes, a file, and
the pages of a whole site.
"""

import codecs
from itertools import islice

from kite.basket.formats.contract_words import Resolve
from kite.basket.formats.markup import HAS_BUTTONS, read_markup
from kite.basket.formats.order_lists import ReadLine, read_text
from kite.basket.formats.spreadsheets import read_table
from kite.basket.formats.table_shape import shape_of
from kite.basket.items import MAX_ITEMS
from kite.exceptions import BasketError
from kite.texts import printable
from kite.vocabulary import N_

MOST_BYTES = 1_000_000
"""Bytes of a file: more than ten times what the orders of one reading take."""

MOST_ROWS = 1000
"""Orders that are read and named at once; a basket takes a tenth of them."""

_PACKED = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
"""The first bytes of workbooks and archives."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and the encodings that they announce, the longer ones first."""


def decode_document(data: bytes) -> str:
    """Return the text of a file, in any encoding that spreadsheets write.

    Raises BasketError when it is none.
    """
    if not data.strip():
        raise BasketError(N_("This file is empty."))
    if len(data) > MOST_BYTES:
        raise BasketError(N_("This file is larger than 1 MB. Keep the lines with orders."))
    if data.startswith(_PACKED):
        raise BasketError(
            N_("This is a workbook or an archive, and those are not opened here. Save the sheet as CSV.")
        )
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        # Nearly any bytes decode as cp1252, but only those of no text hold a NUL.
        if "\0" not in text:
            return printable(text.removeprefix("\ufeff"))
    raise BasketError(N_("This file is no text. Save it as CSV, or copy its lines into the box."))


def _encodings(data: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return (encoding,)
    # Kite's words are ASCII, so of their bytes in UTF-16 every other one is 0.
    for encoding, other in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if 2 * other.count(0) > len(other):
            return (encoding,)
    return ("utf-8", "cp1252")


def is_document(text: str) -> bool:
    """Whether a pasted text is more than a short list of written orders or the JSON of a basket."""
    if HAS_BUTTONS.search(text):
        return True
    if text.lstrip().startswith(("[", "{")):
        return False
    if shape_of(text) is not None:
        return True
    lines = (line for line in text.splitlines() if line.strip())
    return next(islice(lines, MAX_ITEMS, None), None) is not None


def read_document(text: str, resolve: Resolve | None = None) -> list[ReadLine]:
    """Return all orders in `text`, at most MOST_ROWS; each is a row or is refused with its
    reason.
    """
    if HAS_BUTTONS.search(text):
        return read_markup(text, MOST_ROWS)
    if not text.lstrip().startswith(("[", "{")) and (shape := shape_of(text)):
        return read_table(text, shape, resolve, MOST_ROWS)
    return read_text(text, resolve, MOST_ROWS)
