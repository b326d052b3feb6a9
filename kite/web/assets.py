"""Addresses of static files that carry a mark of their content, so that browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

YEAR = 365 * 24 * 3600


def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def install(app: Flask) -> None:
    """Add `static_url` to templates, and let marked files be kept."""
    folder = Path(app.static_folder or "static")

    @cache
    def static_url(name: str) -> str:
        return f"{app.static_url_path}/{name}?v={_mark(folder / name)}"

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static":
            kept = f"public, max-age={YEAR}, immutable" if "v" in request.args else "public, max-age=300"
            response.headers["Cache-Control"] = kept
        return response

    app.jinja_env.globals["static_url"] = static_url
