"""Reads the cells of one line of a table as the texts of an order's fields.

This module only undoes what a spreadsheet or an export does to texts; `row_reader` says what they
mean. A mistake in a cell stays in it: the row is checked like one that was typed.
"""

import re
from collections.abc import Mapping

from kite.basket.formats.choice_words import MAY_BE_EMPTY, choice_for
from kite.basket.formats.contract_words import Resolve, find_contract
from kite.basket.formats.row_reader import WEIGHT, RowReading, Writer, read_row
from kite.basket.numbers import is_zero
from kite.vocabulary import Exchange, OrderType

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""The first letters by which a spreadsheet takes a cell for a formula, and runs it."""

MARK = "'"
"""The sign that we put before a cell that would be run.

A spreadsheet hides it, and reading takes it away again.
"""

SEGMENT = "segment"
"""A column that is no field of an order: with the exchange it says on which of Kite's exchanges a
trade was made.
"""

SEGMENTS: Mapping[tuple[str, str], str] = {
    names: exchange.value for exchange in Exchange for names in exchange.facts.console
}
"""Kite's exchange by the exchange and segment that Zerodha's Console writes.

Where both name one market, they are the same.
"""

_FILLED_OF = re.compile(r"([0-9][0-9,]*)/\1")
"""How Kite's order book writes a quantity of which all is filled."""


def guard_cell(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs, and that `cell_text` reads back as it
    was.
    """
    return f"{MARK}{text}" if text.startswith((*FORMULA, MARK)) else text


def cell_text(cell: str) -> str:
    """Return the text of a cell, without the blanks around it and without the mark that keeps it
    from being run.
    """
    return cell.strip().removeprefix(MARK)


def read_cells(cells: Mapping[str, str], resolve: Resolve | None = None) -> RowReading:
    """Read an order from its cells by field.

    A side that no cell names stays open; a price alone makes a limit order. An instrument of
    several words is looked up. Raises BasketError when they do not name exactly one contract.
    """
    texts = {name: cell_text(cell) for name, cell in cells.items()}
    # Present but empty, so that nobody fills in a side.
    row = {"transaction_type": ""} | {
        name: text for name, text in texts.items() if text or name in MAY_BE_EMPTY
    }
    _apply_segment(row, row.pop(SEGMENT, ""))
    if match := _FILLED_OF.fullmatch(row.get("quantity", "")):
        row["quantity"] = match[1]
    if WEIGHT in row:
        row[WEIGHT] = row[WEIGHT].removesuffix("%").strip()
    _look_up_contract(row, resolve)
    if not row.get("order_type"):
        _set_type_by_prices(row)
    return read_row(row, Writer.MACHINE)


def _set_type_by_prices(row: dict[str, str]) -> None:
    """Set the order type that the prices mean. A price of 0 is no price, as in Kite's own lists."""
    for name in ("price", "trigger_price"):
        if name in row and is_zero(row[name]):
            del row[name]
    if "trigger_price" in row:
        row["order_type"] = ""  # SL or SL-M: only the person knows
    elif "price" in row:
        row["order_type"] = OrderType.LIMIT.value


def _apply_segment(row: dict[str, str], segment: str) -> None:
    _, exchange = choice_for(row.get("exchange", ""))
    if market := SEGMENTS.get((exchange, segment.upper())):
        row["exchange"] = market


def _look_up_contract(row: dict[str, str], resolve: Resolve | None) -> None:
    words = row.get("tradingsymbol", "").split()
    if resolve and len(words) > 1:
        contract, others = find_contract(words)
        if contract and not others:
            instrument = contract.resolve(resolve, row.get("exchange", "").upper())
            row |= {"tradingsymbol": instrument.tradingsymbol, "exchange": instrument.exchange}
