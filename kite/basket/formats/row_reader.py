"""The one reader of an order: makes an item of the texts or JSON values of its fields, or problems
at the fields.

Forms, links, JSON, tables, buttons and old sites all come through here, so a text means the same in
each of them. `row_checker` says whether an item is right beside its instrument.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kite.basket.formats.choice_words import choice_for
from kite.basket.formats.value_readers import READERS
from kite.basket.items import FIELD_TABLE, FIELDS, Item
from kite.basket.numbers import Unreadable, is_zero, without_rupee
from kite.basket.problem import Problem
from kite.texts import typable
from kite.vocabulary import OrderType, Variety

WEIGHT = "weight"
"""A field that a row may have beside those of an order: its share when an amount is spread over the
basket.

It is not sent to Kite.
"""


class Writer(StrEnum):
    """Who wrote an order.

    A value that Kite does not use in an order is left out where a machine wrote it (buttons, links,
    JSON, files). A person who typed it meant something by it, so they get to decide.
    """

    PERSON = "person"
    MACHINE = "machine"


@dataclass(frozen=True)
class Unused:
    """A value that was left out of an order, because Kite uses none for an order like it."""

    field: str
    text: str


@dataclass(frozen=True)
class RowReading:
    """What the texts of an order mean.

    `texts` are the row for a form: choices in Kite's spelling, numbers as they were written. `item`
    has a substitute for each text that cannot be read; `unreadable` names these fields, and no rule
    may look at them. `unused` is what was left out.
    """

    texts: dict[str, str]
    item: Item
    unreadable: tuple[Problem, ...] = ()
    unused: tuple[Unused, ...] = ()
    unreadable_fields: frozenset[str] = frozenset()


def read_row(texts: Mapping[str, str], writer: Writer = Writer.PERSON) -> RowReading:
    """Read the texts of one order by field; fields that are missing count as empty ones."""
    filled = _with_exchange({name: text.strip() for name, text in texts.items() if name in FIELDS})
    values: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for name in READERS:
        text = filled.get(name)
        values[name], problem = _read(name, text) if text else _EMPTY[name]
        if problem:
            problems[name] = problem
    unused = list(_leave_out_unused(filled, values, problems, writer))
    row = {
        name: text if name in problems else _spelled(name, text, values[name])
        for name, text in filled.items()
    }
    if texts.get(WEIGHT):
        row[WEIGHT] = texts[WEIGHT]
    return RowReading(row, Item(**values), tuple(problems.values()), tuple(unused), frozenset(problems))


def _leave_out_unused(
    filled: dict[str, str], values: dict[str, Any], problems: dict[str, Problem], writer: Writer
) -> Iterator[Unused]:
    """Empty the fields that an order like this does not use, and yield what was in them.

    What a person typed stays, unless it is 0 or nothing.
    """
    for name in list(_fields_without_use(values, problems)):
        is_nothing = name not in problems and not values[name]
        if not is_nothing and writer is not Writer.MACHINE:
            continue
        text = filled.pop(name, "")
        values[name] = None
        if not is_nothing:
            problems.pop(name, None)
            yield Unused(name, text)


def _read(name: str, text: str) -> tuple[Any, Problem | None]:
    """Return the value of one field, or its substitute and the problem."""
    reader, substitute = READERS[name]
    try:
        return reader(text), None
    except Unreadable as error:
        return substitute, Problem(error.code, name, error.params, error.fixes)


def texts_of(values: Mapping[str, object]) -> dict[str, str]:
    """Return the texts by field that the JSON values of an order mean.

    Null counts as missing; a list or an object becomes its JSON.
    """
    texts = ((name, _text(values[name])) for name in (*FIELDS, WEIGHT) if name in values)
    return {name: text for name, text in texts if text}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        if not value:
            return "0"
        # A JSON number is a number however it is written: 1e1 is ten, and 92.000000 is ninety-two.
        # Beyond these bounds "f" would write millions of digits.
        return format(value, "f") if -25 < value.adjusted() < 20 else str(value)
    has_text = isinstance(value, str | int) and not isinstance(value, bool)
    # JSON can name characters, and halves of them, that no page could be written with.
    return typable(str(value) if has_text else json.dumps(value, default=str))


def _with_exchange(row: dict[str, str]) -> dict[str, str]:
    """Take an exchange from before the symbol, as in NSE:INFY, unless another one is named beside
    it.
    """
    exchange, colon, symbol = row.get("tradingsymbol", "").partition(":")
    if not colon:
        return row
    kind, value = choice_for(exchange)
    if kind != "exchange" or choice_for(row.get("exchange") or value) != ("exchange", value):
        return row
    return row | {"exchange": value, "tradingsymbol": symbol.strip()}


def _fields_without_use(values: Mapping[str, Any], unreadable: Collection[str]) -> Iterator[str]:
    """Yield the fields that an order like this does not use.

    While the kind of the order is not known, none is left out.
    """
    for field in _CONDITIONAL:
        is_known = field.conditions.keys().isdisjoint(unreadable)
        # To disclose 0 of a quantity is to disclose all of it, on every exchange.
        discloses_nothing = field.name == "disclosed_quantity" and values[field.name] == 0
        if discloses_nothing or (is_known and not field.is_taken(values)):
            yield field.name


_CONDITIONAL = [field for field in FIELD_TABLE.values() if field.conditions]


def _spelled(name: str, text: str, value: object) -> str:
    """Return the text of a field as a form shows it."""
    if not text or value == text:
        return text
    if isinstance(value, bool):
        return "y" if value else ""
    if isinstance(value, Decimal):
        return without_rupee(text)
    if isinstance(value, int):
        return text.partition(".")[0]
    return text if value is None else str(value)


_EMPTY = {name: _read(name, "") for name in READERS}
"""By field: the value of an empty text, worked out once because half of the fields of every order
are empty.
"""


def read_button(texts: Mapping[str, str]) -> RowReading:
    """Read an order of a button, which a machine wrote: one that names neither a type nor a price
    is a market order.

    With a price and no type it could be a limit order as well, and stays open.
    """
    filled = {name: text.strip() for name, text in texts.items()}
    has_no_price = all(is_zero(filled.get(name, "")) for name in ("price", "trigger_price"))
    if has_no_price and not filled.get("order_type"):
        filled["order_type"] = OrderType.MARKET.value
    return read_row(
        {"variety": Variety.REGULAR.value} | {name: text for name, text in filled.items() if text},
        Writer.MACHINE,
    )
