"""Find instruments by what a person types: a symbol, a name, or parts of either ("nifty 24500 ce", "rel ind", "infy fut").

Every word has to occur, in any order and in any letters, and whole symbols come first. Three letters in a row are found
through an index of all such threes (SQLite's FTS5 with its trigram tokenizer); see kite.instruments.loading for its text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kite.basket.items import Instrument
from kite.instruments.catalogue import INDEX_MARK, INDICES, Catalogue, named
from kite.vocabulary import Exchange

LONGEST = 100
"""Letters of a question that are read."""

MOST_WORDS = 10
MOST = 50
"""Instruments in one answer."""

FEW = 200
"""Symbols that begin alike, so few that they are read and sorted."""

_CONTRACT = re.compile(r"[^\W\d_]+\d\d")
"""How the symbol of a contract begins. One that is begun in this way is not looked for within others."""

_PARTS = re.compile(r"[^\W\d_]+|\d+")
"""Words in what was typed as one: NIFTY24500CE holds NIFTY, 24500 and CE."""


def search(catalogue: Catalogue, q: str, exchange: str = "", limit: int = 20, *, traded: bool = False) -> list[Instrument]:
    """Return up to `limit` instruments, at most 50, that hold every word of `q`; with `exchange` only those listed there,
    with `traded` only what can be bought, which no index can.

    In this order: those with exactly this symbol; when one word was typed, those whose symbol begins so; all others. Within
    each indices, shares, futures, options, nearer expiries, NSE before BSE. Raises InstrumentsError when there is no catalogue.
    """
    words, limit = _words(q), max(0, min(limit, MOST))
    found: dict[int, Instrument] = {}
    for answer in _answers(catalogue, words, _Only(exchange, traded), limit) if words and limit else ():
        found.update((place, instrument) for place, instrument in answer if place not in found)
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


@dataclass(frozen=True, slots=True)
class _Only:
    exchange: str
    traded: bool


def _answers(catalogue: Catalogue, words: list[str], only: _Only, limit: int) -> Iterator[list[tuple[int, Instrument]]]:
    """Yield answers, the likelier ones first; one instrument may be in several."""
    exact = _exact(catalogue, words, only)
    yield exact
    begins = _beginning(catalogue, words[0], only, limit) if len(words) == 1 else []
    yield begins
    if begins and _CONTRACT.match(words[0]):
        return
    # Of these the first ones may all have been found already.
    within = _matching(catalogue, _within(words), only, limit + len(exact) + len(begins))
    yield within
    parts = _PARTS.findall(" ".join(words))[:MOST_WORDS]
    if parts and parts != words and not (exact or begins or within):
        yield _matching(catalogue, _within(parts), only, limit)


def _words(q: str) -> list[str]:
    return "".join(each if each.isprintable() else " " for each in q[:LONGEST]).upper().split()[:MOST_WORDS]


def _exact(catalogue: Catalogue, words: list[str], only: _Only) -> list[tuple[int, Instrument]]:
    spelled = {" ".join(words), "".join(words), "-".join(words), "".join(words).removesuffix("-EQ")}
    exchanges = [only.exchange] if only.exchange else list(Exchange)
    found = catalogue.select(f"{named(exchanges, spelled)} order by +id", *exchanges, *spelled)
    return [(place, each) for place, each in found if not only.traded or each.segment != INDICES]


def _matching(catalogue: Catalogue, match: str, only: _Only, limit: int) -> list[tuple[int, Instrument]]:
    if only.exchange:
        match = f"({match}) AND listed : {_quoted(only.exchange)}"
    if only.traded:
        match = f"({match}) NOT listed : {_quoted(INDEX_MARK)}"
    found = catalogue.select("where id in (select rowid from words where words match ? order by rowid limit ?) order by id", match, limit)
    # The index knows no end of a word: NSE is found in NSEIX.
    return [(place, each) for place, each in found if only.exchange in ("", each.exchange)]


def _beginning(catalogue: Catalogue, word: str, only: _Only, limit: int) -> list[tuple[int, Instrument]]:
    begins, ends = "where tradingsymbol >= ? and tradingsymbol < ?", (word, f"{word}\U0010ffff")
    if catalogue.count(f"{begins} limit ?", *ends, FEW) == FEW:
        return _matching(catalogue, f"text : ^ {_quoted(f'  {word}')}", only, limit)
    # By the sign before it SQLite takes the index of the symbols, and sorts.
    allowed = "and (? = '' or exchange = ?) and (? = 0 or segment <> ?) order by +id limit ?"
    return catalogue.select(f"{begins} {allowed}", *ends, only.exchange, only.exchange, only.traded, INDICES, limit)


def _within(words: list[str]) -> str:
    return " AND ".join(_quoted(word) if len(word) > 2 else f"text : {_begins(word)}" for word in words)


def _begins(word: str) -> str:
    return _quoted(f" {word}" if len(word) > 1 else f"  {word}")


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))
