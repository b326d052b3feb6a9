"""The report of an import: every button of the old site, what became of it and why, as CSV or
JSON.
"""

import csv
import io
import json
from collections.abc import Iterable

from kite.basket.formats.cells import guard_cell
from kite.basket.formats.exporting import BYTE_ORDER_MARK
from kite.publishing.old_buttons import ImportedButton

COLUMNS = ("file", "line", "outcome", "reason", "slug", "left_out", "source")


def as_csv(imported: Iterable[ImportedButton]) -> str:
    """Return the report as CSV after RFC 4180; no cell is one that a spreadsheet runs."""
    report = io.StringIO()
    writer = csv.writer(report)
    writer.writerow(COLUMNS)
    writer.writerows([guard_cell(str(value)) for value in _values(button)] for button in imported)
    return BYTE_ORDER_MARK + report.getvalue()


def as_json(imported: Iterable[ImportedButton]) -> str:
    """Return the report as a JSON list, one button a line."""
    rows = (dict(zip(COLUMNS, _values(button), strict=True)) for button in imported)
    return "[\n{}\n]\n".format(",\n".join(json.dumps(row, ensure_ascii=False) for row in rows))


def _values(imported: ImportedButton) -> tuple[str | int, ...]:
    button = imported.button
    return (
        button.file,
        button.line,
        imported.outcome.value,
        button.reason,
        imported.slug,
        " ".join(button.left_out),
        button.source,
    )
