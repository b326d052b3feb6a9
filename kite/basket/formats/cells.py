"""What a cell of somebody's table says: the text of one field of a row.

Only what a spreadsheet or an export does to texts is undone here; what the texts mean, `row_reader` says.
What a cell says wrongly stays in it: the row is checked like one that was typed.
"""

import re
from collections.abc import Mapping

from kite.basket.formats.choice_words import MAY_BE_EMPTY, choice_for
from kite.basket.formats.contract_words import Resolve, find_contract
from kite.basket.formats.row_reader import WEIGHT, RowReading, Writer, read_row
from kite.basket.numbers import is_zero
from kite.vocabulary import Exchange, OrderType

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would run."""

MARK = "'"
"""What stands before a cell of ours that would be run.

A spreadsheet hides it, and reading takes it away again.
"""

SEGMENT = "segment"
"""A column that is no field of an order: with the exchange it says on which of Kite's exchanges a trade was
made.
"""

SEGMENTS: Mapping[tuple[str, str], str] = {
    ("NSE", "FO"): Exchange.NFO.value,
    ("BSE", "FO"): Exchange.BFO.value,
    ("NSE", "CDS"): Exchange.CDS.value,
    ("NSE", "CD"): Exchange.CDS.value,
    ("BSE", "CDS"): Exchange.BCD.value,
    ("BSE", "CD"): Exchange.BCD.value,
}
"""Kite's exchange by the exchange and segment that Zerodha's Console writes.

Where both name one market, they are the same.
"""

_FILLED_OF = re.compile(r"([0-9][0-9,]*)/\1")
"""How Kite's order book writes a quantity of which all is filled."""


def guard_cell(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs, and that `bare` reads back as it was."""
    return f"{MARK}{text}" if text.startswith((*FORMULA, MARK)) else text


def cell_text(cell: str) -> str:
    """Return what a cell says, without the blanks around it and without the mark that keeps it from being
    run.
    """
    return cell.strip().removeprefix(MARK)


def read_cells(cells: Mapping[str, str], resolve: Resolve | None = None) -> RowReading:
    """Read the row that cells by field say.

    A side that is not said stays open; a price alone makes a limit order.

    An instrument of several words is looked up. Raises BasketError when it is not one contract.
    """
    texts = {name: cell_text(cell) for name, cell in cells.items()}
    row = {"transaction_type": ""} | {
        name: text for name, text in texts.items() if text or name in MAY_BE_EMPTY
    }
    _place(row, row.pop(SEGMENT, ""))
    if match := _FILLED_OF.fullmatch(row.get("quantity", "")):
        row["quantity"] = match[1]
    if WEIGHT in row:
        row[WEIGHT] = row[WEIGHT].removesuffix("%").strip()
    _look_up(row, resolve)
    if not row.get("order_type"):
        _name_type(row)
    return read_row(row, Writer.MACHINE)


def _name_type(row: dict[str, str]) -> None:
    """Name the order type that prices mean where no cell names one: a price of 0 is none, as in Kite's own
    lists.
    """
    for name in ("price", "trigger_price"):
        if name in row and is_zero(row[name]):
            del row[name]
    if "price" in row or "trigger_price" in row:
        row["order_type"] = "" if "trigger_price" in row else OrderType.LIMIT.value


def _place(row: dict[str, str], segment: str) -> None:
    _, exchange = choice_for(row.get("exchange", ""))
    if market := SEGMENTS.get((exchange, segment.upper())):
        row["exchange"] = market


def _look_up(row: dict[str, str], resolve: Resolve | None) -> None:
    words = row.get("tradingsymbol", "").split()
    if resolve and len(words) > 1:
        contract, others = find_contract(words)
        if contract and not others:
            instrument = contract.resolve(resolve, row.get("exchange", "").upper())
            row |= {"tradingsymbol": instrument.tradingsymbol, "exchange": instrument.exchange}
