"""Time for tests."""

from datetime import datetime, timedelta

from kite.vocabulary import IST

START = datetime(2026, 11, 20, 9, 16, 39, tzinfo=IST)
"""A Friday, just after the market opened."""


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
