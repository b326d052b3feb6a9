"""Find instruments by what a person types: a symbol, a name, or parts of either ("nifty 24500 ce", "rel ind",
"infy fut").

Every word has to occur, in any order and in any letters, and whole symbols come first. Three letters in a row
are found through an index of all such threes (SQLite's FTS5 with its trigram tokenizer); see
kite.instruments.catalogue_writer for its text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kite.basket.items import Instrument
from kite.instruments.catalogue import FIRST_MARK, INDEX_MARK, INDICES, Catalogue, named
from kite.vocabulary import Exchange

LONGEST = 100
"""Letters of a question that are read."""

MOST_WORDS = 10
MOST = 50
"""Instruments in one answer."""

INDEXED = "words cross join instruments on id = words.rowid"
"""Read in the order of the index."""

FEW = 200
"""Symbols that begin alike, so few that they are read and sorted."""

STRIKES = 1000
"""Options of the nearest expiries, among which the nearest strike is looked for."""

_CONTRACT = re.compile(r"[^\W\d_]+\d\d")
"""How the symbol of a contract begins. One that is begun in this way is not looked for within others."""

_PARTS = re.compile(r"[^\W\d_]+|\d+")
"""Words in what was typed as one: NIFTY24500CE holds NIFTY, 24500 and CE."""


def search(
    catalogue: Catalogue, q: str, exchange: str = "", limit: int = 20, *, traded: bool = False
) -> list[Instrument]:
    """Return up to `limit` instruments, at most 50, that hold every word of `q`; with `exchange` only those
    listed there, with `traded` only what can be bought, which no index can.

    In this order: those with exactly this symbol; when one word was typed, those whose symbol begins so; all
    others. Within each indices, shares, futures, options, nearer expiries, NSE before BSE. Raises
    InstrumentsError when there is no catalogue.
    """
    words, limit = _words(q), max(0, min(limit, MOST))
    if exchange and exchange not in set(Exchange):
        return []
    found: dict[int, Instrument] = {}
    for answer in _answers(catalogue, words, _Only(exchange, traded), limit) if words and limit else ():
        found.update((place, instrument) for place, instrument in answer if place not in found)
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def nearest(catalogue: Catalogue, q: str, exchange: str = "", limit: int = 3) -> list[Instrument]:
    """Return up to `limit` instruments that may be meant by a question that finds nothing.

    Of several words: the nearest strikes when one of them is a number ("nifty 24525 ce"), else what holds all
    words but one, the last ones first. Raises InstrumentsError when there is no catalogue.
    """
    words = _words(q)
    if exchange and exchange not in set(Exchange):
        return []
    parts = words if len(words) > 1 else _PARTS.findall(" ".join(words))[:MOST_WORDS]
    near = _nearest_strikes(catalogue, parts, exchange, limit) if len(parts) > 1 else []
    if near or len(words) < 2:
        return near or catalogue.nearest(exchange or Exchange.NSE, q, limit)
    for left_out in reversed(range(len(words))):
        others = words[:left_out] + words[left_out + 1 :]
        if found := _matching(catalogue, _within(others), _Only(exchange, traded=True), limit):
            return [each for _, each in found]
    return []


def _nearest_strikes(catalogue: Catalogue, words: list[str], exchange: str, limit: int) -> list[Instrument]:
    number = next((word for word in words if word.isdecimal()), "")
    others = [word for word in words if word != number]
    if not number or not others:
        return []
    where, values = _where(_within(others), _Only(exchange, traded=True))
    options = (
        f"(select instruments.* from {INDEXED} {where} and instrument_type in ('CE', 'PE') order by"
        f" words.rowid limit {STRIKES})"
    )
    found = catalogue.select(
        "order by name <> ?, abs(strike - ?), id limit ?", *values, others[0], number, limit, source=options
    )
    return [each for _, each in found]


@dataclass(frozen=True, slots=True)
class _Only:
    exchange: str
    traded: bool


def _answers(
    catalogue: Catalogue, words: list[str], only: _Only, limit: int
) -> Iterator[list[tuple[int, Instrument]]]:
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


@dataclass(frozen=True, slots=True)
class _Match:
    """What the index is asked for, and what then has to be true of a row: conditions of SQL and their
    values.
    """

    threes: str
    checks: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def _matching(catalogue: Catalogue, match: _Match, only: _Only, limit: int) -> list[tuple[int, Instrument]]:
    where, values = _where(match, only)
    # The order of the index is that of the answer.
    return catalogue.select(f"{where} order by words.rowid limit ?", *values, limit, source=INDEXED)


def _where(match: _Match, only: _Only) -> tuple[str, tuple[str, ...]]:
    threes, checks, values = match.threes, match.checks, match.values
    if only.exchange:
        threes = f"({threes}) AND listed : ({_threes(only.exchange)})"
        checks, values = (*checks, "exchange = ?"), (*values, only.exchange)
    if only.traded:
        threes = f"({threes}) NOT listed : {_quoted(INDEX_MARK)}"
    return f"where {' and '.join(['words match ?', *checks])}", (threes, *values)


def _beginning(catalogue: Catalogue, word: str, only: _Only, limit: int) -> list[tuple[int, Instrument]]:
    begins, ends = "tradingsymbol >= ? and tradingsymbol < ?", (word, f"{word}\U0010ffff")
    exchanges = [only.exchange] if only.exchange else list(Exchange)
    by_name = f"where exchange in ({', '.join('?' * len(exchanges))}) and {begins}"
    if catalogue.count(f"{by_name} limit ?", *exchanges, *ends, FEW) == FEW:
        return _matching(catalogue, _Match(f"text : ({_threes(_first(word))})", (begins,), ends), only, limit)
    # By the sign before it SQLite takes the index of the names, and sorts.
    allowed = "and (? = 0 or segment <> ?) order by +id limit ?"
    return catalogue.select(f"{by_name} {allowed}", *exchanges, *ends, only.traded, INDICES, limit)


def _first(word: str) -> str:
    return f" {FIRST_MARK}{word}" if len(word) < 2 else f"{FIRST_MARK}{word}"


def _within(words: list[str]) -> _Match:
    threes = (_threes(word) if len(word) > 2 else f"text : {_begins(word)}" for word in words)
    longer = tuple(
        word for word in words if len(word) > 3 and word.isascii()
    )  # other letters have no capitals in SQLite
    return _Match(" AND ".join(threes), ("instr(instruments.text || exchange, ?)",) * len(longer), longer)


def _begins(word: str) -> str:
    return _quoted(f" {word}" if len(word) > 1 else f"  {word}")


def _threes(text: str) -> str:
    """Return the question for a text of three letters or more: as few threes as cover it."""
    places = {*range(0, len(text) - 2, 3), len(text) - 3}
    return " AND ".join(_quoted(text[place : place + 3]) for place in sorted(places))


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))
