"""One look at an address, as a browser or a stranger's server takes it: what it answers, whatever that is.

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
"""Seconds for a look as a whole, the search for the name included, and to connect."""
LARGEST = 256 * 1024
"""Bytes of an answer that are read; no page that is looked at has more to say."""
MOST_REDIRECTS = 5


class Untrusted(NoAnswer):
    """The other side has no certificate that is trusted here."""


@dataclass(frozen=True)
class ProbeAnswer:
    """What came back.

    Names of `headers` are in small letters; one that came several times has its values behind commas.
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

    A host that gave no answer once is not asked again, so that looking around stays short.

    `roads` are adapters by the beginning of an address; everything else goes over the network.
    """

    def __init__(self, roads: Mapping[str, BaseAdapter] | None = None, patience: float = PATIENCE) -> None:
        self._roads = dict(roads or {})
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

        Raises NoAnswer when there is none, Untrusted for a bad certificate.

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
        # In a thread: no timeout of a library covers the search for a host's name.
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
        # Errors are told by their kind alone: their words hold the address with its query.
        try:
            with requests.Session() as http:
                http.trust_env = False
                http.max_redirects = MOST_REDIRECTS
                for prefix, road in self._roads.items():
                    http.mount(prefix, road)
                with http.request(
                    **options, timeout=(CONNECT, self._patience), allow_redirects=follow, stream=True
                ) as answer:
                    named = {name.lower(): value for name, value in answer.headers.items()}
                    return ProbeAnswer(
                        answer.status_code, named, answer.raw.read(LARGEST, decode_content=True)
                    )
        except requests.exceptions.SSLError:
            return Untrusted(f"{host} shows no certificate that is trusted here.")
        except Exception as error:  # whatever it is, a thread must not end without a word
            return NoAnswer(f"{host} gave no answer ({type(error).__name__}).")
