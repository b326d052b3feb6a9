"""Write the catalogue: from Kite's daily instruments file, or from the bundled rows when there is no download.

The new file is built beside the old one and put in its place at once. When anything is wrong the old one stays.
Columns: Kite Connect documentation, page "Market quotes and instruments".
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kite import bundled
from kite.exceptions import InstrumentsError
from kite.instruments.catalogue import COLUMNS, LONGEST_SYMBOL, connect

_TABLES = """
create table instruments (
    tradingsymbol text not null, exchange text not null, name text not null, segment text not null, instrument_type text not null,
    expiry text not null, strike text not null, tick_size text not null, lot_size integer not null, last_price text not null,
    primary key (exchange, tradingsymbol)
) without rowid;
create table about (name text primary key, value text not null) without rowid;
"""


def load(path: Path, rows: Iterable[Mapping[str, str]], now: datetime, source: str = "download") -> int:
    """Write `rows`, in the columns of Kite's file, as the catalogue at `path`; return how many there are.

    Raises InstrumentsError, and changes nothing, when there are none or one of them cannot be read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        count = _write(aside, rows, {"loaded_at": now.isoformat(), "source": source})
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return count


def load_bundled(path: Path, now: datetime) -> int:
    """Write the bundled rows, with the expiries of `now`, as the catalogue at `path`; return how many there are."""
    return load(path, bundled.rows(now.date()), now, source="bundled")


def stale(path: Path, today: date) -> bool:
    """Whether the bundled rows should be loaded: no catalogue can be read, or a bundled one is of an earlier day."""
    try:
        connection = connect(path)
        about = {row["name"]: row["value"] for row in connection.execute("select name, value from about")}
        connection.close()
        return about["source"] == "bundled" and datetime.fromisoformat(about["loaded_at"]).date() != today
    except (sqlite3.Error, KeyError, ValueError):
        return True


def _write(path: Path, rows: Iterable[Mapping[str, str]], about: Mapping[str, str]) -> int:
    connection = sqlite3.connect(path)
    try:
        # The file is thrown away when the writing fails: a journal would only cost time.
        connection.executescript(f"pragma journal_mode = off; pragma synchronous = off; {_TABLES}")
        values = (_values(number, row) for number, row in enumerate(rows, 2))
        connection.executemany(f"insert or replace into instruments ({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        connection.executemany("insert into about values (?, ?)", about.items())
        (count,) = connection.execute("select count(*) from instruments").fetchone()
        if not count:
            raise InstrumentsError("The list of instruments is empty.")
        connection.commit()
        return int(count)
    except sqlite3.IntegrityError as error:
        raise InstrumentsError(f"A line of the list of instruments lacks a value: {error}") from error
    finally:
        connection.close()


def _values(line: int, row: Mapping[str, str]) -> tuple[str | int, ...]:
    try:
        expiry = row["expiry"] and date.fromisoformat(row["expiry"]).isoformat()
        return (
            _symbol(row["tradingsymbol"]),
            _symbol(row["exchange"]),
            row["name"],
            row["segment"],
            row["instrument_type"],
            expiry,
            _number(row["strike"]),
            _number(row["tick_size"]),
            int(row["lot_size"] or 0),
            _number(row["last_price"]),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise InstrumentsError(f"Line {line} of the list of instruments cannot be read: {error!r}") from error


def _symbol(text: str) -> str:
    if not text or len(text) > LONGEST_SYMBOL or not text.isprintable():
        raise ValueError(text[:LONGEST_SYMBOL])
    return text


def _number(text: str) -> str:
    """Return `text` when it is a finite number; Kite leaves some numeric columns empty, which is 0."""
    if not Decimal(text or 0).is_finite():
        raise ValueError(text)
    return text or "0"
