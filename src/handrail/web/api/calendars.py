"""Reps' calendars: connected, read, taken away."""

from fastapi import APIRouter, Request, Response

from handrail.engine.calendars.calendar import Calendar
from handrail.engine.calendars.source import Access
from handrail.engine.choice import check_may_choose
from handrail.engine.items import Refused
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.sync import is_stale
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.auth import actor_of, admit
from handrail.web.doors import Doors, doors_of, enter

router = APIRouter(prefix="/api/v1/reps", tags=["people"])


@router.get(
    "/{id}/calendars",
    **operation(scope="handoffs:read", answers={200: s.CalendarsAnswer}, refuses=(404, 422)),
)
async def list_calendars(request: Request, id: PathId) -> Response:
    """Those that the rep has connected, and how fresh each is."""
    doors, _ = await enter(request, "handoffs:read")
    await _check_rep(doors, id)
    found = await _connecting(doors).calendars(rep=id)
    return as_json(s.CalendarsAnswer(calendars=[_answer(doors, one) for one in found]))


@router.post(
    "/{id}/calendars",
    **operation(
        scope="handoffs:write",
        body=s.CalendarBody,
        example={
            "kind": "caldav",
            "address": "https://dav.example.com/",
            "username": "ada",
            "password": "an app password",
            "writes": True,
        },
        answers={201: s.CalendarAnswer},
        refuses=(403, 404, 409),
        is_post=True,
    ),
)
async def connect_calendar(request: Request, id: PathId) -> Response:
    """It is read at once, and not kept where that fails. The same calendar again takes its place,
    so that sending this twice is as once. No answer ever holds the password.
    People connect their own, managers their team's, keys with `roster:write` anybody's."""
    doors, by = await _enter_for(request, id)
    body = await b.read_shape(request, s.CalendarBody)
    secret = {"username": body.username, "password": body.password, "email": body.email}
    access = Access(
        address=body.address, secret={key: one for key, one in secret.items() if one is not None}
    )
    connected = await _connecting(doors).connect(
        id, kind=body.kind, access=access, writes=body.writes, by=by
    )
    return as_json(_answer(doors, connected), status=201)


@router.delete(
    "/{id}/calendars/{calendar}",
    **operation(scope="handoffs:write", answers={200: s.CalendarAnswer}, refuses=(403, 404, 422)),
)
async def disconnect_calendar(request: Request, id: PathId, calendar: PathId) -> Response:
    """With its password and all that was read of it; the rep's times are free again."""
    doors, _ = await _enter_for(request, id)
    gone = await _connecting(doors).disconnect(calendar, rep=id)
    return as_json(_answer(doors, gone))


@router.post(
    "/{id}/calendars/{calendar}/sync",
    **operation(
        scope="handoffs:write",
        answers={200: s.CalendarAnswer},
        refuses=(403, 404, 422),
        is_post=True,
    ),
)
async def sync_calendar(request: Request, id: PathId, calendar: PathId) -> Response:
    """Read it now. Where that fails, `fault` says why."""
    doors, _ = await _enter_for(request, id)
    return as_json(_answer(doors, await _connecting(doors).sync(calendar, rep=id)))


async def _enter_for(request: Request, rep: str) -> tuple[Doors, str]:
    doors = doors_of(request)
    key = await admit(request, "handoffs:write", keys=doors.keys)
    await _check_rep(doors, rep)
    _, roster = await doors.engine.in_force()
    check_may_choose(whose=rep, key=key, roster=roster)
    return doors, actor_of(key)


async def _check_rep(doors: Doors, rep: str) -> None:
    _, roster = await doors.engine.in_force()
    if rep not in roster.reps:
        raise Refused("not_found", f"no rep {rep!r} in the roster")


def _connecting(doors: Doors) -> Connecting:
    connecting = doors.settings.calendars
    if connecting is None:
        raise Refused("not_found", "this node reads no calendars")
    return connecting


def _answer(doors: Doors, calendar: Calendar) -> s.CalendarAnswer:
    return s.CalendarAnswer(
        id=calendar.id,
        rep=calendar.rep,
        kind=calendar.kind,
        place=calendar.place,
        writes=calendar.writes,
        connected_at=calendar.at,
        by=calendar.by,
        fresh_at=calendar.fresh_at,
        is_stale=is_stale(calendar, now=doors.engine.clock.now()),
        fault=calendar.fault,
    )
