"""Incidents as people look at them: what is open, who is paged, how it came to that."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from handrail.engine.engine import Engine
from handrail.engine.ledger import Entry
from handrail.engine.ports import HandoffFilter
from handrail.engine.telling import Names
from handrail.engine.views import BreachView, EventView, breach_views, timeline
from handrail.kernel.decision import Case
from handrail.terms import event as ev
from handrail.terms.people import Roster

LISTED_MAX = 500  # whoever has more open incidents reads the first of them first
_TOLD = frozenset(
    """qualified assigned pooled notified sla_warned sla_breached breach_annulled escalated
    manager_alerted incident_opened incident_silenced incident_closed first_action conversation
    rejected overridden paused""".split()
)


class IncidentView(msgspec.Struct, frozen=True):
    """An open incident; `to` owns it. `page_at`: when it pages next, None if it never does."""

    handoff: str
    lead: str
    stage: str
    owner: str
    owner_name: str
    to: str
    to_name: str
    opened_at: datetime
    step: int
    pages: int
    page_at: datetime | None = None
    silenced_until: datetime | None = None
    silenced_by: str | None = None
    account: str | None = None
    breaches: tuple[BreachView, ...] = ()


class PastIncident(msgspec.Struct, frozen=True):
    """`reason`: what closed it; a person (`by`) gave a code, and maybe a note."""

    opened_at: datetime
    closed_at: datetime
    reason: str
    code: str | None = None
    by: str | None = None
    note: str | None = None


class IncidentRecord(msgspec.Struct, frozen=True):
    """All incidents of one handoff, and its path to them, oldest first."""

    handoff: str
    lead: str
    open: IncidentView | None
    past: tuple[PastIncident, ...]
    timeline: tuple[EventView, ...]


async def open_incidents(engine: Engine, *, limit: int = LISTED_MAX) -> tuple[IncidentView, ...]:
    """The oldest first."""
    _, roster = await engine.in_force()
    now = engine.clock.now()
    query = HandoffFilter(incident_only=True, limit=limit)
    found = await engine.store.cases_of(query)
    views = (incident_view(stored.case, roster=roster, now=now) for stored in found)
    shown = [view for view in views if view is not None]
    return tuple(sorted(shown, key=lambda view: (view.opened_at, view.handoff)))


def incident_view(case: Case, *, roster: Roster, now: datetime) -> IncidentView | None:
    """The open incident of the case, if any."""
    handoff = case.handoff
    if handoff is None or handoff.incident is None:
        return None
    names, incident = Names(roster), handoff.incident
    silent = incident.silenced_until is not None and incident.silenced_until > now
    return IncidentView(
        handoff=handoff.id,
        lead=handoff.lead,
        stage=handoff.stage,
        owner=str(handoff.owner),
        owner_name=names.of(handoff.owner),
        to=incident.to,
        to_name=names.of(incident.to or None),
        opened_at=incident.opened_at,
        step=incident.step,
        pages=incident.pages,
        page_at=incident.page_at,
        silenced_until=incident.silenced_until if silent else None,
        silenced_by=incident.silenced_by if silent else None,
        account=handoff.account,
        breaches=breach_views(handoff),
    )


def incident_record(
    case: Case, *, entries: Sequence[Entry], roster: Roster, now: datetime
) -> IncidentRecord:
    """What the ledger tells of the incidents of the case's latest handoff."""
    handoff = case.handoff
    assert handoff is not None
    own = [entry for entry in entries if entry.handoff == handoff.id]
    return IncidentRecord(
        handoff=handoff.id,
        lead=handoff.lead,
        open=incident_view(case, roster=roster, now=now),
        past=tuple(_past(own)),
        timeline=tuple(event for event in timeline(own, roster=roster) if _is_told(event)),
    )


def _is_told(event: EventView) -> bool:
    is_page = event.event == "alerted" and event.details.get("kind") == "incident"
    return is_page or event.event in _TOLD


def _past(entries: Iterable[Entry]) -> Iterator[PastIncident]:
    opened_at: datetime | None = None
    for entry in entries:
        for event in entry.events:
            if isinstance(event, ev.IncidentOpened):
                opened_at = entry.at
            elif isinstance(event, ev.IncidentClosed) and opened_at is not None:
                yield PastIncident(
                    opened_at=opened_at,
                    closed_at=entry.at,
                    reason=event.reason,
                    code=event.code,
                    by=event.by,
                    note=event.personal.note,
                )
                opened_at = None
