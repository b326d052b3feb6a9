"""Who calls the API, by the header `Authorization: token api_key:access_token` (documentation,
"User").
"""

import hmac

from flask import request

from kite.simulator.core import sessions
from kite.simulator.core.context import services
from kite.simulator.core.responses import Refused


def user_id() -> str:
    """Return the user of the access token in the request.

    Raises Refused with 403 without a good one.
    """
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    api_key, _, access_token = credentials.strip().partition(":")
    if (
        scheme.lower() != "token"
        or not access_token
        or not equal_secrets(api_key, services().settings.api_key)
    ):
        raise no_session()
    with services().ledger.read() as connection:
        user = sessions.api_user(connection, access_token, services().at())
    if not user:
        raise no_session()
    return user


def no_session() -> Refused:
    """Return the refusal of a wrong key, or of a token that is unknown or has ended."""
    return Refused(403, "TokenException", "Incorrect `api_key` or `access_token`.")


def check_key(api_key: str) -> None:
    """Raise Refused unless this is the registered key."""
    if not equal_secrets(api_key, services().settings.api_key):
        raise Refused(400, "InputException", "Invalid `api_key`.")


def required_field(name: str) -> str:
    """Return a field of the form or the query. Raises Refused when it is missing."""
    value = request.values.get(name, "")
    if not value:
        raise Refused(400, "InputException", f"Missing `{name}`.")
    return value


def equal_secrets(secret: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(secret.encode(), expected.encode())
