"""Reads the fields of Kite's records, typed.

A field that is missing or cannot be read is empty; the raw record keeps what was sent.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from kite.exceptions import DataException
from kite.vocabulary import IST

Record = TypeVar("Record")

WIDEST = 20
"""Digits before or after the point.

No figure of Kite's has more, and one like 1e999999 would fill the memory when it is written out.
"""


class RecordList(list[Record]):
    """The records of a list that could be read.

    `unreadable_rows` are the rows that could not, as Kite sent them.
    """

    unreadable_rows: tuple[object, ...] = ()


def read_rows(rows: Iterable[object], read: Callable[[object], Record]) -> RecordList[Record]:
    """Read every row of a list. A row that cannot be read does not affect the others."""
    records: RecordList[Record] = RecordList()
    spoiled = []
    for row in rows:
        try:
            records.append(read(row))
        except DataException:
            spoiled.append(row)
    records.unreadable_rows = tuple(spoiled)
    return records


class RecordReader:
    """A record.

    Raises DataException when it is no object, or lacks one of the ids that are `needed`.

    `unreadable_fields` are the names of the fields read so far whose values could not be read.
    """

    def __init__(self, raw: object, *needed: str) -> None:
        if not isinstance(raw, dict):
            raise DataException("Kite sent something else where a record should be.")
        self.raw: dict[str, Any] = raw
        self.unreadable_fields: set[str] = set()
        for name in needed:
            if not self.text(name):
                raise DataException(f"Kite sent a record without {name}.")

    def text(self, name: str) -> str:
        """Return a text; ids and tokens may come as numbers."""
        return _text(self.raw.get(name))

    def optional_text(self, name: str) -> str | None:
        """Return text, or None where there is none."""
        return self.text(name) or None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.raw.get(name)
        return tuple(filter(None, map(_text, values))) if isinstance(values, list) else ()

    def flag(self, name: str) -> bool:
        """Whether a flag is set."""
        return self.raw.get(name) is True

    def money(self, name: str) -> Decimal:
        """Return rupees, or another figure with a point, as written; 0 where there is none."""
        value = self.raw.get(name)
        if value is None or value == "":
            return Decimal(0)
        number = _number(value)
        if number is None:
            self.unreadable_fields.add(name)
        return number or Decimal(0)

    def integer(self, name: str) -> int:
        """Return a quantity; the official Go client reads them as floats."""
        return int(self.money(name))

    def child(self, name: str) -> dict[str, Any]:
        """Return an object, empty where there is none."""
        value = self.raw.get(name)
        return value if isinstance(value, dict) else {}

    def moment(self, name: str, day: datetime | None = None) -> datetime | None:
        """Return a time in IST, which Kite writes without a zone; a time of the day alone is on the
        date of `day`.
        """
        value = self.text(name)
        if self.raw.get(name) in (None, ""):
            return None
        try:
            if day and len(value) == len("09:16:39") and value[2] == ":":
                value = f"{day.date().isoformat()} {value}"
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=IST) if moment.tzinfo is None else moment.astimezone(IST)
        except (ValueError, OverflowError):
            self.unreadable_fields.add(name)
            return None


def _number(value: object) -> Decimal | None:
    """Return a finite figure of a size that Kite's can have, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number.adjusted()) < WIDEST else None


def _text(value: object) -> str:
    # Flags, lists and objects are no names. An id that came as a float has lost digits, but there
    # is nothing better.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)
