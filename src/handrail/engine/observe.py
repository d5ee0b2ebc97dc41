"""What a node decided, beside what the CRM shows: gathered from the handoffs and their entries."""

from collections.abc import Sequence
from datetime import datetime

from handrail.engine.engine import Engine
from handrail.engine.ledger import read_entry
from handrail.engine.ports import HandoffFilter, SealedEntry
from handrail.kernel.decision import Case
from handrail.lab.observed import (
    CRM_ASSIGNED_AT,
    CRM_FIRST_ACTION_AT,
    CRM_OWNER,
    ObserveReport,
    Sighting,
    compare_seen,
)
from handrail.terms import event as ev
from handrail.terms.durations import parse_instant

LOOKED_MAX = 2_000  # handoffs of one report, those that wake next before the ended ones


async def observe_report(engine: Engine, *, limit: int = LOOKED_MAX) -> ObserveReport:
    """Compare each lead's latest handoff with what its `crm.` values say."""
    stored = await engine.store.cases_of(HandoffFilter(open_only=False, limit=limit + 1))
    sightings = [
        sighting
        for item in stored[:limit]
        if (sighting := await _sighting(engine, item.case)) is not None
    ]
    _, roster = await engine.in_force()
    return compare_seen(
        sightings,
        roster=roster,
        now=engine.clock.now(),
        complete=len(stored) <= limit,
    )


async def _sighting(engine: Engine, case: Case) -> Sighting | None:
    """None where nobody was ever to own it: in triage."""
    handoff = case.handoff
    if handoff is None or handoff.qualified_at is None:
        return None
    known = case.lead.attributes
    bare = Sighting(
        lead=case.lead.id,
        handoff=handoff.id,
        owner=str(handoff.owner),
        opened_at=handoff.opened_at,
    )
    if known.get(CRM_OWNER) is None:
        return bare
    return _first_turn(
        await engine.store.entries_of(case.lead.id),
        Sighting(
            lead=bare.lead,
            handoff=bare.handoff,
            owner=bare.owner,
            opened_at=bare.opened_at,
            crm_owner=str(known[CRM_OWNER]),
            crm_assigned_at=_instant(known.get(CRM_ASSIGNED_AT)),
            crm_first_action_at=_instant(known.get(CRM_FIRST_ACTION_AT)),
        ),
    )


def _first_turn(entries: Sequence[SealedEntry], seen: Sighting) -> Sighting:
    """With the owner of the first turn: what followed from clocks that nobody worked by is no
    choice of an owner. A pool's turn counts for the rep who was bound to it."""
    found: Sighting | None = None
    for stored in entries:
        if stored.handoff != seen.handoff:
            continue
        for event in read_entry(stored).events:
            if not isinstance(event, ev.Assigned | ev.Pooled):
                continue
            if found is None:
                found = _with_turn(seen, event, at=stored.at)
            elif found.assigned_at is None and event.reason == "pool":
                return _with_turn(found, event, at=stored.at)
        if found is not None and found.assigned_at is not None:
            break
    return found or seen


def _with_turn(seen: Sighting, event: ev.Assigned | ev.Pooled, *, at: datetime) -> Sighting:
    clock = next((one for one in event.clocks if one.kind == "first_action"), None)
    return Sighting(
        lead=seen.lead,
        handoff=seen.handoff,
        owner=str(event.to),
        opened_at=seen.opened_at,
        assigned_at=at if event.to.rep is not None else None,
        due_at=clock.due_at if clock is not None else seen.due_at,
        crm_owner=seen.crm_owner,
        crm_assigned_at=seen.crm_assigned_at,
        crm_first_action_at=seen.crm_first_action_at,
    )


def _instant(raw: object) -> datetime | None:
    """As intake wrote it."""
    return parse_instant(raw) if isinstance(raw, str) else None
