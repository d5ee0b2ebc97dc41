"""Slack's v0 signature over the raw body. Pure."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

AGE_MAX_S = 300  # either way: clocks differ, and an older one may be a replay
DIGITS_MAX = 12


def is_signed(
    body: bytes, *, timestamp: str, signature: str, secrets: Iterable[str], now: datetime
) -> bool:
    """Whether one of the live secrets signed exactly this, lately."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= DIGITS_MAX):
        return False
    if abs(now.timestamp() - int(timestamp)) > AGE_MAX_S:
        return False
    given = signature.encode()
    found = [hmac.compare_digest(given, sign(body, timestamp, secret)) for secret in secrets]
    return any(found)


def sign(body: bytes, timestamp: str, secret: str) -> bytes:
    signed = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return b"v0=" + signed.hexdigest().encode()
