"""The file of a catalogue: its form, and the connections that threads borrow to read it.

kite.instruments.catalogue_writer writes the file. It is never changed, only replaced as a whole, so
a connection is used again until a newer file has taken the file's place.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kite.basket.items import Instrument
from kite.exceptions import InstrumentsError, NoInstruments

COLUMNS = (
    "tradingsymbol, exchange, name, segment, instrument_type, expiry, strike, tick_size, lot_size, last_price"
)


FORM = 4
"""The version of the tables and rows in the file.

A file of another version is written again, and nothing is read from it.
"""


IDLE = 8
"""Connections that wait for the next question.

More are open only while more threads ask at the same moment.
"""


BUNDLED = "bundled"


DOWNLOAD = "download"
"""The sources that a catalogue may come from."""


INDICES = "INDICES"
"""The segment of indices, which cannot be traded."""


INDEX_MARK = "\x01\x01\x01"
"""Marks an index, after its exchange, in the table of words; nobody can type it."""


FIRST_MARK = "\x02"
"""Comes before the first letters of a symbol, which the table of words repeats: so the beginning of
a symbol can be told from that of a name.
"""


@dataclass(frozen=True, slots=True)
class CatalogueInfo:
    """When the catalogue's file was written, from which source, and how many instruments it
    holds.
    """

    loaded_at: datetime
    source: str
    count: int


@dataclass(slots=True)
class CatalogueReader:
    """A connection to the file of this inode and time, and the instruments that were read over it
    lately: most orders are for few instruments.
    """

    connection: sqlite3.Connection
    file: tuple[int, int]
    known: dict[tuple[str, str], Instrument] = field(default_factory=dict)


class ReaderPool:
    """The connections to one catalogue, which threads borrow and give back.

    Whoever makes one closes it.

    With `real` the bundled list counts as none.
    """

    def __init__(self, path: Path, *, real: bool) -> None:
        self._path = path
        self._real = real
        self._idle: deque[CatalogueReader] = deque()
        self._closed = False

    def check(self) -> None:
        """Raise NoInstruments when there is no list to read."""
        self._give_back(self._take())

    def close(self) -> None:
        """Close every connection, those in use as soon as they are given back."""
        self._closed = True
        self._close_idle()

    @contextmanager
    def borrow(self) -> Iterator[CatalogueReader]:
        """Lend a reader of the file that is there now.

        Raises NoInstruments, and InstrumentsError for a query inside that fails.
        """
        reader = self._take()
        try:
            yield reader
        except sqlite3.Error as error:
            raise InstrumentsError(f"The list of instruments at {self._path.name} cannot be read.") from error
        finally:
            self._give_back(reader)

    def _take(self) -> CatalogueReader:
        try:
            stat = self._path.stat()
            file = (stat.st_ino, stat.st_mtime_ns)
            while (reader := _pop(self._idle)) is not None:
                if reader.file == file:
                    return reader
                reader.connection.close()
            return CatalogueReader(self._open(), file)
        except (OSError, sqlite3.Error) as error:
            raise NoInstruments(f"There is no list of instruments at {self._path.name}.") from error

    def _open(self) -> sqlite3.Connection:
        """Return a connection to a list of this version and, where orders are real, of Kite's own
        instruments.
        """
        connection = connect(self._path)
        try:
            (form,) = connection.execute("pragma user_version").fetchone()
            if form != FORM:
                raise NoInstruments(f"{self._path.name} is no list of instruments of this version.")
            source = connection.execute("select value from about where name = 'source'").fetchone()
            if self._real and source and source["value"] == BUNDLED:
                raise NoInstruments(
                    "Kite’s list of instruments was not loaded yet: there is only the bundled, invented one."
                )
        except Exception:
            connection.close()
            raise
        return connection

    def _give_back(self, reader: CatalogueReader) -> None:
        if len(self._idle) >= IDLE:
            reader.connection.close()
            return
        # The last one used is the next one lent, so the others stay cold and few.
        self._idle.append(reader)
        # Checked after it was given back, so that a close at the same moment misses none.
        if self._closed:
            self._close_idle()

    def _close_idle(self) -> None:
        while (reader := _pop(self._idle)) is not None:
            reader.connection.close()


def _pop(readers: deque[CatalogueReader]) -> CatalogueReader | None:
    """Take the last reader, None when there is none: another thread may take it between a look and
    a pop.
    """
    try:
        return readers.pop()
    except IndexError:
        return None


def connect(path: Path) -> sqlite3.Connection:
    """Open a catalogue for reading, without locks: nobody ever writes to a file that is in its
    place.

    Threads may hand the connection on; only one at a time uses it.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    return connection
