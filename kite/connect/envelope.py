"""Kite's envelope around every answer: data, or an error of one of the named kinds.

Source: Kite Connect documentation, pages "Response structure" and "Exceptions and errors".
"""

import json
import math
from typing import Any

from kite.exceptions import BY_ERROR_TYPE, GeneralException, NetworkException, NoAnswer
from kite.texts import printable


def data_of(code: int, content_type: str, body: bytes) -> Any:
    """Return the data of an answer with this HTTP status.

    Raises the exception of its `error_type`, GeneralException for one that is new, NetworkException
    for too many requests, and NoAnswer for what does not come from Kite's API itself, such as a
    gateway's HTML page.
    """
    envelope = _envelope(content_type, body)
    if envelope.get("status") == "success" and 200 <= code < 300:
        return envelope.get("data")
    message = str(envelope.get("message") or "")
    # Before the status: a gateway in front of Kite may refuse with 429 and no envelope at all.
    if code == 429:
        raise NetworkException(message or "Too many requests", code)
    if envelope.get("status") == "error":
        kind = BY_ERROR_TYPE.get(str(envelope.get("error_type")), GeneralException)
        raise kind(message or "Kite gave no reason.", code)
    raise NoAnswer(f"Kite sent nothing that can be read (HTTP {code}).", code)


def _envelope(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the envelope, empty when the answer has none."""
    answer = read_json(body) if "json" in content_type.lower() else None
    return answer if isinstance(answer, dict) else {}


def read_json(body: bytes) -> Any:
    """Return the JSON value that Kite sent, with marks for characters that no page can hold; None
    when it is no JSON.
    """
    try:
        return _printable(json.loads(body, parse_float=_finite, parse_constant=_finite))
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float | None:
    """Read a number.

    NaN and infinity are no JSON: a database and a browser would refuse them later.
    """
    number = float(text)
    return number if math.isfinite(number) else None


def _printable(value: Any) -> Any:
    """Mark characters that no page and no database can hold: all of Kite's texts come in here."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(name): _printable(inner) for name, inner in value.items()}
    return [_printable(inner) for inner in value] if isinstance(value, list) else value
