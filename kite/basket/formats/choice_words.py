"""The words for what an order chooses from lists: side, type, product and the others, in Kite's
spelling and in people's.
"""

from collections.abc import Mapping
from enum import StrEnum

from kite.basket.items import FIELD_TABLE, FORM_FIELDS
from kite.vocabulary import OrderType, Product, TransactionType, Variety

CHOICES: Mapping[str, type[StrEnum]] = {
    field.name: choices for field in FORM_FIELDS if (choices := field.choices)
}
"""The fields whose values come from a list."""

MAY_BE_EMPTY = frozenset(name for name in CHOICES if FIELD_TABLE[name].optional)
"""Choices that need not be made: then the field is not sent, and Kite decides."""

WORDS: Mapping[str, tuple[str, str]] = {
    **{value.upper(): (name, value.value) for name, kind in CHOICES.items() for value in kind},
    **{
        spelling: ("order_type", order_type.value)
        for order_type in OrderType
        for spelling in order_type.facts.spellings
    },
    "COVER": ("variety", Variety.CO.value),
}
"""Words, in capitals, that name a choice in a written order as well as in a field."""

FIELD_WORDS: Mapping[str, tuple[str, str]] = {
    "B": ("transaction_type", TransactionType.BUY.value),
    "S": ("transaction_type", TransactionType.SELL.value),
    "DELIVERY": ("product", Product.CNC.value),
    "INTRADAY": ("product", Product.MIS.value),
}
"""Words, in capitals, that name a choice only where they are alone in a field: in a written order
they may be a symbol.
"""

NOT_TAKEN: Mapping[str, tuple[str, ...]] = {
    field.name: words for field in FORM_FIELDS if (words := field.facts.not_taken)
}
"""What Kite knows, in an account or through its API, and its basket page does not take."""


def choice_for(text: str) -> tuple[str, str]:
    """Return the field and Kite's value that a word for a choice names, "" and "" when it names
    none.
    """
    # Some letters of other scripts become Kite's when they are made capitals.
    if not text.isascii():
        return "", ""
    plain = " ".join(text.upper().replace("_", " ").split())
    for spelling in (plain, plain.replace(" ", "-"), plain.replace(" ", "")):
        if word := FIELD_WORDS.get(spelling) or WORDS.get(spelling):
            return word
    return "", ""


def is_not_taken(name: str, text: str) -> bool:
    """Whether a text names something for field `name` that Kite knows and its basket page does not
    take.
    """
    return text.upper() in (word.upper() for word in NOT_TAKEN.get(name, ()))
