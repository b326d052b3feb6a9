"""Static files: addresses that carry a mark of their content, so that browsers may keep them for a year, and
less to load.

Only files are sent compressed, never pages: a page holds a secret (its form's token) beside what a stranger
may have put there, and the length of such an answer would tell about the secret.
"""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

from kite.web.site.surfaces import Surface, current_policy, route_policy

YEAR = 365 * 24 * 3600

COMPRESSED = (".css", ".js", ".svg")
"""Endings of files that become smaller."""


def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def install(app: Flask) -> None:
    """Add `static_url` to templates, and let marked files be kept."""
    folder = Path(app.static_folder or "static")
    route_policy(Surface.FILES)(app.view_functions["static"])

    @cache
    def static_url(name: str) -> str:
        return f"{app.static_url_path}/{name}?v={_mark(folder / name)}"

    @cache
    def compressed(name: str, mark: str) -> bytes:
        return gzip.compress((folder / name).read_bytes(), mtime=0)

    @app.after_request
    def keep(response: Response) -> Response:
        if current_policy().surface is not Surface.FILES:
            return response
        cache_control = f"public, max-age={YEAR}, immutable" if "v" in request.args else "public, max-age=300"
        response.headers["Cache-Control"] = cache_control
        name = str((request.view_args or {}).get("filename"))
        if response.status_code == 200 and request.method == "GET" and name.endswith(COMPRESSED):
            response.vary.add("Accept-Encoding")
            if request.accept_encodings["gzip"]:
                response.close()  # the file, which is not read
                response.direct_passthrough = False
                response.set_data(compressed(name, _mark(folder / name)))
                response.content_encoding = "gzip"
                response.headers.pop("ETag", None)
        return response

    app.jinja_env.globals["static_url"] = static_url
