"""The buttons of an old site, in its pages and exports, become published baskets or buttons of this site. Nothing in them is guessed."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from html import escape, unescape
from pathlib import Path

from kite.basket.documents import MOST_BYTES, MOST_ROWS, text_of
from kite.basket.exporting import to_button
from kite.basket.items import Item, to_data
from kite.basket.markup import HAS_BUTTONS, read_markup
from kite.basket.problem import Problem
from kite.basket.reading import Read
from kite.basket.rules import RULES
from kite.exceptions import BasketError
from kite.offsite.parts import Parts
from kite.publishing import offers, sharing
from kite.publishing.drafts import Draft, DraftRefused
from kite.store import published
from kite.texts import typable
from kite.vocabulary import N_, Exchange, OrderType, Product, TransactionType, Validity, Variety

ENDINGS = frozenset({".html", ".htm", ".txt", ".md", ".xml"})
"""What is read of a folder. A file that is named itself is read whatever its name."""

LARGEST = 200 * 1024 * 1024
"""Bytes of one file: the export of a whole site is one."""

LONGEST_SOURCE = 200
"""Letters of a button that a report repeats."""

_POST_ENDS = re.compile(rb"(?<=</item>)|(?<=</entry>)")
"""Where an export of WordPress or Blogger goes from one post to the next."""

USUAL = {"variety": Variety.REGULAR.value, "order_type": OrderType.MARKET.value}
"""What a button may leave out, as on this site."""

_CHOICES = {"variety": Variety, "exchange": Exchange, "transaction_type": TransactionType} | {
    "order_type": OrderType,
    "product": Product,
    "validity": Validity,
}
_NEEDED = ("tradingsymbol", "exchange", "transaction_type", "quantity")
_WHOLE = re.compile(r"[0-9][0-9,]{0,20}")
_AMOUNT = re.compile(r"[0-9][0-9,]{0,20}(?:\.[0-9]{1,9})?")
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


class Outcome(StrEnum):
    """What became of a button."""

    BUTTON = "button"
    PUBLISHED = "published"
    THERE = "published before"
    REFUSED = "refused"


@dataclass(frozen=True)
class Button:
    """A button of the old site: where it stands, how it begins there, and what it orders; without an item, why it does not.

    `left_out` are its names that Kite's basket page has no field for.
    """

    file: str
    line: int
    source: str
    item: Item | None = None
    reason: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """What became of a button, and what takes its place in the page."""

    button: Button
    outcome: Outcome
    slug: str = ""
    snippet: str = ""


@dataclass(frozen=True)
class Publishing:
    """How buttons are published: under whose name, for which operator, and what their addresses begin with."""

    author: str
    operator: str
    prefix: str = ""


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are meant: those named, and in folders every one with an ending that is read, in order of their names."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, inner, names in os.walk(path):
            inner.sort()
            yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix.lower() in ENDINGS)


def read(parts: Parts, paths: Iterable[Path]) -> Iterator[Button]:
    """Yield every button of these files and folders, held against today's rules. A page without buttons yields nothing."""
    for path in files_of(paths):
        name = typable(str(path))
        try:
            for before, text in _posts(path):
                if HAS_BUTTONS.search(text):
                    yield from (_judged(parts, Button(name, before + each.number, _begins(each)), each) for each in read_markup(text, MOST_ROWS))
        except BasketError as error:
            yield Button(name, 0, "", reason=_why(error))
        except OSError as error:
            yield Button(name, 0, "", reason=f"The file cannot be read: {error.strerror}.")


def take(parts: Parts, button: Button, publishing: Publishing | None) -> Done:
    """Publish what a button orders, once however often it stands somewhere; without `publishing` make a button of this site of it."""
    item = button.item
    if item is None:
        return Done(button, Outcome.REFUSED)
    words = _words(item)
    if publishing is None:
        return Done(button, Outcome.BUTTON, snippet=to_button(item, words))
    slug = slug_of(item, publishing.prefix)
    try:
        outcome = _publish(parts, Draft(slug, words, publishing.author, (item,)), publishing.operator)
    except DraftRefused as refused:
        return Done(replace(button, item=None, reason=str(refused)), Outcome.REFUSED)
    link = f'<a href="{sharing.address(parts, slug)}">{escape(words)}</a>'
    return Done(button, outcome, slug, f'<kite-button data-basket="{slug}">{link}</kite-button>')


def slug_of(item: Item, prefix: str = "") -> str:
    """Return the address of what a button orders: readable, and another one for every other order."""
    words = _NOT_IN_SLUGS.sub("-", f"{prefix} {item.transaction_type} {item.quantity} {item.tradingsymbol}".lower()).strip("-")
    return f"{words[:55].rstrip('-')}-{hashlib.sha256(to_data([item]).encode()).hexdigest()[:8]}"


def _publish(parts: Parts, draft: Draft, operator: str) -> Outcome:
    """Publish a basket unless its address leads to the same orders already: what an operator wrote around them since then stays."""
    with parts.store.reading() as conn:
        found = published.by_slug(conn, draft.slug)
    if found and found[1].items == draft.items:
        return Outcome.THERE
    offers.publish(parts, draft, operator)
    return Outcome.PUBLISHED


def _posts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a file with the lines before each: a page whole, an export post by post."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BasketError(N_("This file is larger than 200 MB. Export the site in parts."))
    before = 0
    for piece in _POST_ENDS.split(data) if len(data) > MOST_BYTES or path.suffix.lower() == ".xml" else [data]:
        if piece.strip():
            text = text_of(piece)
            # Exports that are no CDATA carry their pages escaped.
            yield before, text if HAS_BUTTONS.search(text) else unescape(text)
        before += piece.count(b"\n")


def _begins(read: Read) -> str:
    return " ".join(read.line.split())[:LONGEST_SOURCE]


def _judged(parts: Parts, button: Button, read: Read) -> Button:
    """Return the button with its item, or with why it has none."""
    if read.row is None:
        return replace(button, reason=read.reason % dict(read.params))
    try:
        item = _item(USUAL | read.row)
    except BasketError as error:
        return replace(button, reason=_why(error))
    if wrong := offers.problems(parts, [item])[0]:
        return replace(button, reason=" ".join(map(_told, wrong)))
    return replace(button, item=item, left_out=tuple(read.left_out))


def _why(error: BasketError) -> str:
    return str(error) % error.params


def _told(problem: Problem) -> str:
    """Return the field that breaks a rule, and the rule. How it could be mended, the composer tells."""
    says = (rule.says for rule in RULES if problem.code in rule.codes and problem.field in rule.reads)
    return f"{problem.field}: {next(says, problem.code)}"


def _item(row: Mapping[str, str]) -> Item:
    """Return the item that a button's texts say. Raises BasketError for a text that is missing or means nothing."""
    if missing := next((name for name in _NEEDED if not row.get(name)), ""):
        raise BasketError(N_("It does not say its %(field)s."), field=missing)
    return Item(**{name: _value(name, text) for name, text in row.items()})  # type: ignore[arg-type]


def _value(name: str, text: str) -> object:
    if reader := _READERS.get(name):
        value = reader(text)
        if value is None:
            raise BasketError(N_("%(field)s: “%(typed)s” is nothing that Kite's page takes."), field=name, typed=typable(text)[:80])
        return value
    return text


def _choice(kind: type[StrEnum]) -> Callable[[str], object]:
    return lambda text: next((each for each in kind if each.value == text), None)


def _number(text: str) -> int | None:
    return int(text.replace(",", "")) if _WHOLE.fullmatch(text) else None


def _amount(text: str) -> Decimal | None:
    return Decimal(text.replace(",", "")) if _AMOUNT.fullmatch(text) else None


_READERS: Mapping[str, Callable[[str], object]] = {
    **{name: _choice(kind) for name, kind in _CHOICES.items()},
    **dict.fromkeys(("quantity", "disclosed_quantity"), _number),
    **dict.fromkeys(("price", "trigger_price"), _amount),
    "readonly": lambda text: text in ("y", "true"),
}


def _words(item: Item) -> str:
    """Return the words of a button, and the title of what it orders."""
    return f"{item.transaction_type.capitalize()} {item.quantity} {item.tradingsymbol}"
