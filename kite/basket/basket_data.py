"""The JSON of the form field `data` in which a basket travels to Kite.

Nothing else in the project serialises items. Fields and their JSON types are those of the
documentation's page "Offsite order execution"; numbers must be JSON numbers, or Kite refuses the
basket.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kite.basket.items import FIELD_TABLE, FIELDS, MAX_ITEMS, Item
from kite.exceptions import BasketError
from kite.vocabulary import N_


def to_data(items: Iterable[Item], execution_tag: str = "") -> str:
    """Serialise `items` as the text of the field `data`.

    With `execution_tag` (8 letters and digits) every item carries a tag that ends in it, after the
    person's own.
    """
    rows = [to_dict(item) for item in items]
    if execution_tag:
        # At the end, because an order is recognised by the last letters of its tag.
        for row in rows:
            row["tag"] = f"{row.get('tag', '')}{execution_tag}"
    return _WRITER.encode(rows)


def to_dict(item: Item) -> dict[str, str | int | float | bool]:
    """Return the JSON object of one item: only fields that are set, in Kite's spelling and JSON
    types.
    """
    values = ((name, getattr(item, name)) for name in FIELDS)
    return {
        name: _json_number(value) if isinstance(value, Decimal) else value
        for name, value in values
        if value is not None
    }


def from_data(text: str) -> list[Item]:
    """Read back what `to_data` wrote.

    Raises BasketError for anything else. Baskets that others wrote are read by
    kite.basket.formats.json_orders.
    """
    return [_item(row) for row in _rows(text)]


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        # As Decimal: a float would change a price such as 0.1.
        rows = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise BasketError(N_("This is not JSON.")) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BasketError(N_("A basket is a JSON list of objects."))
    if not 1 <= len(rows) <= MAX_ITEMS:
        raise BasketError(N_("A basket holds 1 to 100 items."))
    return rows


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _json_number(value: Decimal) -> int | float:
    # Kite's documentation writes whole prices without a point, and `json` writes no Decimal.
    return int(value) if value == value.to_integral_value() else float(value)


_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_READERS: Mapping[type, tuple[tuple[type, ...], Callable[[Any], object]]] = {
    str: ((str,), str),
    int: ((int,), int),
    bool: ((bool,), bool),
    Decimal: ((int, Decimal), Decimal),
}
"""By the type of a field that is no choice: the JSON types it may have, and what makes its value of
them.
"""


def _item(row: dict[str, Any]) -> Item:
    try:
        return Item(**{name: _read(name, row[name]) for name in FIELDS if name in row})
    except (TypeError, ValueError) as error:
        raise BasketError(N_("This is not an item of a basket.")) from error


def _read(name: str, value: object) -> Any:
    kind = FIELD_TABLE[name].kind
    kinds, read = _READERS.get(kind, ((str,), kind))
    if type(value) not in kinds:  # exactly so: a bool is an int in Python, not at Kite
        raise TypeError(name)
    return read(value)
