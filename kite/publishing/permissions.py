"""Permissions that operators give: tokens for integrators' servers, sites that may bring items of
their own, addresses to return to.
"""

import hashlib
import re
import secrets
from urllib.parse import SplitResult, urlsplit

from kite.exceptions import KiteError
from kite.offsite.base.services import Services, new_id
from kite.store.base.engine import Connection
from kite.store.flow import codes, events
from kite.store.flow.codes import ApiToken
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import Name, Permission
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, Allowed
from kite.vocabulary import N_

LONGEST = 500
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{2,40}")
NEVER = frozenset(
    {
        "http",
        "javascript",
        "data",
        "vbscript",
        "file",
        "blob",
        "about",
        "ws",
        "wss",
        "ftp",
        "intent",
        "content",
    }
)
"""Schemes that run something, read files, or lead back into a browser unprotected."""
LOCAL = ("127.0.0.1", "localhost")


class NotPermitted(KiteError):
    """Something that cannot be permitted. The sentence says why."""


def make_token(services: Services, name: str, operator: str) -> str:
    """Make a token for the API and return it: it is shown this once, and stored only as a hash.

    Raises NotPermitted.
    """
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise NotPermitted(N_("Give the token a name of 1 to 80 letters, so that you know it again."))
    # The prefix says what it is, wherever it turns up.
    token = f"kt_{secrets.token_urlsafe(32)}"
    with services.store.writing() as conn:
        codes.add_token(conn, ApiToken(new_id(), name, hash_of(token), services.now(), operator))
        events.note(conn, services.now(), EventCause.TOKEN_MADE, data=Name(name))
    return token


def revoke_token(services: Services, token_id: str) -> None:
    """Make a token worthless, at once."""
    with services.store.writing() as conn:
        name = next((token.name for token in codes.tokens(conn) if token.id == token_id), "")
        if codes.revoke_token(conn, token_id, services.now()):
            events.note(conn, services.now(), EventCause.TOKEN_REVOKED, data=Name(name))


def hash_of(secret: str) -> str:
    """Return what is stored of a token or a code."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def permit(services: Services, kind: str, text: str, operator: str) -> None:
    """Put a site or an address on the list. Raises NotPermitted for what is neither."""
    value = read_origin(text) if kind == INLINE else read_return_address(text)
    with services.store.writing() as conn:
        if allowed_sites.add(conn, Allowed(kind, value, services.now(), operator)):
            events.note(conn, services.now(), EventCause.ALLOWED, data=Permission(kind, value))


def forbid(services: Services, kind: str, value: str) -> None:
    """Take a site or an address off the list."""
    with services.store.writing() as conn:
        if allowed_sites.remove(conn, kind, value):
            events.note(conn, services.now(), EventCause.ALLOWED_NO_MORE, data=Permission(kind, value))


def is_permitted(conn: Connection, kind: str, value: str) -> bool:
    """Whether exactly this is on the list."""
    return bool(value) and len(value) <= LONGEST and allowed_sites.has(conn, kind, value)


def may_bring_items(services: Services, conn: Connection, origin: str) -> bool:
    """Whether pages of this origin may send orders of their own: the listed ones, and our own
    button builder as our composer does.
    """
    settings = services.settings
    ours = origin == settings.public_url and not settings.composer_closed
    return ours or allowed_sites.has(conn, INLINE, origin)


def read_origin(text: str) -> str:
    """Return the origin that `text` is, as a browser writes it. Raises NotPermitted."""
    split = _split(text)
    bare = split.path in ("", "/") and not split.query and not split.fragment
    if not split.hostname or not bare or not _is_safe(split.scheme, split.hostname):
        raise NotPermitted(N_("Enter a site like https://blog.example, without a path."))
    return f"{split.scheme}://{_host(split.hostname, split.scheme, split.port)}"


def origin_of(address: str) -> str:
    """Return the origin of an address, as a browser writes it. Raises NotPermitted."""
    split = _split(address)
    return read_origin(f"{split.scheme}://{split.netloc}")


def read_return_address(text: str) -> str:
    """Return the address that `text` is, when a finished basket may lead there.

    Raises NotPermitted.
    """
    split = _split(text)
    web = _is_safe(split.scheme, split.hostname or "")
    app = bool(SCHEME.fullmatch(split.scheme)) and split.scheme not in NEVER and split.scheme != "https"
    if split.fragment or (web and not split.hostname) or not (web or app):
        raise NotPermitted(
            N_("Enter an https address, or one of an app’s own scheme like myapp://done, without a #.")
        )
    return text.strip()


def _split(text: str) -> SplitResult:
    text = text.strip()
    try:
        split = urlsplit(text)
        plain = split.port is None or split.port > 0
    except ValueError:
        plain = False
    strange = (
        not text.isascii() or not text.isprintable() or any(letter in text for letter in " \\\"<>*'`{}|^")
    )
    # What browsers read differently than we do would lead somewhere else than to the address on the
    # list.
    if not plain or strange or len(text) > LONGEST or "@" in split.netloc:
        raise NotPermitted(N_("This is no address."))
    return split


def _is_safe(scheme: str, host: str) -> bool:
    """Whether nobody can read on the way to a web address: it is https, or never leaves this
    machine.
    """
    return scheme == "https" or (scheme == "http" and host in LOCAL)


def _host(host: str, scheme: str, port: int | None) -> str:
    # Browsers leave the usual port of https out of an Origin header.
    if port is None or (scheme, port) == ("https", 443):
        return host
    return f"{host}:{port}"
