"""Replaces the characters of a stranger's text that a page, JSON or a database cannot hold."""

import re

REPLACEMENT = "\ufffd"
"""Unicode's own mark for a character that could not be kept. It shows that something was there."""

_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
"""Controls, halves of surrogate pairs and noncharacters: each is an error in an HTML page, and NUL
in PostgreSQL too.
"""

_UNPRINTABLE = re.compile(f"[{_FORBIDDEN}]")
_UNTYPABLE = re.compile(f"[\t\n\r{_FORBIDDEN}]")


def printable(text: str) -> str:
    """Return `text` with a mark in place of every character that no page can hold.

    Line ends and tabs stay.
    """
    return text if text.isascii() and text.isprintable() else _UNPRINTABLE.sub(REPLACEMENT, text)


def typable(text: str) -> str:
    """Return `text` as it can stand in a field of one line: line ends and tabs, which a browser
    drops there, are marked too.
    """
    return text if text.isascii() and text.isprintable() else _UNTYPABLE.sub(REPLACEMENT, text)
