"""What the tables of words are written with: the mark for translation, and words that have facts."""

from enum import StrEnum
from typing import Any, Self


def N_(text: str) -> str:  # noqa: N802  the usual name of gettext's "translate later" mark
    """Mark `text` for translation where it is written; the page that shows it translates."""
    return text


class WordWithFacts(StrEnum):
    """A word whose row in its table has two parts: its spelling, and what is known of it.

    `facts` is a frozen dataclass, one kind for each table.
    """

    _value_: str
    facts: Any

    # Only a row has facts: whoever looks a word up, as in Exchange("NSE"), names its spelling alone.
    def __new__(cls, spelling: str, facts: object = None) -> Self:
        """Return the member of a row."""
        member = str.__new__(cls, spelling)
        member._value_ = spelling
        member.facts = facts
        return member
