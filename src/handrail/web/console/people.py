"""The console's page of people: who takes leads now, and "away until" in one press."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from handrail.engine.choice import check_may_choose
from handrail.engine.covering import Stays, pass_on
from handrail.engine.items import Refused
from handrail.engine.people import RepDay
from handrail.engine.presence import bounded, next_at, presence_now
from handrail.terms.load import tell_load
from handrail.terms.people import Presence, Rep, Roster
from handrail.web.api.answers import PathId
from handrail.web.auth import actor_of
from handrail.web.console.pages import (
    Form,
    enter_page,
    enter_to_act,
    key_of,
    may_act,
    page,
    people_of,
    who_and_why,
)
from handrail.web.doors import Doors

DONE = {
    "away": "No lead comes to them till then.",
    "back": "Leads come to them again.",
}

router = APIRouter(include_in_schema=False)


class Row(msgspec.Struct, frozen=True):
    """`until`: as the rep's own clock shows it. `may`: whether the viewer may speak for them."""

    id: str
    name: str
    teams: str
    open: int
    filled: str  # what they fill of what is allowed; empty where it is their number
    acts_in: str  # how soon; empty where nothing was seen
    state: str  # a presence, or why they take no lead
    until: str
    by: str
    cover: str  # their name; empty where nobody covers
    may: bool


@router.get("/people")
async def show_people(request: Request) -> Response:
    """Who takes leads now, and why others do not."""
    doors = await enter_page(request)
    done = DONE.get(request.query_params.get("done", ""), "")
    moved = request.query_params.get("moved", "")
    if moved.isdecimal() and len(moved) < 6:
        done = f"{int(moved)} {'handoff was' if moved == '1' else 'handoffs were'} passed on."
    return await _shown(doors, request, done=done)


@router.post("/people/{rep}/away")
async def go_away(request: Request, rep: PathId) -> Response:
    """Until the clock there shows what was typed, or half a day where nothing was."""
    doors, form = await enter_to_act(request)
    now = doors.engine.clock.now()
    try:
        person, actor = await _spoken_for(doors, request, rep)
        text = form.get("until", "").strip()
        until = next_at(text, timezone=person.timezone, now=now) if text else None
        if text and until is None:
            raise Refused("bad_value", "write until when as a clock shows it, such as 15:00")
        presence = bounded(Presence(state="away", until=until), now=now)
        await doors.engine.people.set_presence(rep, presence, actor=actor)
    except Refused as refused:
        return await _refused(doors, request, refused)
    return RedirectResponse("/people?done=away", status_code=303)


@router.post("/people/{rep}/back")
async def come_back(request: Request, rep: PathId) -> Response:
    doors, _ = await enter_to_act(request)
    try:
        _, actor = await _spoken_for(doors, request, rep)
        await doors.engine.people.set_presence(rep, Presence(), actor=actor)
    except Refused as refused:
        return await _refused(doors, request, refused)
    return RedirectResponse("/people?done=back", status_code=303)


@router.post("/people/{rep}/hand-over")
async def hand_over(request: Request, rep: PathId) -> Response:
    """What they have open goes to their cover, or to who was chosen."""
    doors, form = await enter_to_act(request)
    try:
        _, actor = await _spoken_for(doors, request, rep)
        by, reason = await who_and_why(doors, form)
        done = await pass_on(
            doors.engine, rep, to=form.get("to") or None, by=by, reason=reason, actor=actor
        )
    except Refused as refused:
        return await _refused(doors, request, refused, form=form)
    if done.refused is None and not done.stays:
        return RedirectResponse(f"/people?moved={len(done.moved)}", status_code=303)
    wrong = done.refused or f"{len(done.moved)} moved, {len(done.stays)} stay"
    return await _shown(
        doors,
        request,
        wrong=wrong,
        stays=done.stays,
        form=form,
        status=409 if done.refused else 200,
    )


async def _spoken_for(doors: Doors, request: Request, rep: str) -> tuple[Rep, str]:
    """The rep, and who speaks for them. Raises Refused."""
    _, roster = await doors.engine.in_force()
    if rep not in roster.reps:
        raise Refused("not_found", f"no rep {rep!r} in the roster")
    key = await key_of(doors, request)
    check_may_choose(whose=rep, key=key, roster=roster)
    return roster.reps[rep], actor_of(key)


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
    stays: Sequence[Stays] = (),
    form: Form | None = None,
    status: int = 200,
) -> Response:
    _, roster = await doors.engine.in_force()
    days = await doors.engine.people.days()
    may = await _may_speak_for(doors, request, roster)
    rows = [
        _row(rep, roster, days[rep.id], may=rep.id in may, now=doors.engine.clock.now())
        for rep in sorted(roster.reps.values(), key=lambda one: (one.name, one.id))
        if rep.id in days
    ]
    typed = form or {}
    values: dict[str, Any] = {
        "rows": rows,
        "reps": [(row.id, row.name) for row in rows],
        "people": people_of(roster),
        "by": typed.get("by", ""),
        "reason": typed.get("reason", ""),
        "may_act": bool(may),
        "done": done,
        "wrong": wrong,
        "stays": stays,
    }
    return page(doors, "people.html", status=status, place="people", **values)


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


def _row(rep: Rep, roster: Roster, day: RepDay, *, may: bool, now: datetime) -> Row:
    presence, by = presence_now(day.conditions, now=now)
    return Row(
        id=rep.id,
        name=rep.name,
        teams=", ".join(roster.teams_of(rep.id)),
        open=day.open,
        filled=_filled(rep, day),
        acts_in=f"acts in {day.handling.minutes} min" if day.handling.minutes is not None else "",
        state=day.why_not or presence.state,
        until=_local(presence.until, rep.timezone, now=now),
        by=by or "",
        cover=roster.reps[rep.cover].name if rep.cover in roster.reps else "",
        may=may,
    )


def _filled(rep: Rep, day: RepDay) -> str:
    """And beside it what they carry in the CRM, where that is limited."""
    said = []
    if rep.caps.open is not None:
        said.append(f"fills {tell_load(day.load.filled)} of {rep.caps.open}")
    elif day.load.extra:
        said.append(f"fills {tell_load(day.load.filled)}")
    if rep.caps.pipeline is not None:
        said.append(f"pipeline {day.conditions.pipeline} of {rep.caps.pipeline}")
    return ", ".join(said)


def _local(at: datetime | None, timezone: str, *, now: datetime) -> str:
    if at is None:
        return ""
    local, today = at.astimezone(ZoneInfo(timezone)), now.astimezone(ZoneInfo(timezone)).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%d %b %H:%M}"


def put_on(app: FastAPI) -> None:
    app.include_router(router)
