"""Checksums of Kite Connect.

Source: its documentation, pages "User" (token exchange) and "Postbacks".
"""

import hashlib
import hmac


def session_checksum(api_key: str, request_token: str, api_secret: str) -> str:
    """Return the checksum of a token exchange, hex SHA-256 of the three in this order."""
    return _sha256(api_key + request_token + api_secret)


def postback_checksum(order_id: str, order_timestamp: str, api_secret: str) -> str:
    """Return the checksum of a postback; `order_timestamp` is the text exactly as in its body."""
    return _sha256(order_id + order_timestamp + api_secret)


def verify_postback(order_id: str, order_timestamp: str, checksum: str, api_secret: str) -> bool:
    """Whether a postback carries the right checksum; False without a secret.

    Compared in constant time.

    It proves that order id and time come from Kite; it covers neither status nor quantity.
    """
    expected = postback_checksum(order_id, order_timestamp, api_secret)
    return bool(api_secret) and hmac.compare_digest(_bytes(expected), _bytes(checksum))


def _sha256(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text: str) -> bytes:
    # JSON can hold lone surrogates, which plain UTF-8 refuses: a stranger's postback must not end
    # in an error.
    return text.encode("utf-8", "surrogatepass")
