"""Looks up the instruments of one basket: every symbol once, similar symbols for a few orders
only.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from kite.basket.items import Instrument
from kite.instruments.catalogue import Catalogue
from kite.instruments.contracts import next_contracts


class Lookup:
    """Finds the instruments of one basket; without a catalogue, none.

    Similar symbols cost a search each, so they are looked up `suggestions` times at most.
    """

    def __init__(self, catalogue: Catalogue | None, suggestions: int = 10) -> None:
        self.catalogue = catalogue
        self.suggestions = suggestions
        self._instruments: dict[tuple[str, str], Instrument | None] = {}

    def read(self, names: Iterable[tuple[str, str]]) -> None:
        """Look up many instruments, by exchange and symbol, in one go."""
        new = set(names) - self._instruments.keys()
        self._instruments |= dict.fromkeys(new)
        if self.catalogue:
            self._instruments |= self.catalogue.find_all(new)

    def find(self, exchange: str, tradingsymbol: str) -> Instrument | None:
        """Return the instrument of this name, or None."""
        key = exchange, tradingsymbol
        if key not in self._instruments:
            self._instruments[key] = self.catalogue.find(*key) if tradingsymbol and self.catalogue else None
        return self._instruments[key]

    def nearest(
        self, exchange: str, tradingsymbol: str, today: date, *, expired: bool = False
    ) -> Sequence[Instrument]:
        """Return the contracts that follow an expired one, or symbols similar to one that is not
        listed.
        """
        if self.suggestions < 1 or not self.catalogue:
            return []
        self.suggestions -= 1
        near = next_contracts(self.catalogue, exchange, tradingsymbol, today)
        if not near and not expired:
            near = self.catalogue.nearest(exchange, tradingsymbol)
        return near
