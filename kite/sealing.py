"""Seals tokens in the database, so that only this site can read them, and signs texts that travel
through a browser, so that only this site can write them.

All keys are derived from SECRET_KEY by HKDF-SHA256, one for each purpose. While SECRET_KEY_PREVIOUS
is set, whatever the previous key has sealed or signed still opens; everything new is made with the
current key.
"""

import base64
import hmac
import os
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeSerializer

from kite.payloads import Payload

_Signed = TypeVar("_Signed", bound=Payload)
_NONCE_LENGTH = 12


@lru_cache(maxsize=64)
def derive(secret_key: str, purpose: str) -> bytes:
    """Return 32 bytes that depend on the secret and the purpose, and reveal nothing about the
    secret.
    """
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret_key.encode())


class Sealer:
    """Seals and signs with the current key, opens and verifies with the previous one too."""

    def __init__(self, secret_key: str, previous: str = "") -> None:
        self._keys = [secret_key, previous] if previous else [secret_key]

    def seal(self, text: str, bound_to: str) -> str:
        """Encrypt `text` so that it opens only together with `bound_to`, the row it belongs to."""
        nonce = os.urandom(_NONCE_LENGTH)
        sealed = self._boxes()[0].encrypt(nonce, text.encode(), bound_to.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, bound_to: str) -> str | None:
        """Decrypt what `seal` made; None when it was made with another key, for another row, or is
        damaged.
        """
        try:
            raw = base64.urlsafe_b64decode(sealed)
        except ValueError:
            return None
        for box in self._boxes():
            try:
                return box.decrypt(raw[:_NONCE_LENGTH], raw[_NONCE_LENGTH:], bound_to.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        return None

    def sign(self, payload: Payload) -> str:
        """Sign a payload for its purpose; the text holds only letters, digits and `-_.`, safe in an
        address.
        """
        return str(self._signer(payload.PURPOSE).dumps(payload.pack()))

    def verify(self, kind: type[_Signed], text: str) -> _Signed | None:
        """Return the payload of this kind that `sign` was given, or None when the text is not ours
        or was signed for another purpose.
        """
        try:
            packed = self._signer(kind.PURPOSE).loads(text)
        except (BadData, UnicodeError):  # half a character cannot even be compared
            return None
        return kind.unpack(packed)

    def fingerprint(self, purpose: str, text: str) -> str:
        """Return 32 hex digits that identify `text` without revealing it: the same for the same key
        and purpose.
        """
        key = derive(self._keys[0], f"fingerprint {purpose}")
        return hmac.digest(key, text.encode(), "sha256").hex()[:32]

    def cookie_keys(self) -> list[str]:
        """Return keys for cookies, the current one first."""
        return [derive(key, "cookies").hex() for key in self._keys]

    def _boxes(self) -> list[AESGCM]:
        return [AESGCM(derive(key, "sealed tokens")) for key in self._keys]

    def _signer(self, purpose: str) -> URLSafeSerializer:
        oldest_first = [derive(key, f"signed {purpose}") for key in reversed(self._keys)]
        return URLSafeSerializer(oldest_first, salt=purpose, signer_kwargs={"digest_method": sha256})
