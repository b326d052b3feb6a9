"""Reading the bodies of requests: what Werkzeug lets through and no handler expects is refused here."""

from typing import IO, Any

from flask import Flask, Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser


class _NamedFields(FormDataParser):
    """Raises BadRequest for a part without a name. Werkzeug files it under None, where everybody expects text."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        rest, form, files = super().parse(stream, mimetype, content_length, options)
        if None in form or None in files:
            raise BadRequest
        return rest, form, files


class _Request(Request):
    form_data_parser_class = _NamedFields


def install(app: Flask) -> None:
    """Read every request of `app` so."""
    app.request_class = _Request
