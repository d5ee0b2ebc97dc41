"""Passwords and tokens of calendars, sealed under a key that the database does not hold."""

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from handrail.engine.vault import NONCE_BYTES, Unreadable

KEY_ID_BYTES = 4
PURPOSE = b"handrail calendar secrets"

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Secrets:
    """Seals and opens what a calendar is entered with (AES-256-GCM).

    A sealed secret says under which key it lies and is bound to its calendar: it opens in no other
    row. `masters`: the one in use first; then those before it, which still open.
    """

    def __init__(self, masters: Sequence[bytes]) -> None:
        assert masters
        keys = [hmac.digest(master, PURPOSE, hashlib.sha256) for master in masters]
        self._ciphers = {_id_of(key): AESGCM(key) for key in keys}
        self._current = _id_of(keys[0])

    def seal(self, secret: Mapping[str, str], *, calendar: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        plain = _encode(dict(secret))
        return self._current + nonce + self._cipher().encrypt(nonce, plain, calendar.encode())

    def open(self, sealed: bytes, *, calendar: str) -> dict[str, str]:
        """Raises Unreadable."""
        cipher = self._ciphers.get(sealed[:KEY_ID_BYTES])
        if cipher is None:
            raise Unreadable("the secret of the calendar lies under a key that is not here")
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
        try:
            plain = cipher.decrypt(nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], calendar.encode())
        except InvalidTag as fault:
            raise Unreadable("the secret of the calendar was changed, or is another's") from fault
        return _decode(plain)

    def is_current(self, sealed: bytes) -> bool:
        """Whether it lies under the key in use; else it is to be sealed anew."""
        return sealed[:KEY_ID_BYTES] == self._current

    def _cipher(self) -> AESGCM:
        return self._ciphers[self._current]


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"id of " + key).digest()[:KEY_ID_BYTES]
