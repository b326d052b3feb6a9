"""The catalogue: the instruments of today by their symbol.

Symbols are case-sensitive and spelled as in Kite's instruments file.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from rapidfuzz import fuzz, process

from kite.basket.items import Instrument
from kite.exceptions import InstrumentsError, NoInstruments
from kite.instruments.catalogue_file import COLUMNS, INDICES, CatalogueInfo, ReaderPool
from kite.instruments.csv_rows import LONGEST_SYMBOL
from kite.vocabulary import Exchange

MOST_REMEMBERED = 2000
"""Instruments that are kept in memory beside a connection, about a megabyte."""


OLDEST = timedelta(days=4)
"""The age at which a catalogue counts as old: longer than a long weekend.

It lacks contracts by then, and holds expired ones.
"""


_TRADED = f"segment <> '{INDICES}'"
_SIMILARITY = 60
"""Percent of two symbols that has to be the same letters in the same order for one to be offered in
place of the other.
"""

_CANDIDATES = 2000
"""Symbols that are compared letter by letter for one suggestion; it bounds the time that a hostile
form can take.
"""


class Catalogue:
    """The instruments of today.

    Threads may share it; the next call after the file is replaced reads the new one.

    Whoever makes one closes it.

    With `real` the bundled, invented list counts as none, so nothing of it is ever searched,
    checked against or sent. Without a list every question raises NoInstruments.
    """

    def __init__(self, path: Path, *, real: bool = False) -> None:
        self.path = path
        self.real = real
        self._readers = ReaderPool(path, real=real)

    def check(self) -> None:
        """Raise NoInstruments when there is no list that orders may be checked against."""
        self._readers.check()

    @property
    def about(self) -> CatalogueInfo:
        """When the file was written, from where, and its size.

        Raises NoInstruments when there is none.
        """
        rows = dict(tuple(row) for row in self._rows("select name, value from about"))
        try:
            return CatalogueInfo(
                datetime.fromisoformat(rows["loaded_at"]), rows["source"], int(rows["count"])
            )
        except (KeyError, ValueError) as error:
            raise NoInstruments(f"{self.path.name} is no list of instruments of this version.") from error

    @property
    def loaded_at(self) -> datetime:
        """When the file was written. Raises NoInstruments when there is none."""
        return self.about.loaded_at

    def find(self, exchange: str, tradingsymbol: str) -> Instrument | None:
        """Return the instrument of exactly this name, or None."""
        return self.find_all([(exchange, tradingsymbol)]).get((exchange, tradingsymbol))

    def find_all(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Instrument]:
        """Return the instruments among `names`, pairs of exchange and tradingsymbol."""
        wanted = set(names)
        with self._readers.borrow() as reader:
            known = reader.known
            if new := [name for name in wanted if name not in known]:
                # As two lists, because SQLite finds no index for a list of pairs; the other pairs
                # that they name together do no harm.
                exchanges, symbols = {exchange for exchange, _ in new}, {symbol for _, symbol in new}
                query = f"select {COLUMNS} from instruments {names_condition(exchanges, symbols)}"
                for row in reader.connection.execute(query, (*exchanges, *symbols)):
                    known[row["exchange"], row["tradingsymbol"]] = _instrument(row)
            instruments = {name: known[name] for name in wanted if name in known}
            if len(known) > MOST_REMEMBERED:
                known.clear()
        return instruments

    def nearest(self, exchange: str, tradingsymbol: str, limit: int = 3) -> list[Instrument]:
        """Return instruments that a person who typed `tradingsymbol` may have meant, the likeliest
        first.

        In this order: the same symbol in other letters or without "-EQ", the same on another
        exchange, symbols that begin with it, symbols that differ by a letter or two.
        """
        wanted = tradingsymbol.strip().upper().removesuffix("-EQ")
        if not wanted or len(wanted) > LONGEST_SYMBOL:
            return []
        instruments: dict[tuple[str, str], Instrument] = {}
        for rows in self._similar_rows(exchange, wanted):
            for row in rows:
                instrument = _instrument(row)
                instruments.setdefault((instrument.exchange, instrument.tradingsymbol), instrument)
            if len(instruments) >= limit:
                break
        return list(instruments.values())[:limit]

    def select(
        self, rest: str, *values: str | int, source: str = "instruments"
    ) -> list[tuple[int, Instrument]]:
        """Return the instruments that `select … from {source} {rest}` finds, each with its place in
        the order of search.
        """
        return [
            (row["id"], _instrument(row))
            for row in self._rows(f"select id, {COLUMNS} from {source} {rest}", *values)
        ]

    def count(self, rest: str, *values: str | int) -> int:
        """Return how many instruments `select … from instruments {rest}` finds, a limit
        included.
        """
        return int(self._rows(f"select count(*) from (select 1 from instruments {rest})", *values)[0][0])

    def _similar_rows(self, exchange: str, wanted: str) -> Iterator[list[sqlite3.Row]]:
        """Yield the groups that `nearest` describes; each is asked for only when those before are
        too few.
        """
        same_name = f"select {COLUMNS} from instruments {names_condition(list(Exchange), [wanted])}"
        by_exchange = f"{same_name} and {_TRADED} order by exchange <> ?, exchange desc"
        yield self._rows(by_exchange, *Exchange, wanted, exchange)
        range_scan = (
            f"select {COLUMNS} from instruments where exchange = ? and tradingsymbol >= ? and tradingsymbol <"
            f" ? and {_TRADED}"
        )
        begins = self._rows(f"{range_scan} limit 50", exchange, wanted, f"{wanted}\U0010ffff")
        yield sorted(begins, key=lambda row: (len(row["tradingsymbol"]), row["tradingsymbol"]))
        same_letter = f"{range_scan} and length(tradingsymbol) between ? and ? limit {_CANDIDATES}"
        ends = (exchange, wanted[0], f"{wanted[0]}\U0010ffff", len(wanted) - 2, len(wanted) + 2)
        symbols = [symbol for (symbol,) in self._rows(same_letter.replace(COLUMNS, "tradingsymbol"), *ends)]
        matches = process.extract(wanted, symbols, scorer=fuzz.ratio, limit=3, score_cutoff=_SIMILARITY)
        similar = [symbol for symbol, _, _ in matches]
        condition = names_condition([exchange], similar)
        rows = self._rows(f"select {COLUMNS} from instruments {condition}", exchange, *similar)
        yield sorted(rows, key=lambda row: similar.index(row["tradingsymbol"]))

    def close(self) -> None:
        """Close every connection, those in use as soon as they are not.

        A later call opens one for itself alone.
        """
        self._readers.close()

    def _rows(self, query: str, *values: str | int) -> list[sqlite3.Row]:
        with self._readers.borrow() as reader:
            return reader.connection.execute(query, values).fetchall()


def names_condition(exchanges: Collection[str], symbols: Collection[str]) -> str:
    """Return the SQL condition for these symbols on these exchanges, as Catalogue.select takes
    it.
    """
    return (
        f"where exchange in ({', '.join('?' * len(exchanges))}) and tradingsymbol in"
        f" ({', '.join('?' * len(symbols))})"
    )


def read_about(path: Path) -> CatalogueInfo | None:
    """Return the particulars of the file at `path`, or None when it is no catalogue of this
    version.
    """
    catalogue = Catalogue(path)
    try:
        return catalogue.about
    except InstrumentsError:
        return None
    finally:
        catalogue.close()


def _instrument(row: sqlite3.Row) -> Instrument:
    return Instrument(
        tradingsymbol=row["tradingsymbol"],
        exchange=row["exchange"],
        name=row["name"],
        segment=row["segment"],
        instrument_type=row["instrument_type"],
        expiry=date.fromisoformat(row["expiry"]) if row["expiry"] else None,
        strike=Decimal(row["strike"]),
        tick_size=Decimal(row["tick_size"]),
        lot_size=row["lot_size"],
        last_price=Decimal(row["last_price"]),
    )
