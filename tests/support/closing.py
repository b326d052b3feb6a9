"""What a test opens and has to close."""

from collections.abc import Callable
from typing import Any, Protocol


class Closes(Protocol):
    """A store, a catalogue, a ledger, a connection: anything with `close()`."""

    def close(self) -> object: ...


Opened = Callable[[Any], Any]
"""The fixture `opened`: takes what was opened, and returns it."""
