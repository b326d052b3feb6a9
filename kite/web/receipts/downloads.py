"""Receipts as files: CSV for spreadsheets, one line for every item, and JSON for programs.

Each receipt is written as soon as it is read, so that a file of any length needs little memory.
"""

import csv
import io
import json
from collections.abc import Iterator

from kite.offsite.base.receipt import ItemResult
from kite.offsite.journey.access import Role, View
from kite.web.receipts.receipt_data import as_data, money

COLUMNS = (
    "execution_id",
    "created_at",
    "handed_off_at",
    "returned_at",
    "state",
    "part",
    "tag",
    "exchange",
    "tradingsymbol",
    "transaction_type",
    "order_type",
    "product",
    "quantity",
    "filled_quantity",
    "average_price",
    "outcome",
    "order_ids",
    "status_message",
)
"""Times are ISO 8601 in IST, prices rupees, quantities as Kite counts them (shares, or lots on MCX,
CDS and BCD).
"""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would run as a formula. It gets a ' in front."""

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def csv_lines(views: Iterator[View]) -> Iterator[str]:
    """Yield the lines of a CSV file after RFC 4180, with a heading."""
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for view in views:
        for result in view.receipt.items:
            yield _line([_cell(value) for value in _row(view, result)])


def json_lines(views: Iterator[View]) -> Iterator[str]:
    """Yield a JSON list of receipts, each in the shape of /executions/<id>.json."""
    yield "["
    comma = ""
    for view in views:
        yield f"{comma}\n{json.dumps(as_data(view), ensure_ascii=False)}"
        comma = ","
    yield "\n]\n"


def _row(view: View, result: ItemResult) -> Iterator[object]:
    execution, item = view.receipt.execution, result.item
    yield execution.id
    for moment in (execution.created_at, execution.handed_off_at, execution.returned_at):
        yield moment and moment.isoformat()
    yield from (execution.state, execution.part, execution.tag)
    yield from (
        item.exchange,
        item.tradingsymbol,
        item.transaction_type,
        item.order_type,
        item.product,
        item.quantity,
    )
    # Whoever only composed the basket learns nothing of the account that placed it.
    if view.role is not Role.OWNER:
        yield from (None,) * 5
        return
    yield result.filled_quantity
    yield None if result.average_price is None else money(result.average_price)
    yield result.outcome
    yield " ".join(order.order_id for order in result.orders)
    yield result.status_message


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _line(cells: list[str] | tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
