"""Whether a signature is that of a key over a statement: Ed25519, nothing else."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from handrail.contract.agreement import Agreement, Signature, statement_of

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64


def public_key_of(text: str) -> bytes | None:
    """The 32 bytes of a public key in base64, or None when it is none."""
    return _decoded(text, size=PUBLIC_BYTES)


def holds(*, public: str, signature: str, statement: bytes) -> bool:
    """True when whoever has the private half of `public` signed exactly these bytes."""
    key, signed = public_key_of(public), _decoded(signature, size=SIGNATURE_BYTES)
    if key is None or signed is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed, statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def signature_holds(one: Signature, *, of: Agreement) -> bool:
    """Whether it was given over this very version."""
    statement = statement_of(
        name=of.name,
        version=of.version,
        digest=of.digest,
        role=one.role,
        address=one.address,
    )
    return holds(public=one.public, signature=one.signature, statement=statement)


def _decoded(text: str, *, size: int) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # One spelling each: bits that decoding ignores would make look-alikes of a key.
    return raw if len(raw) == size and base64.b64encode(raw).decode() == text else None
