"""Asks an address as a browser or another server would, and returns whatever it answers.

For the doctor.
"""

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from kite.exceptions import NoAnswer

PATIENCE = 6.0
CONNECT = 3.05
"""Seconds for one request as a whole, the look-up of the host's name included, and to connect."""
LARGEST = 256 * 1024
"""Bytes of an answer that are read; the pages that matter are smaller."""
MOST_REDIRECTS = 5


class UntrustedCertificate(NoAnswer):
    """The other side has no certificate that is trusted here."""


@dataclass(frozen=True)
class ProbeAnswer:
    """An answer.

    Names of `headers` are in small letters; one that came several times has its values behind
    commas.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body, with marks where it is no text."""
        return self.body.decode("utf-8", "replace")


class Probe:
    """Asks within `patience` seconds.

    A host that gave no answer once is not asked again, so that an examination stays short.

    `transports` are adapters by the beginning of an address; everything else goes over the network.
    """

    def __init__(
        self, transports: Mapping[str, BaseAdapter] | None = None, patience: float = PATIENCE
    ) -> None:
        self._transports = dict(transports or {})
        self._patience = patience
        self._silent: dict[str, NoAnswer] = {}

    def ask(
        self,
        method: str,
        url: str,
        *,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = False,
    ) -> ProbeAnswer:
        """Return the answer, an error page as much as any other.

        Raises NoAnswer when there is none, UntrustedCertificate for a bad certificate.

        `data` is a form, or a body as it is. `follow`: go where redirects lead, five at most.
        """
        host = urlsplit(url).netloc
        if host in self._silent:
            raise self._silent[host]
        results: queue.SimpleQueue[ProbeAnswer | NoAnswer] = queue.SimpleQueue()
        options = {
            "method": method,
            "url": url,
            "data": data,
            "headers": {"User-Agent": "kite-offsite", **(headers or {})},
        }
        # In a thread: no timeout of a library covers the look-up of a host's name.
        threading.Thread(target=lambda: results.put(self._try(host, options, follow)), daemon=True).start()
        try:
            result = results.get(timeout=self._patience)
        except queue.Empty:
            result = NoAnswer(f"{host} gave no answer within {self._patience:g} s.")
        if isinstance(result, NoAnswer):
            self._silent[host] = result
            raise result
        return result

    def _try(self, host: str, options: dict[str, Any], follow: bool) -> ProbeAnswer | NoAnswer:
        # Errors are reported by their type alone: their texts hold the address with its query.
        try:
            with requests.Session() as http:
                http.trust_env = False
                http.max_redirects = MOST_REDIRECTS
                for prefix, transport in self._transports.items():
                    http.mount(prefix, transport)
                with http.request(
                    **options, timeout=(CONNECT, self._patience), allow_redirects=follow, stream=True
                ) as answer:
                    headers = {name.lower(): value for name, value in answer.headers.items()}
                    body = answer.raw.read(LARGEST, decode_content=True)
                    return ProbeAnswer(answer.status_code, headers, body)
        except requests.exceptions.SSLError:
            return UntrustedCertificate(f"{host} shows no certificate that is trusted here.")
        except Exception as error:  # whatever it is, a thread must not end without a result
            return NoAnswer(f"{host} gave no answer ({type(error).__name__}).")
