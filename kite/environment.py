"""Reads variables one by one and checks each by itself; kite/config.py knows what they mean
together.

Every refusal is a ConfigError with the variable's name, its value (never a secret) and an example.
"""

import ipaddress
import re
import sys
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from kite.exceptions import ConfigError

_USUAL_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]*:[0-9a-f:.]*")
_PATH = re.compile(r"[!-~]*")


CANNOT_LOAD = 4
"""gunicorn's own exit status for an application that cannot be loaded: after any other it starts
the worker again, for ever.
"""


@contextmanager
def stopping_at_wrong_settings() -> Generator[None]:
    """End the process with a message when something inside raises ConfigError."""
    try:
        yield
    except ConfigError as error:
        print(f"Not started. {error}", file=sys.stderr, flush=True)
        raise SystemExit(CANNOT_LOAD) from None


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine's own: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Environment:
    """The variables of `environ`.

    For those named in `secrets`, NAME_FILE may name a file that holds the value.
    """

    def __init__(self, environ: Mapping[str, str], secrets: Collection[str] = ()) -> None:
        self._environ, self._secrets = environ, secrets

    def text(self, name: str) -> str:
        """Return the value without space around it; empty when it is not set."""
        value = self._environ.get(name, "").strip()
        path = self._environ.get(f"{name}_FILE", "").strip() if name in self._secrets else ""
        if value and path:
            raise ConfigError(f"{name} and {name}_FILE are both set. Keep one of them.")
        if not path:
            return value
        example = f"Example: {name}_FILE=/run/secrets/{name.lower()}"
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):  # the cause would hold what was read
            raise ConfigError(f"{name}_FILE is {path!r}, which cannot be read. {example}") from None
        if not value:
            raise ConfigError(f"{name}_FILE is {path!r}, and that file is empty. {example}")
        return value

    def key(self, name: str, default: str = "") -> str:
        """Return an API key.

        A wrong value is not shown: it may be the secret, set here by mistake.
        """
        text = self.text(name) or default
        if text and not re.fullmatch(r"[A-Za-z0-9_-]+", text):
            raise ConfigError(
                f"{name} holds a character that no key has: keys are letters and digits. Example:"
                f" {name}=abcd1234efgh5678"
            )
        return text

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number between `least` and `most`, both included."""
        text = self.text(name)
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ConfigError(
                f"{name} is {text!r}. It takes a whole number from {least} to {most}, for example"
                f" {name}={default}"
            )
        return int(text)

    def url(self, name: str, default: str, *, as_written: bool = False) -> str:
        """Return an address as a browser writes it in Host and Origin, without a slash at its end
        unless it counts `as_written`.
        """
        text = self.text(name) or default
        address = _address(text)
        if not address:
            without_password = re.sub(r"//.*@", "//…@", text)
            raise ConfigError(
                f"{name} is {without_password!r}, which is not an http or https address. Example:"
                f" {name}=https://basket.example.com"
            )
        return f"{address}/" if as_written and text.endswith("/") else address

    def flag(self, name: str) -> bool:
        """Whether a setting of 0 or 1 is 1."""
        text = self.text(name) or "0"
        if text not in ("0", "1"):
            raise ConfigError(f"{name} is {text!r}. It takes 0 or 1, for example {name}=1")
        return text == "1"

    def days(self, name: str) -> frozenset[date]:
        """Return days, with commas or blanks between them."""
        days = set()
        for text in filter(None, re.split(r"[\s,;]+", self.text(name))):
            try:
                days.add(date.fromisoformat(text))
            except ValueError:
                raise ConfigError(
                    f"{name} holds {text[:40]!r}, which is no day. Example: {name}=2027-01-26,2027-03-22"
                ) from None
        return frozenset(days)

    def folder(self, name: str, default: Path) -> Path:
        """Return a path; a relative one counts from the folder of `default`."""
        return default.parent / (self.text(name) or default.name)


def _address(text: str) -> str:
    """Return `text` in the one form that can be compared with what browsers send; empty when it is
    no address.
    """
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in _USUAL_PORTS or port == 0 or not _HOST.fullmatch(host):
        return ""
    if _has_unwanted_part(text, parts):
        return ""
    name = f"[{host}]" if ":" in host else host
    # Browsers leave out the usual port in Host and Origin.
    shown_port = "" if port in (None, _USUAL_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{name}{shown_port}{parts.path.rstrip('/')}"


def _has_unwanted_part(text: str, parts: SplitResult) -> bool:
    """Whether an address has a query, a fragment, a user, or a path that is not plain ASCII."""
    return "?" in text or "#" in text or "@" in parts.netloc or not _PATH.fullmatch(parts.path)
