"""Changes on the basket page: quantity, price and trigger price of items that are not locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from flask_babel import gettext

from kite.simulator.core.items import MOST, Item, readable_price
from kite.simulator.pages.baskets import BasketLine
from kite.texts import typable

FIELDS = ("quantity", "price", "trigger_price")


@dataclass
class EditedLine:
    """A line of a basket with what was typed into it.

    `item` has the changes without errors; `typed` and `errors` have texts by field.
    """

    number: int
    item: Item
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> BasketLine:
        """The line to save: a field with an error keeps its old value."""
        return BasketLine(self.number, self.item)


def unedited(line: BasketLine) -> EditedLine:
    """Return a line as the page shows it before anything is typed."""
    texts = {name: _as_typed(getattr(line.item, name)) for name in fields_of(line.item)}
    return EditedLine(line.number, line.item, texts)


def apply_form(line: BasketLine, form: Mapping[str, str]) -> EditedLine:
    """Return a line with the changes of a form. A locked item takes none, whatever was sent."""
    result = unedited(line)
    if line.item.readonly:
        return result
    for name in fields_of(line.item):
        text = typable(form.get(f"items-{line.number}-{name}", result.typed[name])).strip()
        result.typed[name] = text
        value, error = _read_field(name, text)
        if value is None:
            result.errors[name] = error
        else:
            result.item = replace(result.item, **{name: value})  # type: ignore[arg-type]  # the two types follow the name
    return result


def _read_field(name: str, text: str) -> tuple[int | Decimal | None, str]:
    """Return the value of a field, None for a text that is none, and the error for that."""
    if name == "quantity":
        return _whole(text), gettext("Enter 1 or more.")
    return _price(text), gettext("Enter a price above 0.")


def fields_of(item: Item) -> list[str]:
    """Return the fields that the page offers for an item."""
    offered = {"quantity": True, "price": item.takes_price, "trigger_price": item.takes_trigger}
    return [name for name in FIELDS if offered[name]]


def _whole(text: str) -> int | None:
    digits = text.replace(",", "")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 12:
        return None
    return int(digits) if 1 <= int(digits) <= MOST else None


def _price(text: str) -> Decimal | None:
    digits = text.replace(",", "")
    if not digits.isascii() or len(digits) > 20:
        return None
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    # Decimal reads NaN and Infinity, too
    return value if value.is_finite() and value > 0 and readable_price(value) else None


def _as_typed(value: int | Decimal) -> str:
    """Return a figure as a person types it, and an empty text for a price that is missing."""
    if isinstance(value, int):
        return str(value)
    if not value:
        return ""
    if value == round(value, 2):
        return f"{value:.2f}"
    return f"{value.normalize():f}"
