"""Find secrets in texts, also where they are wrapped: quoted, in base64, in a signed or compressed
cookie.
"""

import base64
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from urllib.parse import unquote

RUNS = (re.compile(r"[A-Za-z0-9_-]{16,}"), re.compile(r"[A-Za-z0-9+/]{16,}"))
STANDARD = str.maketrans("-_", "+/")


def leaks(secrets: Mapping[str, str], texts: Iterable[tuple[str, str]]) -> list[str]:
    """Return "name of the secret in place" for every secret in `texts`, which are pairs of a place
    and its text.
    """
    found = []
    for place, text in texts:
        layers = list(unwrapped(text))
        found += [
            f"{name} in {place}"
            for name, secret in secrets.items()
            if any(secret in layer for layer in layers)
        ]
    return found


def unwrapped(text: str) -> Iterator[str]:
    """Yield a text and what is written in it in other ways."""
    yield text
    yield unquote(unescape(text))
    for run in {run for pattern in RUNS for run in pattern.findall(text)}:
        raw = _decoded(run.translate(STANDARD))
        yield raw.decode("latin-1")
        try:
            yield zlib.decompress(raw).decode("latin-1")
        except zlib.error:
            continue


def _decoded(run: str) -> bytes:
    whole = run[: len(run) - 1] if len(run) % 4 == 1 else run
    return base64.b64decode(whole + "=" * (-len(whole) % 4))
