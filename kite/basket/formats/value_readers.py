"""Reads the text of one field of an order: by the field's own rule where it has one, else by the
type of its values.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from kite.basket.fields import ItemField
from kite.basket.formats.choice_words import CHOICES, MAY_BE_EMPTY, choice_for, is_not_taken
from kite.basket.items import FIELD_TABLE
from kite.basket.numbers import Unreadable, optional_amount, whole_number
from kite.basket.problem import Fix
from kite.vocabulary import TransactionType

YES = frozenset({"y", "yes", "true", "1", "on", "locked"})
NO = frozenset({"", "n", "no", "false", "0", "off", "unlocked"})
"""The texts of a field that is yes or no, in small letters.

Any other text is a problem: it never counts as no.
"""


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
    usual = FIELD_TABLE[name].facts.usual
    fixes: tuple[Fix, ...] = ({name: usual.value},) if usual else ()
    raise Unreadable("choice_not_taken" if is_not_taken(name, text) else "choice_unknown", fixes, typed=text)


_VALUES = {name: {value.value: value for value in kind} for name, kind in CHOICES.items()}
"""By field and text: choices in Kite's own spelling, as nearly every one is, to be read without a
search.
"""


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


def _flag(name: str, text: str) -> bool:
    plain = text.lower()
    if plain not in YES | NO:
        raise Unreadable("readonly_unreadable", ({name: "y"}, {name: ""}), typed=text)
    return plain in YES


def _optional_number(text: str) -> int | None:
    return whole_number(text) if text else None


def _reader_and_substitute(field: ItemField) -> tuple[Callable[[str], Any], Any]:
    """Return what reads the texts of a field, and what stands in for one that cannot be read."""
    if choices := field.choices:
        substitute = None if field.optional else next(iter(choices))
        return partial(_choice, field.name, field.default), substitute
    if field.kind is bool:
        return partial(_flag, field.name), True
    if field.name in _OWN_READERS:
        return _OWN_READERS[field.name]
    return _READERS_BY_TYPE[field.kind], None


_OWN_READERS: Mapping[str, tuple[Callable[[str], Any], Any]] = {
    "tradingsymbol": (_symbol, ""),
    "quantity": (_quantity, 0),
}

_READERS_BY_TYPE: Mapping[type, Callable[[str], Any]] = {
    Decimal: optional_amount,
    int: _optional_number,
    str: lambda text: text or None,
}

READERS = {field.name: _reader_and_substitute(field) for field in FIELD_TABLE.values()}
"""By field: the function that reads its text, and the substitute for a text that cannot be read."""
