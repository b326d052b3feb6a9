"""Looks up which contracts a person's words can mean: "nifty dec fut", "banknifty 28 dec 24500
ce".
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import chain

from kite.basket.formats.contract_words import Contract
from kite.basket.items import Instrument
from kite.instruments.catalogue import Catalogue
from kite.vocabulary import Exchange

_CONTRACTS = (
    "where tradingsymbol > ? and tradingsymbol < ? and name = ? and instrument_type = ? and expiry >= ? order"
    " by id"
)


class ContractNames:
    """Looks up the contracts that one list of orders names; those of a name are read once, however
    many lines name it.
    """

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        self.catalogue = catalogue
        self.today = today
        self._read: dict[tuple[str, str], dict[Decimal, list[Instrument]]] = {}

    def __call__(self, contract: Contract) -> Sequence[Instrument]:
        """Return every living instrument that `contract` can mean, nearer expiries first."""
        if not contract.kind:
            exchanges = [contract.exchange] if contract.exchange else list(Exchange)
            names = ((exchange, contract.name) for exchange in exchanges)
            return list(self.catalogue.find_all(names).values())
        by_strike = self._contracts(contract.name, contract.kind)
        if contract.strike is not None:
            candidates = by_strike.get(contract.strike, [])
        else:
            candidates = list(chain.from_iterable(by_strike.values()))
        return [
            candidate
            for candidate in candidates
            if candidate.expiry and _fits(candidate, candidate.expiry, contract)
        ]

    def _contracts(self, name: str, kind: str) -> dict[Decimal, list[Instrument]]:
        """Return the contracts of a name by their strike."""
        if (name, kind) not in self._read:
            by_strike = self._read[name, kind] = defaultdict(list)
            # After the name their symbol has the year, in digits: from "0" to ":", the sign after
            # "9".
            for _, contract in self.catalogue.select(
                _CONTRACTS, f"{name}0", f"{name}:", name, kind, self.today.isoformat()
            ):
                by_strike[contract.strike].append(contract)
        return self._read[name, kind]


def _fits(instrument: Instrument, expiry: date, contract: Contract) -> bool:
    return (
        contract.exchange in ("", instrument.exchange)
        and contract.month in (0, expiry.month)
        and contract.day in (0, expiry.day)
        and contract.year in (0, expiry.year)
    )
