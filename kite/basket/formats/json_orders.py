"""Finds orders in JSON: in the list of Kite's `data`, in one order alone, and in the envelopes in
which Kite and others send lists.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from kite.basket.formats.row_reader import WEIGHT
from kite.basket.items import FIELDS, MAX_ITEMS
from kite.exceptions import BasketError
from kite.texts import typable
from kite.vocabulary import N_

NOT_JSON = N_("This is not JSON.")
NO_ORDER = N_("No order was found in it.")

_ENVELOPES = 3
"""How deep a list may lie: Kite's own envelope, and one more inside or around it."""

_DEPTH = 50
"""How many lists and objects may be inside each other.

Python 3.14 parses tens of thousands, and then fails with a RecursionError where they are used.
"""

_NAMES_SHOWN = 10

Values = Mapping[str, Any]


@dataclass(frozen=True)
class JsonPiece:
    """A JSON value in a text: where it begins and ends there, and the value."""

    begin: int
    end: int
    value: object


def parse_json(text: str) -> object:
    """Return the value that `text` is; numbers with a point as Decimal.

    Raises BasketError when it is no JSON.
    """
    try:
        value = _DECODER.decode(text)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise BasketError(NOT_JSON) from error
    if _is_too_deep(value):
        raise BasketError(NOT_JSON)
    return value


def json_pieces(text: str) -> Iterator[JsonPiece]:
    """Yield the objects at the beginning of `text`, one after the other, with or without commas
    between them.
    """
    end = 0
    while (begin := _skip(text, end)) < len(text) and text[begin] == "{":
        try:
            value, end = _DECODER.raw_decode(text, begin)
        except (ValueError, InvalidOperation, RecursionError):
            return
        if _is_too_deep(value):
            return
        yield JsonPiece(begin, end, value)


def orders_of(value: object, most: int = MAX_ITEMS) -> Sequence[Values]:
    """Return the values by field of each order in a JSON value, 1 to `most`.

    Raises BasketError when there is no such list.
    """
    orders = _orders(value, _ENVELOPES)
    if not all(isinstance(order, dict) for order in orders):
        raise BasketError(N_("A basket is a JSON list of objects."))
    if 1 <= len(orders) <= most:
        return orders
    if most == MAX_ITEMS:
        raise BasketError(N_("A basket holds 1 to 100 items."), most=str(most))
    raise BasketError(N_("At most %(most)s orders are read at once."), most=str(most))


def foreign_names(orders: Iterable[Values]) -> list[str]:
    """Return the names in orders that have a value and are no fields of an item, so they are left
    out; at most ten.
    """
    # Nothing is lost with a value that is 0, null or empty.
    names = dict.fromkeys(
        name
        for order in orders
        for name, value in order.items()
        if value and name not in FIELDS and name != WEIGHT
    )
    return [typable(name) for name in names][:_NAMES_SHOWN]


def _is_too_deep(value: object) -> bool:
    # Level by level: a function that calls itself would fail on the very values that it is to
    # refuse.
    level = [value]
    for _ in range(_DEPTH):
        inner: list[object] = []
        for outer in level:
            if isinstance(outer, dict):
                inner += outer.values()
            elif isinstance(outer, list):
                inner += outer
        level = inner
    return any(isinstance(outer, dict | list) for outer in level)


def _orders(value: object, envelopes: int) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise BasketError(N_("A basket is a JSON list of objects."))
    if "tradingsymbol" in value:
        return [value]
    content = _content_name(value)
    if content and envelopes:
        return _orders(value[content], envelopes - 1)
    if value.keys() & set(FIELDS):
        return [value]
    raise BasketError(NO_ORDER)


def _content_name(envelope: Mapping[str, object]) -> str | None:
    """Return the name of the list in an envelope, None when there is none.

    Raises BasketError where two could be it: to choose one would lose the orders of the other.
    """
    names = [name for name, inner in envelope.items() if _holds_objects(inner)]
    if len(names) > 1:
        first, second = (typable(name) for name in names[:2])
        raise BasketError(
            N_("It holds more than one list: “%(first)s” and “%(second)s”. Keep one."),
            first=first,
            second=second,
        )
    return names[0] if names else None


def _holds_objects(value: object) -> bool:
    """Whether a value in an envelope can be its content: a list of objects, or an object that is
    not empty.
    """
    if isinstance(value, list):
        return bool(value) and all(isinstance(order, dict) for order in value)
    return isinstance(value, dict) and bool(value)


def _skip(text: str, begin: int) -> int:
    while begin < len(text) and (text[begin].isspace() or (begin and text[begin] == ",")):
        begin += 1
    return begin


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


# Python would read NaN and Infinity, which are no JSON.
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
