"""Reaches a WSGI application in this process through an adapter for requests, without a socket or a
second worker.
"""

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from requests import ConnectionError as NotReached
from requests import PreparedRequest, ReadTimeout, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

IN_PROCESS, WAITS = "kite.in_process", "X-Kite-Simulator-Waits"
"""A key in the WSGI environment that marks such a request, and the header with the seconds that the
simulator would have waited.
"""

WsgiApp = Callable[..., Iterable[bytes]]


class WsgiAdapter(HTTPAdapter):
    """Sends requests to `app`, which is mounted at `prefix`.

    The call ends when the application has answered. One that would have kept its caller waiting
    says in a header for how many seconds; beyond the caller's timeout that is a ReadTimeout, at
    once. Exceptions of the application reach the caller.
    """

    def __init__(self, app: WsgiApp, prefix: str = "") -> None:
        super().__init__()
        self.app = app
        self.prefix = prefix

    def send(self, request: PreparedRequest, *_: Any, timeout: Any = None, **__: Any) -> Response:
        """Call the application and return its answer.

        Raises requests.ConnectionError when it starts none, ReadTimeout when it is too slow.
        """
        started: list[tuple[str, list[tuple[str, str]]]] = []
        body: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], None]:
            started.append((status, headers))
            return body.append

        answer = self.app(self._environ(request), start_response)
        try:
            body.extend(answer)
        finally:
            # The WSGI standard obliges the caller to close an answer that can be closed.
            getattr(answer, "close", lambda: None)()
        if not started:
            raise NotReached("the application started no answer")
        status, headers = started[-1]
        waits = dict(headers).get(WAITS)
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        if waits and patience is not None and float(waits) >= patience:
            raise ReadTimeout("the answer comes later than the caller waits")
        raw = HTTPResponse(
            io.BytesIO(b"".join(body)),
            headers=HTTPHeaderDict(headers),
            status=int(status[:3]),
            reason=status[4:],
            preload_content=False,
            decode_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)

    def _environ(self, request: PreparedRequest) -> dict[str, Any]:
        url = urlsplit(request.url or "")
        body = request.body.encode() if isinstance(request.body, str) else bytes(request.body or b"")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": self.prefix,
            "PATH_INFO": unquote(url.path.removeprefix(self.prefix), "latin-1"),
            "QUERY_STRING": url.query,
            "SERVER_NAME": url.hostname or "localhost",
            "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": url.netloc,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": url.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            IN_PROCESS: True,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        return environ
