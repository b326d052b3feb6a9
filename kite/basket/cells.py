"""What a cell of somebody's table says: the text of one field of a row.

Cells are read as they stand; only what a spreadsheet does to texts is undone, and words for choices are spelled as Kite
spells them. What a cell says wrongly stays in it: the row is checked like one that was typed.
"""

from collections.abc import Callable, Mapping

from kite.basket.contract_words import Resolve, spoken
from kite.basket.importing import WORDS
from kite.basket.items import takes_price, takes_trigger
from kite.vocabulary import Exchange, OrderType, Product, TransactionType

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would run."""

MARK = "'"
"""What stands before a cell of ours that would be run. A spreadsheet hides it, and reading takes it away again."""

SAID: Mapping[str, tuple[str, str]] = {
    "B": ("transaction_type", TransactionType.BUY.value),
    "S": ("transaction_type", TransactionType.SELL.value),
    "DELIVERY": ("product", Product.CNC.value),
    "INTRADAY": ("product", Product.MIS.value),
}
"""Words of cells, in capitals, that a written order does not have."""

YES = frozenset({"y", "yes", "true", "1", "locked"})


def guarded(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs, and that `bare` reads back as it was."""
    return f"{MARK}{text}" if text.startswith((*FORMULA, MARK)) else text


def bare(cell: str) -> str:
    """Return what a cell says, without the blanks around it and without the mark that keeps it from being run."""
    return cell.strip().removeprefix(MARK)


def meaning(text: str) -> tuple[str, str]:
    """Return the field and Kite's value that a word for a choice says, "" and "" when it says none."""
    plain = " ".join(text.upper().replace("_", " ").split())
    for spelling in (plain, plain.replace(" ", "-"), plain.replace(" ", "")):
        if found := SAID.get(spelling) or WORDS.get(spelling):
            return found
    return "", ""


def _choice(name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        field, value = meaning(text)
        return value if field == name else text

    return read


def _rupees(text: str) -> str:
    return text.removeprefix("₹").strip()


READERS: Mapping[str, Callable[[str], str]] = {
    **{name: _choice(name) for name in ("transaction_type", "order_type", "product", "validity", "exchange", "variety")},
    "tradingsymbol": str.upper,
    "readonly": lambda text: "y" if text.lower() in YES else "",
    "price": _rupees,
    "trigger_price": _rupees,
}
"""By field: what reads its cell. Every other field takes a cell as it is."""

NOT_SENT = frozenset({"product", "validity"})
"""Fields that an empty cell leaves to Kite; where there is no such cell, they are those of a new row."""


def spelled(name: str, text: str) -> str:
    """Return the text of field `name`, choices as Kite spells them."""
    return READERS.get(name, str)(text.strip())


def row_of(cells: Mapping[str, str], resolve: Resolve | None = None) -> dict[str, str]:
    """Return the row that cells by field say. A side that is not said stays open; a price alone makes a limit order.

    A price or trigger of 0 is none where the order takes none: Kite's own lists write it so. An instrument of several
    words is looked up. Raises BasketError when it is not one contract.
    """
    read = {name: spelled(name, bare(cell)) for name, cell in cells.items()}
    row = {"transaction_type": ""} | {name: text for name, text in read.items() if text or name in NOT_SENT}
    exchange, colon, symbol = row.get("tradingsymbol", "").partition(":")
    if colon and exchange in list(Exchange):
        row = {"exchange": exchange} | row | {"tradingsymbol": symbol}
    _look_up(row, resolve)
    order_type, variety = row.get("order_type", ""), row.get("variety", "")
    if order_type and not takes_price(order_type) and _is_nothing(row.get("price", "")):
        row.pop("price", None)
    if order_type and not takes_trigger(order_type, variety) and _is_nothing(row.get("trigger_price", "")):
        row.pop("trigger_price", None)
    if not order_type and ("price" in row or "trigger_price" in row):
        row["order_type"] = "" if "trigger_price" in row else OrderType.LIMIT.value
    return row


def _look_up(row: dict[str, str], resolve: Resolve | None) -> None:
    words = row.get("tradingsymbol", "").split()
    if resolve and len(words) > 1:
        contract, others = spoken(words)
        if contract and not others:
            found = contract.resolve(resolve, row.get("exchange", ""))
            row |= {"tradingsymbol": found.tradingsymbol, "exchange": found.exchange}


def _is_nothing(text: str) -> bool:
    return not text.strip("0.")
