"""The basket in the composer as a file, or as buttons for a web page. Nothing is stored for it."""

from collections.abc import Callable, Mapping, Sequence

from flask import Response
from flask_babel import gettext

from kite.basket.formats import exporting
from kite.basket.items import Item
from kite.web.composer.forms import ItemForm
from kite.web.site.context import services
from kite.web.wording.labels import label

ACTIONS = "export-"
"""How the actions of the export buttons begin.

`export-buttons` shows a page with code to copy, the others return a file.
"""

FILES: Mapping[str, tuple[Callable[[Sequence[Item]], str], str, str]] = {
    "export-json": (exporting.to_json, "application/json", "json"),
    "export-csv": (exporting.to_csv, "text/csv", "csv"),
}
"""By button: what writes the file, its type, and how its name ends."""


def items_to_export(orders: Sequence[ItemForm]) -> list[Item] | None:
    """Return the items of all rows that are not blank, None while one of them cannot be read."""
    items: list[Item] = []
    for order in orders:
        if order.blank:
            continue
        # A file without the one order that cannot be read would pass for the whole basket.
        if order.item is None:
            return None
        items.append(order.item)
    return items


def export_file(action: str, items: Sequence[Item]) -> Response:
    """Return the file that the button `action` asks for."""
    write, kind, ending = FILES[action]
    answer = Response(write(items), mimetype=kind)
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="basket-{services().now():%Y-%m-%d}.{ending}"'
    )
    return answer


def button_code(items: Sequence[Item]) -> str:
    """Return the code of one button for each order."""
    return exporting.to_buttons(items, services().settings.public_url, _button_words)


def _button_words(item: Item) -> str:
    return str(gettext("%(side)s %(symbol)s", side=label(item.transaction_type), symbol=item.tradingsymbol))
