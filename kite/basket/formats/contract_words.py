"""Contracts as people name them: "nifty dec fut", "banknifty 28 dec 24500 ce".

The catalogue decides which contract is meant.

The words come together: the name, then month, day, year and strike in any sensible order, then the
kind. A number that could be two of these is tried as both.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kite.basket.items import Instrument
from kite.basket.numbers import amount, is_amount
from kite.exceptions import BasketError
from kite.vocabulary import N_, Exchange

KINDS = {"FUT": "FUT", "FUTURE": "FUT", "FUTURES": "FUT", "CE": "CE", "CALL": "CE", "PE": "PE", "PUT": "PE"}
"""Words that say what a contract is, to Kite's instrument_type."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_REST = ("UARY", "RUARY", "CH", "IL", "", "E", "Y", "UST", "(?:T|TEMBER)", "OBER", "EMBER", "EMBER")
_MONTH_NAMES = "|".join(f"{month}(?:{rest})?" for month, rest in zip(MONTHS, _REST, strict=True))
_MONTH = re.compile(rf"([0-9]{{1,2}})?({_MONTH_NAMES})([0-9]{{4}}|[0-9]{{2}})?")
_STRIKE_AND_KIND = re.compile(r"([0-9]+(?:\.[0-9]+)?)(CE|PE)")
_TWO = N_("“%(words)s” could be %(first)s or %(second)s.")
_MORE = N_("“%(words)s” could be %(first)s, %(second)s or another.")
_EXCHANGES = [exchange.value for exchange in Exchange]
_MOST_WORDS_BETWEEN = 5
"""Words between the name and the kind: day, month, year, strike, and one to spare."""


@dataclass(frozen=True)
class Contract:
    """What words say about an instrument; 0, "" and None for what they do not say.

    `kind` is FUT, CE or PE, or "" when `name` is the tradingsymbol itself; `month` counts from 1,
    `strike` is in rupees.
    """

    name: str
    kind: str = ""
    exchange: str = ""
    month: int = 0
    day: int = 0
    year: int = 0
    strike: Decimal | None = None


Resolve = Callable[[Contract], Sequence[Instrument]]
"""Asks the catalogue for all instruments that a Contract can mean and that can be traded."""


@dataclass(frozen=True)
class NamedContract:
    """Words of a line that name a contract, as they were typed, and what they can mean."""

    words: str
    meanings: Sequence[Contract]

    def resolve(self, resolve: Resolve, exchange: str) -> Instrument:
        """Return the one instrument that is meant.

        Raises BasketError when there is none, or more than one.
        """
        contracts = [replace(contract, exchange=contract.exchange or exchange) for contract in self.meanings]
        # Two meanings can name the same instrument, and then it is not ambiguous: a dict drops the
        # second.
        candidates = {instrument: None for contract in contracts for instrument in resolve(contract)}
        return single_instrument(candidates, self.words)


def single_instrument(candidates: Iterable[Instrument], words: str) -> Instrument:
    """Return the one instrument of `candidates`; raises BasketError, which names `words`, for none
    and for several.
    """
    listed = sorted(candidates, key=_by_expiry)
    if not listed:
        raise BasketError(N_("No contract “%(words)s” is listed."), words=words)
    if len(listed) > 1:
        first, second = (_distinct_name(instrument, listed) for instrument in listed[:2])
        sentence = _TWO if len(listed) == 2 else _MORE
        raise BasketError(sentence, words=words, first=first, second=second)
    return listed[0]


def _by_expiry(instrument: Instrument) -> tuple[date, int]:
    return instrument.expiry or date.min, _EXCHANGES.index(instrument.exchange)


def _distinct_name(instrument: Instrument, listed: Sequence[Instrument]) -> str:
    """Return the symbol of an instrument, after its exchange where another one has the same
    symbol.
    """
    same_symbol = sum(other.tradingsymbol == instrument.tradingsymbol for other in listed)
    if same_symbol > 1:
        return f"{instrument.exchange}:{instrument.tradingsymbol}"
    return instrument.tradingsymbol


def find_contract(words: Sequence[str]) -> tuple[NamedContract | None, list[str]]:
    """Return the contract that words name, None when they name none in this way, and all other
    words.

    Raises BasketError when the words say that a contract is meant, and not which.
    """
    apart = [part for word in words for part in _split_strike(word)]
    kind_at = _place_of_kind(apart)
    if not kind_at:
        return None, list(words)
    begin = _place_of_name(apart, kind_at)
    if begin == kind_at:
        raise BasketError(N_("Before “%(word)s” the name of the instrument is missing."), word=apart[kind_at])
    end = kind_at + 1
    if end < len(apart) and _MONTH.fullmatch(apart[end].upper()):  # "nifty fut dec"
        end += 1
    text = " ".join(apart[begin:end])
    details = [word.upper() for word in (*apart[begin + 1 : kind_at], *apart[kind_at + 1 : end])]
    exchange, _, name = apart[begin].upper().rpartition(":")
    meanings = list(_meanings(Contract(name, KINDS[apart[kind_at].upper()], exchange), details))
    if not meanings:
        raise BasketError(
            N_("“%(words)s” names no contract. Write it like NIFTY DEC FUT or NIFTY DEC 26000 CE."),
            words=text,
        )
    return NamedContract(text, meanings), [*apart[:begin], *apart[end:]]


def _place_of_kind(words: Sequence[str]) -> int:
    """Return where the first word for a kind is; 0, where it has no name before it, when there is
    none.
    """
    return next((place for place, word in enumerate(words) if word.upper() in KINDS), 0)


def _place_of_name(words: Sequence[str], kind_at: int) -> int:
    """Return where the name is: the nearest word before the kind that is no month and no number, or
    the place of the kind when there is none.
    """
    farthest = max(-1, kind_at - 1 - _MOST_WORDS_BETWEEN)
    names = (place for place in range(kind_at - 1, farthest, -1) if not _is_detail(words[place]))
    return next(names, kind_at)


def _split_strike(word: str) -> Sequence[str]:
    """Return the strike and the kind of a word like 26000CE, and any other word as it is."""
    glued = _STRIKE_AND_KIND.fullmatch(word.upper())
    return (glued[1], glued[2]) if glued else (word,)


def _is_detail(word: str) -> bool:
    return bool(_MONTH.fullmatch(word.upper()) or is_amount(word))


def _meanings(contract: Contract, details: Sequence[str]) -> Iterator[Contract]:
    """Yield what `details`, the words of day, month, year and strike in capitals, can mean."""
    for place, word in enumerate(details):
        if match := _MONTH.fullmatch(word):
            day, month, year = match.groups()
            dated = replace(
                contract, month=MONTHS.index(month[:3]) + 1, day=int(day or 0), year=_year(year or "")
            )
            yield from _number_meanings(dated, list(details[:place]), list(details[place + 1 :]))
            return
    yield from _number_meanings(contract, list(details), [])


def _number_meanings(contract: Contract, before: list[str], after: list[str]) -> Iterator[Contract]:
    """Yield the meanings of the numbers before and after the month."""
    # Words with two months name no contract.
    if any(_MONTH.fullmatch(word) for word in after):
        return
    if contract.kind == "FUT":
        yield from _date_meanings(contract, before, after)
        return
    # An option has a strike, which is the last number on either side of the month.
    if after:
        yield from _date_meanings(replace(contract, strike=amount(after[-1])), before, after[:-1])
    if before:
        yield from _date_meanings(replace(contract, strike=amount(before[-1])), before[:-1], after)


def _date_meanings(contract: Contract, before: list[str], after: list[str]) -> Iterator[Contract]:
    """Yield the meanings of the other numbers once the strike is known: a day before the month, a
    day or a year after it.
    """
    if len(before) > 1 or len(after) > 1 or ((before or after) and not contract.month):
        return
    for day in before:
        if not _is_day(day) or contract.day:
            return
        contract = replace(contract, day=int(day))
    if after:
        yield from _meanings_after_month(contract, after[0])
    else:
        yield contract


def _meanings_after_month(contract: Contract, number: str) -> Iterator[Contract]:
    if _is_day(number) and not contract.day:
        yield replace(contract, day=int(number))
    if (year := _year(number)) and not contract.year:
        yield replace(contract, year=year)


def _is_day(word: str) -> bool:
    return word.isdigit() and 1 <= int(word) <= 31


def _year(word: str) -> int:
    """Return the year that two or four digits say, 0 for any other word."""
    if not word.isdigit() or len(word) not in (2, 4):
        return 0
    return int(word) + (2000 if len(word) == 2 else 0)
