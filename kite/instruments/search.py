"""Finds instruments by what a person types: a symbol, a name, or parts of either ("nifty 24500 ce",
"rel ind", "infy fut").

Every word has to occur, in any order, in capitals or not, and whole symbols come first. An index of
trigrams, three letters in a row, finds the words (SQLite's FTS5 with its trigram tokenizer); see
kite.instruments.catalogue_writer for the text that is indexed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kite.basket.items import Instrument
from kite.instruments.catalogue import Catalogue, names_condition
from kite.instruments.catalogue_file import FIRST_MARK, INDEX_MARK, INDICES
from kite.vocabulary import Exchange

LONGEST_QUERY = 100
"""Letters of a query that are read."""

MOST_WORDS = 10
MOST_ANSWERS = 50
"""Instruments in one answer."""

INDEXED = "words cross join instruments on id = words.rowid"
"""The tables that a search reads; "cross join" makes SQLite read them in this order, that of the
index.
"""

FEW_SYMBOLS = 200
"""Below this number symbols that begin alike are read from their own index and sorted."""

MOST_STRIKES = 1000
"""The options of the nearest expiries among which the nearest strike is looked for."""

_CONTRACT = re.compile(r"[^\W\d_]+\d\d")
"""How the symbol of a contract begins.

A query that begins so is not looked for inside other symbols.
"""

_PART = re.compile(r"[^\W\d_]+|\d+")
"""Finds the parts of a word: NIFTY, 24500 and CE of NIFTY24500CE."""


def search(
    catalogue: Catalogue, q: str, exchange: str = "", limit: int = 20, *, traded: bool = False
) -> list[Instrument]:
    """Return up to `limit` instruments, at most 50, that hold every word of `q`; with `exchange`
    only those listed there, with `traded` only what can be bought, which no index can.

    In this order: those with exactly this symbol; when one word was typed, those whose symbol
    begins so; all others. Within each indices, shares, futures, options, nearer expiries, NSE
    before BSE. Raises InstrumentsError when there is no catalogue.
    """
    words, limit = _words(q), max(0, min(limit, MOST_ANSWERS))
    if exchange and exchange not in set(Exchange):
        return []
    if not words or not limit:
        return []
    instruments: dict[int, Instrument] = {}
    for answer in _answers(catalogue, words, _Scope(exchange, traded), limit):
        for place, instrument in answer:
            instruments.setdefault(place, instrument)
        if len(instruments) >= limit:
            break
    return list(instruments.values())[:limit]


def nearest(catalogue: Catalogue, q: str, exchange: str = "", limit: int = 3) -> list[Instrument]:
    """Return up to `limit` instruments that may be meant by a query that finds nothing.

    For several words these have the nearest strikes when one word is a number ("nifty 24525 ce"),
    else they contain all words but one, where the last word is dropped first. Raises
    InstrumentsError when there is no catalogue.
    """
    words = _words(q)
    if exchange and exchange not in set(Exchange):
        return []
    if len(words) < 2:
        parts = _PART.findall(" ".join(words))[:MOST_WORDS]
        by_strike = _nearest_strikes(catalogue, parts, exchange, limit)
        return by_strike or catalogue.nearest(exchange or Exchange.NSE, q, limit)
    by_strike = _nearest_strikes(catalogue, words, exchange, limit)
    return by_strike or _without_one_word(catalogue, words, exchange, limit)


def _without_one_word(catalogue: Catalogue, words: list[str], exchange: str, limit: int) -> list[Instrument]:
    scope = _Scope(exchange, traded=True)
    for dropped in reversed(range(len(words))):
        others = words[:dropped] + words[dropped + 1 :]
        if matches := _index_matches(catalogue, _match_anywhere(others), scope, limit):
            return [instrument for _, instrument in matches]
    return []


def _nearest_strikes(catalogue: Catalogue, words: list[str], exchange: str, limit: int) -> list[Instrument]:
    number = next((word for word in words if word.isdecimal()), "")
    others = [word for word in words if word != number]
    if not number or not others:
        return []
    where, values = _where(_match_anywhere(others), _Scope(exchange, traded=True))
    options = (
        f"(select instruments.* from {INDEXED} {where} and instrument_type in ('CE', 'PE') order by"
        f" words.rowid limit {MOST_STRIKES})"
    )
    nearest_first = "order by name <> ?, abs(strike - ?), id limit ?"
    rows = catalogue.select(nearest_first, *values, others[0], number, limit, source=options)
    return [instrument for _, instrument in rows]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where to look: on one exchange, "" for all; `traded` leaves out indices."""

    exchange: str
    traded: bool


def _answers(
    catalogue: Catalogue, words: list[str], scope: _Scope, limit: int
) -> Iterator[list[tuple[int, Instrument]]]:
    """Yield answers, the likelier ones first; one instrument may be in several."""
    exact = _exact_matches(catalogue, words, scope)
    yield exact
    prefix = _prefix_matches(catalogue, words[0], scope, limit) if len(words) == 1 else []
    yield prefix
    if prefix and _CONTRACT.match(words[0]):
        return
    # The first of these may all be among the earlier answers, so more are asked for.
    anywhere = _index_matches(catalogue, _match_anywhere(words), scope, limit + len(exact) + len(prefix))
    yield anywhere
    parts = _PART.findall(" ".join(words))[:MOST_WORDS]
    if parts and parts != words and not (exact or prefix or anywhere):
        yield _index_matches(catalogue, _match_anywhere(parts), scope, limit)


def _words(q: str) -> list[str]:
    text = "".join(letter if letter.isprintable() else " " for letter in q[:LONGEST_QUERY])
    return text.upper().split()[:MOST_WORDS]


def _exact_matches(catalogue: Catalogue, words: list[str], scope: _Scope) -> list[tuple[int, Instrument]]:
    spelled = {" ".join(words), "".join(words), "-".join(words), "".join(words).removesuffix("-EQ")}
    exchanges = [scope.exchange] if scope.exchange else list(Exchange)
    # The sign before "id" keeps SQLite from reading all rows in the order of the ids.
    rows = catalogue.select(f"{names_condition(exchanges, spelled)} order by +id", *exchanges, *spelled)
    if scope.traded:
        return [(place, instrument) for place, instrument in rows if instrument.segment != INDICES]
    return rows


@dataclass(frozen=True, slots=True)
class _Match:
    """A query for the index of trigrams, and what a row that it finds has to fulfil: SQL conditions
    and their values.
    """

    trigrams: str
    checks: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def _index_matches(
    catalogue: Catalogue, match: _Match, scope: _Scope, limit: int
) -> list[tuple[int, Instrument]]:
    where, values = _where(match, scope)
    # The order of the index is that of the answer.
    return catalogue.select(f"{where} order by words.rowid limit ?", *values, limit, source=INDEXED)


def _where(match: _Match, scope: _Scope) -> tuple[str, tuple[str, ...]]:
    trigrams, checks, values = match.trigrams, match.checks, match.values
    if scope.exchange:
        trigrams = f"({trigrams}) AND listed : ({_trigrams(scope.exchange)})"
        checks, values = (*checks, "exchange = ?"), (*values, scope.exchange)
    if scope.traded:
        trigrams = f"({trigrams}) NOT listed : {_quote(INDEX_MARK)}"
    return f"where {' and '.join(['words match ?', *checks])}", (trigrams, *values)


def _prefix_matches(
    catalogue: Catalogue, word: str, scope: _Scope, limit: int
) -> list[tuple[int, Instrument]]:
    prefix, ends = "tradingsymbol >= ? and tradingsymbol < ?", (word, f"{word}\U0010ffff")
    exchanges = [scope.exchange] if scope.exchange else list(Exchange)
    by_name = f"where exchange in ({', '.join('?' * len(exchanges))}) and {prefix}"
    if catalogue.count(f"{by_name} limit ?", *exchanges, *ends, FEW_SYMBOLS) == FEW_SYMBOLS:
        match = _Match(f"text : ({_trigrams(_symbol_start(word))})", (prefix,), ends)
        return _index_matches(catalogue, match, scope, limit)
    # The sign before "id" makes SQLite use the index of the names, and sort.
    allowed = "and (? = 0 or segment <> ?) order by +id limit ?"
    return catalogue.select(f"{by_name} {allowed}", *exchanges, *ends, scope.traded, INDICES, limit)


def _symbol_start(word: str) -> str:
    """Return the beginning of a symbol as the index has it, three signs at least."""
    return f" {FIRST_MARK}{word}" if len(word) < 2 else f"{FIRST_MARK}{word}"


def _match_anywhere(words: list[str]) -> _Match:
    trigrams = (_trigrams(word) if len(word) > 2 else f"text : {_word_start(word)}" for word in words)
    # The index only says that all trigrams occur somewhere; longer words are looked for as a whole.
    # Letters beyond ASCII have no capitals in SQLite.
    longer = tuple(word for word in words if len(word) > 3 and word.isascii())
    return _Match(" AND ".join(trigrams), ("instr(instruments.text || exchange, ?)",) * len(longer), longer)


def _word_start(word: str) -> str:
    """Return the query for a word of one or two letters: with the blanks before it, it makes a
    trigram.
    """
    return _quote(f" {word}" if len(word) > 1 else f"  {word}")


def _trigrams(text: str) -> str:
    """Return the query for a text of three letters or more, with as few trigrams as cover it."""
    places = {*range(0, len(text) - 2, 3), len(text) - 3}
    return " AND ".join(_quote(text[place : place + 3]) for place in sorted(places))


def _quote(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))
