"""Deliveries: what was told to whom over which channel, and what is parked."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from handrail.engine.delivery_view import DeliveryView
from handrail.engine.parked import (
    cancel,
    deliveries_in,
    deliveries_of,
    move,
    retry,
    retry_channel,
)
from handrail.engine.ports import DeliveryState
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PLAIN, PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.api.once import once
from handrail.web.api.reading import PAGE_MAX, find_case
from handrail.web.doors import enter

router = APIRouter(prefix="/api/v1", tags=["deliveries"])

After = Annotated[str, Query(max_length=200, pattern=PLAIN)]


class DeliveryList(msgspec.Struct, frozen=True):
    deliveries: list[DeliveryView]


class Retried(msgspec.Struct, frozen=True):
    """How many wait again."""

    retried: int


class DeliveryPage(msgspec.Struct, frozen=True):
    """`next`: what to give as `after`; null at the end."""

    deliveries: list[DeliveryView]
    next: str | None = None


@router.get(
    "/handoffs/{id}/deliveries",
    **operation(scope="handoffs:read", answers={200: DeliveryList}, refuses=(404, 422)),
)
async def list_of_lead(request: Request, id: PathId) -> Response:
    """Every message about the lead: its channel, its state, its tries, and why it last failed."""
    doors, _ = await enter(request, "handoffs:read")
    stored = await find_case(doors.engine, id)
    return as_json(DeliveryList(await deliveries_of(doors.engine, stored.case.lead.id)))


@router.get(
    "/deliveries", **operation(scope="handoffs:read", answers={200: DeliveryPage}, refuses=(422,))
)
async def list_deliveries(
    request: Request,
    state: DeliveryState = "parked",
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    after: After = "",
) -> Response:
    """Those in one state, by key."""
    doors, _ = await enter(request, "handoffs:read")
    found = await deliveries_in(doors.engine, state, after=after, limit=limit)
    return as_json(DeliveryPage(found, next=found[-1].key if len(found) == limit else None))


def _act(body: Any, answer: Any, **more: str) -> dict[str, Any]:
    return operation(
        scope="handoffs:write",
        body=body,
        example={"by": "mo", **more, "reason": "the mail server is back"},
        answers={200: answer},
        refuses=(404,),
        is_post=True,
    )


@router.post("/deliveries/{key}/retry", **_act(s.DeliveryBody, DeliveryView))
async def retry_delivery(request: Request, key: PathId) -> Response:
    """A parked one waits again, under the same key and with all its tries."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.DeliveryBody)

    async def do() -> Response:
        return as_json(await retry(doors.engine, key, by=body.by, because=body.reason))

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


@router.post("/deliveries/{key}/cancel", **_act(s.DeliveryBody, DeliveryView))
async def cancel_delivery(request: Request, key: PathId) -> Response:
    """A parked one is given up: nobody is told."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.DeliveryBody)

    async def do() -> Response:
        return as_json(await cancel(doors.engine, key, by=body.by, because=body.reason))

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


@router.post("/deliveries/{key}/move", **_act(s.MoveBody, DeliveryView, channel="slack"))
async def move_delivery(request: Request, key: PathId) -> Response:
    """A parked one goes by another channel to the same person; answers what waits there."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.MoveBody)

    async def do() -> Response:
        moved = await move(doors.engine, key, channel=body.channel, by=body.by, because=body.reason)
        return as_json(moved)

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


@router.post("/channels/{channel}/retry", **_act(s.DeliveryBody, Retried))
async def retry_all(request: Request, channel: PathId) -> Response:
    """All that is parked of one channel waits again; call again while it answers 2,000."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.DeliveryBody)

    async def do() -> Response:
        count = await retry_channel(doors.engine, channel, by=body.by, because=body.reason)
        return as_json(Retried(count))

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)
