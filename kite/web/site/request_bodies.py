"""Reading requests: what Werkzeug lets through and no handler expects is refused here, and what the server
cannot read is told.
"""

from typing import IO, Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

ADDRESS_TOO_LONG = "kite.address_too_long"
"""What the server puts into the environ of a request that stands for one whose address it could not read.

No client can.
"""


class _WholeForms(FormDataParser):
    """Raises BadRequest for a part without a name, which Werkzeug files under None, where everybody expects
    text.

    Raises RequestEntityTooLarge for a body without a length (Transfer-Encoding: chunked) that goes on beyond
    the limit. Werkzeug would leave the rest of it out, and a basket would lose its last orders in silence.
    """

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        rest, form, files = super().parse(stream, mimetype, content_length, options)
        if content_length is None:
            stream.read(1)
        if None in form or None in files:
            raise BadRequest
        return rest, form, files


class _Request(Request):
    form_data_parser_class = _WholeForms


def install(app: Flask) -> None:
    """Read every request of `app` so."""
    app.request_class = _Request
    app.before_request(_refuse_long_address)


def _refuse_long_address() -> None:
    if ADDRESS_TOO_LONG in request.environ:
        abort(414)
