"""What this site signs and reads back later: dataclasses that turn themselves into a short list and
back.

kite/sealing.py signs them. A signed text may be months old, so the values are checked when it is
read.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Self

from kite.vocabulary import IST

_LATEST = 2**32
"""The latest time that is read, in the year 2106: with days added to it, it is still a time."""


@dataclass(frozen=True)
class Payload:
    """The base of everything that is signed.

    A field is a str, an int, a StrEnum or an aware datetime.

    Signed texts travel in addresses and QR codes, so only the values are packed, without names. The
    order of the fields is therefore part of every text that is already out there: another order, or
    another number of fields, needs a new `PURPOSE`.
    """

    PURPOSE: ClassVar[str]
    """A text that was signed for one purpose is refused for every other."""

    def pack(self) -> list[str | int]:
        """Return the values in the order of the fields, a time as whole seconds since 1970."""
        values = (getattr(self, field.name) for field in fields(self))
        return [int(value.timestamp()) if isinstance(value, datetime) else value for value in values]

    @classmethod
    def unpack(cls, packed: object) -> Self | None:
        """Return what `pack` packed, times in IST; None for any other JSON, whatever it is."""
        if not isinstance(packed, list):
            return None
        try:
            values = [_read(field.type, value) for field, value in zip(fields(cls), packed, strict=True)]
        except ValueError:
            return None
        return cls(*values)


def _read(kind: Any, value: object) -> object:
    """Return the value of a field of this type. Raises ValueError for a value of another type."""
    if isinstance(value, str) and issubclass(kind, str):
        return kind(value)
    if type(value) is int and kind is int:  # exactly so: a bool is an int in Python
        return value
    if type(value) is int and kind is datetime and 0 <= value <= _LATEST:
        return datetime.fromtimestamp(value, IST)
    raise ValueError(f"{type(value).__name__} instead of {kind.__name__}")
