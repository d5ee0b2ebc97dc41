"""The console's pages of incidents: what pages now, how it came to that, and the two acts on it."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from handrail.engine.engine import Engine
from handrail.engine.incidents import incident_record, open_incidents
from handrail.engine.items import Refused
from handrail.engine.telling import CAUSES
from handrail.terms import command as cmd
from handrail.terms.handoff import INCIDENT_CODES
from handrail.web.api.answers import PathId
from handrail.web.api.reading import entries_of, find_case
from handrail.web.console.pages import (
    days_of,
    enter_page,
    enter_to_act,
    may_act,
    page,
    people_of,
)
from handrail.web.doors import Doors

HOURS = (1, 2, 4, 8, 24)  # for how long an incident is silenced
CODES = {
    "answered": "the buyer had been answered, and nobody had logged it",
    "duplicate": "it is another lead again",
    "staffing": "too few people for what came",
    "routing": "the rules gave it to people who could not answer",
    "outage": "a system was down",
    "not_a_lead": "it should never have been one",
    "other": "something else, said in the note",
}
assert tuple(CODES) == INCIDENT_CODES

router = APIRouter(include_in_schema=False)


@router.get("/incidents")
async def show_incidents(request: Request) -> Response:
    """What is open, the oldest first."""
    doors = await enter_page(request)
    rows = await open_incidents(doors.engine)
    return page(doors, "incidents.html", place="incidents", rows=rows, causes=CAUSES)


@router.get("/incidents/{handoff}")
async def show_incident(request: Request, handoff: PathId) -> Response:
    doors = await enter_page(request)
    return await _shown(doors, handoff, may_act=await may_act(doors, request))


@router.post("/incidents/{handoff}/close")
async def close(request: Request, handoff: PathId) -> Response:
    """A person ends the paging and says why it came to that."""
    doors, form = await enter_to_act(request)
    note = cmd.Personal(note=form.get("note", "").strip() or None)
    command = cmd.CloseIncident(by=form.get("by", ""), code=form.get("code", ""), personal=note)
    return await _take(doors, handoff, command)


@router.post("/incidents/{handoff}/silence")
async def silence(request: Request, handoff: PathId) -> Response:
    """A person holds its pages for some hours, with a reason."""
    doors, form = await enter_to_act(request)
    asked = form.get("hours", "")
    hours = int(asked) if asked in map(str, HOURS) else 0
    command = cmd.SilenceIncident(
        by=form.get("by", ""),
        until=doors.engine.clock.now() + timedelta(hours=hours),
        personal=cmd.Personal(note=form.get("reason", "").strip() or None),
    )
    return await _take(doors, handoff, command)


async def _take(doors: Doors, handoff: str, command: cmd.Command) -> Response:
    """Do it and show the page anew; what is refused is said above the forms."""
    try:
        receipt = await doors.engine.command(handoff, command, actor="console")
    except Refused as refused:
        if refused.code == "not_found":
            raise
        return await _shown(doors, handoff, may_act=True, wrong=refused.message, status=422)
    return RedirectResponse(f"/incidents/{receipt.handoff}", status_code=303)


async def _shown(
    doors: Doors, handoff: str, *, may_act: bool, wrong: str = "", status: int = 200
) -> Response:
    values = await _values(doors.engine, handoff)
    return page(
        doors,
        "incident.html",
        status=status,
        place="incident",
        may_act=may_act,
        wrong=wrong,
        **values,
    )


async def _values(engine: Engine, handoff: str) -> dict[str, Any]:
    stored = await find_case(engine, handoff)
    _, roster = await engine.in_force()
    now = engine.clock.now()
    entries = await entries_of(engine, stored)
    record = incident_record(stored.case, entries=entries, roster=roster, now=now)
    return {
        "now": now,
        "record": record,
        "days": days_of(record.timeline),
        "people": people_of(roster),
        "codes": CODES,
        "causes": CAUSES,
        "hours": HOURS,
    }


def put_on(app: FastAPI) -> None:
    app.include_router(router)
