"""Meetings that people of ours and their systems book for buyers, against the same times."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from handrail.engine.booking.booking import Offer, not_offered
from handrail.engine.items import Receipt, Refused
from handrail.kernel.decision import Case
from handrail.kernel.habits import reason_of
from handrail.terms import command as cmd
from handrail.terms.handoff import Meeting
from handrail.terms.people import Roster
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.api.once import once
from handrail.web.api.reading import find_case
from handrail.web.doors import Doors, enter
from handrail.web.problems import MEDIA_TYPE, Problem, of_refusal

SLOTS_SHOWN = 50
SLOTS_MAX = 1_000
SOON = "2026-03-03T16:00:00Z"

router = APIRouter(prefix="/api/v1/handoffs", tags=["handoffs"])

Limit = Annotated[int, Query(ge=1, le=SLOTS_MAX)]
RepId = Annotated[str | None, Query(max_length=200)]


@router.get(
    "/{id}/slots",
    **operation(scope="handoffs:read", answers={200: s.SlotsView}, refuses=(404, 409, 422)),
)
async def show_slots(
    request: Request, id: PathId, rep: RepId = None, limit: Limit = SLOTS_SHOWN
) -> Response:
    """Times at which the owner can meet the buyer, best first, and why in this order; `rep`:
    somebody else."""
    doors, _ = await enter(request, "handoffs:read")
    offer = await doors.engine.bookings.offer(await _id(doors, id), limit=limit, rep=rep)
    if offer is None:
        raise of_refusal(not_offered())
    return as_json(_slots(doors, offer))


@router.post(
    "/{id}/meeting",
    **operation(
        scope="handoffs:write",
        body=s.MeetingBody,
        example={"by": "ada", "from_at": SOON},
        answers={200: s.BookedView},
        refuses=(404,),
        is_post=True,
    ),
)
async def book(request: Request, id: PathId) -> Response:
    """Book one of these times, or move what is booked to it: calendar and invitation follow. 409
    with the times that are free now, where somebody was faster."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.MeetingBody)
    from_at = b.instant(body.from_at, place="from_at")
    assert from_at is not None
    handoff, by = await _id(doors, id), await _who(doors, body.by)

    async def do() -> Response:
        try:
            meeting = await doors.engine.bookings.book(
                handoff, from_at, by=by, rep=body.rep, actor=actor
            )
        except Refused as refused:
            if refused.code != "slot_taken":
                raise
            return await _taken(doors, handoff, refused, rep=body.rep)
        return as_json(_booked(meeting))

    key = b.idempotency_of(request, request.state.body_digest, actor=actor)
    return await once(doors, key, do)


@router.post(
    "/{id}/hold",
    **operation(
        scope="handoffs:write",
        body=s.HoldBody,
        example={"from_at": SOON},
        answers={200: s.HeldView},
        refuses=(404,),
        is_post=True,
    ),
)
async def hold(request: Request, id: PathId) -> Response:
    """Keep a time for the buyer while you ask for more: for as long as the contract's
    `booking.hold` says it is offered to nobody else. One time a handoff."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.HoldBody)
    from_at = b.instant(body.from_at, place="from_at")
    assert from_at is not None
    handoff = await _id(doors, id)

    async def do() -> Response:
        try:
            held = await doors.engine.bookings.hold(handoff, from_at, rep=body.rep, actor=actor)
        except Refused as refused:
            if refused.code != "slot_taken":
                raise
            return await _taken(doors, handoff, refused, rep=body.rep)
        view = s.HeldView(
            rep=held.rep,
            from_at=held.hold.from_at,
            until_at=held.hold.until_at,
            expires_at=held.hold.expires_at,
        )
        return as_json(view)

    key = b.idempotency_of(request, request.state.body_digest, actor=actor)
    return await once(doors, key, do)


@router.post(
    "/{id}/meeting/cancel",
    **operation(
        scope="handoffs:write",
        body=s.MeetingCancelBody,
        example={"by": "ada", "reason": "the buyer asked for it"},
        answers={200: s.SlotsView},
        refuses=(404,),
        is_post=True,
    ),
)
async def cancel(request: Request, id: PathId) -> Response:
    """It is off: the buyer is told, the calendar cleared. Answers the times that are free now."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.MeetingCancelBody)
    handoff, by = await _id(doors, id), await _who(doors, body.by)

    async def do() -> Response:
        bookings = doors.engine.bookings
        await bookings.cancel(handoff, by=by, note=body.reason, actor=actor)
        offer = await bookings.offer(handoff, limit=SLOTS_SHOWN)
        if offer is None:
            return as_json(s.SlotsView(reps=[], slots=[]))
        return as_json(_slots(doors, offer))

    key = b.idempotency_of(request, request.state.body_digest, actor=actor)
    return await once(doors, key, do)


def _has_begun(now: datetime) -> Callable[[Case], None]:
    """What a person says too early would tell the buyer that they were missed."""

    def check(case: Case) -> None:
        meeting = case.handoff.meeting if case.handoff is not None else None
        if meeting is not None and now < meeting.from_at:
            raise Refused("bad_time", "the meeting has not begun: nobody missed it yet")

    return check


@router.post(
    "/{id}/meeting/missed",
    **operation(
        scope="handoffs:write",
        body=s.MeetingMissedBody,
        example={"by": "ada"},
        answers={200: Receipt},
        refuses=(404, 409),
        is_post=True,
    ),
)
async def missed(request: Request, id: PathId) -> Response:
    """The buyer did not come: the owner is told, and the buyer gets new times by mail where the
    contract and the buyer allow it."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.MeetingMissedBody)
    handoff, by = await _id(doors, id), await _who(doors, body.by)
    receipt = await doors.engine.command(
        handoff,
        cmd.MissMeeting(by=by),
        actor=actor,
        idempotency=b.idempotency_of(request, request.state.body_digest, actor=actor),
        only_if=_has_begun(doors.engine.clock.now()),
    )
    return as_json(receipt)


@router.post(
    "/{id}/meeting/confirmed",
    **operation(
        scope="handoffs:write",
        body=s.MeetingConfirmedBody,
        example={"by": "ada"},
        answers={200: Receipt},
        refuses=(404, 409, 422),
        is_post=True,
    ),
)
async def confirmed(request: Request, id: PathId) -> Response:
    """The buyer said that they will come, to whoever writes this."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.MeetingConfirmedBody)
    handoff, by = await _id(doors, id), await _who(doors, body.by)
    receipt = await doors.engine.command(
        handoff,
        cmd.ConfirmMeeting(by=by),
        actor=actor,
        idempotency=b.idempotency_of(request, request.state.body_digest, actor=actor),
    )
    return as_json(receipt)


@router.post(
    "/{id}/booking-page/revoke",
    **operation(
        scope="handoffs:write",
        body=s.PageRevokeBody,
        example={"by": "ada", "reason": "the mail went to somebody else"},
        answers={200: s.PageView},
        refuses=(404, 409, 422),
        is_post=True,
    ),
)
async def revoke_page(request: Request, id: PathId) -> Response:
    """No link to its booking page that was given so far opens it any more. Answers the new one."""
    doors, actor = await enter(request, "handoffs:write")
    body = await b.read_shape(request, s.PageRevokeBody)
    handoff, by = await _id(doors, id), await _who(doors, body.by)
    await doors.engine.command(
        handoff,
        cmd.RevokePage(by=by, personal=cmd.Personal(note=body.reason)),
        actor=actor,
        idempotency=b.idempotency_of(request, request.state.body_digest, actor=actor),
    )
    found = (await find_case(doors.engine, handoff)).case.handoff
    links = doors.settings.booking
    return as_json(s.PageView(url=links.url(found) if links and found else None))


async def _id(doors: Doors, id: str) -> str:
    """By its own id or its lead's."""
    stored = await find_case(doors.engine, id)
    if stored.case.handoff is None:
        raise Problem(404, "not_found", f"lead {id!r} has no handoff")
    return stored.case.handoff.id


async def _who(doors: Doors, by: str) -> str:
    """As the ledger names people."""
    roster: Roster = (await doors.engine.in_force())[1]
    return f"rep:{by}" if by in roster.reps else f"person:{by}"


async def _taken(doors: Doors, handoff: str, refused: Refused, *, rep: str | None) -> Response:
    """The problem, and beside it what can be chosen instead."""
    body = msgspec.to_builtins(of_refusal(refused).body())
    offer = await doors.engine.bookings.offer(handoff, limit=SLOTS_SHOWN, rep=rep)
    body["slots"] = msgspec.to_builtins(_slots(doors, offer).slots if offer is not None else [])
    return Response(msgspec.json.encode(body), status_code=409, media_type=MEDIA_TYPE)


def _slots(doors: Doors, offer: Offer) -> s.SlotsView:
    links, handoff = doors.settings.booking, offer.handoff
    return s.SlotsView(
        reps=list(offer.reps),
        slots=[s.SlotView(from_at=slot.from_at, until_at=slot.until_at) for slot in offer.slots],
        url=links.url(handoff) if links else None,
        meeting=_booked(offer.meeting) if offer.meeting is not None else None,
        because=reason_of(offer.habit),
    )


def _booked(meeting: Meeting) -> s.BookedView:
    return s.BookedView(
        rep=meeting.rep,
        from_at=meeting.from_at,
        until_at=meeting.until_at,
        confirmed=meeting.answer == "yes",
        risk=meeting.risk,
    )
