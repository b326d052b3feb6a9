"""Writes the catalogue: from Kite's daily instruments file, or from the bundled rows when there is
no download.

The new file is built beside the old one and replaces it in one step. When anything is wrong the old
one stays. Rows are in the order in which a search shows them, so the first matches of a search are
found without sorting.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from kite import bundled
from kite.exceptions import InstrumentsError
from kite.instruments.catalogue import read_about
from kite.instruments.catalogue_file import (
    BUNDLED,
    COLUMNS,
    DOWNLOAD,
    FIRST_MARK,
    FORM,
    INDEX_MARK,
    INDICES,
    CatalogueInfo,
)
from kite.instruments.csv_rows import table, values
from kite.vocabulary import Exchange

EXAMPLES = 5
"""Repeated names that a report lists."""

ABANDONED_AFTER = 3600.0
"""Seconds after which an unfinished file belongs to a process that was killed."""

_TABLES = f"""
create temp table raw (
    tradingsymbol, exchange, name, segment, instrument_type, expiry, strike, tick_size, lot_size, last_price,
    repeated default 0,
    primary key (exchange, tradingsymbol)
) without rowid;
create table instruments (
    id integer primary key,
    tradingsymbol text not null, exchange text not null, name text not null, segment text not null,
    instrument_type text not null, expiry text not null, strike text not null, tick_size text not null,
    lot_size integer not null, last_price text not null,
    text text not null
);
create virtual table words using fts5(text, listed, content = '', detail = column, tokenize = 'trigram');
create table about (name text primary key, value text not null) without rowid;
pragma user_version = {FORM};
"""

_READ = f"""
insert into raw ({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set
    name = excluded.name, segment = excluded.segment, instrument_type = excluded.instrument_type,
    expiry = excluded.expiry, strike = excluded.strike, tick_size = excluded.tick_size,
    lot_size = excluded.lot_size, last_price = excluded.last_price,
    repeated = repeated + 1
"""

_TEXT = f"""
    replace(
        ' ' || tradingsymbol ||
            case when substr(tradingsymbol, 1, length(name)) = name then '' else ' ' || name end,
        ' ', '  ')
    || ' ' || instrument_type
    || case when expiry = '' then '' else
        ' ' || cast(substr(expiry, 9) as integer)
        || substr(' JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC', substr(expiry, 6, 2) * 4 - 3, 4)
        || ' ' || substr(expiry, 3, 2) || ' ' || substr(expiry, 1, 4) end
    || ' {FIRST_MARK}' || substr(tradingsymbol, 1, 2)
"""
"""The text of a row that is indexed by trigrams. Blanks count as letters: a word of two letters is
    found as "
    ce",
one of one letter as "  m".
"""

_TRADABLE = "exchange in ('{}')".format("', '".join(Exchange))
"""Only exchanges that Kite's basket page takes are kept; the list has others, such as NCO and
NSEIX.

So no search, no fix and no written order can lead to them.
"""

_SORT = f"""
insert into instruments ({COLUMNS}, text) select {COLUMNS}, upper({_TEXT}) from raw where {_TRADABLE} order by
    case when segment = 'INDICES' then 0 when instrument_type = 'FUT' then 2
        when instrument_type in ('CE', 'PE') then 3 else 1 end,
    expiry,
    case exchange when 'NSE' then 0 when 'BSE' then 1 when 'NFO' then 2 when 'BFO' then 3 else 4 end,
    length(tradingsymbol), tradingsymbol
"""
"""Indices, shares, futures, options; nearer expiry; NSE before BSE; shorter first."""

_NAMES = "create unique index by_name on instruments (exchange, tradingsymbol)"
_WORDS = f"""
insert into words (rowid, text, listed)
select id, text, exchange || case when segment = '{INDICES}' then '{INDEX_MARK}' else '' end from instruments
"""
"""The index does not keep where in a text a trigram is: that makes a search three times as fast,
and the text itself can be checked.
"""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of loading a list: the number of instruments in the catalogue, of rows whose name
    came again later, and some of these names.

    `left_out` counts, by exchange, the instruments on exchanges that baskets cannot trade on.
    """

    count: int
    repeated: int = 0
    examples: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


def load(
    path: Path, rows: Iterable[Sequence[str]], now: datetime, source: str = DOWNLOAD, *, anyway: bool = False
) -> LoadResult:
    """Write `rows`, the header of Kite's file and its lines, as the catalogue at `path`; of a
    repeated name the last row counts.

    Raises InstrumentsError, and changes nothing, when there are none, one of them cannot be read,
    or a list of Kite's has less than half of the instruments of the one before, unless `anyway`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    before = None if anyway or source == BUNDLED else read_about(path)
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        loaded = _write(aside, rows, {"loaded_at": now.isoformat(), "source": source})
        _check_size(loaded.count, before)
        _flush_to_disk(aside)
        _remove_abandoned(path, aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return loaded


def load_bundled(path: Path, now: datetime) -> LoadResult:
    """Write the bundled rows, with the expiries of `now`, as the catalogue at `path`."""
    return load(path, table(bundled.rows(now.date())), now, source=BUNDLED)


def is_stale(path: Path, today: date) -> bool:
    """Whether the bundled rows should be loaded: no catalogue can be read, or a bundled one is of
    an earlier day.
    """
    about = read_about(path)
    return about is None or (about.source == BUNDLED and about.loaded_at.date() != today)


def _write(path: Path, rows: Iterable[Sequence[str]], about: dict[str, str]) -> LoadResult:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # The file is thrown away when the writing fails: a journal would only cost time.
        connection.executescript(f"pragma journal_mode = off; pragma synchronous = off; begin; {_TABLES}")
        connection.executemany(_READ, values(rows))
        for statement in (_SORT, _NAMES, _WORDS):
            connection.execute(statement)
        loaded = _report(connection)
        connection.executemany(
            "insert into about values (?, ?)", (about | {"count": str(loaded.count)}).items()
        )
        connection.execute("commit")
        return loaded
    finally:
        connection.close()


def _report(connection: sqlite3.Connection) -> LoadResult:
    exchanges: dict[str, int] = dict(
        connection.execute("select exchange, count(*) from raw group by exchange")
    )
    if not exchanges:
        raise InstrumentsError("The list of instruments is empty.")
    left_out = {exchange: count for exchange, count in exchanges.items() if exchange not in set(Exchange)}
    _refuse_broken_off(exchanges, left_out)
    loaded = sum(exchanges.values()) - sum(left_out.values())
    if not loaded:
        raise InstrumentsError(
            f"The list of instruments holds nothing that a basket can trade: only {', '.join(left_out)}."
        )
    (repeated,) = connection.execute("select coalesce(sum(repeated), 0) from raw").fetchone()
    examples = connection.execute(
        "select exchange || ':' || tradingsymbol from raw where repeated limit ?", (EXAMPLES,)
    )
    return LoadResult(loaded, repeated, tuple(name for (name,) in examples), left_out)


def _refuse_broken_off(exchanges: Mapping[str, int], left_out: Mapping[str, int]) -> None:
    """Raise InstrumentsError when the last line is cut within its exchange, such as NF of NFO.

    The exchange is the last column, so such a line still has all its values.
    """
    for name, count in left_out.items():
        if count == 1 and any(other != name and other.startswith(name) for other in exchanges):
            raise InstrumentsError(f"The list of instruments breaks off: its last exchange is {name!r}.")


def _check_size(count: int, before: CatalogueInfo | None) -> None:
    if before and before.source != BUNDLED and count * 2 < before.count:
        raise InstrumentsError(
            f"The list of instruments has {count:,} instruments, less than half of the {before.count:,} of"
            f" {before.loaded_at:%Y-%m-%d}."
        )


def _flush_to_disk(aside: Path) -> None:
    """Write the file through to the disk, before it replaces one that is already there."""
    with aside.open("rb") as file:
        os.fsync(file.fileno())


def _remove_abandoned(path: Path, aside: Path) -> None:
    """Remove the unfinished files of processes that were killed while they wrote."""
    for unfinished in path.parent.glob(f"{path.name}.*.*"):
        # The new file's time serves as now: both times come from the same file system.
        if aside.stat().st_mtime - unfinished.stat().st_mtime > ABANDONED_AFTER:
            unfinished.unlink(missing_ok=True)
