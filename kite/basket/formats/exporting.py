"""A basket as a file or as a piece of a page: Kite's JSON, CSV, and a button for an article.

Each is read back as it was.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from html import escape

from kite.basket.formats.cells import guard_cell
from kite.basket.items import FIELDS, Item, to_dict

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def to_json(items: Sequence[Item]) -> str:
    """Return the basket as Kite's `data`, one order a line."""
    return "[\n{}\n]\n".format(",\n".join(json.dumps(to_dict(item), ensure_ascii=False) for item in items))


def to_csv(items: Sequence[Item]) -> str:
    """Return the basket as CSV after RFC 4180, with a first line of Kite's names; no cell is one that a
    spreadsheet runs.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(FIELDS)
    writer.writerows([guard_cell(text) for text in texts(item).values()] for item in items)
    return BYTE_ORDER_MARK + written.getvalue()


def to_buttons(items: Sequence[Item], address: str, words: Callable[[Item], str]) -> str:
    """Return HTML for other pages: one button an order, and the script from the site at `address` that makes
    them work.

    `words` says what stands in a button, and is all there is of it where scripts are off.
    """
    lines = [
        f'<script src="{escape(address)}/embed.js" async></script>',
        *(to_button(item, words(item)) for item in items),
    ]
    return "\n".join(lines) + "\n"


def to_button(item: Item, words: str) -> str:
    """Return the element of one order, without the script."""
    said = " ".join(f'data-{name}="{escape(text)}"' for name, text in texts(item).items() if text)
    return f"<kite-button {said}>{escape(words)}</kite-button>"


def texts(item: Item) -> dict[str, str]:
    """Return every field of an item as its text, "" for one that is not sent.

    An amount has no blanks and no commas.
    """
    return {name: _text(getattr(item, name)) for name in FIELDS}


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    return "true" if value is True else f"{value:f}" if isinstance(value, Decimal) else str(value)
