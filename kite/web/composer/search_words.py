"""The words of an order line that name its instrument, for the list that is shown below it while
somebody types (static/js/combobox.js).
"""

from dataclasses import dataclass
from enum import StrEnum

from kite.basket.formats.choice_words import WORDS
from kite.basket.formats.written_order import (
    ALSO_NAMES,
    IDLE,
    LEADS,
    LONGEST_LINE,
    LOTS,
    NOT_TAKEN_WORDS,
    is_number,
    plain_word,
    split_line,
)
from kite.basket.items import Instrument
from kite.vocabulary import Exchange

LONGEST = 50
"""Letters that are searched for; nothing has a longer name."""

SHARED = frozenset(exchange for exchange in Exchange if exchange.facts.repeats_symbols)
"""Exchanges of which another has the same symbols: an order line names them beside theirs."""

_OTHER_WORDS = {*WORDS, *IDLE, *NOT_TAKEN_WORDS, *LOTS, *LEADS} - ALSO_NAMES


class _Kind(StrEnum):
    """What a word may be; ALSO_NAME is one of an order that is a symbol too."""

    NAME = "name"
    ALSO_NAME = "also name"
    NUMBER = "number"
    OTHER = "other"


@dataclass(frozen=True)
class SearchedWords:
    """Words that name an instrument, without its exchange.

    `exchange` is the one that the line names, "" without one; `start` and `end` are the place of
    the words in the line.
    """

    q: str
    exchange: str
    start: int
    end: int

    def written(self, instrument: Instrument) -> str:
        """Return what takes the place of the words when `instrument` is chosen."""
        if not self.exchange and instrument.exchange in SHARED:
            return f"{instrument.exchange}:{instrument.tradingsymbol}"
        return instrument.tradingsymbol


def searched_words(line: str, caret: int) -> SearchedWords | None:
    """Return the words at `caret` that name an instrument, None where there are none.

    They are the first run of words that say nothing else, like "nifty 24500 ce" in
    "sell 75 nifty 24500 ce @ 120".
    """
    words = list(split_line(line[: LONGEST_LINE + 1]))
    texts = [plain_word(word.text) for word in words]
    kinds = _kinds(texts)
    if _Kind.NAME not in kinds or len(line) > LONGEST_LINE:
        return None
    first, last = _run(kinds)
    exchange, colon, name = words[first].text.rpartition(":")
    start, end = words[first].start + len(exchange + colon), words[last].end
    q = " ".join([name, *(word.text for word in words[first + 1 : last + 1])]).strip()
    if not q or len(q) > LONGEST or not start <= caret <= end:
        return None
    return SearchedWords(q, exchange.upper() or _exchange(texts, kinds), start, end)


def _kinds(texts: list[str]) -> list[_Kind]:
    """Return what each word is; words like IOC are symbols in a line that names no other."""
    kinds = [_kind(text, before) for before, text in zip(["", *texts], texts, strict=False)]
    also_name = _Kind.OTHER if _Kind.NAME in kinds else _Kind.NAME
    return [also_name if kind is _Kind.ALSO_NAME else kind for kind in kinds]


def _kind(text: str, before: str) -> _Kind:
    if text in _OTHER_WORDS or before in LEADS:
        return _Kind.OTHER
    if text in ALSO_NAMES:
        return _Kind.ALSO_NAME
    return _Kind.NUMBER if is_number(text) else _Kind.NAME


def _run(kinds: list[_Kind]) -> tuple[int, int]:
    """Return the first and the last word of those that name an instrument."""
    first = last = kinds.index(_Kind.NAME)
    while last + 1 < len(kinds) and kinds[last + 1] is not _Kind.OTHER:
        last += 1
    # A number at the end is the quantity, unless that was said before.
    while _Kind.NUMBER not in kinds[:first] and kinds[last] is _Kind.NUMBER:
        last -= 1
    return first, last


def _exchange(texts: list[str], kinds: list[_Kind]) -> str:
    """Return the exchange that a line names by a word of its own, "" for none."""
    exchanges = set(Exchange)
    others = (text for text, kind in zip(texts, kinds, strict=True) if kind is _Kind.OTHER)
    return next((text for text in others if text in exchanges), "")
