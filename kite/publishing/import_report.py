"""The report of an import: every button of the old site, what became of it and why, as CSV or JSON."""

import csv
import io
import json
from collections.abc import Iterable

from kite.basket.formats.cells import guarded
from kite.basket.formats.exporting import BYTE_ORDER_MARK
from kite.publishing.old_buttons import ImportedButton

COLUMNS = ("file", "line", "outcome", "reason", "slug", "left_out", "source")


def as_csv(done: Iterable[ImportedButton]) -> str:
    """Return the report as CSV after RFC 4180; no cell is one that a spreadsheet runs."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([guarded(str(value)) for value in _values(each)] for each in done)
    return BYTE_ORDER_MARK + written.getvalue()


def as_json(done: Iterable[ImportedButton]) -> str:
    """Return the report as a JSON list, one button a line."""
    lines = (json.dumps(dict(zip(COLUMNS, _values(each), strict=True)), ensure_ascii=False) for each in done)
    return "[\n{}\n]\n".format(",\n".join(lines))


def _values(done: ImportedButton) -> tuple[str | int, ...]:
    button = done.button
    return (
        button.file,
        button.line,
        done.outcome.value,
        button.reason,
        done.slug,
        " ".join(button.left_out),
        button.source,
    )
