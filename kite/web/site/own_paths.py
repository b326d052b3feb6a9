"""The one guard against open redirects: whether a path that a browser brought stays on this
site.
"""

from urllib.parse import unquote

LONGEST_PATH = 2000
"""Bytes of a path that is taken. Longer ones would not fit into the cookie that remembers them."""


def own_path(text: str) -> str:
    """Return `text` when it is a path of this site, with or without a query, else ""."""
    # Browsers read "//host" and "/\host" as another site's address, and drop tabs and line ends
    # inside one.
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    if not plain or len(text.encode(errors="replace")) > LONGEST_PATH or _has_dot_segment(text):
        return ""
    return text


def _has_dot_segment(text: str) -> bool:
    """Whether a browser would leave out a part of the path: "/operator/../data", also written with
    %2e.
    """
    path = text.partition("?")[0].partition("#")[0]
    return any(unquote(segment) in (".", "..") for segment in path.split("/"))
