"""Answers of the API: Kite's JSON envelope around data or an error (documentation, "Response
structure").
"""

import json

from flask import Response


class Refused(Exception):
    """An API call is refused, and answered with an error in Kite's envelope."""

    def __init__(self, code: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.error_type = error_type
        self.message = message


def success(data: object) -> Response:
    """Return data in its envelope."""
    return success_text(json.dumps(data, separators=(",", ":")))


def success_text(data: str) -> Response:
    """Return data that is already JSON in its envelope."""
    return Response(f'{{"status":"success","data":{data}}}', mimetype="application/json")


def failure(code: int, error_type: str, message: str) -> Response:
    """Return an error in its envelope."""
    body = {"status": "error", "message": message, "data": None, "error_type": error_type}
    return Response(json.dumps(body), status=code, mimetype="application/json")
