"""Importing the buttons of an old site, from its pages and exports, as published baskets or buttons
of this site.

Nothing in them is guessed.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape, unescape
from pathlib import Path

from kite.basket.basket_data import to_data
from kite.basket.checking.row_checker import row_problems
from kite.basket.formats.documents import MOST_BYTES, MOST_ROWS, decode_document
from kite.basket.formats.exporting import to_button
from kite.basket.formats.markup import HAS_BUTTONS, read_markup
from kite.basket.formats.order_lists import ReadLine
from kite.basket.formats.row_reader import read_button
from kite.basket.items import Item
from kite.exceptions import BasketError
from kite.instruments.lookup import Lookup
from kite.offsite.base.services import Services
from kite.publishing import offers, sharing
from kite.publishing.drafts import Draft, DraftRefused
from kite.publishing.sentences import Sentences, about_draft, about_order
from kite.store.publishing import published
from kite.texts import typable
from kite.vocabulary import N_

ENDINGS = frozenset({".html", ".htm", ".txt", ".md", ".xml"})
"""Files of a folder that are read. A file that is named itself is read whatever its ending."""

LARGEST = 200 * 1024 * 1024
"""Bytes of one file: the export of a whole site is one."""

LONGEST_SOURCE = 200
"""Letters of a button that a report repeats."""

_POST_ENDS = re.compile(rb"(?<=</item>)|(?<=</entry>)")
"""Where one post of an export from WordPress or Blogger ends."""

_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


class ImportOutcome(StrEnum):
    """What became of a button."""

    BUTTON = "button"
    PUBLISHED = "published"
    THERE = "published before"
    REFUSED = "refused"


@dataclass(frozen=True)
class OldButton:
    """A button of the old site: its place, how it begins there, and the item that it orders, or the
    reason why there is none.

    `number` counts the buttons that were read, 0 for a file that cannot be. `left_out` are its
    names that Kite's basket page has no field for, and values that Kite does not use of such an
    order.
    """

    file: str
    line: int
    source: str
    number: int = 0
    item: Item | None = None
    reason: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportedButton:
    """What became of a button, and the HTML that takes its place in the page."""

    button: OldButton
    outcome: ImportOutcome
    slug: str = ""
    snippet: str = ""


@dataclass(frozen=True)
class ImportTarget:
    """How buttons are published: under whose name, for which operator, and what their addresses
    begin with.
    """

    author: str
    operator: str
    prefix: str = ""


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are named, and in folders every one with an ending that is read, in
    order of their names.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, inner, names in os.walk(path):
            inner.sort()
            yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix.lower() in ENDINGS)


def read_buttons(services: Services, paths: Iterable[Path], sentences: Sentences) -> Iterator[OldButton]:
    """Yield every button of these files and folders, checked by today's rules.

    A page without buttons yields nothing. Buttons are numbered from 1. `sentences` has the words
    for what is wrong.
    """
    number, lookup = 0, Lookup(services.catalogue)
    for path in files_of(paths):
        name = typable(str(path))
        try:
            for before, text in _posts(path):
                if not HAS_BUTTONS.search(text):
                    continue
                for line in read_markup(text, MOST_ROWS):
                    number += 1
                    button = OldButton(name, before + line.number, _beginning(line), number)
                    yield _checked(services, lookup, button, line, sentences)
        except BasketError as error:
            yield OldButton(name, 0, "", reason=str(error) % error.params)
        except OSError as error:
            yield OldButton(name, 0, "", reason=f"The file cannot be read: {error.strerror}.")


def import_button(
    services: Services, button: OldButton, publishing: ImportTarget | None, sentences: Sentences
) -> ImportedButton:
    """Publish what a button orders, once however many buttons order it; without `publishing` make a
    button of this site of it.
    """
    item = button.item
    if item is None:
        return ImportedButton(button, ImportOutcome.REFUSED)
    words = _title(item)
    if publishing is None:
        return ImportedButton(button, ImportOutcome.BUTTON, snippet=to_button(item, words))
    slug = slug_of(item, publishing.prefix)
    try:
        outcome = _publish(services, Draft(slug, words, publishing.author, (item,)), publishing.operator)
    except DraftRefused as refused:
        reason = f"Order {button.number}: {about_draft(refused, sentences)}"
        return ImportedButton(replace(button, item=None, reason=reason), ImportOutcome.REFUSED)
    link = f'<a href="{sharing.address(services, slug)}">{escape(words)}</a>'
    return ImportedButton(button, outcome, slug, f'<kite-button data-basket="{slug}">{link}</kite-button>')


def slug_of(item: Item, prefix: str = "") -> str:
    """Return the address of what a button orders: readable, and another one for every other
    order.
    """
    words = f"{prefix} {item.transaction_type} {item.quantity} {item.tradingsymbol}".lower()
    readable = _NOT_IN_SLUGS.sub("-", words).strip("-")[:55].rstrip("-")
    # The hash makes the address the order's own: the same button leads to the same basket, however
    # often a site is imported.
    return f"{readable}-{hashlib.sha256(to_data([item]).encode()).hexdigest()[:8]}"


def _publish(services: Services, draft: Draft, operator: str) -> ImportOutcome:
    """Publish a basket unless its address leads to the same orders already."""
    with services.store.reading() as conn:
        newest = published.by_slug(conn, draft.slug)
    # Not published anew: the texts that an operator wrote around the orders since then stay.
    if newest and newest[1].items == draft.items:
        return ImportOutcome.THERE
    offers.publish(services, draft, operator)
    return ImportOutcome.PUBLISHED


def _posts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a file with the lines before each: a page as one text, an export post by
    post.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BasketError(N_("This file is larger than 200 MB. Export the site in parts."))
    is_export = len(data) > MOST_BYTES or path.suffix.lower() == ".xml"
    before = 0
    # Post by post: a limit on buttons is that of one page, and an export holds a whole site.
    for piece in _POST_ENDS.split(data) if is_export else [data]:
        if piece.strip():
            text = decode_document(piece)
            # Exports without CDATA sections have their pages escaped.
            yield before, text if HAS_BUTTONS.search(text) else unescape(text)
        before += piece.count(b"\n")


def _beginning(line: ReadLine) -> str:
    return " ".join(line.line.split())[:LONGEST_SOURCE]


def _checked(
    services: Services, lookup: Lookup, button: OldButton, line: ReadLine, sentences: Sentences
) -> OldButton:
    """Return the button with its item, or with the reason why it has none."""
    if line.row is None:
        return replace(button, reason=f"Order {button.number}: {line.reason % dict(line.params)}")
    reading = read_button(line.row)
    if problems := row_problems(reading, lookup, services.now()):
        wrong = (about_order(button.number, reading, problem, sentences) for problem in problems)
        return replace(button, reason=" ".join(wrong))
    values = (f"{unused.field}={unused.text}" for unused in (*line.unused, *reading.unused))
    return replace(button, item=reading.item, left_out=(*line.left_out, *values))


def _title(item: Item) -> str:
    """Return the words of a button, and the title of what it orders."""
    return f"{item.transaction_type.capitalize()} {item.quantity} {item.tradingsymbol}"
