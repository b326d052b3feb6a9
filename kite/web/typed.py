"""What is typed into the composer: texts by field, and what each text means.

Texts are kept verbatim, so that a page with errors shows what was typed. What they mean is strict: ASCII digits,
grouped as India or the West groups them or not at all, no signs, no exponents.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext

from kite.basket.items import FIELDS, Item
from kite.basket.problem import Problem
from kite.texts import typable
from kite.vocabulary import N_, Exchange, OrderType, Product, TransactionType, Validity, Variety
from kite.web.words import label

NEW_ROW = {
    "variety": Variety.REGULAR.value,
    "exchange": Exchange.NSE.value,
    "transaction_type": TransactionType.BUY.value,
    "order_type": OrderType.MARKET.value,
    "product": Product.CNC.value,
    "validity": Validity.DAY.value,
}
"""What a new row preselects."""

CHOICES: Mapping[str, type[StrEnum]] = {
    "transaction_type": TransactionType,
    "exchange": Exchange,
    "product": Product,
    "order_type": OrderType,
    "validity": Validity,
    "variety": Variety,
}
"""The fields that are chosen from a list."""

MAY_BE_EMPTY = frozenset({"product", "validity"})
"""Choices that need not be made: then the field is not sent, and Kite decides."""

LABELS = {
    "transaction_type": N_("Side"),
    "tradingsymbol": N_("Instrument"),
    "exchange": N_("Exchange"),
    "product": N_("Product"),
    "quantity": N_("Quantity"),
    "order_type": N_("Order type"),
    "price": N_("Price"),
    "trigger_price": N_("Trigger"),
    "validity": N_("Validity"),
    "variety": N_("Variety"),
    "disclosed_quantity": N_("Disclosed qty"),
    "tag": N_("Tag"),
    "readonly": N_("Lock: at Kite this order can be reviewed, not changed"),
}
"""The words beside every field of a row."""

TYPED = ("tradingsymbol", "quantity", "price", "trigger_price", "disclosed_quantity", "tag")
"""The fields that a person types; a row in which they are all empty is blank, whatever is selected."""

NOT_TAKEN: Mapping[str, tuple[str, ...]] = {
    "exchange": ("NCDEX", "NCO", "NSEIX", "MF"),
    "product": ("MTF", "BO"),
    "validity": ("TTL", "GTT"),
    "variety": ("gtt", "iceberg", "auction", "bo"),
}
"""What Kite knows, in an account or through its API, and its basket page does not take."""

_FIELD_NAME = re.compile(rf"items-([0-9]{{1,6}})-({'|'.join(FIELDS)})")
_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}|[0-9]+"
_WHOLE = re.compile(_GROUPED)
_AMOUNT = re.compile(rf"(?:{_GROUPED})(?:\.[0-9]+)?")
_DIGITS = 30
_DECIMALS = 9
"""Far more than any price has: how many it may have is a rule's business, and depends on the exchange."""


class Unreadable(Exception):
    """A text that is no value of its field; `value` is one that was probably meant."""

    def __init__(self, code: str, value: str | None = None, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.params = params


def listed_choices() -> dict[str, list[tuple[str, str]]]:
    """Return value and words of every choice there is, by field."""
    unset = ("", gettext("Not set"))
    return {name: [unset] * (name in MAY_BE_EMPTY) + [(each.value, label(each)) for each in kind] for name, kind in CHOICES.items()}


def posted_rows(form: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of a posted form as texts, in order and without gaps; names that are no field's are left out."""
    rows: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        if match := _FIELD_NAME.fullmatch(name):
            rows.setdefault(int(match[1]), {})[match[2]] = typable(text)
    return [rows[index] for index in sorted(rows)]


def _one_of(name: str, *absent: StrEnum | None) -> Callable[[str], StrEnum | None]:
    """Return the reader of a choice; `absent` is what no text stands for, and without it a text is required."""
    kind = CHOICES[name]
    plain = {_plain(each): each.value for each in kind}
    foreign = {_plain(each) for each in NOT_TAKEN.get(name, ())}

    def read(text: str) -> StrEnum | None:
        if not text:
            if not absent:
                raise Unreadable("choice_missing")
            return absent[0]
        try:
            return kind(text)
        except ValueError:
            usual = NEW_ROW[name] if name in ("variety", "validity") else None
            code = "choice_not_taken" if _plain(text) in foreign else "choice_unknown"
            raise Unreadable(code, plain.get(_plain(text), usual), typed=text) from None

    return read


def _plain(text: str) -> str:
    return text.upper().replace("_", "").replace("-", "")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise Unreadable("whole_number_unreadable")
    if len(text) > _DIGITS:
        raise Unreadable("too_large")
    return int(text.replace(",", ""))


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        raise Unreadable("amount_unreadable")
    whole, _, decimals = text.partition(".")
    if len(decimals.rstrip("0")) > _DECIMALS:
        raise Unreadable("amount_unreadable")
    if len(whole) > _DIGITS:
        raise Unreadable("too_large")
    return Decimal(f"{whole.replace(',', '')}.{decimals.rstrip('0')}")


READERS: Mapping[str, tuple[Callable[[str], Any], Any]] = {
    "tradingsymbol": (str, ""),
    "exchange": (_one_of("exchange"), Exchange.NSE),
    "transaction_type": (_one_of("transaction_type"), TransactionType.BUY),
    "product": (_one_of("product", None), None),
    "quantity": (lambda text: _whole(text) if text else 0, 0),
    "order_type": (_one_of("order_type"), OrderType.MARKET),
    "price": (_amount, None),
    "trigger_price": (_amount, None),
    "validity": (_one_of("validity", None), None),
    "variety": (_one_of("variety", Variety.REGULAR), Variety.REGULAR),
    "disclosed_quantity": (lambda text: _whole(text) if text else None, None),
    "tag": (lambda text: text or None, None),
}
"""By field: what reads its text, and what stands in for one that cannot be read. No rule sees a stand-in."""


def read_row(text: Callable[[str], str], readonly: bool) -> tuple[Item, list[Problem]]:
    """Return the item that the texts of a row mean, and a problem for each text that means nothing; `text` gives one by field."""
    values, unreadable = {}, []
    for name, (reader, stand_in) in READERS.items():
        try:
            values[name] = reader(text(name))
        except Unreadable as error:
            values[name] = stand_in
            unreadable.append(Problem(error.code, name, error.params, ({name: error.value},) if error.value else ()))
    return Item(**values, readonly=readonly), unreadable
