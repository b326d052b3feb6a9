"""Who calls the API: the header `Authorization: token api_key:access_token` (documentation of the user
API).
"""

import hmac

from flask import request

from kite.simulator.core import sessions
from kite.simulator.core.context import services
from kite.simulator.core.responses import Refused


def user_id() -> str:
    """Return whose access token came along. Raises Refused with 403 for anything else."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    api_key, _, access_token = credentials.strip().partition(":")
    if scheme.lower() != "token" or not access_token or not same(api_key, services().settings.api_key):
        raise no_session()
    with services().ledger.read() as connection:
        found = sessions.api_user(connection, access_token, services().at())
    if not found:
        raise no_session()
    return found


def no_session() -> Refused:
    """Return the answer to a key or token that does not count."""
    return Refused(403, "TokenException", "Incorrect `api_key` or `access_token`.")


def check_key(api_key: str) -> None:
    """Raise Refused unless this is the registered key."""
    if not same(api_key, services().settings.api_key):
        raise Refused(400, "InputException", "Invalid `api_key`.")


def needed(name: str) -> str:
    """Return a field of the form or the query. Raises Refused when it is missing."""
    value = request.values.get(name, "")
    if not value:
        raise Refused(400, "InputException", f"Missing `{name}`.")
    return value


def same(given: str, expected: str) -> bool:
    """Compare two secrets in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), expected.encode())
