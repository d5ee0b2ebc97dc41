"""A person's own key: made, kept and used where that person is, never by a running service."""

import base64
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from handrail.contract.agreement import address_key, statement_of
from handrail.contract.model import Contract
from handrail.contract.signatures import public_key_of


class BadKey(Exception):
    """The text is no key of ours, or its passphrase is wrong; says which."""


class PersonalKey:
    """Both halves of an Ed25519 key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def make(cls) -> "PersonalKey":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, pem: bytes, *, passphrase: bytes | None = None) -> "PersonalKey":
        """From PKCS 8 in PEM. Raises BadKey."""
        try:
            key = load_pem_private_key(pem, password=passphrase)
        except TypeError as fault:
            needs = "is sealed by a passphrase" if passphrase is None else "has no passphrase"
            raise BadKey(f"the key {needs}") from fault
        except ValueError as fault:
            raise BadKey("no private key in PEM, or another passphrase") from fault
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey("a key of another kind; `handrail key person` makes Ed25519 keys")
        return cls(key)

    def pem(self, *, passphrase: bytes | None = None) -> bytes:
        """The private half, to be kept by its person alone."""
        sealing = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing)

    def public_pem(self) -> bytes:
        return self._private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def public(self) -> str:
        """The public half, as it is registered."""
        return _public_text(self._private.public_key())

    def sign(self, statement: bytes) -> str:
        return base64.b64encode(self._private.sign(statement)).decode()

    def sign_contract(self, contract: Contract, *, role: str, address: str) -> str:
        """The signature over one version, in base64."""
        statement = statement_of(
            name=contract.name,
            version=contract.version,
            digest=contract.digest,
            role=role,
            address=address_key(address),
        )
        return self.sign(statement)


def read_public(text: str) -> str:
    """A public key as registered, from PEM or from that form itself. Raises BadKey."""
    if public_key_of(text.strip()) is not None:
        return text.strip()
    with suppress(ValueError):
        key = load_pem_public_key(text.encode("utf-8", "surrogateescape"))
        if isinstance(key, Ed25519PublicKey):
            return _public_text(key)
    raise BadKey("no public key: PEM as `handrail key person` writes it, or 32 bytes in base64")


def _public_text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
