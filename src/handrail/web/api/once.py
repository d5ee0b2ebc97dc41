"""The same Idempotency-Key, the same answer: for requests that are more than one command."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from fastapi import Response

from handrail.engine.items import Refused
from handrail.engine.ports import Batch, IdempotencyRow
from handrail.web.doors import Doors

IN_FLIGHT_MAX = 1_000


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: str


_in_flight: dict[str, asyncio.Lock] = {}


async def once(
    doors: Doors, idempotency: tuple[str, bytes] | None, do: Callable[[], Awaitable[Response]]
) -> Response:
    """Do it, and keep the answer under its key. What is done must itself be harmless to repeat: a
    crash between the two leaves the effect without its answer."""
    if idempotency is None:
        return await do()
    key, digest = idempotency
    lock = _in_flight.setdefault(key, asyncio.Lock())
    try:
        async with lock:
            known = await _known(doors, key, digest)
            if known is not None:
                return Response(known.body, status_code=known.status, media_type="application/json")
            answer = await do()
            await _remember(doors, key, digest, answer)
            return answer
    finally:
        if not lock.locked():
            _in_flight.pop(key, None)


async def _known(doors: Doors, key: str, digest: bytes) -> _Answer | None:
    async with doors.engine.store.write() as unit:
        row = await unit.idempotent(key)
    if row is None:
        return None
    if row.body_digest != digest:
        raise Refused("key_reused", "this Idempotency-Key came with another body before")
    return msgspec.json.decode(row.answer, type=_Answer)


async def _remember(doors: Doors, key: str, digest: bytes, answer: Response) -> None:
    kept = _Answer(status=answer.status_code, body=bytes(answer.body).decode())
    row = IdempotencyRow(
        key=key,
        body_digest=digest,
        answer=msgspec.json.encode(kept),
        at=doors.engine.clock.now(),
    )
    async with doors.engine.store.write() as unit:
        await unit.stage(Batch(head=unit.head, idempotency=[row]))
