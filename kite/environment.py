"""Reads variables one by one and checks each by itself; kite/config.py knows what they mean together.

Every refusal is a ConfigError with the variable's name, what was seen (never a secret) and an example.
"""

import ipaddress
import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from kite.exceptions import ConfigError


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
        except (OSError, UnicodeDecodeError):  # the cause would carry what was read
            raise ConfigError(f"{name}_FILE is {path!r}, which cannot be read. {example}") from None
        if not value:
            raise ConfigError(f"{name}_FILE is {path!r}, and that file is empty. {example}")
        return value

    def key(self, name: str, default: str = "") -> str:
        """Return an API key. What was seen is not shown: a secret may stand there by mistake."""
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
        """Return an address as a browser writes it in Host and Origin, without a slash at its end unless it
        counts `as_written`.
        """
        text = self.text(name) or default
        address = _address(text)
        if not address:
            seen = re.sub(r"//.*@", "//…@", text)
            raise ConfigError(
                f"{name} is {seen!r}, which is not an http or https address. Example:"
                f" {name}=https://basket.example.com"
            )
        return f"{address}/" if as_written and text.endswith("/") else address

    def flag(self, name: str) -> bool:
        """Whether it is switched on."""
        text = self.text(name) or "0"
        if text not in ("0", "1"):
            raise ConfigError(f"{name} is {text!r}. It takes 0 or 1, for example {name}=1")
        return text == "1"

    def days(self, name: str) -> frozenset[date]:
        """Return days, with commas or blanks between them."""
        days = set()
        for text in re.split(r"[\s,;]+", self.text(name)):
            try:
                days |= {date.fromisoformat(text)} if text else set()
            except ValueError:
                raise ConfigError(
                    f"{name} holds {text[:40]!r}, which is no day. Example: {name}=2027-01-26,2027-03-22"
                ) from None
        return frozenset(days)

    def folder(self, name: str, default: Path) -> Path:
        """Return a path; a relative one counts from where `default` stands."""
        return default.parent / (self.text(name) or default.name)


def _address(text: str) -> str:
    """Return `text` in the one form that can be compared with what browsers send; empty when it is no
    address.
    """
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return ""
    named = re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]*:[0-9a-f:.]*", host) and re.fullmatch(r"[!-~]*", parts.path)
    if (
        parts.scheme not in ("http", "https")
        or not named
        or port == 0
        or "?" in text
        or "#" in text
        or "@" in parts.netloc
    ):
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{'' if port in (None, usual) else f':{port}'}{parts.path.rstrip('/')}"
