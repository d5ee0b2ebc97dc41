"""Incidents: what pages now, and how each came to that."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from handrail.engine.incidents import IncidentRecord, incident_record, open_incidents
from handrail.web.api import shapes as s
from handrail.web.api.answers import PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.api.reading import entries_of, find_case
from handrail.web.doors import enter

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])


@router.get("", **operation(scope="handoffs:read", answers={200: s.IncidentList}, refuses=(422,)))
async def list_incidents(request: Request, state: Literal["open"] = "open") -> Response:
    """Open incidents, the oldest first; closed ones stand with their handoff."""
    doors, _ = await enter(request, "handoffs:read")
    return as_json(s.IncidentList(incidents=list(await open_incidents(doors.engine))))


@router.get(
    "/{handoff}",
    **operation(scope="handoffs:read", answers={200: IncidentRecord}, refuses=(404, 422)),
)
async def show_incident(request: Request, handoff: PathId) -> Response:
    """The incidents of one handoff, and its path to them."""
    doors, _ = await enter(request, "handoffs:read")
    stored = await find_case(doors.engine, handoff)
    _, roster = await doors.engine.in_force()
    entries = await entries_of(doors.engine, stored)
    now = doors.engine.clock.now()
    return as_json(incident_record(stored.case, entries=entries, roster=roster, now=now))
