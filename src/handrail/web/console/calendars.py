"""The console's page of calendars: what is read of whom, how fresh it is, and how to connect."""

from datetime import datetime
from typing import Any, get_args

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from handrail.engine.calendars.calendar import Calendar
from handrail.engine.calendars.signing_in import SigningIn, Wanted
from handrail.engine.calendars.source import Access, CalendarFault, CalendarKind
from handrail.engine.choice import check_may_choose
from handrail.engine.items import Refused
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.sync import is_stale
from handrail.terms.people import Rep, Roster
from handrail.web.api.answers import PathId
from handrail.web.auth import actor_of
from handrail.web.console.pages import (
    Form,
    enter_page,
    enter_to_act,
    key_of,
    may_act,
    page,
)
from handrail.web.doors import Doors, doors_of

COOKIE = "handrail_sign_in"
COOKIE_AGE_S = 600
PLACE = "/calendars"
CODE_CHARACTERS_MAX = 2_000
NAMES: dict[CalendarKind, str] = {
    "google": "Google",
    "microsoft": "Microsoft 365",
    "caldav": "a CalDAV server",
    "ics": "a feed (read only)",
}
DONE = {"connected": "It is connected, and was read.", "gone": "It is disconnected."}

router = APIRouter(include_in_schema=False)


class Row(msgspec.Struct, frozen=True):
    """One calendar of a rep."""

    id: str
    place: str
    writes: bool
    fresh_at: datetime | None
    stale: bool
    fault: str


class RepRow(msgspec.Struct, frozen=True):
    """`may`: whether the viewer may connect for them."""

    id: str
    name: str
    calendars: tuple[Row, ...]
    may: bool


@router.get(PLACE)
async def show_calendars(request: Request) -> Response:
    doors = await enter_page(request)
    return await _shown(doors, request, done=DONE.get(request.query_params.get("done", ""), ""))


@router.post(f"{PLACE}/of/{{rep}}/sign-in/{{kind}}")
async def sign_in(request: Request, rep: PathId, kind: PathId) -> Response:
    """Where to go on, as a link: a form is let go nowhere else by our policy."""
    doors, form = await enter_to_act(request)
    try:
        _, by = await _spoken_for(doors, request, rep)
        signing = _signing_in(doors)
        wanted = Wanted(rep=rep, kind=_kind(kind), writes=form.get("writes") == "yes", by=by)
        begun = signing.begin(wanted, now=doors.engine.clock.now())
    except Refused as refused:
        return await _refused(doors, request, refused, form=form)
    answer = page(
        doors,
        "calendar_sign_in.html",
        place="calendars",
        name=NAMES[wanted.kind],
        address=begun.address,
    )
    answer.set_cookie(
        COOKIE,
        begun.cookie,
        max_age=COOKIE_AGE_S,
        path=PLACE,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return answer


@router.get(f"{PLACE}/back")
async def come_back(request: Request) -> Response:
    """From the provider. Who may connect was asked when it began: it stands in the sealed state."""
    doors = doors_of(request)
    asked = request.query_params
    said = asked.get("error", "")
    try:
        if said:
            raise Refused("bad_value", "nothing was connected: the sign-in was not completed")
        wanted, access = await _signing_in(doors).end(
            state=asked.get("state", ""),
            code=asked.get("code", "")[:CODE_CHARACTERS_MAX],
            cookie=request.cookies.get(COOKIE, ""),
            now=doors.engine.clock.now(),
        )
        await _connecting(doors).connect(
            wanted.rep, kind=wanted.kind, access=access, writes=wanted.writes, by=wanted.by
        )
    except (Refused, CalendarFault) as fault:
        text = fault.message if isinstance(fault, Refused) else str(fault)
        heading, status = "Not connected", 422
    else:
        heading, status = "Connected", 200
        text = f"{NAMES[wanted.kind]} is read from now on, every few minutes."
    answer = page(doors, "calendar_back.html", status=status, heading=heading, text=text)
    answer.delete_cookie(COOKIE, path=PLACE)
    return answer


@router.post(f"{PLACE}/of/{{rep}}/connect")
async def connect(request: Request, rep: PathId) -> Response:
    """By an address and a password, or where an administrator has let us in."""
    doors, form = await enter_to_act(request)
    secret = {name: form[name] for name in ("username", "password") if form.get(name)}
    try:
        _, by = await _spoken_for(doors, request, rep)
        access = Access(address=form.get("address", "").strip(), secret=secret)
        await _connecting(doors).connect(
            rep,
            kind=_kind(form.get("kind", "")),
            access=access,
            writes=form.get("writes") == "yes",
            by=by,
        )
    except Refused as refused:
        return await _refused(doors, request, refused, form=form)
    return RedirectResponse(f"{PLACE}?done=connected", status_code=303)


@router.post(f"{PLACE}/of/{{rep}}/disconnect/{{calendar}}")
async def disconnect(request: Request, rep: PathId, calendar: PathId) -> Response:
    doors, _ = await enter_to_act(request)
    try:
        await _spoken_for(doors, request, rep)
        await _connecting(doors).disconnect(calendar, rep=rep)
    except Refused as refused:
        return await _refused(doors, request, refused)
    return RedirectResponse(f"{PLACE}?done=gone", status_code=303)


async def _spoken_for(doors: Doors, request: Request, rep: str) -> tuple[Rep, str]:
    """The rep, and who speaks for them. Raises Refused."""
    _, roster = await doors.engine.in_force()
    if rep not in roster.reps:
        raise Refused("not_found", f"no rep {rep!r} in the roster")
    key = await key_of(doors, request)
    check_may_choose(whose=rep, key=key, roster=roster)
    return roster.reps[rep], actor_of(key)


def _connecting(doors: Doors) -> Connecting:
    if doors.settings.calendars is None:
        raise Refused("not_found", "this node reads no calendars")
    return doors.settings.calendars


def _signing_in(doors: Doors) -> SigningIn:
    signing = _connecting(doors).signing_in
    if signing is None:
        raise Refused("bad_value", "no provider is set up: docs/reference/calendars.md says how")
    return signing


def _kind(text: str) -> CalendarKind:
    for kind in get_args(CalendarKind):
        if kind == text:
            known: CalendarKind = kind
            return known
    raise Refused("bad_value", f"there are no calendars of kind {text!r}")


async def _refused(
    doors: Doors, request: Request, refused: Refused, *, form: Form | None = None
) -> Response:
    status = {"forbidden": 403, "not_found": 404}.get(refused.code, 422)
    return await _shown(doors, request, wrong=refused.message, status=status, form=form)


async def _shown(
    doors: Doors,
    request: Request,
    *,
    done: str = "",
    wrong: str = "",
    form: Form | None = None,
    status: int = 200,
) -> Response:
    connecting = doors.settings.calendars
    _, roster = await doors.engine.in_force()
    found = await connecting.calendars() if connecting is not None else []
    may = await _may_speak_for(doors, request, roster) if connecting is not None else frozenset()
    now = doors.engine.clock.now()
    rows = [
        RepRow(
            id=rep.id,
            name=rep.name,
            calendars=tuple(_row(one, now=now) for one in found if one.rep == rep.id),
            may=rep.id in may,
        )
        for rep in sorted(roster.reps.values(), key=lambda one: (one.name, one.id))
    ]
    signing = connecting.signing_in if connecting is not None else None
    values: dict[str, Any] = {
        "rows": rows,
        "sign_ins": [(kind, NAMES[kind]) for kind in (signing.kinds if signing else ())],
        "kinds": _typed_kinds(connecting) if connecting is not None else [],
        "is_on": connecting is not None,
        "address": (form or {}).get("address", ""),
        "username": (form or {}).get("username", ""),
        "done": done,
        "wrong": wrong,
    }
    return page(doors, "calendars.html", status=status, place="calendars", **values)


def _typed_kinds(connecting: Connecting) -> list[tuple[CalendarKind, str]]:
    """Those that are connected by what is typed in."""
    return [(kind, NAMES[kind]) for kind in connecting.kinds if kind in ("caldav", "ics")]


async def _may_speak_for(doors: Doors, request: Request, roster: Roster) -> frozenset[str]:
    if not await may_act(doors, request):
        return frozenset()
    key = await key_of(doors, request)

    def may(rep: str) -> bool:
        try:
            check_may_choose(whose=rep, key=key, roster=roster)
        except Refused:
            return False
        return True

    return frozenset(rep for rep in roster.reps if may(rep))


def _row(calendar: Calendar, *, now: datetime) -> Row:
    return Row(
        id=calendar.id,
        place=calendar.place,
        writes=calendar.writes,
        fresh_at=calendar.fresh_at,
        stale=is_stale(calendar, now=now),
        fault=calendar.fault or "",
    )


def put_on(app: FastAPI) -> None:
    app.include_router(router)
