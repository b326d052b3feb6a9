"""Reads orders in the pages of other sites: buttons of Kite Publisher and of this site, and
WordPress shortcodes.

The attributes are those of Kite Publisher, `data-` and the name of a field; a shortcode, `[kite
exchange="NSE" …]`, may leave `data-` out. Fields that a button does not name stay empty, for it
sends no more than it names.
"""

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from html.parser import HTMLParser

from kite.basket.formats.order_lists import TOO_MANY_LINES, ReadLine
from kite.basket.formats.row_reader import Writer, read_row
from kite.basket.formats.written_order import LONGEST_LINE
from kite.basket.items import FIELD_TABLE, FIELDS, FOREIGN_FIELDS
from kite.texts import typable
from kite.vocabulary import N_

HAS_BUTTONS = re.compile(r"<kite-button\b|<[a-z][^<]*\sdata-kite\b|\[kite[\s_-]", re.IGNORECASE)
"""Finds out whether a text has anything for this module."""

BUTTON = "kite-button"
ALSO = {field.facts.shortcode: field.name for field in FIELD_TABLE.values() if field.facts.shortcode}
"""Shorter names that shortcodes have."""

# Atomic and possessive groups: an unclosed quotation mark costs no backtracking over the whole
# page.
_TAG = re.compile(
    r"""<(?:kite-button(?=[\s/>])|(?=[^<]*\sdata-kite\b)[a-z])(?>"[^"<]*"|'[^'<]*'|[^"'<>])*+>""",
    re.IGNORECASE,
)
_SHORTCODE = re.compile(r"(?<!\[)\[kite(?:[_-]button)?[\s\u00a0]([^\[\]\n]{0,2000})\](?!\])", re.IGNORECASE)
_PAIR = re.compile(
    r"""([a-z][a-z_-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|[“”″]([^“”″]*)[“”″]|[‘’′]([^‘’′]*)[‘’′]|([^\s"'“”]+))""",
    re.IGNORECASE,
)
_NAMES_SHOWN = 10
# "tag" is left out: three letters are near to too many words.
_LONG_FIELDS = [name for name in FIELDS if len(name) > 3]
_MISSPELLED_BY = 2
"""Letters by which a misspelled name may be longer or shorter."""


def read_markup(text: str, most: int) -> list[ReadLine]:
    """Read at most `most` buttons and shortcodes of a page, in its order; what comes after them is
    one Read without a row.
    """
    reads = itertools.chain(_buttons(text), _shortcodes(text))
    lines = sorted(itertools.islice(reads, most + 1), key=lambda read: read.number)
    if not lines:
        return [ReadLine(text, 1, None, N_("No button and no shortcode with an order was found."))]
    if len(lines) > most:
        first_unread = lines[most]
        lines[most:] = [
            ReadLine(first_unread.line, first_unread.number, None, TOO_MANY_LINES, {"most": str(most)})
        ]
    return lines


class _Tag(HTMLParser):
    """One tag: its name and attributes, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tag, self.attrs = "", dict[str, str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        # As in a browser, the first of two attributes with one name counts.
        self.attrs = {name: value or "" for name, value in reversed(attrs)}


def _buttons(text: str) -> Iterator[ReadLine]:
    # The parser is given single tags: over a broken page of a megabyte it takes minutes.
    for number, line in _tags(text):
        if len(line) > LONGEST_LINE:
            yield ReadLine(line, number, None, N_("This line is too long to be an order."))
            continue
        read = _Tag(line)
        if read.tag != BUTTON and "data-kite" not in read.attrs:
            continue
        if "data-basket" in read.attrs and "data-tradingsymbol" not in read.attrs:
            yield ReadLine(
                line, number, None, N_("This button is for a published basket. It names no order.")
            )
            continue
        yield _read(line, number, _values_of(read.attrs))


def _values_of(attrs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a button that are for an order, also those whose names are
    misspelled.
    """
    for name, value in attrs.items():
        if not name.startswith("data-"):
            continue
        field = name.removeprefix("data-").replace("-", "_")
        if field in FIELDS or field in FOREIGN_FIELDS or _misspelled_field(field):
            yield field, value


def _tags(text: str) -> Iterator[tuple[int, str]]:
    """Yield tags that may be buttons, with the numbers of their lines. Comments are left out."""
    number = 1
    for place, piece in enumerate(text.split("<!--")):
        # Every piece but the first begins inside a comment.
        outside = piece if place == 0 else piece.partition("-->")[2]
        number += piece.count("\n") - outside.count("\n")
        counted = 0
        for match in _TAG.finditer(outside):
            number, counted = number + outside.count("\n", counted, match.start()), match.start()
            yield number, match[0]
        number += outside.count("\n", counted)


def _shortcodes(text: str) -> Iterator[ReadLine]:
    number, counted = 1, 0
    for match in _SHORTCODE.finditer(text):
        number, counted = number + text.count("\n", counted, match.start()), match.start()
        pairs = _PAIR.findall(unescape(match[1]))
        # The pattern has a group for every kind of quotation mark, and one of them holds the value.
        attributes = (
            (name.lower().removeprefix("data-").replace("-", "_"), next(filter(None, values), ""))
            for name, *values in pairs
        )
        fields = ((ALSO.get(name, name), value) for name, value in attributes if name != "kite")
        yield _read(match[0], number, fields)


def _read(line: str, number: int, values: Iterable[tuple[str, str]]) -> ReadLine:
    """Read the order that pairs of a field and its text make."""
    row: dict[str, str] = {}
    left_out: list[str] = []
    for name, value in values:
        if field := _misspelled_field(name):
            return ReadLine(
                line,
                number,
                None,
                N_("It says “%(name)s”. Write “%(field)s”, if that is meant."),
                {"name": name, "field": field},
            )
        if name not in FIELDS:
            left_out.append(typable(name))
        elif name in row:
            return ReadLine(line, number, None, N_("It says “%(field)s” twice."), {"field": name})
        else:
            row[name] = typable(value)
    reading = read_row(row, Writer.MACHINE)
    row = {name: text for name, text in reading.texts.items() if text}
    if "tradingsymbol" not in row:
        return ReadLine(line, number, None, N_("No instrument is named."))
    return ReadLine(line, number, row, whole=True, left_out=left_out[:_NAMES_SHOWN], unused=reading.unused)


def _misspelled_field(name: str) -> str:
    """Return the field whose name was misspelled, "" for any other name.

    A misspelled price must refuse its button and not be left out like a name that no field has:
    without its price the order is another one.
    """
    if name in FIELDS or name in FOREIGN_FIELDS:
        return ""
    candidates = [field for field in _LONG_FIELDS if abs(len(field) - len(name)) <= _MISSPELLED_BY]
    return next(iter(difflib.get_close_matches(name, candidates, n=1, cutoff=0.8)), "")
