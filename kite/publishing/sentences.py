"""Sentences about orders and drafts outside of pages: for commands and reports.

The pages give the words for each problem.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kite.basket.formats.row_reader import RowReading, Unused
from kite.basket.problem import Problem
from kite.publishing.drafts import DraftProblem, DraftRefused
from kite.texts import typable

LONGEST_TEXT = 40
"""Letters of a typed text that a sentence repeats."""


@dataclass(frozen=True)
class Sentences:
    """The words for what is wrong with an order and with a draft, as pages show them."""

    problem: Callable[[Problem], str]
    fault: Callable[[DraftProblem], str]


def about_order(number: int, order: RowReading, problem: Problem, sentences: Sentences) -> str:
    """Return what is wrong with an order of a file: its number, its symbol, the field as files name
    it, and the sentence.
    """
    return f"{_name(number, order)}, {problem.field}: {sentences.problem(problem)}"


def about_unused(number: int, order: RowReading, unused: Unused) -> str:
    """Return a sentence that says which value of an order was left out."""
    left_out = f"{unused.field} {_short(unused.text)} was left out"
    return f"{_name(number, order)}: {left_out}. Kite uses none for such an order."


def about_draft(refused: DraftRefused, sentences: Sentences) -> str:
    """Return a sentence for everything that is wrong with a draft."""
    return " ".join(f"{fault.field}: {sentences.fault(fault)}" for fault in refused.faults)


def _name(number: int, order: RowReading) -> str:
    symbol = _short(order.texts.get("tradingsymbol", ""))
    # Both: a person finds an order by its symbol, and the second of two alike only by its number.
    return f"Order {number}, {symbol}" if symbol else f"Order {number}"


def _short(text: str) -> str:
    line = typable(text)
    if len(line) <= LONGEST_TEXT:
        return line
    return f"{line[:LONGEST_TEXT]}…"
