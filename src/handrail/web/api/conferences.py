"""Webhooks of conferencing systems: who came to a booked meeting."""

from fastapi import Request, Response

from handrail.engine.conferencing.proving import answer_to, zooms_secret
from handrail.engine.conferencing.reading import ConferenceMapping, read_conference
from handrail.engine.conferencing.taking import ConferenceTaken, take_conference
from handrail.web.api import body as b
from handrail.web.api.answers import as_json
from handrail.web.api.calls import BYTES_MAX, proved
from handrail.web.doors import doors_of
from handrail.web.problems import Problem
from handrail.web.settings import HookSource


async def take_conference_hook(
    request: Request, source: str, hook: HookSource, mapping: ConferenceMapping
) -> Response:
    """200 for whatever is no news too: systems switch off addresses that refuse them."""
    if mapping.proof == "zoom":
        body = await b.read_bytes(request, bytes_max=BYTES_MAX, types=b.JSON_TYPES)
        secret = _secret(request, body, hook)
        raw = b.decode_strictly(body)
        answer = answer_to(raw, secret)
        if answer is not None:
            return as_json(answer)
    else:
        raw = await proved(request, hook, proof=mapping.proof, token=mapping.token)
    seen = read_conference(raw, mapping)
    if seen is None:
        return as_json(ConferenceTaken())
    return as_json(await take_conference(doors_of(request).engine, seen, source=source))


def _secret(request: Request, body: bytes, hook: HookSource) -> str:
    """Under which it is signed. Raises Problem 401."""
    found = zooms_secret(
        body,
        signature=request.headers.get("x-zm-signature", ""),
        stamp=request.headers.get("x-zm-request-timestamp", ""),
        secrets=hook.secrets,
        now=doors_of(request).engine.clock.now(),
    )
    if found is None:
        raise Problem(401, "bad_signature", "the signature does not match, or is older than 5 min")
    return found
