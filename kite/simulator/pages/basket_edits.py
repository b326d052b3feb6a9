"""What a person changes on the basket page: quantity, price and trigger of items that are not locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from flask_babel import gettext

from kite.simulator.core.items import MOST, Item, readable_price
from kite.simulator.pages.baskets import BasketLine
from kite.texts import typable

FIELDS = ("quantity", "price", "trigger_price")


@dataclass
class Edited:
    """A line with what was typed.

    `item` holds the changes that are good, `typed` and `errors` go by field.
    """

    number: int
    item: Item
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> BasketLine:
        """The line to keep: what was typed wrong leaves its field as it was."""
        return BasketLine(self.number, self.item)


def untouched(line: BasketLine) -> Edited:
    """Return a line as the page shows it before anything is typed."""
    return Edited(
        line.number, line.item, {name: _plain(getattr(line.item, name)) for name in fields_of(line.item)}
    )


def edited(line: BasketLine, form: Mapping[str, str]) -> Edited:
    """Return a line with what was typed into it. A locked item takes no change, whatever was sent."""
    result = untouched(line)
    if line.item.readonly:
        return result
    for name in fields_of(line.item):
        text = typable(form.get(f"items-{line.number}-{name}", result.typed[name])).strip()
        result.typed[name] = text
        value = _whole(text) if name == "quantity" else _price(text)
        if value is None:
            result.errors[name] = (
                gettext("Enter 1 or more.") if name == "quantity" else gettext("Enter a price above 0.")
            )
        else:
            result.item = replace(result.item, **{name: value})  # type: ignore[arg-type]  # the two types follow the name
    return result


def fields_of(item: Item) -> list[str]:
    """Return the fields that the page offers for an item."""
    shown = {"quantity": True, "price": item.takes_price, "trigger_price": item.takes_trigger}
    return [name for name in FIELDS if shown[name]]


def _whole(text: str) -> int | None:
    digits = text.replace(",", "")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 12:
        return None
    return int(digits) if 1 <= int(digits) <= MOST else None


def _price(text: str) -> Decimal | None:
    digits = text.replace(",", "")
    try:
        value = Decimal(digits) if digits.isascii() and len(digits) <= 20 else Decimal(0)
    except InvalidOperation:
        return None
    return value if value.is_finite() and value > 0 and readable_price(value) else None


def _plain(value: int | Decimal) -> str:
    """Write a figure as one types it; a price that is missing leaves its field empty."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f}" if value and value == round(value, 2) else f"{value.normalize():f}" if value else ""
