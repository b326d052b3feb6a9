"""Column types: how times, fixed words and free text are stored, the same on both databases."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from kite.vocabulary import IST


class Instant(TypeDecorator[datetime]):
    """A point in time to the microsecond: UTC in the database, IST in Python.

    A time without a zone is refused.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware time into UTC. Raises ValueError when it has no zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in IST; SQLite returns UTC without a zone."""
        if value is None:
            return None
        # astimezone would take a time without a zone for one of this machine's own zone.
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(IST)


class CleanText(TypeDecorator[str]):
    """Text from anywhere.

    Characters that no database takes (the character 0, half a character) become replacement marks.

    It is for ids too: a made-up id from an address then finds nothing, instead of failing the
    query.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return a plain str, also for a member of a StrEnum."""
        return value and value.replace("\0", "\ufffd").encode(errors="replace").decode()


class EnumText(TypeDecorator[StrEnum]):
    """A word of a fixed vocabulary: text in the database, a member of `words` in Python."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Return the plain text; PostgreSQL's driver would send a member's name."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the member. Raises ValueError for a word that a newer version wrote."""
        return None if value is None else self.words(value)
