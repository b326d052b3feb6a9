"""The address a browser goes to when it leaves the simulator, and the check of where a basket came
from.
"""

from collections.abc import Sequence
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

LONGEST_PARAMS = 4000


def return_address(target: str, pairs: Sequence[tuple[str, str]], redirect_params: str = "") -> str:
    """Return `target` with its own query, then Kite's pairs, then those of `redirect_params`."""
    parts = urlsplit(target)
    query = urlencode([*pairs, *parse_qsl(redirect_params, keep_blank_values=True)])
    if parts.query:
        query = f"{parts.query}&{query}"
    return urlunsplit(parts._replace(query=query, fragment=""))


def target_of(registered: str, redirect_url: str) -> str:
    """Return the `redirect_url` of a basket if its host is the registered one, otherwise the
    registered URL.
    """
    parts = _split(redirect_url)
    if not parts or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return registered
    if parts.hostname != urlsplit(registered).hostname:
        return registered
    return redirect_url


def origin(url: str) -> str:
    """Return scheme, host and port of `url`, as a Content-Security-Policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def comes_from(registered: str, referer: str | None) -> bool:
    """Whether a basket's Referer belongs to the registered site."""
    if not referer:  # webviews leave the header out, and their baskets are taken
        return True
    parts = _split(referer)
    return parts is not None and parts.hostname == urlsplit(registered).hostname


def _split(url: str) -> SplitResult | None:
    if (
        len(url) > LONGEST_PARAMS
        or not url.isascii()
        or any(letter <= " " or letter in "\\;,\"'" for letter in url)
    ):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return None
    return parts if parts.hostname else None
