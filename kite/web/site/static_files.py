"""Static files: their addresses carry a hash of the content, so browsers may keep them for a year.

Only files are sent compressed, never pages. A page holds a secret (its form's token) beside text
that a stranger may have put there, and the length of a compressed page gives such a secret away
(BREACH).
"""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

from kite.web.site.surfaces import Surface, current_policy, route_policy

YEAR = 365 * 24 * 3600

COMPRESSED = (".css", ".js", ".svg")
"""Endings of the names of files that compression makes smaller."""


def _content_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def install(app: Flask) -> None:
    """Add `static_url` to templates, and let browsers keep the files behind such addresses."""
    folder = Path(app.static_folder or "static")
    route_policy(Surface.FILES)(app.view_functions["static"])

    @cache
    def static_url(name: str) -> str:
        return f"{app.static_url_path}/{name}?v={_content_hash(folder / name)}"

    @cache
    def compressed(name: str, mark: str) -> bytes:
        return gzip.compress((folder / name).read_bytes(), mtime=0)

    @app.after_request
    def keep(response: Response) -> Response:
        if current_policy().surface is not Surface.FILES:
            return response
        response.headers["Cache-Control"] = "public, max-age=300"
        if "v" in request.args:  # with other content it will have another address
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        name = str((request.view_args or {}).get("filename"))
        if response.status_code == 200 and request.method == "GET" and name.endswith(COMPRESSED):
            response.vary.add("Accept-Encoding")
            if request.accept_encodings["gzip"]:
                response.close()  # the file, which is not read
                response.direct_passthrough = False
                response.set_data(compressed(name, _content_hash(folder / name)))
                response.content_encoding = "gzip"
                # It names the bytes of the file, not the compressed ones.
                response.headers.pop("ETag", None)
        return response

    app.jinja_env.globals["static_url"] = static_url
