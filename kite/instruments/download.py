"""Fetches Kite's daily list of instruments: a CSV, plain or gzipped, from an address or a file.

Source: Kite Connect documentation, page "Market quotes and instruments". The list is made once a
day, at about 08:30 IST.
"""

import csv
import gzip
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import requests

from kite.exceptions import InstrumentsError

TIMEOUT = (3.05, 10.0)
LONGEST = 120.0
LARGEST = 200 * 1024 * 1024
"""Seconds to connect, between two pieces, and for the whole; bytes of the whole, unpacked.

Kite's list has about 10 MB.
"""

LONGEST_LINE = 4096
"""Bytes.

A longer line is cut in two, of which neither can be read: a packed file can hold one without end.
Of a value in quotes the csv module reads 128 KiB at most.
"""

GZIP = b"\x1f\x8b"


@contextmanager
def rows(source: str) -> Iterator[Iterator[Sequence[str]]]:
    """Yield the rows of the list at `source`, an http or https address or a path, its header first.

    Raises InstrumentsError when there is none, when it breaks off, or when it is no text.
    """
    try:
        with tempfile.TemporaryFile() as copy:
            if source.startswith(("http://", "https://")):
                _download(source, copy)
            else:
                with Path(source).open("rb") as file:
                    shutil.copyfileobj(file, copy)
            yield _read(copy)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise InstrumentsError(
            f"The list of instruments at {source} cannot be read ({type(error).__name__})."
        ) from error


def _download(address: str, into: IO[bytes]) -> None:
    began = time.monotonic()
    with requests.Session() as http:
        http.trust_env = False
        with http.get(address, timeout=TIMEOUT, stream=True, headers={"Accept-Encoding": "gzip"}) as answer:
            # Left packed: only unpacking shows that a packed answer without a length has broken
            # off.
            answer.raw.headers.pop("Content-Encoding", None)
            if answer.status_code != requests.codes.ok:
                raise InstrumentsError(
                    f"{address} answers {answer.status_code} in place of a list of instruments."
                )
            for piece in answer.iter_content(1 << 16):
                into.write(piece)
                if into.tell() > LARGEST or time.monotonic() - began > LONGEST:
                    raise InstrumentsError(f"The list of instruments at {address} is too large or too slow.")


def _read(file: IO[bytes]) -> Iterator[Sequence[str]]:
    file.seek(0)
    packed = file.read(2) == GZIP
    file.seek(0)
    # Strict: a quotation mark in the wrong place is an error, and not part of a value.
    return csv.reader(_lines(gzip.GzipFile(fileobj=file) if packed else file), strict=True)


def _lines(binary: IO[bytes] | gzip.GzipFile) -> Iterator[str]:
    size = 0
    for number, line in enumerate(iter(partial(binary.readline, LONGEST_LINE), b"")):
        size += len(line)
        if size > LARGEST:
            raise InstrumentsError("The list of instruments is too large.")
        yield line.decode("utf-8-sig" if number == 0 else "utf-8")
