"""Keys of persons: personal values in the ledger are sealed under one key a person.

Destroying that key erases what the entries held of the person; the chain hashes salted
commitments only and stays whole.
"""

import hashlib
import os
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from handrail.terms.command import Personal

KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
COMMITMENT_HEX = 64

_encode = msgspec.json.Encoder(order="deterministic").encode


class Unreadable(Exception):
    """A sealed value cannot be opened: its key was destroyed, or the bytes were changed."""


class Vault:
    """Seals and opens personal values. `master` (32 bytes) wraps the persons' keys."""

    def __init__(self, master: bytes) -> None:
        assert len(master) == KEY_BYTES
        self._master = AESGCM(master)
        self._ciphers: dict[bytes, AESGCM] = {}

    def new_key(self) -> bytes:
        """A fresh key for one person, wrapped under the master key."""
        nonce = os.urandom(NONCE_BYTES)
        plain = os.urandom(KEY_BYTES)
        wrapped = nonce + self._master.encrypt(nonce, plain, b"person-key")
        self._remember(wrapped, AESGCM(plain))
        return wrapped

    def seal(self, personal: list[Personal], *, key: bytes) -> tuple[str, bytes]:
        """The salted commitment (hex) that the chain hashes, and the sealed values."""
        salt = os.urandom(SALT_BYTES)
        values = _encode(personal)
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher(key).encrypt(nonce, salt + values, b"personal")
        return hashlib.sha256(salt + values).hexdigest(), sealed

    def open(self, sealed: bytes, *, key: bytes, commitment: str) -> list[Personal]:
        """The personal values, if they are those that the entry committed to."""
        try:
            plain = self._cipher(key).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], b"personal"
            )
        except InvalidTag as fault:
            raise Unreadable("sealed values were changed or belong to another person") from fault
        if hashlib.sha256(plain).hexdigest() != commitment:
            raise Unreadable("sealed values are not those that the entry committed to")
        return _decode(plain[SALT_BYTES:])

    def _cipher(self, wrapped: bytes) -> AESGCM:
        known = self._ciphers.get(wrapped)
        if known is not None:
            return known
        try:
            plain = self._master.decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], b"person-key"
            )
        except InvalidTag as fault:
            raise Unreadable("the person's key is not wrapped under this master key") from fault
        return self._remember(wrapped, AESGCM(plain))

    def _remember(self, wrapped: bytes, cipher: AESGCM) -> AESGCM:
        if len(self._ciphers) >= CIPHERS_MAX:
            self._ciphers.clear()
        self._ciphers[wrapped] = cipher
        return cipher


CIPHERS_MAX = 10_000  # a few MB; opening a key again costs two microseconds
_decoder = msgspec.json.Decoder(list[Personal])


def _decode(values: bytes) -> list[Personal]:
    return _decoder.decode(values)


def blank(value: Any) -> Any:
    """A command or event without its personal values."""
    if getattr(value, "personal", None) in (None, _EMPTY):
        return value
    return msgspec.structs.replace(value, personal=_EMPTY)


_EMPTY = Personal()
