"""Numbers as people and programs write them: the one place that says which texts are numbers.

A number is ASCII digits, grouped as India (1,23,456) or the West (123,456) groups them, or not at
all. Signs, exponents and every other grouping are refused: without its commas `1,,0` or `1.000,5`
would become a number that nobody meant.
"""

import re
from decimal import Decimal

from kite.basket.problem import Fix

_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}|[0-9]+"
_WHOLE = re.compile(rf"({_GROUPED})(?:\.0+)?")
_AMOUNT = re.compile(rf"({_GROUPED})(?:\.([0-9]+))?")
_DIGITS = 30
_DECIMALS = 20
"""As many as a program writes that has calculated in binary (824.3499999999999).

A rule limits the decimals of a price.
"""


class Unreadable(Exception):
    """A text that cannot be a value of its field.

    `fixes` are changes of the row that were probably meant.
    """

    def __init__(self, code: str, fixes: tuple[Fix, ...] = (), **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.fixes = fixes
        self.params = params


def whole_number(text: str) -> int:
    """Return the whole number that a text is; decimals that are all 0 count for nothing.

    Raises Unreadable.
    """
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise Unreadable("whole_number_unreadable")
    if len(match[1]) > _DIGITS:
        raise Unreadable("too_large")
    return int(match[1].replace(",", ""))


def amount(text: str) -> Decimal:
    """Return the amount that a text is, with the sign of the rupee before it or without.

    Raises Unreadable.
    """
    match = _AMOUNT.fullmatch(without_rupee(text))
    if match is None:
        raise Unreadable("amount_unreadable")
    # Trailing zeros are not counted: 92.000000 is what a program writes for ninety-two.
    decimals = (match[2] or "").rstrip("0")
    if len(decimals) > _DECIMALS:
        raise Unreadable("amount_unreadable")
    if len(match[1]) > _DIGITS:
        raise Unreadable("too_large")
    return Decimal(f"{match[1].replace(',', '')}.{decimals}")


def optional_amount(text: str) -> Decimal | None:
    """Return the amount that a text is, None for an empty one. Raises Unreadable."""
    return amount(text) if text else None


def number_or_percent(text: str) -> Decimal | None:
    """Return the number that a text is, with a percent sign after it or without; None for an empty
    one.

    Raises Unreadable.
    """
    return optional_amount(text.strip().removesuffix("%").strip())


def is_zero(text: str) -> bool:
    """Whether a text is the amount 0, or empty."""
    try:
        return not optional_amount(text)
    except Unreadable:
        return False


def without_rupee(text: str) -> str:
    """Return a text without the sign of the rupee before its number."""
    return text.removeprefix("₹").strip()


def is_amount(text: str) -> bool:
    """Whether a text is an amount."""
    try:
        amount(text)
    except Unreadable:
        return False
    return True
