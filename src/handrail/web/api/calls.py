"""Webhooks of telephone systems, and how any sender of webhooks proves who it is."""

from typing import Any

import standardwebhooks
from fastapi import Request, Response

from handrail.engine.telephony.proving import has_token, read_jwt
from handrail.engine.telephony.reading import CallMapping, Proof, at, read_call
from handrail.engine.telephony.taking import CallTaken, take_call
from handrail.web.api import body as b
from handrail.web.api.answers import as_json
from handrail.web.doors import doors_of
from handrail.web.problems import Problem
from handrail.web.settings import HookSource

BYTES_MAX = 256 * 1_024
JWT_TYPES = ("application/jwt", "text/plain", "application/json", "application/octet-stream")


async def take_call_hook(
    request: Request, source: str, hook: HookSource, mapping: CallMapping
) -> Response:
    """200 for whatever is no news too: systems switch off addresses that refuse them."""
    raw = await proved(request, hook, proof=mapping.proof, token=mapping.token)
    seen = read_call(raw, mapping)
    if seen is None:
        return as_json(CallTaken(call=""))
    return as_json(await take_call(doors_of(request).engine, seen, source=source))


async def proved(request: Request, hook: HookSource, *, proof: Proof, token: str | None) -> Any:
    """What it tells, once it has shown who it is. `token`: where it lies. Raises Problem 401."""
    types = JWT_TYPES if proof == "jwt" else b.JSON_TYPES
    body = await b.read_bytes(request, bytes_max=BYTES_MAX, types=types)
    match proof:
        case "standard_webhooks":
            verify_signed(body, request, hook)
            return b.decode_strictly(body)
        case "token":
            raw = b.decode_strictly(body)
            if token is None or not has_token(at(raw, token), hook.secrets):
                raise Problem(401, "bad_signature", "the body does not hold the token of this hook")
            return raw
        case "jwt":
            claims = read_jwt(body, hook.secrets)
            if claims is None:
                raise Problem(401, "bad_signature", "the body is no JWT signed for this hook")
            return claims


def verify_signed(raw: bytes, request: Request, hook: HookSource) -> None:
    headers = dict(request.headers)
    for secret in hook.secrets:
        try:
            standardwebhooks.Webhook(secret).verify(raw, headers)
            return
        except (standardwebhooks.WebhookVerificationError, ValueError, UnicodeError):
            continue  # a wrong signature, an unreadable header, or another secret's turn
    raise Problem(401, "bad_signature", "the signature does not match, or is older than 5 minutes")
