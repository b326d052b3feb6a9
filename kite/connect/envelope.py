"""Kite's envelope around every answer: data, or an error of one of the named kinds.

Source: Kite Connect documentation, pages "Response structure" and "Exceptions and errors".
"""

import json
import math
from typing import Any

from kite.exceptions import BY_ERROR_TYPE, GeneralException, NetworkException, NoAnswer
from kite.texts import printable


def data_of(code: int, content_type: str, body: bytes) -> Any:
    """Return what an answer with this HTTP status holds.

    Raises the exception of its `error_type`, GeneralException for one that is new, NetworkException for too
    many requests, and NoAnswer for what does not come from Kite's API itself, as a gateway's page of HTML.
    """
    envelope = read_json(body) if "json" in content_type.lower() else None
    status = envelope.get("status") if isinstance(envelope, dict) else None
    if isinstance(envelope, dict) and status == "success" and 200 <= code < 300:
        return envelope.get("data")
    message = str(envelope.get("message") or "") if isinstance(envelope, dict) else ""
    if code == 429:
        raise NetworkException(message or "Too many requests", code)
    if isinstance(envelope, dict) and status == "error":
        raise BY_ERROR_TYPE.get(str(envelope.get("error_type")), GeneralException)(
            message or "Kite gave no reason.", code
        )
    raise NoAnswer(f"Kite sent nothing that can be read (HTTP {code}).", code)


def read_json(body: bytes) -> Any:
    """Return what Kite wrote as JSON, with marks for characters that nothing can hold; None when it is
    none.
    """
    try:
        return _printable(json.loads(body, parse_float=_finite, parse_constant=_finite))
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float | None:
    """Read a number. NaN and infinity are no JSON: a database and a browser would refuse them later."""
    number = float(text)
    return number if math.isfinite(number) else None


def _printable(value: Any) -> Any:
    """Mark what no page and no database can hold, here, where all of Kite's texts come in."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(name): _printable(each) for name, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list) else value
