"""Checks one order: what could not be read of it, which rules it breaks, and the changes that would
mend it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from kite.basket.checking.rules import rule_problems
from kite.basket.formats.row_reader import RowReading
from kite.basket.items import Instrument, Item
from kite.basket.problem import Fix, Problem
from kite.vocabulary import IST


class Instruments(Protocol):
    """What can be traded, as far as an order needs to know it."""

    def find(self, exchange: str, tradingsymbol: str) -> Instrument | None:
        """Return the instrument of this name, or None."""

    def nearest(
        self, exchange: str, tradingsymbol: str, today: date, *, expired: bool
    ) -> Sequence[Instrument]:
        """Return the instruments that may be meant by a symbol that is not listed, or that come
        after one that has expired; likeliest first.
        """


def row_problems(reading: RowReading, instruments: Instruments, now: datetime) -> list[Problem]:
    """Return everything that is wrong with a row: first the texts that cannot be read, then the
    rules that it breaks.
    """
    instrument = instrument_of(reading, instruments)
    broken_rules = _rule_problems(reading.item, instrument, instruments, now, reading.unreadable_fields)
    return [*reading.unreadable, *broken_rules]


def item_problems(item: Item, instruments: Instruments, now: datetime) -> list[Problem]:
    """Return every rule that an item breaks."""
    return _rule_problems(item, instruments.find(item.exchange, item.tradingsymbol), instruments, now)


def instrument_of(reading: RowReading, instruments: Instruments) -> Instrument | None:
    """Return the instrument that a row names, as far as it names one."""
    if "exchange" in reading.unreadable_fields:
        return None
    return instruments.find(reading.item.exchange, reading.item.tradingsymbol)


def _rule_problems(
    item: Item,
    instrument: Instrument | None,
    instruments: Instruments,
    now: datetime,
    unreadable: Collection[str] = (),
) -> list[Problem]:
    return [
        _with_similar_symbols(problem, instruments, now)
        for problem in rule_problems(item, instrument, now, unreadable)
    ]


def _with_similar_symbols(problem: Problem, instruments: Instruments, now: datetime) -> Problem:
    """Offer other symbols in place of one that is not known, or has expired."""
    if problem.code not in ("tradingsymbol_unknown", "contract_expired"):
        return problem
    exchange, symbol = problem.params["exchange"], problem.params["tradingsymbol"]
    today = now.astimezone(IST).date()
    near = instruments.nearest(exchange, symbol, today, expired=problem.code == "contract_expired")
    return replace(problem, fixes=tuple(_fix(instrument, exchange) for instrument in near))


def _fix(instrument: Instrument, exchange: str) -> Fix:
    elsewhere = {} if instrument.exchange == exchange else {"exchange": instrument.exchange}
    return {"tradingsymbol": instrument.tradingsymbol} | elsewhere
