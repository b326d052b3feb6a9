"""Contracts as people name them: "nifty dec fut", "banknifty 28 dec 24500 ce".

Which one is meant, the catalogue says.

The words stand together: the name, then month, day, year and strike in any sensible order, then what it is. A
number that could be two of these is tried as both.
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
_EXCHANGES = [each.value for each in Exchange]
_EARLIER = 5
"""Words between a name and what it is: day, month, year, strike, and one to spare."""


@dataclass(frozen=True)
class Contract:
    """What is said of an instrument; 0, "" and None stand for what is not said.

    `kind` is FUT, CE or PE, or "" when `name` is the tradingsymbol itself; `month` counts from 1, `strike` is
    in rupees.
    """

    name: str
    kind: str = ""
    exchange: str = ""
    month: int = 0
    day: int = 0
    year: int = 0
    strike: Decimal | None = None


Resolve = Callable[[Contract], Sequence[Instrument]]
"""What asks the catalogue: all instruments that a Contract can mean and that can be traded."""


@dataclass(frozen=True)
class NamedContract:
    """Words of a line that name a contract, as they were typed, and what they can mean."""

    words: str
    meanings: Sequence[Contract]

    def resolve(self, resolve: Resolve, exchange: str) -> Instrument:
        """Return the one instrument that is meant.

        Raises BasketError when there is none, or more than one.
        """
        asked = [replace(each, exchange=each.exchange or exchange) for each in self.meanings]
        return single_instrument({each: None for meaning in asked for each in resolve(meaning)}, self.words)


def single_instrument(found: Iterable[Instrument], words: str) -> Instrument:
    """Return the one instrument of `found`; raises BasketError, which names `words`, for none and for
    several.
    """
    listed = sorted(found, key=lambda each: (each.expiry or date.min, _EXCHANGES.index(each.exchange)))
    if not listed:
        raise BasketError(N_("No contract “%(words)s” is listed."), words=words)
    if len(listed) > 1:
        first, second = (_name(each, listed) for each in listed[:2])
        raise BasketError(_TWO if len(listed) == 2 else _MORE, words=words, first=first, second=second)
    return listed[0]


def _name(one: Instrument, among: Sequence[Instrument]) -> str:
    twice = sum(each.tradingsymbol == one.tradingsymbol for each in among) > 1
    return f"{one.exchange}:{one.tradingsymbol}" if twice else one.tradingsymbol


def find_contract(words: Sequence[str]) -> tuple[NamedContract | None, list[str]]:
    """Return the contract that words name, None when they name none so, and all other words.

    Raises BasketError when it is said that a contract is meant, and not which.
    """
    apart = [part for word in words for part in _apart(word)]
    kind_at = next((place for place, word in enumerate(apart) if word.upper() in KINDS), 0)
    if not kind_at:
        return None, list(words)
    begin = next(
        (at for at in range(kind_at - 1, max(-1, kind_at - 1 - _EARLIER), -1) if not _is_part(apart[at])),
        kind_at,
    )
    if begin == kind_at:
        raise BasketError(N_("Before “%(word)s” the name of the instrument is missing."), word=apart[kind_at])
    end = (
        kind_at + 2
        if kind_at + 1 < len(apart) and _MONTH.fullmatch(apart[kind_at + 1].upper())
        else kind_at + 1
    )
    text = " ".join(apart[begin:end])
    said = [word.upper() for word in (*apart[begin + 1 : kind_at], *apart[kind_at + 1 : end])]
    exchange, _, name = apart[begin].upper().rpartition(":")
    meanings = list(_meanings(Contract(name, KINDS[apart[kind_at].upper()], exchange), said))
    if not meanings:
        raise BasketError(
            N_("“%(words)s” names no contract. Write it like NIFTY DEC FUT or NIFTY DEC 26000 CE."),
            words=text,
        )
    return NamedContract(text, meanings), [*apart[:begin], *apart[end:]]


def _apart(word: str) -> Sequence[str]:
    glued = _STRIKE_AND_KIND.fullmatch(word.upper())
    return (glued[1], glued[2]) if glued else (word,)


def _is_part(word: str) -> bool:
    return bool(_MONTH.fullmatch(word.upper()) or is_amount(word))


def _meanings(contract: Contract, said: Sequence[str]) -> Iterator[Contract]:
    """Yield what `said`, the words of day, month, year and strike in capitals, can mean."""
    at = next((place for place, word in enumerate(said) if _MONTH.fullmatch(word)), None)
    if at is None:
        before, after = list(said), []
    else:
        match = _MONTH.fullmatch(said[at])
        day, month, year = match.groups() if match else ("", "", "")
        contract = replace(
            contract, month=MONTHS.index(month[:3]) + 1, day=int(day or 0), year=_year(year or "")
        )
        before, after = list(said[:at]), list(said[at + 1 :])
    yield from _numbers(contract, before, after)


def _numbers(contract: Contract, before: list[str], after: list[str]) -> Iterator[Contract]:
    """Yield the meanings of the numbers before and after the month."""
    if any(_MONTH.fullmatch(word) for word in after):
        return
    if contract.kind != "FUT":
        for numbers in (after, before):
            if numbers:
                strike = amount(numbers[-1])
                rest = numbers[:-1]
                pair = (before, rest) if numbers is after else (rest, after)
                yield from _dates(replace(contract, strike=strike), *pair)
        return
    yield from _dates(contract, before, after)


def _dates(contract: Contract, before: list[str], after: list[str]) -> Iterator[Contract]:
    """Yield the meanings of what is left when the strike is known: a day before the month, a day or a year
    after it.
    """
    if len(before) > 1 or len(after) > 1 or ((before or after) and not contract.month):
        return
    if before:
        if not _is_day(before[0]) or contract.day:
            return
        contract = replace(contract, day=int(before[0]))
    if not after:
        yield contract
        return
    if _is_day(after[0]) and not contract.day:
        yield replace(contract, day=int(after[0]))
    if _year(after[0]) and not contract.year:
        yield replace(contract, year=_year(after[0]))


def _is_day(word: str) -> bool:
    return word.isdigit() and 1 <= int(word) <= 31


def _year(word: str) -> int:
    """Return the year that two or four digits say, 0 for any other word."""
    return {2: 2000, 4: 0}[len(word)] + int(word) if word.isdigit() and len(word) in (2, 4) else 0
