"""Reading requests: refuses forms that Werkzeug lets through and no view expects, and addresses too
long.
"""

from typing import IO, Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

ADDRESS_TOO_LONG = "kite.address_too_long"
"""The key that the server sets in the environ of a request whose address was too long for it to
read.

No client can set it: what clients send becomes HTTP_… there.
"""


class _StrictForms(FormDataParser):
    """Raises BadRequest for a part without a name, which Werkzeug files under None, where everybody
    expects text.

    Raises RequestEntityTooLarge for a body without a length (Transfer-Encoding: chunked) that goes
    on beyond the limit. Werkzeug would leave the rest of it out, and a basket would lose its last
    orders in silence.
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
            stream.read(1)  # one more byte than the limit makes the stream raise
        if None in form or None in files:
            raise BadRequest
        return rest, form, files


class _Request(Request):
    form_data_parser_class = _StrictForms


def install(app: Flask) -> None:
    """Let `app` read every request in this way."""
    app.request_class = _Request
    app.before_request(_refuse_long_address)


def _refuse_long_address() -> None:
    if ADDRESS_TOO_LONG in request.environ:
        abort(414)
