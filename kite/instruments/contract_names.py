"""Which contracts the words of a person can mean: "nifty dec fut", "banknifty 28 dec 24500 ce"."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kite.basket.formats.contract_words import Contract
from kite.basket.items import Instrument
from kite.instruments.catalogue import Catalogue
from kite.vocabulary import Exchange

_CONTRACTS = (
    "where tradingsymbol > ? and tradingsymbol < ? and name = ? and instrument_type = ? and expiry >= ? order"
    " by id"
)


class Names:
    """The catalogue as one list of orders sees it: the contracts of a name are read once, however many lines
    name them.
    """

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        self.catalogue = catalogue
        self.today = today
        self._read: dict[tuple[str, str], dict[Decimal, list[Instrument]]] = {}

    def __call__(self, contract: Contract) -> Sequence[Instrument]:
        """Return every living instrument that `contract` can mean, nearer expiries first."""
        if not contract.kind:
            exchanges = [contract.exchange] if contract.exchange else list(Exchange)
            return list(self.catalogue.find_all((each, contract.name) for each in exchanges).values())
        by_strike = self._contracts(contract.name, contract.kind)
        found = (
            by_strike.get(contract.strike, [])
            if contract.strike is not None
            else [one for each in by_strike.values() for one in each]
        )
        return [each for each in found if each.expiry and _is_meant(each, each.expiry, contract)]

    def _contracts(self, name: str, kind: str) -> dict[Decimal, list[Instrument]]:
        """Return the contracts of a name by their strike.

        After the name their symbol has the year, in digits.
        """
        if (name, kind) not in self._read:
            read = self._read[name, kind] = defaultdict(list)
            for _, each in self.catalogue.select(
                _CONTRACTS, f"{name}0", f"{name}:", name, kind, self.today.isoformat()
            ):
                read[each.strike].append(each)
        return self._read[name, kind]


def _is_meant(instrument: Instrument, expiry: date, contract: Contract) -> bool:
    return (
        contract.exchange in ("", instrument.exchange)
        and contract.month in (0, expiry.month)
        and contract.day in (0, expiry.day)
        and contract.year in (0, expiry.year)
    )
