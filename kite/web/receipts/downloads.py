"""Receipts as files: CSV for spreadsheets, one line for every item, and JSON for programs.

Written while they are read.
"""

import csv
import io
import json
from collections.abc import Iterator

from kite.offsite.base.receipt import ItemResult
from kite.offsite.journey.access import Role, View
from kite.web.receipts.receipt_page import as_data, money

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
"""Times are ISO 8601 in IST, prices rupees, quantities as Kite counts them (shares, or lots on MCX, CDS and
BCD).
"""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would run. A cell that begins so gets a ' before it."""

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def csv_lines(views: Iterator[View]) -> Iterator[str]:
    """Write CSV after RFC 4180, with a heading."""
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for view in views:
        for result in view.receipt.items:
            yield _line([_cell(value) for value in _row(view, result)])


def json_lines(views: Iterator[View]) -> Iterator[str]:
    """Write a list of receipts, each as /executions/<id>.json tells it."""
    yield "["
    for number, view in enumerate(views):
        yield (",\n" if number else "\n") + json.dumps(as_data(view), ensure_ascii=False)
    yield "\n]\n"


def _row(view: View, result: ItemResult) -> Iterator[object]:
    execution, item, owner = view.receipt.execution, result.item, view.role is Role.OWNER
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
    yield result.filled_quantity if owner else None
    yield money(result.average_price) if owner and result.average_price is not None else None
    yield result.outcome if owner else None
    yield " ".join(order.order_id for order in result.orders) if owner else None
    yield result.status_message if owner else None


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _line(cells: list[str] | tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
