"""Orders in JSON: the list that Kite's `data` is, one order alone, and the envelopes in which Kite and others
send lists.
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
"""How many lists and objects may lie inside each other.

Python 3.14 reads tens of thousands, and what works with them later does not.
"""

_NAMES_SHOWN = 10

Values = Mapping[str, Any]


@dataclass(frozen=True)
class JsonPiece:
    """A JSON value that stands in a text: where it begins and ends there, and what it is."""

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
    """Yield the objects that stand one after the other in `text`, as far as there are such, with commas
    between them or not.
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
    if not 1 <= len(orders) <= most:
        raise BasketError(
            N_("A basket holds 1 to 100 items.")
            if most == MAX_ITEMS
            else N_("At most %(most)s orders are read at once."),
            most=str(most),
        )
    return orders


def foreign_names(orders: Iterable[Values]) -> list[str]:
    """Return the names in orders that say something and are no fields of an item, so are not carried over; at
    most ten.
    """
    names = dict.fromkeys(
        name
        for order in orders
        for name, value in order.items()
        if value and name not in FIELDS and name != WEIGHT
    )
    return [typable(name) for name in names][:_NAMES_SHOWN]


def _is_too_deep(value: object) -> bool:
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
    inside = [name for name, inner in value.items() if _holds_objects(inner)]
    if len(inside) > 1:
        first, second = (typable(name) for name in inside[:2])
        raise BasketError(
            N_("It holds more than one list: “%(first)s” and “%(second)s”. Keep one."),
            first=first,
            second=second,
        )
    if inside and envelopes:
        return _orders(value[inside[0]], envelopes - 1)
    if value.keys() & set(FIELDS):
        return [value]
    raise BasketError(NO_ORDER)


def _holds_objects(value: object) -> bool:
    """Whether a value in an envelope can be its content: a list of objects, or an object with something in
    it.
    """
    return bool(value) and (
        isinstance(value, dict)
        or (isinstance(value, list) and all(isinstance(order, dict) for order in value))
    )


def _skip(text: str, begin: int) -> int:
    while begin < len(text) and (text[begin].isspace() or (begin and text[begin] == ",")):
        begin += 1
    return begin


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
