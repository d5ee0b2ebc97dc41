"""Whether a signature is that of a key over a statement: Ed25519, nothing else."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from handrail.contract.agreement import Agreement, Signature, statement_of

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
FIELD = 2**255 - 19  # of the curve
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# The heights of its points of small order: under such a key one signature, which anybody can make,
# holds over every statement or over many. The library does not look for them.
SMALL_ORDER = frozenset((0, 1, FIELD - 1, _EIGHTH, FIELD - _EIGHTH))


def public_key_of(text: str) -> bytes | None:
    """The 32 bytes of a public key in base64, or None when it is none, or one of everybody's."""
    key = _decoded(text, size=PUBLIC_BYTES)
    return key if key is not None and _height(key) not in SMALL_ORDER else None


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


def _height(key: bytes) -> int:
    """Of the point, whichever way it is written; the highest bit tells its side."""
    return (int.from_bytes(key, "little") & (2**255 - 1)) % FIELD


def _decoded(text: str, *, size: int) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # One spelling each: bits that decoding ignores would make look-alikes of a key.
    return raw if len(raw) == size and base64.b64encode(raw).decode() == text else None
