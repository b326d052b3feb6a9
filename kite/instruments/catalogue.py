"""The catalogue: instruments by their symbol, read from the file that kite.instruments.catalogue_writer
writes.

The file is never changed, only replaced as a whole, so connections to it are used again until a newer file
stands in its place. Symbols are case-sensitive and spelled as in Kite's instruments file.
"""

import sqlite3
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from rapidfuzz import fuzz, process

from kite.basket.items import Instrument
from kite.exceptions import InstrumentsError, NoInstruments
from kite.instruments.csv_rows import LONGEST_SYMBOL
from kite.vocabulary import Exchange

COLUMNS = (
    "tradingsymbol, exchange, name, segment, instrument_type, expiry, strike, tick_size, lot_size, last_price"
)
FORM = 4
"""Which tables the file holds, and which rows.

One of another form is made anew, and nothing is read from it.
"""

KEPT = 2000
"""Instruments that are kept in memory beside a connection, about a megabyte."""

IDLE = 8
"""Connections that wait for the next question.

More are open only while more threads ask at the same moment.
"""

OLDEST = timedelta(days=4)
"""A catalogue that outlasted a long weekend is old; one that is older lacks contracts and holds expired
ones.
"""

BUNDLED = "bundled"
DOWNLOAD = "download"
"""Where the rows of a catalogue are from."""

INDICES = "INDICES"
"""The segment of what cannot be traded."""

INDEX_MARK = "\x01\x01\x01"
"""What stands beside the exchange of an index in the index of words; nobody can type it."""

FIRST_MARK = "\x02"
"""What stands before the first letters of a symbol once more, so that symbols that begin alike can be told
from names.
"""

_TRADED = f"segment <> '{INDICES}'"
_ALIKE = 60
"""How much of two symbols has to be the same letters in the same order, in percent, for one to be offered for
the other.
"""

_CANDIDATES = 2000
"""Symbols that are compared letter by letter for one suggestion; it bounds the time that a hostile form can
take.
"""


@dataclass(frozen=True, slots=True)
class CatalogueInfo:
    """When the catalogue's file was written, from which source, and how many instruments it holds."""

    loaded_at: datetime
    source: str
    count: int


@dataclass(slots=True)
class _CatalogueReader:
    """A connection to the file of this inode and time, and what was read over it lately: most orders are for
    few instruments.
    """

    connection: sqlite3.Connection
    file: tuple[int, int]
    known: dict[tuple[str, str], Instrument] = field(default_factory=dict)


class Catalogue:
    """The instruments of today. Safe to share between threads; a replaced file is seen by the next call.

    Whoever makes one closes it.

    With `real` the bundled, invented list counts as none, and so nothing of it is ever searched, checked
    against or sent. Whatever asks a catalogue without a list raises NoInstruments.
    """

    def __init__(self, path: Path, *, real: bool = False) -> None:
        self.path = path
        self.real = real
        self._idle: deque[_CatalogueReader] = deque()
        self._closed = False

    def check(self) -> None:
        """Raise NoInstruments when there is no list that orders may be checked against."""
        self._give_back(self._take())

    @property
    def about(self) -> CatalogueInfo:
        """What the file says of itself. Raises NoInstruments when there is none."""
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
        with self._reader() as reader:
            known = reader.known
            if new := [name for name in wanted if name not in known]:
                # As two lists, because SQLite finds no index for a list of pairs; what else they name
                # together does no harm.
                exchanges, symbols = {exchange for exchange, _ in new}, {symbol for _, symbol in new}
                query = f"select {COLUMNS} from instruments {named(exchanges, symbols)}"
                for row in reader.connection.execute(query, (*exchanges, *symbols)):
                    known[row["exchange"], row["tradingsymbol"]] = _instrument(row)
            found = {name: known[name] for name in wanted if name in known}
            if len(known) > KEPT:
                known.clear()
        return found

    def nearest(self, exchange: str, tradingsymbol: str, limit: int = 3) -> list[Instrument]:
        """Return instruments that a person who typed `tradingsymbol` may have meant, the likeliest first.

        In this order: the same symbol in other letters or without "-EQ", the same on another exchange,
        symbols that begin so, symbols that differ by a letter or two.
        """
        wanted = tradingsymbol.strip().upper().removesuffix("-EQ")
        if not wanted or len(wanted) > LONGEST_SYMBOL:
            return []
        found: dict[tuple[str, str], Instrument] = {}
        for rows in self._near(exchange, wanted):
            for row in rows:
                instrument = _instrument(row)
                found.setdefault((instrument.exchange, instrument.tradingsymbol), instrument)
            if len(found) >= limit:
                break
        return list(found.values())[:limit]

    def select(
        self, rest: str, *values: str | int, source: str = "instruments"
    ) -> list[tuple[int, Instrument]]:
        """Return places in the order of search and the instruments there, for what follows `select … from
        {source}`.
        """
        return [
            (row["id"], _instrument(row))
            for row in self._rows(f"select id, {COLUMNS} from {source} {rest}", *values)
        ]

    def count(self, rest: str, *values: str | int) -> int:
        """Return how many instruments there are, for what follows `select … from instruments`, a limit
        included.
        """
        return int(self._rows(f"select count(*) from (select 1 from instruments {rest})", *values)[0][0])

    def _near(self, exchange: str, wanted: str) -> Iterator[list[sqlite3.Row]]:
        named_so = f"select {COLUMNS} from instruments {named(list(Exchange), [wanted])} and {_TRADED}"
        yield self._rows(f"{named_so} order by exchange <> ?, exchange desc", *Exchange, wanted, exchange)
        range_scan = (
            f"select {COLUMNS} from instruments where exchange = ? and tradingsymbol >= ? and tradingsymbol <"
            f" ? and {_TRADED}"
        )
        begins = self._rows(f"{range_scan} limit 50", exchange, wanted, f"{wanted}\U0010ffff")
        yield sorted(begins, key=lambda row: (len(row["tradingsymbol"]), row["tradingsymbol"]))
        same_letter = f"{range_scan} and length(tradingsymbol) between ? and ? limit {_CANDIDATES}"
        ends = (exchange, wanted[0], f"{wanted[0]}\U0010ffff", len(wanted) - 2, len(wanted) + 2)
        symbols = [symbol for (symbol,) in self._rows(same_letter.replace(COLUMNS, "tradingsymbol"), *ends)]
        alike = [
            symbol
            for symbol, _, _ in process.extract(
                wanted, symbols, scorer=fuzz.ratio, limit=3, score_cutoff=_ALIKE
            )
        ]
        rows = self._rows(f"select {COLUMNS} from instruments {named([exchange], alike)}", exchange, *alike)
        yield sorted(rows, key=lambda row: alike.index(row["tradingsymbol"]))

    def close(self) -> None:
        """Close every connection, those in use as soon as they are not.

        A later call opens one for itself alone.
        """
        self._closed = True
        self._close_idle()

    def _rows(self, query: str, *values: str | int) -> list[sqlite3.Row]:
        with self._reader() as reader:
            return reader.connection.execute(query, values).fetchall()

    @contextmanager
    def _reader(self) -> Iterator[_CatalogueReader]:
        """Lend a reader of the file that stands there now.

        Raises NoInstruments, and InstrumentsError for a query inside that fails.
        """
        reader = self._take()
        try:
            yield reader
        except sqlite3.Error as error:
            raise InstrumentsError(f"The list of instruments at {self.path.name} cannot be read.") from error
        finally:
            self._give_back(reader)

    def _take(self) -> _CatalogueReader:
        try:
            stat = self.path.stat()
            file = (stat.st_ino, stat.st_mtime_ns)
            while (reader := _pop(self._idle)) is not None:
                if reader.file == file:
                    return reader
                reader.connection.close()
            return _CatalogueReader(self._opened(), file)
        except (OSError, sqlite3.Error) as error:
            raise NoInstruments(f"There is no list of instruments at {self.path.name}.") from error

    def _opened(self) -> sqlite3.Connection:
        """Return a connection to a list of this version and, where orders are real, of Kite's own
        instruments.
        """
        connection = connect(self.path)
        try:
            (form,) = connection.execute("pragma user_version").fetchone()
            if form != FORM:
                raise NoInstruments(f"{self.path.name} is no list of instruments of this version.")
            (source,) = connection.execute("select value from about where name = 'source'").fetchone() or (
                "",
            )
            if self.real and source == BUNDLED:
                raise NoInstruments(
                    "Kite’s list of instruments was not loaded yet: there is only the bundled, invented one."
                )
        except Exception:
            connection.close()
            raise
        return connection

    def _give_back(self, reader: _CatalogueReader) -> None:
        if len(self._idle) >= IDLE:
            reader.connection.close()
            return
        self._idle.append(reader)  # the last one used is the next one lent: the others stay cold and few
        if self._closed:  # asked after it was given back, so that a close at the same moment misses none
            self._close_idle()

    def _close_idle(self) -> None:
        while (reader := _pop(self._idle)) is not None:
            reader.connection.close()


def _pop(readers: deque[_CatalogueReader]) -> _CatalogueReader | None:
    """Take the last reader, None when there is none; a thread may have taken it since somebody looked."""
    try:
        return readers.pop()
    except IndexError:
        return None


def named(exchanges: Collection[str], symbols: Collection[str]) -> str:
    """Return the condition that asks for all of these symbols on all of these exchanges, for
    Catalogue.select.
    """
    return (
        f"where exchange in ({', '.join('?' * len(exchanges))}) and tradingsymbol in"
        f" ({', '.join('?' * len(symbols))})"
    )


def read_about(path: Path) -> CatalogueInfo | None:
    """Return what the file at `path` says of itself, or None when it is no catalogue of this version."""
    catalogue = Catalogue(path)
    try:
        return catalogue.about
    except InstrumentsError:
        return None
    finally:
        catalogue.close()


def connect(path: Path) -> sqlite3.Connection:
    """Open a catalogue for reading, without locks: nobody ever writes to a file that stands in its place.

    Threads may hand the connection on; only one at a time uses it.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    return connection


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
