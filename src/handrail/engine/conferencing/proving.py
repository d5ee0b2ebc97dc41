"""Whether Zoom is the sender, and the answer to its question whether the address is ours. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from handrail.engine.telephony.reading import at, text

FRESH = timedelta(minutes=5)
QUESTION = "endpoint.url_validation"
STAMP_DIGITS_MAX = 12


def zooms_secret(
    body: bytes, *, signature: str, stamp: str, secrets: Sequence[str], now: datetime
) -> str | None:
    """The one of ours under which Zoom signed it just now; None where it did not. `stamp`: seconds
    since 1970, of the header; what is older than five minutes was replayed."""
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > STAMP_DIGITS_MAX:
        return None
    if abs(now - datetime.fromtimestamp(int(stamp), tz=UTC)) > FRESH:
        return None
    signed = b"v0:" + stamp.encode() + b":" + body
    given = signature.encode()
    same = [
        secret
        for secret in secrets
        if secret and hmac.compare_digest(given, b"v0=" + _digest(signed, secret).encode())
    ]
    return same[0] if same else None


def answer_to(raw: Any, secret: str) -> dict[str, str] | None:
    """None where nothing is asked. Only ever for what was signed: to anybody else, this would sign
    whatever they like."""
    if text(at(raw, "event")) != QUESTION:
        return None
    token = text(at(raw, "payload.plainToken"))
    return {"plainToken": token, "encryptedToken": _digest(token.encode(), secret)}


def _digest(signed: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
