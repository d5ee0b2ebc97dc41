"""Whether the sender of a call is who it says: by a token in the body, or by a JWT. Pure."""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Sequence
from typing import Any

import msgspec

ALGORITHM = "HS256"  # and no other: a token may not choose how it is checked


def has_token(found: Any, secrets: Sequence[str]) -> bool:
    if not isinstance(found, str) or not found:
        return False
    same = [hmac.compare_digest(found.encode(), secret.encode()) for secret in secrets if secret]
    return any(same)


def read_jwt(body: bytes, secrets: Sequence[str]) -> Any:
    """What was signed by one of the live secrets; None for anything else."""
    parts = body.strip().split(b".")
    if len(parts) != 3:
        return None
    try:
        header, given = msgspec.json.decode(_decoded(parts[0])), _decoded(parts[2])
        if not isinstance(header, dict) or header.get("alg") != ALGORITHM:
            return None
        signed = parts[0] + b"." + parts[1]
        same = [
            hmac.compare_digest(given, hmac.new(one.encode(), signed, hashlib.sha256).digest())
            for one in secrets
            if one
        ]
        return msgspec.json.decode(_decoded(parts[1])) if any(same) else None
    except (Error, ValueError, msgspec.DecodeError):
        return None


def _decoded(part: bytes) -> bytes:
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))
