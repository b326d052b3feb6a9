"""The one reader of an order: makes an item of the texts or JSON values of its fields, or problems
at the fields.

Forms, links, JSON, tables, buttons and old sites all come through here, so a text means the same in
each of them. `row_checker` says whether an item is right beside its instrument.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from kite.basket.formats.choice_words import CHOICES, MAY_BE_EMPTY, choice_for, is_not_taken
from kite.basket.items import FIELDS, Item, takes_disclosed_quantity, takes_price, takes_trigger
from kite.basket.numbers import Unreadable, is_zero, optional_amount, whole_number, without_rupee
from kite.basket.problem import Fix, Problem
from kite.texts import typable
from kite.vocabulary import Exchange, OrderType, TransactionType, Validity, Variety

WEIGHT = "weight"
"""A field that a row may have beside those of an order: its share when an amount is spread over the
basket.

It is not sent to Kite.
"""

YES = frozenset({"y", "yes", "true", "1", "on", "locked"})
NO = frozenset({"", "n", "no", "false", "0", "off", "unlocked"})
"""The texts of the field `readonly`, in small letters.

Any other text is a problem: it never counts as no.
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
    order_type, variety = values["order_type"], values["variety"]
    if "order_type" not in unreadable:
        if not takes_price(order_type):
            yield "price"
        if "variety" not in unreadable and not takes_trigger(order_type, variety):
            yield "trigger_price"
    is_refused = "exchange" not in unreadable and not takes_disclosed_quantity(values["exchange"])
    # To disclose 0 of a quantity is to disclose all of it, on every exchange.
    if is_refused or values["disclosed_quantity"] == 0:
        yield "disclosed_quantity"


def _spelled(name: str, text: str, value: object) -> str:
    """Return the text of a field as a form shows it."""
    if not text or value == text:
        return text
    if name == "readonly":
        return "y" if value else ""
    if isinstance(value, Decimal):
        return without_rupee(text)
    if isinstance(value, int):
        return text.partition(".")[0]
    return text if value is None else str(value)


def _choice(name: str, absent: StrEnum | None, text: str) -> StrEnum | None:
    """Read a choice; `absent` is the value of an empty text."""
    if not text:
        if absent is None and name not in MAY_BE_EMPTY:
            raise Unreadable("choice_missing")
        return absent
    if text in _VALUES[name]:
        return _VALUES[name][text]
    kind, value = choice_for(text)
    if kind == name:
        return CHOICES[name](value)
    usual = _USUAL.get(name)
    fixes: tuple[Fix, ...] = ({name: usual.value},) if usual else ()
    raise Unreadable("choice_not_taken" if is_not_taken(name, text) else "choice_unknown", fixes, typed=text)


_VALUES = {name: {value.value: value for value in kind} for name, kind in CHOICES.items()}
"""By field and text: choices in Kite's own spelling, as nearly every one is, to be read without a
search.
"""

_USUAL = {"variety": Variety.REGULAR, "validity": Validity.DAY}
"""Choices that nearly every order makes alike, offered in place of one that is unknown."""


_SYMBOL = re.compile(r"[A-Za-z0-9&.*_ -]{1,64}")
"""The characters of a symbol. Kite writes all of them in capitals."""


def _symbol(text: str) -> str:
    return text.upper() if _SYMBOL.fullmatch(text) else text


_SIGNED = re.compile(r"(?:[-\u2212]\s*([0-9][0-9,.]*)|\(([0-9][0-9,.]*)\))|\+\s*([0-9][0-9,.]*)")
_PART_OF = re.compile(r"([0-9][0-9,]*)/([0-9][0-9,]*)")


def _quantity(text: str) -> int:
    """Read a quantity; what one with a sign and "5/10" may mean is only offered, since a wrong
    guess would buy instead of sell.
    """
    if not text:
        return 0
    if match := _SIGNED.fullmatch(text):
        _refuse_sign(match)
    if match := _PART_OF.fullmatch(text):
        whole, part = _whole_or_0(match[2]), _whole_or_0(match[1])
        counts = dict.fromkeys(count for count in (whole, part) if count)
        raise Unreadable("quantity_in_part", tuple({"quantity": str(count)} for count in counts))
    return whole_number(text)


def _refuse_sign(match: re.Match[str]) -> None:
    """Raise Unreadable with the order that a sign may mean: + buys, - or brackets sell."""
    side = TransactionType.BUY if match[3] else TransactionType.SELL
    if count := _whole_or_0(match[1] or match[2] or match[3]):
        raise Unreadable("quantity_signed", ({"transaction_type": side.value, "quantity": str(count)},))


def _whole_or_0(text: str) -> int:
    try:
        return whole_number(text)
    except Unreadable:
        return 0


def _lock(text: str) -> bool:
    plain = text.lower()
    if plain not in YES | NO:
        raise Unreadable("readonly_unreadable", ({"readonly": "y"}, {"readonly": ""}), typed=text)
    return plain in YES


READERS: Mapping[str, tuple[Callable[[str], Any], Any]] = {
    "variety": (partial(_choice, "variety", Variety.REGULAR), Variety.REGULAR),
    "tradingsymbol": (_symbol, ""),
    "exchange": (partial(_choice, "exchange", None), Exchange.NSE),
    "transaction_type": (partial(_choice, "transaction_type", None), TransactionType.BUY),
    "order_type": (partial(_choice, "order_type", None), OrderType.MARKET),
    "product": (partial(_choice, "product", None), None),
    "price": (optional_amount, None),
    "quantity": (_quantity, 0),
    "trigger_price": (optional_amount, None),
    "disclosed_quantity": (lambda text: whole_number(text) if text else None, None),
    "validity": (partial(_choice, "validity", None), None),
    "readonly": (_lock, True),
    "tag": (lambda text: text or None, None),
}
"""By field: the function that reads its text, and the substitute for a text that cannot be read."""

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
