"""Writes a basket as a file or as a piece of a page: Kite's JSON, CSV, and buttons for an article.

The readers of this package read each of them back as it was.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from html import escape

from kite.basket.basket_data import to_dict
from kite.basket.formats.cells import guard_cell
from kite.basket.items import FIELDS, Item

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def to_json(items: Sequence[Item]) -> str:
    """Return the basket as Kite's `data`, one order a line."""
    return "[\n{}\n]\n".format(",\n".join(json.dumps(to_dict(item), ensure_ascii=False) for item in items))


def to_csv(items: Sequence[Item]) -> str:
    """Return the basket as CSV after RFC 4180, with Kite's names in the first line; no cell is one
    that a spreadsheet runs.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(FIELDS)
    writer.writerows([guard_cell(text) for text in texts(item).values()] for item in items)
    return BYTE_ORDER_MARK + file.getvalue()


def to_buttons(items: Sequence[Item], address: str, words: Callable[[Item], str]) -> str:
    """Return HTML for other pages: one button for each order, and the script of the site at
    `address` that makes them work.

    `words` gives the text of a button, which is all that shows where scripts are off.
    """
    lines = [
        f'<script src="{escape(address)}/embed.js" async></script>',
        *(to_button(item, words(item)) for item in items),
    ]
    return "\n".join(lines) + "\n"


def to_button(item: Item, words: str) -> str:
    """Return the element of one order, without the script."""
    attributes = " ".join(f'data-{name}="{escape(text)}"' for name, text in texts(item).items() if text)
    return f"<kite-button {attributes}>{escape(words)}</kite-button>"


def texts(item: Item) -> dict[str, str]:
    """Return every field of an item as its text, "" for one that is not sent.

    An amount has no blanks and no commas.
    """
    return {name: _text(getattr(item, name)) for name in FIELDS}


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    # As a plain number: str() may write a Decimal as 1E+3.
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
